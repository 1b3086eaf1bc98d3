import { laneOf } from '../lib/dispatcher.ts'
import { dueIn, dueIndex } from './due-index.ts'
import { updateOf } from './retry-on-conflict.ts'
import { trusted } from './schema.ts'
import type { Store } from './store.ts'

/**
 * The rows of an outbox, one a delivery, as a dispatcher sends them: each waits in its receiver's lane, is claimed by
 * moving `due`, and leaves by its end. `set` is what else is written with the step.
 */
export const outboxOf = <Row extends { _id: string; due?: string }>(store: Store<Row>) => {
  const { nextLane, due, countDue } = dueIndex(store)
  const movedTo = (row: Row, until: number): string => dueIn(laneOf(row.due ?? '').lane, until)

  return {
    nextLane,
    due: (lane: string, limit: number): Promise<Row[]> => due(lane, limit),
    countDue,

    /** True for the one who may try now, in whichever process; it falls due again when nothing is heard until then. */
    claim: async (row: Row, until: number, set: Partial<Row> = {}): Promise<boolean> => {
      const claimed = await store.updateOne(
        { _id: row._id, due: row.due } as never,
        { $set: { ...set, due: movedTo(row, until) } } as never,
      )
      return claimed.modifiedCount === 1
    },

    /** To be tried again at a time, unless it ended or was forgotten meanwhile. */
    postpone: async (row: Row, until: number, set: Partial<Row> = {}): Promise<void> => {
      await store.updateOne(
        { _id: row._id, due: trusted({ $exists: true }) } as never,
        { $set: { ...set, due: movedTo(row, until) } } as never,
      )
    },

    /** Delivered or given up: it falls due no more. `unset`: what else goes. */
    end: async (_id: string, set: Partial<Row>, unset: (keyof Row & string)[] = []): Promise<void> => {
      await store.updateOne({ _id } as never, updateOf({ set, unset: ['due', ...unset] }) as never)
    },
  }
}
