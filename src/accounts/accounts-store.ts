import type { DetailName, Details } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { keyedDigest } from '../lib/ids.ts'
import { omitUndefined } from '../lib/omit-undefined.ts'
import {
  byId,
  type Connection,
  compareAndSet,
  conflict,
  dueIn,
  dueIndex,
  indexed,
  indexedEach,
  insertOnce,
  optionalList,
  optionalTexts,
  prefix,
  retryOnConflict,
  storeOf,
  storeSchema,
  trusted,
  updateOf,
} from '../storage/index.ts'
import type { Account, AccountId, AccountLogEntry } from './account.ts'
import { lifecycleEventsAfter } from './lifecycle.ts'

export interface AccountMutation {
  set?: Record<string, unknown>
  unset?: string[]
  log?: Omit<AccountLogEntry, 'n'>[]
}

/** What a rule makes of an account as it stands: a mutation, or undefined when there is nothing to do. Pure. */
export type Decide = (account: Account) => AccountMutation | undefined

type Stored = Account & { rev: number; find?: string[] }

/**
 * Accounts decide who they are linked to, their copy and what was told (model M1). Every write is one compare-and-set
 * on `rev` made from a rule that saw the very document it changes, carries its own log entry and sets `due`.
 */
export const createAccountsStore = (connection: Connection, lookupKey: Uint8Array) => {
  const model = modelOf(connection)
  const get = async (id: AccountId): Promise<Stored | null> => byId(model, id)

  /** By company. */
  const due = dueIndex(model)
  const untold = dueIndex(model, 'untoldSince')

  return {
    get: async (id: AccountId): Promise<Account | null> => get(id),

    /** False when the id is taken. */
    insert: async (account: Account): Promise<boolean> => {
      const lifecycleEvents = lifecycleEventsAfter(account, account)
      const stored = {
        ...account,
        ...(lifecycleEvents && { lifecycleEvents }),
        find: foundBy(lookupKey, account),
        rev: 1,
        ...(account.log.length > 0 && { due: dueIn(account.company, now()) }),
      }
      return insertOnce(model, stored)
    },

    /**
     * Decides on the document as it stands and writes if nobody wrote meanwhile, else decides again.
     * undefined: no such account, or nothing to do. `seen`: as it was just read, which spares reading it once more; that
     * there is nothing to do is only ever said of the document as it stands. A rule that throws is given none.
     */
    change: async (id: AccountId, decide: Decide, seen?: Account): Promise<Account | undefined> => {
      let handed = seen as Stored | undefined
      return retryOnConflict(async () => {
        const isHanded = handed !== undefined
        const account = handed ?? (await get(id))
        handed = undefined
        const mutation = account && decide(account)
        if (!mutation) return isHanded ? conflict : undefined
        const { set = {}, unset = [], log = [] } = mutation
        const after = foundAnew(account, mutation)
        const lifecycleEvents = lifecycleEventsAfter(account, mutation)
        const entries = log.map((entry, i) => omitUndefined({ ...entry, n: account.n + 1 + i }))
        const saved = await compareAndSet(model, account, {
          set: {
            // Written even where it stands: a look that read the same document may have ended it since, and leaves `rev`.
            due: isDue(account) ? account.due : dueIn(account.company, now()),
            ...set,
            ...(after && { find: foundBy(lookupKey, after) }),
            ...(lifecycleEvents && { lifecycleEvents }),
            ...(entries.length > 0 && { n: account.n + entries.length }),
          },
          unset,
          ...(entries.length > 0 && { push: { log: { $each: entries } } }),
        })
        return saved ?? conflict
      })
    },

    /** Takes drained entries out. Idempotent. */
    drained: async (id: AccountId, n: number): Promise<void> => {
      await model.updateOne({ _id: id }, upTo(n))
    },

    /**
     * Ends the due mark, or puts it off, and takes the entries that are recorded now out of the log, unless somebody wrote
     * since `account` was read: then both are done after that. `isUntold`: somebody is still to be told, and what the
     * account's log has, or else what it falls due for, is since when.
     */
    settle: async (account: Account, until: number | null, isUntold: boolean): Promise<void> => {
      const dueSince = Number(account.due?.split('|')[1] ?? now())
      const since = Math.min(now(), dueSince, ...account.log.map(({ at }) => at))
      const set = {
        ...(until !== null && { due: dueIn(account.company, until) }),
        ...(isUntold && !account.untoldSince && { untoldSince: dueIn(account.company, since) }),
      }
      const unset = [...(until === null ? ['due'] : []), ...(isUntold ? [] : ['untoldSince'])]
      await model.updateOne(
        { _id: account._id, rev: (account as Stored).rev },
        { ...updateOf({ set, unset }), ...(account.log.length > 0 && upTo(account.n)) },
      )
    },

    /** Companies with anything due, now or later, each once. */
    companiesDue: async (): Promise<string[]> => (await due.lanes()).map(({ lane }) => lane),

    /** Since when the oldest account waits for something to be done, or somebody to be told; undefined when none does. */
    waitsSince: async (): Promise<number | undefined> => {
      const marks = [...(await due.lanes()), ...(await untold.lanes())]
      const past = marks.map(({ at }) => at).filter((at) => at <= now())
      return past.length > 0 ? Math.min(...past) : undefined
    },

    /**
     * One company's accounts that are due before a time, oldest first: a dead company's backlog never stands before
     * another's (model C4). `after` is the mark of the last that was seen, for the next page.
     */
    due: async (company: string, before: number, limit: number, after?: string): Promise<Account[]> =>
      due.due(company, limit, { before, after }),

    /** A page of a company's accounts in order of id. */
    ofCompany: async (company: string, after: AccountId, limit: number): Promise<Account[]> =>
      model.find(prefix(`${company}:`, { after }), { sort: { _id: 1 }, limit }),

    /** True when a company holds any account. */
    areAt: async (company: string): Promise<boolean> => (await model.findOne(prefix(`${company}:`))) !== null,

    /**
     * Accounts of one company whose own copy has exactly this address or number; never another company's (T14). By `left`:
     * those without a way in since a link ended, whose way back goes to this address, or else to this person.
     */
    found: async (company: string, by: FoundBy, value: string): Promise<Account[]> =>
      model.find({ find: findKey(lookupKey, company, by, value) }, { sort: { find: 1 }, limit: 10 }),
  }
}

