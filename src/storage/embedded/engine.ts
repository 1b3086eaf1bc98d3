import { createRequire } from 'node:module'
import type * as Mingo from 'mingo'

const load = createRequire(import.meta.url)

/** The query engine, loaded by the first filter or update that only it knows; most installations never ask one. */
export const engine = (): typeof Mingo => load('mingo') as typeof Mingo
