import {
  type Account,
  type AccountId,
  type AccountLogEntry,
  actorOf,
  asAccount,
  asPerson,
  holderOf,
  type PrincipalId,
  principalKey,
  type ReadPrincipal,
} from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { DetailName } from '../details/index.ts'
import { zonedInstant } from '../i18n/index.ts'
import { allEnded } from '../lib/all-ended.ts'
import { now } from '../lib/clock.ts'
import { digest, randomId } from '../lib/ids.ts'
import type { MailKind } from '../mail/index.ts'
import {
  type Actor,
  isByHolder,
  type Person,
  type PersonId,
  type PersonLogEntry,
  type RecordedChange,
} from '../people/index.ts'
import type { BundlesStore } from './bundles-store.ts'
import { coarseNetwork } from './coarse-network.ts'
import { kindsOn, type SignInEvent, type SupportAct } from './event.ts'
import { type EventsStore, eventId, type Page } from './events-store.ts'
import { concernedBy, eventOfPerson, eventsOfAccount } from './from-log.ts'
import type { Notices } from './notices.ts'
import { presentToHolder, type ShownEvent } from './present.ts'
import { createRecentUses } from './recent-uses.ts'

export interface ActivityDeps {
  events: EventsStore
  notices: Notices
  bundles: Pick<BundlesStore, 'forget' | 'purge'>
  readPrincipal: ReadPrincipal
  /** The everyday name of a service; of the account pages, where there is none. */
  serviceName: (id: string | undefined) => string
}

/** So many events are looked through for what they say of one account. */
const looksBack = 200

export interface ChangeAt {
  at: number
  fields: DetailName[]
  /** Of other companies no more is told than that it was not this one. */
  by: 'person' | 'us' | 'elsewhere'
}

export interface UsedBrowser {
  /** Digest of the browser's own id. */
  browser: string
  device: string
  seenAt: number
}

