import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  type Account,
  type AccountId,
  type AccountsStore,
  accountIdOf,
  holderOf,
  mayChange,
  type ReadHolder,
} from '../accounts/index.ts'
import type { Company, CompanyId } from '../companies/index.ts'
import type { DetailName } from '../details/index.ts'
import { omitUndefined } from '../lib/omit-undefined.ts'
import type { AsksStore } from './asks-store.ts'
import { type ChangeRows, reachesBackTo } from './change-rows-store.ts'
import type { Choose } from './choose.ts'
import { type Channel, type ChoicesInForce, channels } from './preference.ts'
import { type Answer, askAgainFrom, goesOn, groupNews, isConfirmed, marketingOn } from './preference-rules.ts'
import type { UnsubscribeTokens } from './unsubscribe-token.ts'

/** What for: what an account needs, advertising, news of the group; or being picked by what one did, and being counted. */
export const purposes = ['service', 'marketing', 'group-news', 'profiling', 'analytics'] as const
export type Purpose = (typeof purposes)[number]

export interface Question {
  subject: string
  purpose: Purpose
  channel: Channel
  /** Only if it is this address or number that the company has. */
  address?: string | undefined
}

export type Reason =
  | Answer['reason']
  | 'service-message'
  | 'unknown-subject'
  | 'stands-still'
  | 'no-address'
  | 'address-differs'
  | 'address-not-proven'
  | 'number-not-confirmed'
  | 'not-on-this-channel'

export interface Decision {
  decision: boolean
  reason: Reason
  /** When it was decided by whom it is about; ms since 1970. */
  decidedAt?: number
  /** Nobody is to ask them again before. */
  askAgainFrom?: number
  /** Goes into the letter's headers (RFC 8058). */
  unsubscribe?: string
}

/** Whom a company may write to, as a line of an export or of the stream of changes. */
export interface Member {
  subject: string
  /** What is allowed; everything else is not. */
  allowed: { purpose: Purpose; channel: Channel; unsubscribe?: string }[]
  /** Where they said yes, and nobody has asked yet at the number whether it is theirs. */
  confirmFirst: Channel[]
  /** What they object to, so that nothing of it is begun. */
  objections: ('profiling' | 'analytics')[]
}

export interface AudienceDeps {
  accounts: Pick<AccountsStore, 'get' | 'ofCompany'>
  choose: Choose
  changes: ChangeRows
  asks: AsksStore
  tokens: UnsubscribeTokens
  readHolder: ReadHolder
  digestOf: (phone: string) => string
  issuer: string
}

/** Which detail says where somebody is written to; push goes to an app. */
const writtenAt: Partial<Record<Channel, DetailName>> = {
  email: 'email',
  text: 'phone',
  phone: 'phone',
  post: 'street',
}

/** Whether a change of this detail may be another answer of the door. */
export const isWrittenAt = (detail: DetailName): boolean => Object.values(writtenAt).includes(detail)

/** No code is sent to a number from here: that it is theirs they say to a company that asked there. */
const isByNumber = (channel: Channel): boolean => channel === 'text' || channel === 'phone'

const page = 20
const mostChanges = 500

/**
 * Answers companies who may be written to, on which channel, for what, at this moment, and why (S2-a, S4-6, S6-a). A
 * company asks about its own accounts alone: of anybody else's it is told what it is told of nobody.
 */
