import type { Bound } from '../lib/browser-binding.ts'
import { now } from '../lib/clock.ts'
import type { Mail } from '../mail/index.ts'
import {
  type Connection,
  dueIn,
  dueIndex,
  indexed,
  insertOnce,
  noLane,
  storeOf,
  storeSchema,
  trusted,
  ttl,
} from '../storage/index.ts'
import {
  codeLifetime,
  goodUntil,
  isRenewable,
  type Lifetime,
  triesPerCode,
  type VerificationState,
} from './verification.ts'

/**
 * Something begun that only a code from the mail can finish: a registration, a new address, a recovery. Until then it
 * is nothing but this (threats T1): any number may stand for one address, none reserves it. What its code is worth at a
 * moment is `verification.ts`'s to say; here is the compare-and-set of each step.
 */
export interface Verification extends Lifetime, Bound {
  /** Digest of the handle that the browser holds. */
  _id: string
  kind: string
  /** Where the code went. */
  address: string
  /** Who waits for the code: an account's or person's key, or the address itself where that is all they are yet. */
  of?: string
  /** The letter that the code goes in, without it. */
  letter?: Omit<Mail, 'to'>
  codeDigest: string
  /** Codes that may still be looked at; once the right one came, second clicks. */
  tries: number
  /** What completes it, by kind. Passwords are in here as hashes only. */
  content: Record<string, unknown>
  /** Set with `completing`: what it is becoming, so that a crash rolls forward to the same (model M9). */
  becomes?: string
  /** What was made of it, by kind; for the second of two clicks. */
  outcome?: Record<string, unknown>
  purgeAt?: string
  due?: string
}

/** What is spent is kept for the second of two clicks, and no longer than its code could have been good. */
const spentFor = codeLifetime

const sweepable: VerificationState[] = ['open', 'proven', 'done']

