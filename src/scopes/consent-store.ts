import type { AccountId } from '../accounts/index.ts'
import type { DetailName } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { keyPart } from '../lib/ids.ts'
import { isIn, type Span } from '../people/index.ts'
import {
  byId,
  type Connection,
  conflict,
  prefix,
  retryOnConflict,
  storeOf,
  storeSchema,
  trusted,
} from '../storage/index.ts'

/** What the person behind an account allowed one client; ours, not the provider's grant, which lives a session (P7). */
export interface Consent {
  account: AccountId
  client: string
  scopes: string[]
  /**
   * The details that the page said it gets: nothing else is told it, whatever its scopes come to release (U1). undefined:
   * allowed before that was kept, so as its scopes say until the upgrade's report has cut it (docs/upgrade.md).
   */
  fields?: DetailName[]
  policyVersion: string
  /** When it was last given or widened. */
  at: number
}

interface StoredConsent {
  _id: string
  client: string
  /** Encoded scope → when it was first allowed: two tabs that allow different scopes lose neither. */
  scopes?: Record<string, number>
  /** Detail → when it was first shown and allowed. */
  fields?: Partial<Record<DetailName, number>>
  /** The page has named its details since then; nothing may have been among them. */
  named?: boolean
  policyVersion: string
  at: number
}

const consentId = (account: AccountId, client: string): string => `${account}:${keyPart(client)}`

const timesOf = ({ scopes = {}, fields = {} }: Pick<StoredConsent, 'scopes' | 'fields'>): number[] => [
  ...Object.values(scopes),
  ...Object.values(fields),
]

/** What is left of it when all that was allowed in that time goes; undefined: nothing. */
const without = ({ scopes = {}, fields = {} }: StoredConsent, span: Span) => {
  const of = <T extends object>(all: T) =>
    Object.fromEntries(Object.entries(all).filter(([, at]) => !isIn(span, at as number))) as Record<string, number>
  const kept = { scopes: of(scopes), fields: of(fields) }
  return Object.keys(kept.scopes).length > 0 ? { ...kept, at: Math.max(...timesOf(kept)) } : undefined
}

const wasGivenIn = (stored: StoredConsent, span: Span): boolean => timesOf(stored).some((at) => isIn(span, at))

export const createConsents = (connection: Connection) => {
  const model = storeOf<StoredConsent>(
    connection,
    storeSchema<StoredConsent>({
      _id: String,
      client: String,
      scopes: {},
      fields: {},
      named: Boolean,
      policyVersion: String,
      at: Number,
    }),
    'consents',
  )
  const presented = (account: AccountId, stored: StoredConsent): Consent => ({
    account,
    client: stored.client,
    scopes: Object.keys(stored.scopes ?? {}).map(decodeURIComponent),
    ...(stored.named && { fields: Object.keys(stored.fields ?? {}) as DetailName[] }),
    policyVersion: stored.policyVersion,
    at: stored.at,
  })

  const rowsOf = (account: AccountId): Promise<StoredConsent[]> =>
    model.find(prefix(`${account}:`), { sort: { _id: 1 } })

  const ofAccount = async (account: AccountId): Promise<Consent[]> =>
    (await rowsOf(account)).map((row) => presented(account, row))

  return {
    find: async (account: AccountId, client: string): Promise<Consent | undefined> => {
      const stored = await byId(model, consentId(account, client))
      return stored ? presented(account, stored) : undefined
    },

    /**
     * Adds to what was allowed before; only the difference was asked. What is allowed once more was allowed when it first
     * was: who takes back what a thief gave loses nothing of their own (H27).
     */
    give: async (given: Omit<Consent, 'at' | 'fields'> & { fields: readonly DetailName[] }): Promise<void> => {
      const { account, client, scopes, fields, policyVersion } = given
      const at = now()
      const _id = consentId(account, client)
      const stored = await byId(model, _id)
      const newFields = fields.filter((field) => stored?.fields?.[field] === undefined)
      const newScopes = scopes.map(keyPart).filter((scope) => stored?.scopes?.[scope] === undefined)
      await model.updateOne(
        { _id },
        {
          $set: {
            client,
            policyVersion,
            at,
            named: true,
            ...Object.fromEntries(newFields.map((field) => [`fields.${field}`, at])),
            ...Object.fromEntries(newScopes.map((scope) => [`scopes.${scope}`, at])),
          },
        },
        { upsert: true },
      )
    },

    /** The clients that were allowed anything of this account in that time, a first time or more than before. */
    givenIn: async (account: AccountId, span: Span): Promise<string[]> =>
      (await rowsOf(account)).filter((row) => wasGivenIn(row, span)).map(({ client }) => client),

    /**
     * What was allowed one client in that time is withdrawn; what was allowed before stays (H27), and so does what was
     * since. False when there was nothing of it.
     */
    withdrawIn: async (account: AccountId, client: string, span: Span): Promise<boolean> => {
      const _id = consentId(account, client)
      return retryOnConflict(async () => {
        const stored = await byId(model, _id)
        if (!stored || !wasGivenIn(stored, span)) return false
        // As it was read: allowed once more meanwhile, it is looked at again.
        const seen = { _id, at: stored.at }
        const left = without(stored, span)
        const { deletedCount = 0, modifiedCount = 0 } = left
          ? { ...(await model.updateOne(seen, { $set: left })), deletedCount: 0 }
          : { ...(await model.deleteOne(seen)), modifiedCount: 0 }
        return deletedCount + modifiedCount > 0 || conflict
      })
    },

    /** From the next request on the person is asked anew; ending the client's tokens is the provider's. */
    withdraw: async (account: AccountId, client: string): Promise<void> => {
      await model.deleteOne({ _id: consentId(account, client) })
    },

    /** Those that were given before what their page named was kept, in the order of their ids; `after` is the last one's. */
    unnamed: async (after: string, limit: number): Promise<(Consent & { id: string; since: number })[]> => {
      const rows = await model.find(
        { _id: trusted({ $gt: after }), named: trusted({ $exists: false }) },
        { sort: { _id: 1 }, limit },
      )
      return rows.map((row) => ({
        ...presented(row._id.slice(0, row._id.lastIndexOf(':')) as AccountId, row),
        id: row._id,
        since: Math.min(row.at, ...Object.values(row.scopes ?? {})),
      }))
    },

    /** What its page had named, of one from before. False when it was named meanwhile. */
    name: async (id: string, fields: readonly DetailName[], at: number): Promise<boolean> => {
      const named = { named: true, fields: Object.fromEntries(fields.map((field) => [field, at])) }
      const done = await model.updateOne({ _id: id, named: trusted({ $exists: false }) }, { $set: named })
      return done.modifiedCount === 1
    },

    /** For the account pages: everything this account's person allowed. */
    ofAccount,
  }
}

export type Consents = ReturnType<typeof createConsents>
