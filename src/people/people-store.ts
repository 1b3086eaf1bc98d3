import { now } from '../lib/clock.ts'
import { omitUndefined } from '../lib/omit-undefined.ts'
import {
  byId,
  type Connection,
  compareAndSet,
  dueIn,
  dueIndex,
  indexed,
  insertOnce,
  noLane,
  optionalList,
  storeOf,
  storeSchema,
  trusted,
  updateOf,
} from '../storage/index.ts'
import type { Person, PersonId, PersonLogEntry } from './person.ts'

interface PersonMutation {
  set?: Record<string, unknown>
  unset?: string[]
  log: Omit<PersonLogEntry, 'n'>[]
}

/**
 * People decide (model M1): every write is one compare-and-set on `rev` that carries its own log entry and sets `due`.
 * Nothing here upserts; nothing writes a whole document.
 */
export const createPeopleStore = (connection: Connection) => {
  const model = storeOf<Person>(
    connection,
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
      takeBacks: optionalList,
      takenBack: {},
      recovery: {},
      knownAs: String,
      applied: {},
      log: [{}],
      n: Number,
      due: indexed,
    }),
    'people',
  )
  const due = dueIndex(model)

  return {
    get: async (id: PersonId): Promise<Person | null> => byId(model, id),

    /** False when a person with this id is there already. */
    insert: async (person: Person): Promise<boolean> => insertOnce(model, person),

    /** The person after the write, or undefined when somebody else wrote first: read again and decide again. */
    commit: async (person: Person, { set = {}, unset = [], log }: PersonMutation): Promise<Person | undefined> => {
      const entries = log.map((entry, i) => omitUndefined({ ...entry, n: person.n + 1 + i }))
      return compareAndSet(model, person, {
        set: { ...set, n: person.n + log.length, due: dueIn(noLane, now()) },
        unset,
        ...(entries.length > 0 && { push: { log: { $each: entries } } }),
      })
    },

    /** Takes drained entries out. Idempotent. */
    drained: async (id: PersonId, n: number): Promise<void> => {
      await model.updateOne({ _id: id }, upTo(n))
    },

    /**
     * Ends the due mark, or puts it off, and takes the entries that are recorded now out of the log, unless somebody wrote
     * since `person` was read: then both are done after that.
     */
    settle: async (
      { _id, rev, n, log }: Pick<Person, '_id' | 'rev' | 'n' | 'log'>,
      until: number | null,
    ): Promise<void> => {
      const update = until === null ? { unset: ['due'] } : { set: { due: dueIn(noLane, until) } }
      await model.updateOne({ _id, rev }, { ...updateOf(update), ...(log.length > 0 && upTo(n)) })
    },

    /** All of them, page by page; `after` is the last one's id. */
    pageOf: async (after: string, limit: number): Promise<Person[]> =>
      model.find({ _id: trusted({ $gt: after }) }, { sort: { _id: 1 }, limit }),

    due: async (before: number, limit: number): Promise<Person[]> => due.due(noLane, limit, { before }),
  }
}

/** Takes out what is recorded of the log. */
const upTo = (n: number) => ({ $pull: { log: { n: trusted({ $lte: n }) } } })

export type PeopleStore = ReturnType<typeof createPeopleStore>

/** Where only documents are read: entry points have no store that writes. */
export type ReadPeople = Pick<PeopleStore, 'get'>
