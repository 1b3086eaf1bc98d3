import {
  type Account,
  type AccountId,
  type AssertAskerStill,
  asAccount,
  asPerson,
  holderOf,
  type PrincipalId,
  principalKey,
  type ReadAccounts,
  type ReadPrincipal,
} from '../accounts/index.ts'
import { type Company, type CompanyId, policyInForce } from '../companies/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { PersonId } from '../people/index.ts'
import type { ChangeRows } from './change-rows-store.ts'
import {
  type Channel,
  type Choice,
  type ChoicesInForce,
  channels,
  type Made,
  noPreferences,
  type Objection,
  type Preferences,
  type Receipt,
  stands,
} from './preference.ts'
import { hasYes, marketingOn, replaced, takenAlong } from './preference-rules.ts'
import type { PreferencesStore } from './preferences-store.ts'

export interface ChooseDeps {
  preferences: PreferencesStore
  changes: ChangeRows
  accounts: ReadAccounts
  readPrincipal: ReadPrincipal
  /** What a principal holds now. */
  accountsHeldBy: (id: PrincipalId) => Promise<Account[]>
  company: (id: CompanyId) => Company | undefined
  assertAskerStill: AssertAskerStill
  /** Outlives every backup: an objection is never lost by a restore (model M15). */
  journal: (id: string, objection: Objection) => Promise<void>
  /** Whoever counts forgets them; told again by whoever finds it undone. */
  objectedToAnalytics: (id: PrincipalId) => Promise<void>
}

/** What a page showed of a company, and what was ticked on it. */
export interface Ticked {
  company: CompanyId
  /** As the page showed them: only what was changed since is decided (model M10). */
  was: readonly Channel[]
  now: readonly Channel[]
}

export interface Saved {
  companies: readonly Ticked[]
  groupNews: { was: boolean; now: boolean }
}

