import { isDeepStrictEqual } from 'node:util'
import type { AccountId } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { DetailName } from '../details/index.ts'
import { hour, now } from '../lib/clock.ts'
import { randomId } from '../lib/ids.ts'
import { byId, type Connection, insertOnce, prefix, storeOf, storeSchema, trusted, ttl } from '../storage/index.ts'
import type { Requester } from './requester.ts'

/** What support may ask a person to approve on their own signed-in page. */
export type Ask =
  /** That it is they who are calling, or somebody whom they let speak for them. */
  | { what: 'caller'; askedBy: Requester }
  /** An address that they then prove, and sign in with from then on. */
  | { what: 'address'; address: string }
  /** That support sees which other services are linked. */
  | { what: 'services' }
  /** A guarded detail, as the agent noted it. */
  | { what: 'guarded'; field: DetailName; value: string }
  /** That an account which is not theirs is taken out again. */
  | { what: 'unlink' }

export interface Approval {
  /** `<principal>:<random>`, so that a person's are one range. */
  _id: string
  principal: string
  company: CompanyId
  case: string
  account: AccountId
  /** The link this was asked under. */
  epoch: number
  ask: Ask
  state: 'open' | 'approved' | 'declined'
  askedAt: number
  purgeAt: string
}

/** An approval that nobody gave is forgotten after so long. */
const openFor = hour

export const createApprovalStore = (connection: Connection) => {
  const approvals = storeOf<Approval>(
    connection,
    storeSchema<Approval>({
      _id: String,
      principal: String,
      company: String,
      case: String,
      account: String,
      epoch: Number,
      ask: {},
      state: String,
      askedAt: Number,
      ...ttl.field,
    }),
    'approvals',
  )
  const choices = storeOf<{ _id: string; standing: boolean }>(
    connection,
    storeSchema<{ _id: string; standing: boolean }>({ _id: String, standing: Boolean }),
    'supportChoices',
  )

  const openOf = async (principal: string): Promise<Approval[]> => {
    const found = await approvals.find(prefix(`${principal}:`), { sort: { _id: 1 }, limit: 50 })
    return found.filter((each) => each.state === 'open' && now() - each.askedAt < openFor)
  }

  return {
    /** Asked again while it waits it is one question; undefined then. */
    ask: async (asked: Omit<Approval, '_id' | 'state' | 'askedAt' | 'purgeAt'>): Promise<Approval | undefined> => {
      const at = now()
      const waiting = await openOf(asked.principal)
      if (waiting.some((each) => each.case === asked.case && isSame(each, asked))) return undefined
      const _id = `${asked.principal}:${randomId()}`
      const approval: Approval = { ...asked, _id, state: 'open', askedAt: at, ...ttl.at(at + openFor) }
      await insertOnce(approvals, approval)
      return approval
    },

    /** What waits for this person, or this account's holder. */
    openFor: openOf,

    /** One of their own that was answered. */
    answered: async (principal: string, id: string): Promise<Approval | undefined> => {
      const found = await byId(approvals, id)
      return found?.principal === principal && found.state !== 'open' ? found : undefined
    },

    /** Answers one of their own, once; undefined when it is not theirs, too late or answered already. */
    answer: async (principal: string, id: string, state: 'approved' | 'declined'): Promise<Approval | undefined> => {
      const found = await approvals.findOneAndUpdate(
        { _id: id, principal, state: 'open', askedAt: trusted({ $gt: now() - openFor }) },
        { $set: { state } },
        { returnDocument: 'after' },
      )
      return found ?? undefined
    },

    /** Whether support may always see which services are linked; the person's own choice, off until they make it. */
    hasStandingApproval: async (principal: string): Promise<boolean> =>
      (await byId(choices, principal))?.standing === true,

    setStandingApproval: async (principal: string, standing: boolean): Promise<void> => {
      await choices.updateOne({ _id: principal }, { $set: { standing } }, { upsert: true })
    },

    /** What was asked of somebody who is no more, and what they chose. */
    forget: async (principal: string): Promise<void> => {
      await approvals.deleteMany(prefix(`${principal}:`))
      await choices.deleteOne({ _id: principal })
    },

    sweep: async (): Promise<void> => {
      await ttl.purge(approvals)
    },
  }
}

const isSame = (a: Pick<Approval, 'account' | 'epoch' | 'ask'>, b: Pick<Approval, 'account' | 'epoch' | 'ask'>) =>
  a.account === b.account && a.epoch === b.epoch && isDeepStrictEqual(a.ask, b.ask)

export type ApprovalStore = ReturnType<typeof createApprovalStore>