export const createAudience = (deps: AudienceDeps) => {
  const { accounts, choose, changes, asks, tokens, readHolder, digestOf, issuer } = deps

  const unsubscribeAt = (account: AccountId, from: Channel | 'group-news') =>
    `${issuer}/unsubscribe/${tokens.of(account, from)}`

  /** What keeps a channel shut though its holder said yes: there is no address, it is another, or nobody proved it. */
  const hindrance = (
    { account, addresses, inForce }: Known,
    { channel, address }: Pick<Question, 'channel' | 'address'>,
  ): Reason | undefined => {
    const at = writtenAt[channel]
    if (!at) return undefined
    const known = account.copy[at]
    if (!known) return 'no-address'
    if (address !== undefined && address !== known) return 'address-differs'
    // Double opt-in: an address that nobody proved here is written to once they have.
    if (channel === 'email' && !addresses.includes(known)) return 'address-not-proven'
    if (isByNumber(channel) && !isConfirmed(inForce, digestOf(known))) return 'number-not-confirmed'
    return undefined
  }

  const answerTo = (inForce: ChoicesInForce, purpose: Exclude<Purpose, 'service'>, channel: Channel): Answer => {
    if (purpose === 'marketing') return marketingOn(inForce, channel)
    return purpose === 'group-news' ? groupNews(inForce) : goesOn(inForce, purpose)
  }

  const decide = (found: Known, { purpose, channel, address }: Omit<Question, 'subject'>): Decision => {
    const { account, inForce } = found
    if (purpose === 'service') return { decision: true, reason: 'service-message' }
    if (!mayChange(account)) return { decision: false, reason: 'stands-still' }
    const answer = answerTo(inForce, purpose, channel)
    const { allowed, reason, at } = answer
    const again = askAgainFrom(answer)
    const decided = { reason, ...(at !== undefined && { decidedAt: at }), ...(again && { askAgainFrom: again }) }
    if (!allowed || purpose === 'profiling' || purpose === 'analytics') return { decision: allowed, ...decided }
    if (purpose === 'group-news' && channel !== 'email') return { decision: false, reason: 'not-on-this-channel' }
    const hindered = hindrance(found, { channel, address })
    if (hindered) return { decision: false, reason: hindered }
    const unsubscribe = unsubscribeAt(account._id, purpose === 'group-news' ? purpose : channel)
    return { decision: true, ...decided, unsubscribe }
  }

  interface Known {
    account: Account
    inForce: ChoicesInForce
    /** Which they have proved; looked for where a yes depends on it. */
    addresses: readonly string[]
  }

  const isThere = (account: Account | null): account is Account =>
    account !== null && account.status !== 'closed' && account.status !== 'void'

  /** As they stand; undefined: there is none, or none any more. */
  const known = async (account: Account | null): Promise<Known | undefined> => {
    if (!isThere(account)) return undefined
    const inForce = await choose.choicesOf(account)
    const mayBeWrittenTo = marketingOn(inForce, 'email').allowed || groupNews(inForce).allowed
    return { account, inForce, addresses: mayBeWrittenTo ? (await readHolder(account)).addresses : [] }
  }

  /** What a company has heard at a number is of this account, as it is now, or of nothing. */
  const standsAgainst = (account: Account, number: string): Reason | undefined => {
    if (!mayChange(account)) return 'stands-still'
    if (!account.copy.phone) return 'no-address'
    return account.copy.phone === number ? undefined : 'address-differs'
  }

  const evaluateOne = async (company: CompanyId, { subject, ...asked }: Question) => {
    const found = await known(await accounts.get(accountIdOf(company, subject)))
    if (!found) return { decision: { decision: false, reason: 'unknown-subject' } satisfies Decision, answers: [] }
    const decision = decide(found, asked)
    const { _id: account, link } = found.account
    const { purpose, channel } = asked
    const { decision: allowed, reason } = decision
    const holder = holderOf(account, link?.person)
    return { decision, answers: [{ account, holder, purpose, channel, reason, allowed }] }
  }

  const memberOf = async (account: Account | null, subject: string): Promise<Member> => {
    const found = await known(account)
    if (!found) return { subject, allowed: [], confirmFirst: [], objections: [] }
    const asked = channels.flatMap((channel) => [
      { purpose: 'marketing' as const, channel },
      ...(channel === 'email' ? [{ purpose: 'group-news' as const, channel }] : []),
    ])
    const decided = asked.map((each) => ({ ...each, ...decide(found, each) }))
    return {
      subject,
      allowed: decided.flatMap(({ purpose, channel, decision, unsubscribe }) =>
        decision ? [omitUndefined({ purpose, channel, unsubscribe })] : [],
      ),
      confirmFirst: decided.flatMap(({ channel, reason }) => (reason === 'number-not-confirmed' ? [channel] : [])),
      objections: (['profiling', 'analytics'] as const).filter((each) => !goesOn(found.inForce, each).allowed),
    }
  }

  return {
    /** What companies asked about somebody, one account at a time, newest first; lists of everybody name nobody. */
    askedAbout: asks.ofHolder,

    /** Until when what these companies asked is in no such list. */
    unlistedUntil: asks.unlistedUntil,

    evaluate: async (company: Company, client: string, asked: Question): Promise<Decision> => {
      const { decision, answers } = await evaluateOne(company.id, asked)
      const { purpose, channel } = asked
      const { reason } = decision
      await asks.add(company.id, { client, operation: 'evaluation', purpose, channel, reason, count: 1 }, answers)
      return decision
    },

    evaluateAll: async (company: Company, client: string, asked: readonly Question[]): Promise<Decision[]> => {
      const decided = await Promise.all(asked.map((each) => evaluateOne(company.id, each)))
      const answers = decided.flatMap((each) => each.answers)
      await asks.add(company.id, { client, operation: 'evaluations', count: asked.length }, answers)
      return decided.map(({ decision }) => decision)
    },

    /**
     * A company has asked at the number whose it is, and was told that it is theirs. Why that counts for nothing here;
     * undefined: it counts. Reported again it is as it was.
     */
    confirmNumber: async (
      company: Company,
      client: string,
      { subject, channel, number }: { subject: string; channel: Channel; number: string },
    ): Promise<Reason | undefined> => {
      const found = await accounts.get(accountIdOf(company.id, subject))
      const account = isThere(found) ? found : undefined
      const refused = account ? standsAgainst(account, number) : 'unknown-subject'
      if (account && !refused) await choose.noteNumber(account, digestOf(number))
      const ask = {
        client,
        operation: 'confirmation',
        channel,
        reason: refused ?? 'number-confirmed',
        count: 1,
      } as const
      await asks.add(company.id, { ...ask, ...(account && { account: account._id }) })
      return refused
    },

    /** The account's number has changed. What it holds no number of meanwhile, as while sharing is paused, was not changed. */
    numberChanged: async (id: AccountId): Promise<void> => {
      const account = await accounts.get(id)
      const { own } = (account && (await choose.choicesOf(account))) ?? {}
      const { phone } = account?.copy ?? {}
      if (account && phone && own?.number && own.number.digest !== digestOf(phone)) await choose.forgetNumber(own)
    },

    /**
     * Who has changed since, as they stand now. `next`: where to go on; asked with the same again it tells the same again.
     * undefined where that is longer ago than changes are kept, or no mark of ours: what was missed can't be told.
     */
    changesSince: async (company: Company, client: string, cursor: string) => {
      if (!reachesBackTo(cursor)) return undefined
      const { rows, next, isMore } = await changes.since(company.id, cursor, mostChanges)
      const members = await Promise.all(
        rows.map(async ({ account, at }) => ({
          ...(await memberOf(await accounts.get(account), subjectOf(account))),
          at,
        })),
      )
      await asks.add(company.id, { client, operation: 'changes', count: members.length })
      return { changes: members, next, more: isMore }
    },

    /** Every account of a company, a page at a time, each as it stands when its turn comes. */
    exported: async function* (company: Company, client: string, after: string): AsyncGenerator<Member> {
      let count = 0
      try {
        for (let last = after === '' ? '' : accountIdOf(company.id, after); ; ) {
          const found = await accounts.ofCompany(company.id, last, page)
          for (const member of await Promise.all(found.map((each) => memberOf(each, each.subject)))) {
            count += 1
            yield member
          }
          const newest = found.at(-1)
          if (!newest) return
          last = newest._id
          // The store answers at once: whoever else is waiting has a turn between two pages.
          await nextTurn()
        }
      } finally {
        // Whoever broke off in the middle has had these all the same.
        await asks.add(company.id, { client, operation: 'export', count })
      }
    },
  }
}

export type Audience = ReturnType<typeof createAudience>

const subjectOf = (account: AccountId): string => decodeURIComponent(account.slice(account.indexOf(':') + 1))