/** What whoever holds accounts decides about messages: what they decided takes effect with the write (S6-a to S6-c). */
export const createChoose = (deps: ChooseDeps) => {
  const { preferences, changes, accounts, readPrincipal, accountsHeldBy, company, journal } = deps

  /** An account as its choices stand: read anew each time, since nothing that is remembered may outlive a no. */
  const choicesOf = async (account: Account): Promise<ChoicesInForce> => {
    const [own, person] = await Promise.all([
      preferences.get(principalKey(holderOf(account._id, undefined))),
      account.link ? preferences.get(principalKey(asPerson(account.link.person))) : undefined,
    ])
    return { account, own: await withUndrained(account, own), person }
  }

  /** What follows from an end of a link counts from that end on, not from when it is written. */
  const withUndrained = async (account: Account, own: Preferences | undefined): Promise<Preferences | undefined> => {
    let known = own
    for (const { kind, person, at } of account.log) {
      if (kind !== 'unlinked' || person === undefined) continue
      const left = await preferences.get(principalKey(asPerson(person)))
      const before = known ?? noPreferences(principalKey(holderOf(account._id, undefined)))
      const taken = takenAlong(before, left, { account: account._id, at })
      if (taken) known = { ...before, ...taken, n: before.n + 1 }
    }
    return known
  }

  /** Their end forgets what it finds; what was being written then is forgotten here (S10). Whether they are no more. */
  const forgetIfGone = async (id: PrincipalId): Promise<boolean> => {
    if (!(await readPrincipal(id))?.isGone) return false
    await preferences.forget(principalKey(id))
    return true
  }

  /** Every company that the choices speak of hears that something changed. */
  const follow = async (changed: Preferences, id: PrincipalId): Promise<void> => {
    if (await forgetIfGone(id)) return
    const held = await accountsHeldBy(id)
    // Each account too: what was counted of it before it was linked lies under its own name.
    if (stands(changed, 'analytics'))
      for (const holder of [id, ...held.map(({ _id }) => asAccount(_id))]) await deps.objectedToAnalytics(holder)
    for (const { _id, company: at } of held) await changes.add({ account: _id, company: at })
    await preferences.settle(changed)
  }

  const takeAlong = async (account: AccountId, person: PersonId, at: number): Promise<void> => {
    const left = await preferences.get(principalKey(asPerson(person)))
    await preferences.change(principalKey(asAccount(account)), (own) => {
      const set = takenAlong(own, left, { account, at })
      return set && { set, receipt: { at, by: 'unlink', made: [] } }
    })
  }

  /** Their links may have ended while it was decided, and what goes along been read before: it is said of them as well. */
  const sayWhereLinkEnded = async (about: readonly Account[], at: number): Promise<void> => {
    for (const { _id, link } of about) {
      const since = link && (await accounts.get(_id))
      // Of one that is closed nothing is kept that somebody said.
      if (!since || since.status === 'closed' || since.link?.id === link.id) continue
      await takeAlong(_id, link.person, at)
      await changes.add({ account: _id, company: since.company })
    }
  }

  /**
   * `about`: the accounts that it speaks of, as they were read. AppError `interaction-expired` (gone): whoever asks is signed
   * in under credentials that hold no more (H4).
   */
  const decide = async (
    id: PrincipalId,
    by: Receipt['by'],
    about: readonly Account[],
    rule: (seen: Preferences, at: number, n: number) => { made: Made[]; set: Partial<Preferences> } | undefined,
  ): Promise<Receipt | undefined> => {
    const at = now()
    await deps.assertAskerStill()
    const changed = await preferences.change(principalKey(id), (seen) => {
      const decided = rule(seen, at, seen.n + 1)
      return decided && { set: decided.set, receipt: { at, by, made: decided.made } }
    })
    if (!changed) return undefined
    await sayWhereLinkEnded(about, at)
    await follow(changed, id)
    return changed.log.at(-1)
  }

  const choiceOf = (
    account: Account,
    channel: Channel,
    yes: boolean,
    { at, n }: { at: number; n: number },
  ): Choice => ({
    account: account._id,
    channel,
    yes,
    at,
    n,
    policyVersion: versionAt(account.company),
    ...(account.link && { link: account.link.id }),
  })
  const versionAt = (id: CompanyId): string => {
    const declared = company(id)
    return declared ? policyInForce(declared).version : ''
  }
  const madeOf = (account: Account, { channel, yes, policyVersion }: Choice): Made => ({
    kind: 'marketing',
    company: account.company,
    channel,
    yes,
    policyVersion,
  })

  /** AppError `no-account-there` (not-found): the page spoke of an account that is not theirs any more. */
  const heldAt = (held: readonly Account[], at: CompanyId): Account => {
    const account = held.find((each) => each.company === at && each.status !== 'closed')
    if (!account) throw new AppError('not-found', 'no-account-there')
    return account
  }

  /**
   * What was ticked and what was not, of every company on the page and of the group: one write, one receipt. A channel
   * that the form left as it was is decided too where nothing was said of it before: they saw it, and said no.
   */
  const save = async (id: PrincipalId, saved: Saved): Promise<Receipt | undefined> => {
    const held = await accountsHeldBy(id)
    const asked = await Promise.all(
      saved.companies.map(async (each) => {
        const account = heldAt(held, each.company)
        return { ...each, account, inForce: await choicesOf(account) }
      }),
    )
    const about = asked.map(({ account }) => account)
    return decide(id, 'page', about, (seen, at, n) => {
      const added = asked.flatMap(({ account, inForce, was, now: ticked }) =>
        channels
          .filter((channel) => {
            const changed = was.includes(channel) !== ticked.includes(channel)
            return changed || marketingOn(inForce, channel).reason === 'not-chosen'
          })
          .map((channel) => ({ account, choice: choiceOf(account, channel, ticked.includes(channel), { at, n }) })),
      )
      const news = saved.groupNews
      const newsDecided = news.was !== news.now || seen.groupNews === undefined
      if (added.length === 0 && !newsDecided) return undefined
      return {
        made: [
          ...added.map(({ account, choice }) => madeOf(account, choice)),
          ...(newsDecided ? [{ kind: 'group-news' as const, yes: news.now }] : []),
        ],
        set: {
          choices: replaced(
            seen.choices,
            added.map(({ choice }) => choice),
          ),
          ...(newsDecided && { groupNews: { yes: news.now, at, n } }),
        },
      }
    })
  }

  /** An objection of all companies at once, or its end. Marketing ends everywhere with it, news of the group too. */
  const object = async (id: PrincipalId, objection: Objection, raises: boolean): Promise<Receipt | undefined> => {
    const held = await accountsHeldBy(id)
    // Before it counts: a crash between loses no objection, and one too many harms nobody.
    if (raises) await journal(principalKey(id), objection)
    return decide(id, 'page', held, (seen, at, n) => {
      const made = [{ kind: 'objection' as const, objection, stands: raises }]
      const before = seen.objections[objection]
      if (!raises)
        return { made, set: { objections: { ...seen.objections, [objection]: { at: 0, n, ...before, lifted: at } } } }
      const ends =
        objection === 'marketing' ? held.flatMap((account) => channels.map((each) => ({ account, each }))) : []
      return {
        made,
        set: {
          objections: { ...seen.objections, [objection]: { at, n } },
          choices: replaced(
            seen.choices,
            ends.map(({ account, each }) => choiceOf(account, each, false, { at, n })),
          ),
          ...(objection === 'marketing' && { groupNews: { yes: false, at, n } }),
        },
      }
    })
  }

  /**
   * One company's marketing on one channel, or news of the group, ends by the address in a letter: also a yes that only an
   * objection or a link keeps from counting. Idempotent.
   */
  const unsubscribe = async (account: Account, from: Channel | 'group-news'): Promise<void> => {
    const inForce = await choicesOf(account)
    if (!hasYes(inForce, from)) return
    await decide(holderOf(account._id, account.link?.person), 'letter', [account], (seen, at, n) => {
      if (from === 'group-news')
        return { made: [{ kind: 'group-news', yes: false }], set: { groupNews: { yes: false, at, n } } }
      const choice = choiceOf(account, from, false, { at, n })
      return { made: [madeOf(account, choice)], set: { choices: replaced(seen.choices, [choice]) } }
    })
  }

  return {
    choicesOf,
    save,
    object,
    unsubscribe,

    /** For the page: what stands, and the receipts, newest first. */
    of: async (id: PrincipalId) => {
      const stored = (await preferences.get(principalKey(id))) ?? noPreferences(principalKey(id))
      return { preferences: stored, receipts: stored.log.toReversed() }
    },

    /** A link has ended: what its person refused and objected to stays with the account (G7). Idempotent. */
    takeAlong,

    /** What a crash left: every company hears. */
    settleDue: async (read: (key: string) => PrincipalId): Promise<void> => {
      for (const each of await preferences.due(100)) await follow(each, read(each._id))
    },

    /** Of somebody who is no more, once nothing of theirs is to be taken along. */
    forget: preferences.forget,

    /** A company has asked at the account's number whose it is, and they said that it is theirs. */
    noteNumber: async ({ _id, company: its, link }: Account, number: string): Promise<void> => {
      const confirmed = { digest: number, at: now(), ...(link && { link: link.id }) }
      await preferences.noteNumber(principalKey(asAccount(_id)), confirmed)
      await forgetIfGone(asAccount(_id))
      await changes.add({ account: _id, company: its })
    },

    /** Another number is there: should the one that was confirmed come back, it is asked about anew. */
    forgetNumber: ({ _id, number }: Preferences): Promise<void> => preferences.forgetNumber(_id, number),

    /** Found from outside by an account's own id. */
    accountOf: accounts.get,
  }
}

export type Choose = ReturnType<typeof createChoose>
