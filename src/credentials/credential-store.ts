import { day, now } from '../lib/clock.ts'
import { keyedDigest, keyPart } from '../lib/ids.ts'
import { journalName } from '../lib/journal.ts'
import {
  byId,
  type Connection,
  conflict,
  indexed,
  insertOnce,
  prefix,
  retryOnConflict,
  storeOf,
  storeSchema,
} from '../storage/index.ts'
import { lastUseOf } from './waiting-recovery.ts'

/** Leads from an address to what it signs in; counts only if the person or account it names lists it (model M1). */
export interface Identifier {
  _id: string
  /** A person's id, or an account's id for an account's own sign-in. */
  owner: string
  rev: number
  provenAt: number
  /** When it last signed its holder in, or a code to it led somewhere (T10); a day late at most. Absent: not since. */
  usedAt?: number
}

export interface Credential {
  _id: string
  kind: 'password'
  /** argon2id, with its parameters (security §3). */
  secret: string
  createdAt: number
}

/** Keys of an account's own sign-in: one address may have one per company, and leads nowhere else (model C10). */
export const separateLoginPrefix = (lookupKey: Uint8Array, company: string, address: string): string =>
  `own:${company}:${keyedDigest(lookupKey, address)}:`

export const separateLoginKey = (lookupKey: Uint8Array, company: string, address: string, subject: string): string =>
  separateLoginPrefix(lookupKey, company, address) + keyPart(subject)

/** Whoever is about to have an address at a company holds this first: of two at once, one gets it. */
export const separateLoginSlot = (lookupKey: Uint8Array, company: string, address: string): string =>
  `own-slot:${company}:${keyedDigest(lookupKey, address)}`

/**
 * What an address leads to when a restore knew it by its digest alone (model M15): it signs nobody in by itself, and is the
 * same address to whoever types it and reads its mailbox.
 */
export const restoredKey = (lookupKey: Uint8Array, key: string): string =>
  `restored:${journalName(lookupKey, 'identifier', key)}`

/** Identifiers and credentials: found by key, powerless until a person's or account's document lists them. */
export const createSignInStore = (connection: Connection) => {
  const identifiers = storeOf<Identifier>(
    connection,
    storeSchema<Identifier>({
      _id: String,
      owner: indexed,
      rev: Number,
      provenAt: Number,
      usedAt: Number,
    }),
    'identifiers',
  )
  const credentials = storeOf<Credential>(
    connection,
    storeSchema<Credential>({ _id: String, kind: String, secret: String, createdAt: Number }),
    'credentials',
  )

  return {
    identifier: async (key: string): Promise<Identifier | null> => byId(identifiers, key),

    /** Every own sign-in of an address at one company; there is at most one by rule, yet a range by key. */
    separateLogins: async (start: string): Promise<Identifier[]> =>
      identifiers.find(prefix(start), { sort: { _id: 1 }, limit: 5 }),

    /**
     * The commit point of a proven address: an insert that at most one wins. A holder that `isOrphan` (its person is
     * missing, erased, or does not list it) is taken over by compare-and-set (model M9).
     */
    claim: async (
      key: string,
      owner: string,
      isOrphan: (holder: Identifier) => Promise<boolean>,
    ): Promise<'claimed' | 'taken'> =>
      retryOnConflict(async () => {
        if (await insertOnce(identifiers, { _id: key, owner, rev: 1, provenAt: now() })) return 'claimed'
        const holder = await byId(identifiers, key)
        if (!holder) return conflict
        if (holder.owner === owner) return 'claimed'
        if (!(await isOrphan(holder))) return 'taken'
        const taken = await identifiers.updateOne(
          { _id: key, rev: holder.rev, owner: holder.owner },
          { $set: { owner, provenAt: now() }, $unset: { usedAt: '' }, $inc: { rev: 1 } },
        )
        return taken.modifiedCount === 1 ? 'claimed' : conflict
      }),

    /** Its holder was here by it. Written once a day, so that a sign-in costs no write. */
    used: async (identifier: Identifier): Promise<void> => {
      if (now() - lastUseOf(identifier) < day) return
      await identifiers.updateOne({ _id: identifier._id, owner: identifier.owner }, { $set: { usedAt: now() } })
    },

    /** Only the owner's own key goes: a key that somebody took over meanwhile stays. */
    release: async (key: string, owner: string): Promise<void> => {
      await identifiers.deleteOne({ _id: key, owner })
    },

    /** Everything of a person who is no more: also what a crash left between its making and its being listed. */
    forget: async (person: string): Promise<void> => {
      await identifiers.deleteMany({ owner: person })
      await credentials.deleteMany(prefix(`person:${person}:`))
    },

    credential: async (id: string): Promise<Credential | null> => byId(credentials, id),

    addCredential: async (credential: Credential): Promise<void> => {
      await insertOnce(credentials, credential)
    },

    /** Same password, today's parameters. Only the hash that was verified is replaced. */
    rehash: async (id: string, from: string, to: string): Promise<void> => {
      await credentials.updateOne({ _id: id, secret: from }, { $set: { secret: to } })
    },

    dropCredential: async (id: string): Promise<void> => {
      await credentials.deleteOne({ _id: id })
    },
  }
}

export type SignInStore = ReturnType<typeof createSignInStore>
