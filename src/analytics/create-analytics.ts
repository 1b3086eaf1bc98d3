import {
  type Account,
  type AccountsStore,
  asAccount,
  asPerson,
  type PrincipalId,
  principalKey,
  type ReadPrincipal,
} from '../accounts/index.ts'
import { iso, now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { SecretBox } from '../lib/secret-box.ts'
import { ageAt, type PersonId } from '../people/index.ts'
import { type Choose, goesOn } from '../preferences/index.ts'
import { may, type Staff } from '../staff/index.ts'
import type { Connection } from '../storage/index.ts'
import { createCountedLately } from './counted-lately.ts'
import { createCountedStore, type Mark } from './counted-store.ts'
import type { Age, Method } from './figures.ts'
import { type CompanyStatistics, createTally, statisticsFor } from './suppress.ts'

export interface AnalyticsDeps {
  connection: Connection
  box: SecretBox
  accounts: Pick<AccountsStore, 'get'>
  choose: Pick<Choose, 'choicesOf'>
  readPrincipal: ReadPrincipal
  links: { accountsOf: (person: PersonId) => Promise<Account[]> }
}

export interface CountedUse {
  principal: PrincipalId
  account: string
  company: string
  service?: string
  how: Method
  /** The browser says so (Sec-GPC, DNT). */
  asksNotToBeTracked: boolean
}

/** How many signed in, in the group and at one company, as it may be told; undefined where they were too few. */
interface ClosedMonth {
  month: string
  group: number | undefined
  own: number | undefined
}

const monthsShown = 24

/** `YYYY-MM` of UTC. */
const monthOf = (at: number): string => iso(at).slice(0, 7)

/**
 * Counts people as things happen (S4-7, S3-b), behind the answer to whoever signs in: each month's rows are known by a key of
 * that month, and once it is over only figures that point at nobody are kept. Whoever objects is in no row.
 */
export const createAnalytics = ({ connection, box, accounts, choose, readPrincipal, links }: AnalyticsDeps) => {
  const store = createCountedStore(connection, box)

  const mayCount = async (account: Account | null): Promise<boolean> =>
    account !== null && goesOn(await choose.choicesOf(account), 'analytics').allowed

  const counted = createCountedLately()

  const leaveOut = async (holder: PrincipalId): Promise<void> => {
    counted.forget(principalKey(holder))
    await store.leaveOut(principalKey(holder))
  }

  /** An objection that came between the look and the write finds the row gone as well. */
  const counting = async (holder: PrincipalId, of: readonly string[], write: () => Promise<void>): Promise<boolean> => {
    const areCounted = async () =>
      (await Promise.all(of.map(async (id) => mayCount(await accounts.get(id))))).every(Boolean)
    if (!(await areCounted())) return false
    await write()
    const isLeftOut = !(await areCounted()) || (await readPrincipal(holder))?.isGone
    if (isLeftOut) await leaveOut(holder)
    return !isLeftOut
  }
  const mark = (holder: PrincipalId, of: readonly string[], marked: Mark): Promise<boolean> =>
    counting(holder, of, () => store.mark(monthOf(now()), principalKey(holder), marked))

  /** What an account was counted in while it was separate is its person's: they are one, and nine are never ten (H35). */
  const carryOver = async (id: string): Promise<void> => {
    const account = await accounts.get(id)
    const person = account?.link && asPerson(account.link.person)
    const isCounted = person
      ? await counting(person, [id], () => store.carryOver(principalKey(asAccount(id)), principalKey(person)))
      : await mayCount(account)
    if (!isCounted) await leaveOut(asAccount(id))
  }

  /** In that month they may be counted as whose it was. */
  const hasLeftThisMonth = (account: Account | null): boolean =>
    account?.link === null && monthOf(account.left?.at ?? 0) === monthOf(now())

  return {
    /** Somebody reached a service. Whoever unlinked an account is counted under it from the next month on. */
    used: async ({ principal, account, company, service, how, asksNotToBeTracked }: CountedUse): Promise<void> => {
      if (asksNotToBeTracked) return
      const [key, use] = [principalKey(principal), [monthOf(now()), account, service, how].join('|')]
      if (counted.has(key, use)) return
      if (principal.kind === 'account' && hasLeftThisMonth(await accounts.get(account))) return
      const { details } = (await readPrincipal(principal)) ?? {}
      const isCounted = await mark(principal, [account], {
        signedIn: { country: details?.country ?? 'unknown', age: bandOf(details?.birthDate ?? undefined, now()) },
        in: [`method|${how}`, `company|${company}`, ...(service ? [`service|${company}|${service}`] : [])],
      })
      if (isCounted) counted.add(key, use)
      if (principal.kind === 'account') await carryOver(account)
    },

    /** An account joined those that a person has; not counted where they object at either company. */
    linked: async (account: Account, person: PersonId): Promise<void> => {
      const { _id, company } = account
      await carryOver(_id)
      const others = (await links.accountsOf(person)).filter((each) => each.company !== company)
      for (const other of others)
        await mark(asPerson(person), [_id, other._id], { in: [`pair|${[company, other.company].sort().join('+')}`] })
    },

    /** They object, or are no more: what is not counted up yet forgets them, and what is never knew them. */
    leaveOut,

    /** Closes the months that are over. Each step may be done again; nothing of a month is told before it is closed. */
    sealAnew: store.sealAnew,

    sweep: async (): Promise<void> => {
      for (const month of await store.before(monthOf(now()))) {
        if (!(await store.get(month))) {
          const tally = createTally()
          for await (const counted of store.countedIn(month)) tally.add(counted)
          await store.close(month, tally.month())
        }
        await store.destroy(month)
      }
    },

    /**
     * What staff of a company read: the closed months, newest first, with how many signed in in each, and one of them, the
     * newest unless asked for. AppErrors `staff-not-yours` (forbidden): another role; `month-not-closed` (not-found): there
     * are no figures of it.
     */
    statisticsFor: async (
      staff: Staff,
      asked?: string,
    ): Promise<{ months: ClosedMonth[]; month?: string; statistics?: CompanyStatistics }> => {
      if (!may(staff, 'statistics', staff.company)) throw new AppError('forbidden', 'staff-not-yours')
      const closed = await store.closed(monthsShown)
      const months = closed.map(({ month, ...of }) => {
        const { group, own } = statisticsFor(staff.company, of)
        return { month, group: group.people.figures[0]?.people, own: own.people.figures[0]?.people }
      })
      const month = asked ?? months[0]?.month
      if (month === undefined) return { months }
      const found = await store.get(month)
      if (!found) throw new AppError('not-found', 'month-not-closed')
      return { months, month, statistics: statisticsFor(staff.company, found) }
    },
  }
}

export type Analytics = ReturnType<typeof createAnalytics>

const bandOf = (birthDate: string | undefined, at: number): Age => {
  if (!birthDate) return 'unknown'
  const age = ageAt(birthDate, at)
  if (age < 18) return 'under-18'
  if (age < 30) return '18-29'
  if (age < 45) return '30-44'
  return age < 65 ? '45-64' : '65-plus'
}
