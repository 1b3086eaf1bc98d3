import type { Model } from 'mongoose'
import { now } from '../lib/clock.ts'
import { laneOf } from '../lib/dispatcher.ts'
import { padded } from '../lib/ids.ts'
import { trusted } from './schema.ts'

/** The `due` key of what is to be done in a lane, not before a time (model M14). */
export const dueIn = (lane: string, time: number): string => `${lane}|${padded(time)}`

/**
 * A queue by lane over a collection with a sparse index on `due`: a lane's backlog never stands before another's, and
 * the lanes are found by skipping from one to the next (model C4).
 */
export const dueLanes = <Row extends { _id: string; due?: string }>(model: Model<Row>) => {
  const dueNow = (lane: string) => ({ due: trusted({ $gte: `${lane}|`, $lte: dueIn(lane, now()) }) })
  return {
    nextLane: async (after: string): Promise<{ lane: string; at: number } | undefined> => {
      const next = await model
        .findOne({ due: trusted({ $gt: after && `${after}|\u{10ffff}` }) })
        .sort({ due: 1 })
        .select({ due: 1 })
        .lean<Row>()
      return next?.due === undefined ? undefined : laneOf(next.due)
    },

    due: async (lane: string, limit: number): Promise<Row[]> =>
      model.find(dueNow(lane)).sort({ due: 1 }).limit(limit).lean<Row[]>(),

    countDue: async (lane: string): Promise<number> => model.countDocuments(dueNow(lane)),
  }
}
