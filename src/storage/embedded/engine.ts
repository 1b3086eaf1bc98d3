import { createRequire } from 'node:module'
import type * as Mingo from 'mingo'

let loaded: typeof Mingo | undefined

/** The query engine, loaded by the first filter or update that only it knows; most installations never ask one. */
export const engine = (): typeof Mingo => {
  loaded ??= createRequire(import.meta.url)('mingo') as typeof Mingo
  return loaded
}
