import { askedByNobody } from '../../src/lib/browser-binding.ts'
import { beforeEachOperation } from './around-storage.ts'
import { aWatchedApp } from './watched-app.ts'

/** What happens while somebody is in the middle of an act: run once, before the `after`th operation from now. */
export interface Meanwhile {
  next: { after: number; run: () => Promise<void> } | undefined
}

/** An app in which something else may come before what is asked of its people and accounts. */
export const anAppWithMeanwhile = async () => {
  const meanwhile: Meanwhile = { next: undefined }
  const comes = async (_operation: string, collection: string) => {
    if (!meanwhile.next || (collection !== 'people' && collection !== 'accounts')) return
    if (meanwhile.next.after-- > 0) return
    const { run } = meanwhile.next
    meanwhile.next = undefined
    await askedByNobody(run)
  }
  const { app } = await aWatchedApp((connection) => beforeEachOperation(connection, comes))
  return { app, meanwhile }
}
