import type { AccountId } from '../accounts/index.ts'
import type { DetailName } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { keyPart } from '../lib/ids.ts'
import { byId, type Connection, storeSchema, trusted } from '../storage/index.ts'

/** What the person behind an account allowed one client; ours, not the provider's grant, which lives a session (P7). */
export interface Consent {
  account: AccountId
  client: string
  scopes: string[]
  /**
   * The details that the page said it gets: nothing else is told it, whatever its scopes come to release (U1). undefined:
   * allowed before that was kept, so as its scopes say.
   */
  fields?: DetailName[]
  policyVersion: string
  /** When it was last given or widened. */
  at: number
}

interface StoredConsent {
  _id: string
  client: string
  /** Encoded scope → when it was allowed: two tabs that allow different scopes lose neither. */
  scopes?: Record<string, number>
  /** Detail → when it was last shown and allowed. */
  fields?: Partial<Record<DetailName, number>>
  /** The page has named its details since then; nothing may have been among them. */
  named?: boolean
  policyVersion: string
  at: number
}

const consentId = (account: AccountId, client: string): string => `${account}:${keyPart(client)}`

export const createConsents = (connection: Connection) => {
  const model = connection.model<StoredConsent>(
    'Consent',
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

  return {
    find: async (account: AccountId, client: string): Promise<Consent | undefined> => {
      const stored = await byId(model, consentId(account, client))
      return stored ? presented(account, stored) : undefined
    },

    /** Adds to what was allowed before; only the difference was asked. */
    give: async (given: Omit<Consent, 'at' | 'fields'> & { fields: readonly DetailName[] }): Promise<void> => {
      const { account, client, scopes, fields, policyVersion } = given
      const at = now()
      await model.updateOne(
        { _id: consentId(account, client) },
        {
          $set: {
            client,
            policyVersion,
            at,
            named: true,
            ...Object.fromEntries(fields.map((field) => [`fields.${field}`, at])),
            ...Object.fromEntries(scopes.map((scope) => [`scopes.${keyPart(scope)}`, at])),
          },
        },
        { upsert: true },
      )
    },

    /** From the next request on the person is asked anew; ending the client's tokens is the provider's. */
    withdraw: async (account: AccountId, client: string): Promise<void> => {
      await model.deleteOne({ _id: consentId(account, client) })
    },

    /** For the account pages: everything this account's person allowed. */
    ofAccount: async (account: AccountId): Promise<Consent[]> => {
      const rows = await model
        .find({ _id: trusted({ $gte: `${account}:`, $lt: `${account}:\u{10ffff}` }) })
        .sort({ _id: 1 })
        .lean<StoredConsent[]>()
      return rows.map((row) => presented(account, row))
    },
  }
}

export type Consents = ReturnType<typeof createConsents>
