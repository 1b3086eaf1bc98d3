import { now } from '../lib/clock.ts'
import { digest, keyPart } from '../lib/ids.ts'
import { type Connection, prefix, storeOf, storeSchema, ttl } from '../storage/index.ts'
import { principalPart } from './principal.ts'

/** What outlived the browser's session that gave it, by the service's declaration (P13): a television, an app. */
export interface OfflineSession {
  principal: string
  client: string
  grantId: string
  /** The browser that it was allowed in. */
  device?: string
  /** Seconds since 1970: the proof that it was allowed with. */
  signedInAt: number
}

type Stored = OfflineSession & { _id: string; purgeAt: string }

/** Names it on a page without saying what it holds. */
export const offlineSessionId = ({ grantId }: Pick<OfflineSession, 'grantId'>): string => digest(grantId)

/** Found by whose it is once no session leads there any more: `principal:client:id`. Ends nothing and proves nothing. */
export const createOfflineSessionStore = (connection: Connection, keptFor: number) => {
  const model = storeOf<Stored>(
    connection,
    storeSchema<Stored>({
      _id: String,
      principal: String,
      client: String,
      grantId: String,
      device: String,
      signedInAt: Number,
      ...ttl.field,
    }),
    'lasting-sign-ins',
  )
  const idOf = (offlineSessions: OfflineSession) =>
    [principalPart(offlineSessions.principal), keyPart(offlineSessions.client), offlineSessionId(offlineSessions)].join(
      ':',
    )

  return {
    /** Idempotent. */
    keep: async (offlineSessions: OfflineSession): Promise<void> => {
      const set = { ...offlineSessions, ...ttl.at(now() + keptFor) }
      await model.updateOne({ _id: idOf(offlineSessions) }, { $set: set }, { upsert: true })
    },

    of: async (principal: string): Promise<OfflineSession[]> => {
      return model.find(prefix(`${principalPart(principal)}:`), { sort: { _id: 1 } })
    },

    forget: async (offlineSessions: OfflineSession): Promise<void> => {
      await model.deleteOne({ _id: idOf(offlineSessions) })
    },

    purge: async (): Promise<void> => {
      await ttl.purge(model)
    },
  }
}

export type OfflineSessionStore = ReturnType<typeof createOfflineSessionStore>
