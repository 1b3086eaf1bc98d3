import { askingNow } from '../lib/browser-binding.ts'
import { AppError } from '../lib/errors.ts'
import { createFairQueue } from '../lib/fair-queue.ts'

/** Read at one time: of desks, of people who are signed in, and of strangers; each may hold ten megabytes for minutes. */
const atOnce = { desks: 2, people: 4, strangers: 3 }
/** Of one of them, being read or waiting: another person, or another network, always finds a place beside it. */
const ofOne = 2

/**
 * Turns for bodies that carry files. How long one takes is its sender's to say, so that strangers who send a byte now and
 * then hold no place of those who are signed in, people none of a desk's, and no network or person more than its own (H5).
 * AppError `busy` (unavailable) at once where there is no place left.
 */
export const createUploadTurns = () => {
  const desks = createFairQueue({ concurrency: atOnce.desks, most: 20 })
  const people = createFairQueue({ concurrency: atOnce.people, most: 40 })
  const strangers = createFairQueue({ concurrency: atOnce.strangers, most: 40 })
  const held = new Map<string, number>()

  return async <T>(read: () => Promise<T>): Promise<T> => {
    const asking = askingNow()
    const isKnown = asking?.isSignedIn() ?? true
    // Staff are known by no id here; they are few, and were let in by their company.
    const who = isKnown ? asking?.signedInAs()?.id : asking?.network()
    if (who === undefined) return desks(read)
    const turn = isKnown ? people : strangers
    const holds = held.get(who) ?? 0
    if (holds >= ofOne) throw new AppError('unavailable', 'busy', { values: { seconds: 2 } })
    held.set(who, holds + 1)
    try {
      return await turn(read)
    } finally {
      const left = (held.get(who) ?? 1) - 1
      if (left > 0) held.set(who, left)
      else held.delete(who)
    }
  }
}
