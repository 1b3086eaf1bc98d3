import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { ConfigIssue } from '../lib/config-issues.ts'
import type { ReadClient, ReadDeclaration } from '../services/index.ts'

/** Of every client that has one, by its id: from the environment, or from a file beside `CONFIG_DIR`'s. */
export const readClientSecrets = (
  declarations: ReadDeclaration[],
  env: Record<string, string | undefined>,
  configDir: string,
  issues: ConfigIssue[],
): Map<string, string> => {
  const secrets = new Map<string, string>()
  for (const { id = '', secret } of declarations.flatMap(clientsOf)) {
    if (!secret || 'development' in secret) continue
    const where = 'env' in secret ? secret.env : secret.file
    const value = 'env' in secret ? env[where] : textOf(resolve(configDir, where))
    if (!value)
      issues.push({
        where,
        says: `is missing: write the secret of client ${id} there, as openssl rand -hex 32 makes one`,
      })
    else if (value.length < 43)
      issues.push({ where, says: `is short for client ${id}: write 256 random bits (openssl rand -hex 32)` })
    else secrets.set(id, value)
  }
  return secrets
}

const clientsOf = ({ services, partners, clients }: ReadDeclaration): ReadClient[] =>
  [...services.flatMap((each) => each?.clients), ...partners.flatMap((each) => each?.clients), ...clients].filter(
    (client) => client !== undefined,
  )

const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    return undefined
  }
}
