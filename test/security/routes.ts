/** Every route as the source declares it: what is added is tried without anybody's doing anything. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

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
