import { laneOf } from '../lib/dispatcher.ts'
import { dueIn, dueIndex } from './due-index.ts'
import { updateOf } from './retry-on-conflict.ts'
import type { Store } from './store.ts'

/**
 * The rows of an outbox, one a delivery, as a dispatcher sends them: each waits in its receiver's lane, is claimed by
 * moving `due`, and leaves by its end. `set` is what else is written with the step.
 */
export const outboxOf = <Row extends { _id: string; due?: string }>(store: Store<Row>) => {
  const { nextLane, due, countDue } = dueIndex(store)

  /** As it stands then; undefined where somebody else has moved it, or it ended. */
  const move = async (row: Row, until: number, set: Partial<Row> = {}): Promise<Row | undefined> => {
    const moved = { ...set, due: dueIn(laneOf(row.due ?? '').lane, until) }
    const { modifiedCount } = await store.updateOne({ _id: row._id, due: row.due } as never, { $set: moved } as never)
    return modifiedCount === 1 ? { ...row, ...moved } : undefined
  }

  return {
    nextLane,
    due: (lane: string, limit: number): Promise<Row[]> => due(lane, limit),
    countDue,

    /** The row for the one who may try now, in whichever process; it falls due again when nothing is heard until then. */
    claim: move,

    /** To be tried again at a time, by whoever claimed it last: unless it ended, was forgotten, or is another's by now. */
    postpone: async (claimed: Row, until: number, set?: Partial<Row>): Promise<void> => {
      await move(claimed, until, set)
    },

    /** Delivered or given up: it falls due no more. `unset`: what else goes. */
    end: async (_id: string, set: Partial<Row>, unset: (keyof Row & string)[] = []): Promise<void> => {
      await store.updateOne({ _id } as never, updateOf({ set, unset: ['due', ...unset] }) as never)
    },
  }
}