export const createVerificationStore = (connection: Connection) => {
  const model = storeOf<Verification>(
    connection,
    storeSchema<Verification>({
      _id: String,
      kind: String,
      state: String,
      address: String,
      of: indexed,
      letter: {},
      codeDigest: String,
      browser: String,
      tries: Number,
      content: {},
      expiresAt: Number,
      endsAt: Number,
      renewals: Number,
      spentAt: Number,
      becomes: String,
      outcome: {},
      ...ttl.field,
      due: indexed,
    }),
    'drafts',
  )
  const due = dueIndex(model)

  return {
    insert: async (verification: Verification): Promise<void> => {
      await insertOnce(model, { ...verification, ...ttl.at(verification.endsAt ?? verification.expiresAt) })
    },

    /** As it is stored, whatever it is still worth. */
    find: async (id: string, kind: string): Promise<Verification | undefined> =>
      (await model.findOne({ _id: id, kind })) ?? undefined,

    /** What these wait for, newest first, as far as another code may be sent for it. */
    waiting: async (of: string[]): Promise<Verification[]> => {
      const found = await model.find({ of: trusted({ $in: of }) }, { limit: 100 })
      return found.filter((verification) => isRenewable(verification, now())).sort((a, b) => b.expiresAt - a.expiresAt)
    },

    /** Whether anything of this kind is stored that this holder began, whatever it is still worth. */
    hasAny: async (of: string, kind: string): Promise<boolean> => (await model.findOne({ of, kind })) !== null,

    /**
     * Takes one try of this very code before it is looked at, so that racing guesses cannot exceed the number
     * (CVE-2023-47111).
     */
    takeAttempt: async ({ _id, state, codeDigest }: Verification): Promise<boolean> => {
      const taken = await model.updateOne(
        { _id, state, codeDigest, tries: trusted({ $gt: 0 }) },
        { $inc: { tries: -1 } },
      )
      return taken.modifiedCount === 1
    },

    /** Another code in place of the one before, with tries and minutes of its own; false: somebody was first. */
    renew: async ({ _id, codeDigest: before, endsAt = 0 }: Verification, codeDigest: string): Promise<boolean> => {
      const renewed = await model.updateOne(
        { _id, state: 'open', codeDigest: before },
        { $set: { codeDigest, tries: triesPerCode, expiresAt: goodUntil(now(), endsAt) }, $inc: { renewals: 1 } },
      )
      return renewed.modifiedCount === 1
    },

    setContent: async (id: string, path: string, value: unknown): Promise<void> => {
      await model.updateOne({ _id: id, state: 'open' }, { $set: { [`content.${path}`]: value } })
    },

    /** open → proven, once: the code is spent, and what it opened is done within minutes. */
    prove: async ({ _id, codeDigest }: Verification, content: Record<string, unknown> = {}): Promise<boolean> => {
      const at = now()
      const expiresAt = at + codeLifetime
      const learnt = Object.fromEntries(Object.entries(content).map(([name, value]) => [`content.${name}`, value]))
      const moved = await model.updateOne(
        { _id, state: 'open', codeDigest },
        {
          $set: {
            ...learnt,
            state: 'proven',
            spentAt: at,
            tries: triesPerCode,
            expiresAt,
            ...ttl.at(expiresAt),
          },
          $unset: { letter: '' },
        },
      )
      return moved.modifiedCount === 1
    },

    /** open → completing, once; who loses reads what it is becoming. */
    complete: async (id: string, becomes: string): Promise<boolean> => {
      const at = now()
      const moved = await model.updateOne(
        { _id: id, state: 'open' },
        {
          $set: { state: 'completing', becomes, spentAt: at, tries: triesPerCode, due: dueIn(noLane, at) },
          $unset: { purgeAt: '' },
        },
      )
      return moved.modifiedCount === 1
    },

    /** completing → done: what it held goes, but what the second of two clicks is told. `of`: with them that goes. */
    done: async (id: string, of: string, outcome: Record<string, unknown> | undefined): Promise<void> => {
      await model.updateOne(
        { _id: id, state: 'completing' },
        {
          $set: { state: 'done', of, content: {}, ...ttl.at(now() + spentFor), ...(outcome && { outcome }) },
          $unset: { due: '', address: '', letter: '' },
        },
      )
    },

    /**
     * → done at once, for what one write elsewhere has made, or for what is good once: a crash before leaves it as it
     * was, to run out. True for the first.
     */
    finish: async (id: string, from: 'open' | 'proven', outcome: Record<string, unknown>): Promise<boolean> => {
      const at = now()
      const finished = await model.updateOne(
        { _id: id, state: from },
        {
          $set: {
            state: 'done',
            content: {},
            outcome,
            spentAt: at,
            tries: triesPerCode,
            ...ttl.at(at + spentFor),
          },
          $unset: { address: '', letter: '' },
        },
      )
      return finished.modifiedCount === 1
    },

    /** Ends one that nobody completed. */
    drop: async (id: string): Promise<void> => {
      await model.deleteOne({ _id: id, state: trusted({ $in: sweepable }) })
    },

    /** Ends whatever of this kind somebody waits for. */
    dropWaiting: async (of: string, kind: string): Promise<void> => {
      await model.deleteMany({ of, kind, state: 'open' })
    },

    /**
     * What somebody had begun who is no more, or whose credentials are others now (T2, T4); `except`, the one that did
     * it. By their address that is a recovery alone: somebody new may be registering with it.
     */
    forget: async (of: string, addresses: readonly string[], except = '-'): Promise<void> => {
      const [_id, state] = [trusted({ $ne: except }), trusted({ $in: sweepable })]
      await model.deleteMany({ of, _id, state })
      if (addresses.length > 0)
        await model.deleteMany({ of: trusted({ $in: [...addresses] }), _id, kind: 'recovery', state })
    },

    due: async (kind: string, before: number): Promise<Verification[]> =>
      due.due(noLane, 100, { before, also: { kind } }),

    /** Never what is completing: that is always rolled forward. */
    sweep: async (): Promise<number> => ttl.purge(model, { state: trusted({ $in: sweepable }) }),
  }
}

export type VerificationStore = ReturnType<typeof createVerificationStore>
