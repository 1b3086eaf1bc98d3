import type { Store } from './store.ts'

/** What an attempt answers when somebody else wrote first. */
export const conflict: unique symbol = Symbol('somebody else wrote first')

/**
 * Reads, decides and writes again until nobody wrote in between. It ends: whoever comes second was beaten by a write that
 * got through, so of any number at once one gets on at every turn.
 */
export const retryOnConflict = async <T>(attempt: () => Promise<T | typeof conflict>): Promise<T> => {
  for (;;) {
    const made = await attempt()
    if (made !== conflict) return made
  }
}

interface Change {
  set?: Record<string, unknown>
  /** Paths. */
  unset?: readonly string[]
  push?: Record<string, unknown>
}

/** An update with only the operators that say something: the database refuses an empty one. */
export const updateOf = ({ set = {}, unset = [], push }: Change) => ({
  ...(Object.keys(set).length > 0 && { $set: set }),
  ...(unset.length > 0 && { $unset: Object.fromEntries(unset.map((path) => [path, ''])) }),
  ...(push && { $push: push }),
})

/**
 * Writes what was decided on a document as it was read, and raises its `rev`; the document then, or undefined when somebody
 * else wrote first. Never upserts.
 */
export const compareAndSet = async <T extends { _id: string; rev: number }>(
  store: Store<T>,
  { _id, rev }: Pick<T, '_id' | 'rev'>,
  { set, ...change }: Change,
): Promise<T | undefined> => {
  const update = updateOf({ ...change, set: { ...set, rev: rev + 1 } })
  const saved = await store.findOneAndUpdate({ _id, rev } as never, update as never, { returnDocument: 'after' })
  return saved ?? undefined
}
