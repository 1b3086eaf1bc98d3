import { now } from '../lib/clock.ts'
import {
  byId,
  type Connection,
  compareAndSet,
  indexedEach,
  insertOnce,
  optionalTexts,
  prefix,
  storeOf,
  storeSchema,
} from '../storage/index.ts'
import { type Case, caseKey, caseLifetime } from './case.ts'

export const createCaseStore = (connection: Connection) => {
  const model = storeOf<Case>(
    connection,
    storeSchema<Case>({
      _id: String,
      rev: Number,
      company: String,
      reference: String,
      reason: String,
      askedBy: String,
      agent: String,
      role: String,
      openedAt: Number,
      closedAt: Number,
      account: String,
      principal: String,
      find: indexedEach,
      proofHandle: String,
      papers: {},
      proven: {},
      services: {},
      guarded: {},
      objectedAt: Number,
      looked: optionalTexts,
    }),
    'cases',
  )

  return {
    get: async (id: string): Promise<Case | null> => byId(model, id),

    insert: async (fresh: Case): Promise<void> => {
      await insertOnce(model, fresh)
    },

    /** undefined when somebody else wrote first: of two agents in one case, the second looks again. */
    commit: async (seen: Case, set: Partial<Case>, unset: (keyof Case)[] = []): Promise<Case | undefined> =>
      compareAndSet(model, seen, { set, unset }),

    /** What was written of somebody who is no more. */
    forget: async (id: string): Promise<void> => {
      await model.updateOne(
        { _id: id },
        { $set: { reason: '' }, $unset: { guarded: '', papers: '' }, $inc: { rev: 1 } },
      )
    },

    /** A company's cases of this name, newest first: its own number may stand for several. */
    named: async (company: string, name: string): Promise<Case[]> =>
      model.find({ find: caseKey(company, name) }, { sort: { _id: -1 }, limit: 20 }),

    /** A company's cases that are still open, newest first: `_id` is `company:time:random`. */
    openOf: async (company: string, limit: number): Promise<Case[]> => {
      const newest = await model.find(prefix(`${company}:`), { sort: { _id: -1 }, limit })
      return newest.filter((each) => each.closedAt === undefined && now() - each.openedAt < caseLifetime)
    },
  }
}

export type CaseStore = ReturnType<typeof createCaseStore>
