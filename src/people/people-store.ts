import { now } from '../lib/clock.ts'
import { padded } from '../lib/ids.ts'
import { omitUndefined } from '../lib/omit-undefined.ts'
import { byId, type Connection, storeSchema, trusted } from '../storage/index.ts'
import type { Person, PersonId, PersonLogEntry } from './person.ts'

interface PersonMutation {
  set?: Record<string, unknown>
  unset?: string[]
  log: Omit<PersonLogEntry, 'n'>[]
}

/** When something is left to do on a person: now, unless told. Sorts by time within its prefix. */
export const dueAt = (prefix: string, time: number): string => `${prefix}|${padded(time)}`

/**
 * People decide (model M1): every write is one compare-and-set on `rev` that carries its own log entry and sets `due`.
 * Nothing here upserts; nothing writes a whole document.
 */
export const createPeopleStore = (connection: Connection) => {
  const model = connection.model<Person>(
    'Person',
    storeSchema<Person>({
      _id: String,
      s: Number,
      rev: Number,
      v: Number,
      status: String,
      fields: {},
      identifiers: [String],
      credentials: [String],
      credentialEpoch: Number,
      credentialsChangedAt: Number,
      language: String,
      createdAt: Number,
      erasedAt: Number,
      birthDateCorrectedAt: Number,
      ending: {},
      takeBacks: { type: [{}], default: undefined },
      knownAs: String,
      applied: {},
      log: [{}],
      n: Number,
      due: { type: String, index: true, sparse: true },
    }),
    'people',
  )

  return {
    get: async (id: PersonId): Promise<Person | null> => byId(model, id),

    /** False when a person with this id is there already. */
    insert: async (person: Person): Promise<boolean> => {
      const inserted = await model.updateOne({ _id: person._id }, { $setOnInsert: person }, { upsert: true })
      return inserted.upsertedCount === 1
    },

    /** The person after the write, or undefined when somebody else wrote first: read again and decide again. */
    commit: async (person: Person, { set = {}, unset = [], log }: PersonMutation): Promise<Person | undefined> => {
      const entries = log.map((entry, i) => omitUndefined({ ...entry, n: person.n + 1 + i }))
      const update = {
        $set: { ...set, rev: person.rev + 1, n: person.n + log.length, due: dueAt('-', now()) },
        ...(unset.length > 0 && { $unset: Object.fromEntries(unset.map((path) => [path, ''])) }),
        ...(entries.length > 0 && { $push: { log: { $each: entries } } }),
      }
      const saved = await model
        .findOneAndUpdate({ _id: person._id, rev: person.rev }, update, { returnDocument: 'after' })
        .lean<Person>()
      return saved ?? undefined
    },

    /** Takes drained entries out. Idempotent. */
    drained: async (id: PersonId, upTo: number): Promise<void> => {
      await model.updateOne({ _id: id }, { $pull: { log: { n: trusted({ $lte: upTo }) } } })
    },

    /** Ends the due mark, or puts it off, unless somebody wrote since `person` was read. */
    settle: async ({ _id, rev }: Pick<Person, '_id' | 'rev'>, until: number | null): Promise<void> => {
      const update = until === null ? { $unset: { due: '' } } : { $set: { due: dueAt('-', until) } }
      await model.updateOne({ _id, rev }, update)
    },

    /** All of them, page by page; `after` is the last one's id. */
    pageOf: async (after: string, limit: number): Promise<Person[]> =>
      model
        .find({ _id: trusted({ $gt: after }) })
        .sort({ _id: 1 })
        .limit(limit)
        .lean<Person[]>(),

    due: async (before: number, limit: number): Promise<Person[]> =>
      model
        .find({ due: trusted({ $gte: '-|', $lte: dueAt('-', before) }) })
        .sort({ due: 1 })
        .limit(limit)
        .lean<Person[]>(),
  }
}

export type PeopleStore = ReturnType<typeof createPeopleStore>
