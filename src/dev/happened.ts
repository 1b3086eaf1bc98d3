import type { Account } from '../accounts/index.ts'
import type { EventKind } from '../activity/index.ts'
import type { Connection } from '../storage/index.ts'
import { type Happened, tourKinds } from './progress.ts'

interface Recorded {
  _id: string
  at: number
  kind: EventKind
  actor: { kind: string }
  account?: string
}

/**
 * What was recorded after a moment, in anybody's trail: development alone reads over everybody's. `after` in milliseconds
 * since 1970.
 */
export const happenedAfter = async (
  connection: Connection,
  accountOf: (id: string) => Promise<Account | null | undefined>,
  after: number,
): Promise<Happened[]> => {
  const found = await connection
    .collection<Recorded>('events')
    .find({ at: { $gt: after }, kind: { $in: [...tourKinds] } })
    .toArray()
  return Promise.all(
    found.map(async ({ _id, at, kind, actor, account }) => {
      const linked = kind === 'linked' && account ? await accountOf(account) : undefined
      return {
        kind,
        at,
        holder: _id.split(':', 2).join(':'),
        byPerson: actor.kind === 'person',
        existing: (linked?.link ?? linked?.left)?.how === 'existing',
      }
    }),
  )
}
