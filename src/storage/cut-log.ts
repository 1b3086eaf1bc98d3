import { day, now } from '../lib/clock.ts'
import type { Database } from './open-database.ts'

/**
 * When the database's log is cut (H8): soon after somebody was erased, once a day, and after a start, since the process
 * before may have ended with an erased person's name in it.
 */
export const createCutLog = ({ truncateLog }: Pick<Database, 'truncateLog'>) => {
  let isWanted = true
  let last = 0

  return {
    /** Something was deleted that is to be nowhere any more. */
    want: (): void => {
      isWanted = true
    },

    whenDue: async (): Promise<void> => {
      if (!isWanted && now() < last + day) return
      isWanted = false
      try {
        await truncateLog()
        last = now()
      } catch (error) {
        isWanted = true
        throw error
      }
    },
  }
}
