/** Every route as the source declares it: what is added is tried without anybody's doing anything. */
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestApp } from '../support/app.ts'

const src = join(import.meta.dirname, '../../src')

export interface Route {
  method: 'GET' | 'POST' | 'PATCH'
  path: string
}

export const routesIn = (folder: string): Route[] =>
  globSync('**/*.ts', { cwd: join(src, folder) })
    .flatMap((file) => [
      ...readFileSync(join(src, folder, file), 'utf8').matchAll(/\.(get|post|patch|put|delete)\(\s*'(\/[^']+)'/g),
    ])
    .map(([, method = '', path = '']) => ({ method: method.toUpperCase() as Route['method'], path }))
    .sort((a, b) => a.path.localeCompare(b.path))

/** Digests of what is kept of people, accounts, companies and staff, to see that nothing of it changed. */
export const kept = async (app: TestApp): Promise<Record<string, string>> => {
  await app.settled()
  const digestOf = async (name: string): Promise<[string, string]> => {
    const all = await app.database.connection.collection(name).find({}).toArray()
    return [name, createHash('sha256').update(JSON.stringify(all)).digest('hex')]
  }
  const names = ['people', 'accounts', 'links', 'identifiers', 'credentials', 'consents', 'cases', 'staff', 'drafts']
  return Object.fromEntries(await Promise.all([...names, 'approvals', 'undoOffers', 'mails'].map(digestOf)))
}
