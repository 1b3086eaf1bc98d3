import type { Connection } from '../../src/storage/index.ts'
import { beforeEachOperation } from './around-storage.ts'

/** The same database, as far away as a real one: every operation of what is registered through it takes its time. */
export const slowly = (connection: Connection, milliseconds = 15): Connection =>
  beforeEachOperation(connection, () => new Promise<void>((resolve) => setTimeout(resolve, milliseconds)))
