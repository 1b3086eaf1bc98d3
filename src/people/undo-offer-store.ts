import { now } from '../lib/clock.ts'
import { digest, keyedDigest } from '../lib/ids.ts'
import { byId, type Connection, indexed, insertOnce, storeOf, storeSchema, trusted, ttl } from '../storage/index.ts'
import type { PersonId } from './person.ts'
import { undoWithin } from './undo-change.ts'

/** What the link in a mail takes back; `own` is of an account that is not linked. */
export type UndoOffer =
  | { kind: 'details'; person: PersonId; op: string; also?: string[] }
  | { kind: 'link' | 'opened' | 'registration'; person: PersonId; company: string; account: string }
  | { kind: 'address'; person: PersonId; former: FormerAddress }
  | { kind: 'own-details'; account: string; op: string; also?: string[] }
  | { kind: 'own-address'; account: string; former: FormerAddress }
  | { kind: 'recovery'; person: PersonId; op: string }
  | { kind: 'own-recovery'; account: string; op: string }

/** An address that signed in until somebody changed it (T5), and the change. */
export interface FormerAddress {
  address: string
  op: string
  at: number
}

interface StoredOffer {
  /** Digest of the token. */
  _id: string
  /** Whose it is: with them it goes. */
  of: string
  offer: UndoOffer
  until: number
  spentAt?: number
  purgeAt: string
}

/**
 * Offers to take something back without signing in: whoever reads the mailbox may, once, for 72 hours; a recovery that
 * waits for as long as it can let somebody in.
 */
export const createUndoOffers = (connection: Connection, key: Uint8Array) => {
  const model = storeOf<StoredOffer>(
    connection,
    storeSchema<StoredOffer>({
      _id: String,
      of: indexed,
      offer: {},
      until: Number,
      spentAt: Number,
      ...ttl.field,
    }),
    'undoOffers',
  )

  return {
    /** The token of a mail's link; the same for the same `id`, so that a mail written twice is the same mail. */
    offer: async (id: string, offer: UndoOffer, until = now() + undoWithin): Promise<string> => {
      const token = keyedDigest(key, 'undo', id)
      const _id = digest(token)
      const of = 'person' in offer ? `person:${offer.person}` : `account:${offer.account}`
      const fresh: StoredOffer = { _id, of, offer, until, ...ttl.at(until) }
      await insertOnce(model, fresh)
      return token
    },

    /** undefined when it is spent, too old or never was. */
    find: async (token: string): Promise<UndoOffer | undefined> => {
      const stored = await byId(model, digest(token))
      return stored && stored.spentAt === undefined && stored.until > now() ? stored.offer : undefined
    },

    /** True for the first who asks. */
    spend: async (token: string): Promise<boolean> => {
      const spent = await model.updateOne(
        { _id: digest(token), spentAt: trusted({ $exists: false }) },
        { $set: { spentAt: now() } },
      )
      return spent.modifiedCount === 1
    },

    /** Nothing of somebody who is no more can be taken back: the addresses in it go. */
    forget: async (of: string): Promise<void> => {
      await model.deleteMany({ of })
    },

    sweep: async (): Promise<void> => {
      await ttl.purge(model)
    },
  }
}

export type UndoOffers = ReturnType<typeof createUndoOffers>
