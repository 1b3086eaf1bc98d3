import { DateTime } from 'luxon'
import { day } from '../lib/clock.ts'

/** What is left of a controller's time, and what of it was taken. */
export interface Clock {
  /** Milliseconds since 1970. */
  receivedAt: number
  /** Months to answer in, and those added by an extension. */
  months: number
  /** Milliseconds for which proof of identity was outstanding. */
  paused: number
}

/**
 * The last moment of the time to answer, as Regulation (EEC, Euratom) 1182/71 Art. 3 counts months: the day of receipt
 * does not count; the time ends with the day of the same date, or with the last day of a month that has none. Days are
 * UTC's. A Saturday, Sunday or holiday at its end is not waited out (Art. 3(4) would let it): earlier harms nobody. Of a
 * pause whole days are added.
 */
export const deadlineOf = ({ receivedAt, months, paused }: Clock): number =>
  DateTime.fromMillis(receivedAt, { zone: 'utc' }).plus({ months }).endOf('day').toMillis() +
  Math.floor(paused / day) * day
