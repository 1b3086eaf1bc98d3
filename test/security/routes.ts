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

const declared = /\.(get|post|patch|put|delete)\(\s*(?:'(\/[^']+)'|`\$\{path\}([^`]*)`)/g

const declaredIn = (folder: string): Route[] => {
  const texts = globSync('**/*.ts', { cwd: join(src, folder) }).map((file) =>
    readFileSync(join(src, folder, file), 'utf8'),
  )
  /** The ways that share one page: their names stand in `path` of the file that declares it for all of them. */
  const ways = texts.flatMap((text) => [...text.matchAll(/\bway: '(\w+)',/g)].map(([, way = '']) => way))
  return texts
    .flatMap((text) => {
      const shared = /const path = `(\/[^`]+)`/.exec(text)?.[1]
      return [...text.matchAll(declared)].flatMap(([, method = '', path, end = '']) =>
        (path === undefined && shared ? ways.map((way) => shared.replace(/\$\{way\}/, way) + end) : [path ?? '']).map(
          (each) => ({ method: method.toUpperCase() as Route['method'], path: each }),
        ),
      )
    })
    .sort((a, b) => a.path.localeCompare(b.path))
}

/** Every row of an entry point's table. */
export const routesIn = ({ app }: TestApp, room: string): Route[] => {
  const table: readonly { method: string; path: string }[] = app.tables[room as 'console'] ?? declaredIn(room)
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
  return Object.fromEntries(await Promise.all([...names, 'approvals', 'undoOffers', 'mails'].map(digestOf)))
}
