import type { Store } from './store.ts'

/**
 * Writes a document whole unless its `_id` is taken: of many at once one gets true, and what stands stays as it is. This
 * is how something is made unique (model M14), and how a step that may be done again is done once.
 */
export const insertOnce = async <T extends { _id: string }>(store: Store<T>, document: T): Promise<boolean> => {
  try {
    await store.insertOne(document)
    return true
  } catch (error) {
    if (isDuplicateKey(error)) return false
    throw error
  }
}

/** An upsert met a document that somebody else inserted at the same moment: done again, it finds it. */
export const isDuplicateKey = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 11000
