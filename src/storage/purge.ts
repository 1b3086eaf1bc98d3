import { trusted } from './schema.ts'
import type { Store } from './store.ts'

/** Deleted by one statement unless told: what a turn of the process has time for. */
const usual = 200

/**
 * Deletes what a filter means, some at a time, each statement a turn of its own, and in bounded memory: however much
 * has run out, nobody waits for it (Q6). What was written anew meanwhile, and is not meant any more, stays. Answers how
 * many went.
 */
export const purge = async <T extends { _id: string }>(
  store: Store<T>,
  filter: Record<string, unknown>,
  /** Fewer where a document is long: the embedded database reads what it deletes. */
  atOnce: number = usual,
): Promise<number> => {
  let gone = 0
  for (;;) {
    const found = await store.find(filter as never, { limit: atOnce, only: { _id: 1 } as never })
    if (found.length === 0) return gone
    const ids = found.map(({ _id }) => _id)
    const { deletedCount } = await store.deleteMany({ ...filter, _id: trusted({ $in: ids }) } as never)
    gone += deletedCount
    if (found.length < atOnce) return gone
  }
}