const modelOf = (connection: Connection) =>
  storeOf<Stored>(
    connection,
    storeSchema<Stored>({
      _id: String,
      s: Number,
      rev: Number,
      company: String,
      subject: String,
      status: String,
      epoch: Number,
      link: {},
      at: {},
      own: {},
      copy: {},
      seq: Number,
      told: {},
      sending: {},
      lifecycleEvents: optionalList,
      noticed: optionalTexts,
      retry: {},
      intents: {},
      ownData: {},
      signIn: {},
      credentialEpoch: Number,
      credentialsChangedAt: Number,
      birthDateCorrectedAt: Number,
      takeBacks: optionalList,
      recovery: {},
      left: {},
      split: {},
      closing: {},
      leaving: {},
      closedAt: Number,
      fraud: {},
      endedBrowsers: {},
      sessionsEndedAt: Number,
      withdrawn: [String],
      language: String,
      offeredLinkAt: Number,
      createdAt: Number,
      log: [{}],
      n: Number,
      due: indexed,
      untoldSince: indexed,
      find: indexedEach,
    }),
    'accounts',
  )

/** It waits to be looked at already, since then: the mark stays as it is. */
const isDue = ({ company, due }: Account): boolean => due !== undefined && due <= dueIn(company, now())

/** Takes out what is recorded of the log. */
const upTo = (n: number) => ({ $pull: { log: { n: trusted({ $lte: n }) } } })

type FoundBy = 'email' | 'phone' | 'left'

const findKey = (lookupKey: Uint8Array, company: string, by: FoundBy, value: string) =>
  findByDigest(company, by, addressDigest(lookupKey, value))

const findByDigest = (company: string, by: FoundBy, digest: string) => `${company}|${by}|${digest}`

/** An address, where nobody is to read it. */
export const addressDigest = (lookupKey: Uint8Array, address: string): string => keyedDigest(lookupKey, address)

/** As if a link had ended here and the way back went to the address of this digest. */
export const foundByLeft = (company: string, digest: string): string => findByDigest(company, 'left', digest)

type Found = Pick<Account, 'company' | 'copy' | 'left'>

/** Blind index: found by who knows the whole value, unreadable to who has the store (model M14). */
export const foundBy = (lookupKey: Uint8Array, { company, copy, left }: Found): string[] => {
  const values = { email: copy.email, phone: copy.phone, left: left && (left.formerAddress ?? left.person) }
  return (Object.entries(values) as [FoundBy, string | null | undefined][]).flatMap(([by, value]) =>
    value ? [findKey(lookupKey, company, by, value)] : [],
  )
}

/** By what it is found after a mutation; undefined when that touches none of it. */
const foundAnew = (account: Account, { set = {}, unset = [] }: AccountMutation): Found | undefined => {
  const touched = [...Object.keys(set), ...unset].some((path) => /^(copy(\.(email|phone))?|left(\..*)?)$/.test(path))
  if (!touched) return undefined
  const copy = { ...((set.copy as Details | undefined) ?? account.copy) }
  for (const [path, value] of Object.entries(set))
    if (path.startsWith('copy.')) copy[path.slice('copy.'.length) as DetailName] = value as string | null
  for (const path of unset) if (path.startsWith('copy.')) delete copy[path.slice('copy.'.length) as DetailName]
  const left = unset.includes('left') ? undefined : ((set.left as Account['left']) ?? account.left)
  return { company: account.company, copy, ...(left && { left }) }
}

export type AccountsStore = ReturnType<typeof createAccountsStore>

/** Where only documents are read: entry points have no store that writes. */
export type ReadAccounts = Pick<AccountsStore, 'get'>
