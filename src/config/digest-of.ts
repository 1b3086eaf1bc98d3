import { createHash } from 'node:crypto'
import type { Config } from './settings.ts'

/** Two that were read from the same files under the same environment have the same, in whichever processes. */
export const digestOf = (config: Config): string =>
  createHash('sha256').update(JSON.stringify(config, asRead)).digest('hex')

const asRead = (_: string, value: unknown): unknown =>
  value instanceof Map || value instanceof Set ? [...value] : value
