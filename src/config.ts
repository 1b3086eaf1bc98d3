import { createHmac } from 'node:crypto'
import type { Group } from './services/index.ts'

export interface Config {
  /** Without a slash at its end; every address the product prints is built from it (Z2). */
  issuer: string
  host: string
  port: number
  production: boolean
  dataDir: string
  /** Absent: the embedded database in `dataDir`. */
  mongodbUri?: string
  /** Absent, in development only: mails go to the mailbox. */
  smtpUrl?: string
  /** The first seals and signs, the others still open: how a key is rotated. 32 bytes at least. */
  secretKeys: Uint8Array[]
  metricsPort?: number
  configDir: string
  /** Networks whose forwarded addresses are believed (Z2); nobody's otherwise. */
  trustedProxies: string[]
  logLevel: string
  passwordMinimum: number
  group: Group
  /** Secrets that came from the environment or from files, by client id; read them through `clientSecret`. */
  clientSecrets: ReadonlyMap<string, string>
}

/** What a confidential client proves itself with; undefined: it is public or has keys of its own. */
export const clientSecret = (config: Config, clientId: string): string | undefined => {
  const source = config.group.clients.get(clientId)?.client.secret
  if (!source) return undefined
  if (!('development' in source)) return config.clientSecrets.get(clientId)
  return createHmac('sha256', config.secretKeys[0]!).update(`client:${clientId}`).digest('base64url')
}
