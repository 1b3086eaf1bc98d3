import { now } from '../lib/clock.ts'
import { padded } from '../lib/ids.ts'
import { purge } from './purge.ts'
import { indexed, trusted } from './schema.ts'
import type { Store } from './store.ts'

/**
 * Of documents that run out: when they may be deleted. Whether they still count is asked of a field of their own at every
 * read; deleting comes later, and no index of the database does it behind our back.
 */
export const ttl = {
  /** In the schema. */
  field: { purgeAt: indexed },

  /** In the document. `time`: milliseconds since 1970. */
  at: (time: number): { purgeAt: string } => ({ purgeAt: padded(time) }),

  /** Deletes what has run out and is meant by `also`; answers how many went. */
  purge: async <T extends { _id: string; purgeAt?: string }>(
    store: Store<T>,
    also: Record<string, unknown> = {},
  ): Promise<number> => purge(store, { purgeAt: trusted({ $lte: padded(now()) }), ...also }),
}
