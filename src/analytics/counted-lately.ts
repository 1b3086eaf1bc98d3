import { isWithin, minute, now } from '../lib/clock.ts'
import { keepNewest } from '../lib/keep-newest.ts'

/** Milliseconds for which a use that was counted is not looked at again: counting it anew would change nothing. */
const known = 10 * minute
const atMost = 10_000

/** Who was counted just now, in which figures: somebody goes to and fro between services, and is in each once a month. */
export const createCountedLately = () => {
  const lately = new Map<string, Map<string, number>>()

  return {
    has: (holder: string, use: string): boolean => isWithin(known, lately.get(holder)?.get(use) ?? 0),

    add: (holder: string, use: string): void => {
      const uses = lately.get(holder) ?? new Map<string, number>()
      keepNewest(lately, holder, uses.set(use, now()), atMost)
    },

    /** Objected, or erased: what comes next is looked at anew. */
    forget: (holder: string): void => {
      lately.delete(holder)
    },
  }
}