export const createActivity = ({ events, notices, bundles, readPrincipal, serviceName }: ActivityDeps) => {
  const recentUses = createRecentUses()

  /**
   * To every address proven here, in their language, and into their list; `happened` when, as their clocks show it.
   * `once`: the same event asked for again is the same letter.
   */
  const writeTo = async (
    holder: PrincipalId,
    kind: MailKind,
    given: Record<string, string>,
    happened?: number,
    once?: { at: number; event: string },
  ): Promise<void> => {
    const at = once?.at ?? now()
    const { addresses = [], formerAddresses = [], language = 'en', country } = (await readPrincipal(holder)) ?? {}
    const values = { ...given, ...(happened !== undefined && { when: zonedInstant(happened, country) }) }
    const about = { holder, at, event: eventId(holder, at, once?.event ?? randomId(8)) }
    await notices.sendTo([...addresses, ...formerAddresses], { kind, language, values }, about)
  }

  const writeOf = async ({ kind, holder, service, device, newDevice }: SignInEvent, at: number): Promise<void> => {
    const where = { service: serviceName(service) }
    // It was ended for them: they hear why they have to sign in there again.
    if (kind === 'refresh-reused') await writeTo(holder, kind, where)
    if (kind === 'signed-in' && newDevice) await writeTo(holder, 'new-sign-in', { ...where, device: device ?? '–' }, at)
  }

  const forgetHolder = async (holder: PrincipalId): Promise<void> => {
    recentUses.forget(holder)
    await events.forget(holder)
    await bundles.forget(principalKey(holder))
  }

  const forgetErased = async (person: PersonId | undefined): Promise<void> => {
    if (person && (await readPrincipal(asPerson(person)))?.isGone) await forgetHolder(asPerson(person))
  }

  return {
    /** What a person's log says, into their trail and their mailbox; drained twice it is recorded once. */
    recordPerson: async (person: Person, entries: readonly PersonLogEntry[]): Promise<void> => {
      for (const entry of entries) {
        // At once: neither waits for the other to be durable.
        await allEnded<unknown>([events.insert(eventOfPerson(person, entry)), notices.aboutPerson(person, entry)])
      }
      // Their history holds their details: it goes with the sign-in, and nobody is left to read it.
      if (person.status === 'erased') await forgetHolder(asPerson(person._id))
    },

    recordAccount: async (account: Account, entries: readonly AccountLogEntry[]): Promise<void> => {
      for (const entry of entries) {
        for (const event of eventsOfAccount(account, entry)) await events.insert(event)
        await notices.aboutAccount(account, entry)
      }
      // Told late of an account that they had: they may be no more by now.
      if (!account.link)
        for (const person of new Set(entries.map((entry) => concernedBy(account, entry)))) await forgetErased(person)
      // It holds details, and the one sign-in that could read it has ended.
      if (account.status === 'closed') {
        await forgetHolder(asAccount(account._id))
        await events.forgetUses(account._id)
      }
    },

    /** What the sign-in saw (S1-b): which linked account was used, when and how. */
    record: async (seen: SignInEvent): Promise<void> => {
      const at = now()
      const { kind, holder, company, account, service, partner, how, device, browser } = seen
      const network = coarseNetwork(seen.network)
      // Written at once with the record of it: one commit for both.
      const noted = kind === 'service-used' && account && service ? events.used(account, service, at) : undefined
      const joins = recentUses.joins(seen)
      const before = joins ? recentUses.find(seen) : undefined
      const [isJoined] = await Promise.all([before ? events.again(before, at) : false, before && noted])
      if (isJoined) return
      const id = eventId(holder, at, randomId(8))
      const recorded = events.insert({
        _id: id,
        at,
        kind,
        actor: actorOf(holder),
        company,
        account,
        service,
        partner,
        how,
        network,
        device,
        browser,
        ...(joins && { times: 1, until: at }),
      })
      await Promise.all([recorded, noted])
      if (joins) recentUses.keep(seen, { id, at })
      await writeOf(seen, at)
    },

    /** Strangers failed to sign in as them, again and again: they are written to, and find it in their trail (§3). */
    recordGuesses: async (holder: PrincipalId): Promise<void> => {
      const at = now()
      const id = eventId(holder, at, randomId(8))
      await events.insert({ _id: id, at, kind: 'sign-in-failed', actor: { kind: 'system' } })
      await writeTo(holder, 'sign-in-guessed', {}, at)
    },

    writeTo,

    /** Sends what waited to be told in one letter. What waits is nobody's turn yet. */
    sendDue: async (): Promise<void> => {
      await notices.sendBundles()
      await bundles.purge()
    },

    /** What support of a company looked at or did, before it is shown or done (S4-9). */
    recordSupport: async ({ holder, company, role, case: name, act, reason, fields }: SupportAct): Promise<void> => {
      const at = now()
      const actor = { kind: 'support', company, epoch: 0, agent: '', role, case: name } as const
      const _id = eventId(holder, at, randomId(8))
      await events.insert({ _id, at, kind: 'support-act', actor, company, role, case: name, act, reason, fields })
    },

    /**
     * A company's desk looked at a request of theirs, or at a file in it, before it is shown; for the same `at` it is one
     * row, whoever looks. Of whoever is no more, nothing is begun again.
     */
    recordRequestRead: async (
      holder: PrincipalId,
      { company, account, request, at }: { company: CompanyId; account: AccountId; request: string; at: number },
    ): Promise<void> => {
      if ((await readPrincipal(holder))?.isGone !== false) return
      const actor = { kind: 'company', company, epoch: 0 } as const
      const _id = eventId(holder, at, digest(request))
      await events.insert({ _id, at, kind: 'request-read', actor, company, account, case: request })
    },

    /** When support last looked or did anything in a case, as its holder reads it; 0 when that is longer ago than is kept. */
    newestActAt: async (holder: PrincipalId, of: { company: string; case: string }): Promise<number> => {
      const acts = await events.list(holder, { limit: looksBack, kinds: kindsOn('support') })
      return acts.find(({ company, case: name }) => company === of.company && name === of.case)?.at ?? 0
    },

    /** Newest first. `before` is the `id` of the last event of the page before. */
    listFor: async (holder: PrincipalId, page: Page): Promise<ShownEvent[]> =>
      (await events.list(holder, page)).map(presentToHolder),

    /** The change that gave a detail the value it has; undefined when it is older than what is looked through. */
    lastChangeOf: async (holder: PrincipalId, field: DetailName, value: string): Promise<ShownEvent | undefined> => {
      const changed = await events.list(holder, { limit: looksBack, kinds: kindsOn('details') })
      const last = changed.find(({ changes }) => changes?.[field])
      return last?.changes?.[field]?.after === value ? presentToHolder(last) : undefined
    },

    /** What a person let a company have beyond what they had agreed to, since a time. */
    agreedSince: async (person: PersonId, account: AccountId, since: number): Promise<DetailName[]> => {
      const agreed = await events.list(asPerson(person), { limit: looksBack, kinds: ['agreed'] })
      return agreed
        .filter((event) => event.account === account && event.at > since)
        .flatMap(({ fields = [] }) => fields)
    },

    /** When each service was last used with an account, by service id. */
    lastUses: events.lastUses,

    /** The same for whoever reads it, by the services' names. */
    lastSignIns: async (account: AccountId): Promise<{ service: string; at: number }[]> =>
      Object.entries(await events.lastUses(account)).map(([service, at]) => ({ service: serviceName(service), at })),

    /** When strangers failed at them so often that they were written to, newest first. */
    failedSignIns: async (holder: PrincipalId): Promise<number[]> =>
      (await events.list(holder, { limit: 5, kinds: ['sign-in-failed'] })).map(({ at }) => at),

    /** Changes of details that reached a linked account, newest first: as its own company may know who made them. */
    changesAt: async (
      { company, link }: Pick<Account, 'company' | 'link'>,
      received: readonly DetailName[],
    ): Promise<ChangeAt[]> => {
      if (!link) return []
      const byWhom = (actor: Actor): ChangeAt['by'] => {
        if (isByHolder(actor)) return 'person'
        return 'company' in actor && actor.company === company ? 'us' : 'elsewhere'
      }
      const changed = await events.list(asPerson(link.person), { limit: looksBack, kinds: kindsOn('details') })
      return changed
        .map(({ at, actor, changes = {} }) => ({
          at,
          fields: received.filter((field) => field in changes),
          by: byWhom(actor),
        }))
        .filter(({ at, fields }) => at > link.since && fields.length > 0)
    },

    /** The browsers in which an account was used of late at its company's services, newest first. */
    browsersOf: async ({ _id, link }: Pick<Account, '_id' | 'link'>): Promise<UsedBrowser[]> => {
      const used = await events.list(holderOf(_id, link?.person), { limit: looksBack, kinds: ['service-used'] })
      const newest = new Map<string, UsedBrowser>()
      for (const { account, browser, device = '', at, until = at } of used)
        if (account === _id && browser && !newest.has(browser)) newest.set(browser, { browser, device, seenAt: until })
      return [...newest.values()].sort((a, b) => b.seenAt - a.seenAt)
    },

    /** Changes of details since a time, oldest first, as they were recorded: what an undo goes by. */
    changesSince: async (holder: PrincipalId, since: number): Promise<RecordedChange[]> =>
      (await events.since(holder, { since, kinds: kindsOn('details') })).map((event) => ({
        ...event,
        op: event.op ?? event._id,
      })),
  }
}

export type Activity = ReturnType<typeof createActivity>
