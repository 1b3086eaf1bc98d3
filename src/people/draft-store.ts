import type { Bound } from '../lib/browser-binding.ts'
import { day, minute, now } from '../lib/clock.ts'
import { padded } from '../lib/ids.ts'
import type { Mail } from '../mail/index.ts'
import { type Connection, storeSchema, trusted } from '../storage/index.ts'

/**
 * Something begun that only a code from the mail can finish: a registration, a new address, a recovery. Until then it
 * is nothing but this (threats T1): any number may stand for one address, none reserves it.
 */
export interface Draft extends Bound {
  /** Digest of the handle that the browser holds. */
  _id: string
  kind: string
  state: 'open' | 'completing' | 'done'
  /** Where the code went. */
  address: string
  /** Who waits for the code: an account's or person's key, or the address itself where that is all they are yet. */
  of?: string
  /** The letter that the code goes in, without it. */
  letter?: Omit<Mail, 'to'>
  codeDigest: string
  /** Wrong codes left. */
  tries: number
  /** What completes it, by kind. Passwords are in here as hashes only. */
  content: Record<string, unknown>
  /** Milliseconds since 1970. */
  expiresAt: number
  /** Set with `completing`: what it is becoming, so that a crash rolls forward to the same (model M9). */
  becomes?: string
  purgeAt?: string
  due?: string
}

export const draftLifetime = 15 * minute

const sweepable: Draft['state'][] = ['open', 'done']

export const createDraftStore = (connection: Connection) => {
  const model = connection.model<Draft>(
    'Draft',
    storeSchema<Draft>({
      _id: String,
      kind: String,
      state: String,
      address: String,
      of: { type: String, index: true, sparse: true },
      letter: {},
      codeDigest: String,
      browser: String,
      tries: Number,
      content: {},
      expiresAt: Number,
      becomes: String,
      purgeAt: { type: String, index: true, sparse: true },
      due: { type: String, index: true, sparse: true },
    }),
    'drafts',
  )

  return {
    insert: async (draft: Draft): Promise<void> => {
      await model.updateOne(
        { _id: draft._id },
        { $setOnInsert: { ...draft, purgeAt: padded(draft.expiresAt) } },
        { upsert: true },
      )
    },

    /** Whatever its state; undefined when expired and still open. */
    find: async (id: string, kind: string): Promise<Draft | undefined> => {
      const draft = await model.findOne({ _id: id, kind }).lean<Draft>()
      return draft && (draft.state !== 'open' || draft.expiresAt > now()) ? draft : undefined
    },

    /** What these wait for, newest first. */
    waiting: async (of: string[]): Promise<Draft[]> => {
      const found = await model
        .find({ of: trusted({ $in: of }) })
        .limit(100)
        .lean<Draft[]>()
      return found
        .filter(({ state, expiresAt }) => state === 'open' && expiresAt > now())
        .sort((a, b) => b.expiresAt - a.expiresAt)
    },

    /** Takes one try before the code is looked at, so that racing guesses cannot exceed the number (CVE-2023-47111). */
    takeTry: async (id: string): Promise<boolean> => {
      const taken = await model.updateOne(
        { _id: id, state: 'open', tries: trusted({ $gt: 0 }) },
        { $inc: { tries: -1 } },
      )
      return taken.modifiedCount === 1
    },

    /** A new code to the same draft, with the tries it had left: asking again buys no guesses. */
    replaceCode: async (id: string, codeDigest: string): Promise<void> => {
      await model.updateOne({ _id: id, state: 'open' }, { $set: { codeDigest } })
    },

    setContent: async (id: string, path: string, value: unknown): Promise<void> => {
      await model.updateOne({ _id: id, state: 'open' }, { $set: { [`content.${path}`]: value } })
    },

    /** open → completing, once; who loses reads what it is becoming. */
    complete: async (id: string, becomes: string): Promise<boolean> => {
      const moved = await model.updateOne(
        { _id: id, state: 'open' },
        { $set: { state: 'completing', becomes, due: `-|${padded(now())}` }, $unset: { purgeAt: '' } },
      )
      return moved.modifiedCount === 1
    },

    /** What it held goes; the row stays a day so that a second click meets the same answer. */
    done: async (id: string): Promise<void> => {
      await model.updateOne(
        { _id: id, state: 'completing' },
        {
          $set: { state: 'done', content: {}, purgeAt: padded(now() + day) },
          $unset: { due: '', codeDigest: '', address: '', of: '', letter: '' },
        },
      )
    },

    /**
     * open → done at once, for what one write elsewhere has made, or for what is good once: a crash before leaves it open,
     * to run out. True for the first.
     */
    finish: async (id: string, made: string): Promise<boolean> => {
      const finished = await model.updateOne(
        { _id: id, state: 'open' },
        {
          $set: { state: 'done', becomes: made, content: {}, purgeAt: padded(now() + day) },
          $unset: { codeDigest: '', address: '', of: '', letter: '' },
        },
      )
      return finished.modifiedCount === 1
    },

    /** Ends one that nobody completed. */
    drop: async (id: string): Promise<void> => {
      await model.deleteOne({ _id: id, state: 'open' })
    },

    /** Ends whatever of this kind somebody waits for. */
    dropWaiting: async (of: string, kind: string): Promise<void> => {
      await model.deleteMany({ of, kind, state: 'open' })
    },

    /**
     * What somebody who is no more had begun. By their address that is a recovery alone: somebody new may be registering
     * with it.
     */
    forget: async (of: string, addresses: readonly string[]): Promise<void> => {
      const state = trusted({ $in: sweepable })
      await model.deleteMany({ of, state })
      await model.deleteMany({ of: trusted({ $in: [...addresses] }), kind: 'recovery', state })
    },

    due: async (kind: string, before: number): Promise<Draft[]> =>
      model
        .find({ due: trusted({ $gte: '-|', $lte: `-|${padded(before)}` }), kind })
        .sort({ due: 1 })
        .limit(100)
        .lean<Draft[]>(),

    /** Only open and done ones: what is completing is always rolled forward. */
    sweep: async (): Promise<number> => {
      const swept = await model.deleteMany({
        purgeAt: trusted({ $lte: padded(now()) }),
        state: trusted({ $in: sweepable }),
      })
      return swept.deletedCount
    },
  }
}

export type DraftStore = ReturnType<typeof createDraftStore>
