import { now } from '../lib/clock.ts'
import { laneOf } from '../lib/dispatcher.ts'
import { padded } from '../lib/ids.ts'
import { trusted } from './schema.ts'
import type { Store } from './store.ts'

/** The lane of what has none. */
export const noLane = '-'

/** The `due` key of what is to be done in a lane, not before a time (model M14). */
export const dueIn = (lane: string, time: number): string => `${lane}|${padded(time)}`

/** Filter for the keys of a lane up to a time; `after` is the last that was seen. */
const upTo = (lane: string, time: number, after?: string) =>
  trusted({ ...(after ? { $gt: after } : { $gte: `${lane}|` }), $lte: dueIn(lane, time) })

interface Page {
  /** What falls due until then, in ms since 1970; now unless told. */
  before?: number
  /** The key of the last that was seen, for the next page. */
  after?: string | undefined
  /** What else is asked of a row. */
  also?: Record<string, unknown>
}

/**
 * What is to be done, by lane, over a collection with a sparse index on that key: a lane's backlog never stands before
 * another's, and the lanes are found by skipping from one to the next (model C4).
 */
export const dueIndex = <Row extends { _id: string }, Key extends keyof Row & string>(
  store: Store<Row>,
  key: Key | 'due' = 'due',
) => {
  const keyOf = (row: Row | null): string | undefined => row?.[key as Key] as string | undefined
  const byKey = { [key]: 1 } as Record<string, 1>

  const nextLane = async (after: string): Promise<{ lane: string; at: number } | undefined> => {
    const next = await store.findOne({ [key]: trusted({ $gt: after && `${after}|\u{10ffff}` }) } as never, {
      sort: byKey,
      only: byKey,
    })
    const found = keyOf(next)
    return found === undefined ? undefined : laneOf(found)
  }

  return {
    nextLane,

    /** Each lane in which anything waits, now or later, and when its first falls due. */
    lanes: async (): Promise<{ lane: string; at: number }[]> => {
      const lanes: { lane: string; at: number }[] = []
      for (let next = await nextLane(''); next; next = await nextLane(next.lane)) lanes.push(next)
      return lanes
    },

    /** Oldest first. */
    due: async (lane: string, limit: number, { before = now(), after, also = {} }: Page = {}): Promise<Row[]> =>
      store.find({ [key]: upTo(lane, before, after), ...also } as never, { sort: byKey, limit }),

    countDue: async (lane: string): Promise<number> => store.countDocuments({ [key]: upTo(lane, now()) } as never),
  }
}
