import { askedByNobody } from '../../src/lib/browser-binding.ts'
import type { Database } from '../../src/storage/index.ts'
import { beforeEachOperation } from './around-storage.ts'

/** What happens while somebody is in the middle of an act: run once, before the `after`th operation from now. */
interface Meanwhile {
  next: { after: number; run: () => Promise<void> } | undefined
}

/** A connection whose operations on people and accounts something else may come before. */
export const withMeanwhile = (connection: Database['connection']) => {
  const meanwhile: Meanwhile = { next: undefined }
  const watched = beforeEachOperation(connection, async (_operation, collection) => {
    if (!meanwhile.next || (collection !== 'people' && collection !== 'accounts')) return
    if (meanwhile.next.after-- > 0) return
    const { run } = meanwhile.next
    meanwhile.next = undefined
    await askedByNobody(run)
  })
  return { meanwhile, connection: watched }
}
