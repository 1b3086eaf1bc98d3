import type { PortalDeps } from './portal-deps.ts'
import type { Signed } from './portal-tools.ts'

type RecordDeps = Pick<PortalDeps, 'currentPrincipal' | 'enqueue'>

/** What somebody just did is in their history before the page that says so is shown; what follows of it is set off. */
export const createRecordAct =
  ({ currentPrincipal, enqueue }: RecordDeps) =>
  async ({ principal: { id } }: Pick<Signed, 'principal'>): Promise<void> => {
    await currentPrincipal(id)
    enqueue(id)
  }
