/** Every route of the entry points' tables: what is added is tried without anybody's doing anything. */
import { createHash } from 'node:crypto'
import type { TestApp } from '../world/app.ts'

export interface Route {
  method: 'GET' | 'POST' | 'PATCH'
  path: string
}

/** Every row of an entry point's table. */
export const routesIn = ({ tables }: TestApp, room: keyof TestApp['tables']): Route[] => {
  const table: readonly { method: string; path: string }[] = tables[room]
  return table
    .filter((route): route is Route => route.method !== 'ALL')
    .toSorted((a, b) => a.path.localeCompare(b.path))
}

/** Digests of what is kept of people, accounts, companies and staff, to see that nothing of it changed. */
export const kept = async (app: TestApp): Promise<Record<string, string>> => {
  await app.settled()
  const digestOf = async (name: string): Promise<[string, string]> => {
    const all = await app.database.connection.collection(name).find({}).toArray()
    return [name, createHash('sha256').update(JSON.stringify(all)).digest('hex')]
  }
  const names = ['people', 'accounts', 'links', 'identifiers', 'credentials', 'consents', 'cases', 'staff', 'drafts']
  return Object.fromEntries(
    await Promise.all(
      [...names, 'approvals', 'undoOffers', 'mails', 'preferences', 'requestParts', 'requestFiles'].map(digestOf),
    ),
  )
}
