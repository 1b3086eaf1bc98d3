import {
  type Account,
  type AccountId,
  type AccountLogEntry,
  type AccountsStore,
  asAccount,
  asPerson,
  type PrincipalId,
  principalKey,
  rawIdOf,
} from '../accounts/index.ts'
import { allEnded } from '../lib/all-ended.ts'
import { now, second } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Links } from '../links/index.ts'
import {
  heldBy,
  lookedForAgainAt,
  type PeopleStore,
  type Person,
  type PersonId,
  type PersonLogEntry,
} from '../people/index.ts'
import type { Lease } from '../storage/index.ts'
import { type EventDispatcher, longestPause } from './deliver-events.ts'
import { applyIntents, applyToOwnCopy, type SyncDeps, syncAccount, syncCopies } from './sync-copies.ts'

export interface ReconcilerDeps extends SyncDeps {
  people: PeopleStore
  accounts: AccountsStore
  links: Links
  /** Whoever holds it looks for what falls due; what is woken here is done here at once. */
  lease: Pick<Lease, 'isHeld'>
  eventDispatcher: EventDispatcher
  /** Copies log entries to where people read them; the same entry twice is one record (model M4). */
  record: {
    person: (person: Person, entries: PersonLogEntry[]) => Promise<void>
    account: (account: Account, entries: AccountLogEntry[]) => Promise<void>
  }
  /** Ends a closure whose days of grace have run out. */
  closeDue: (account: Account) => Promise<Account>
  /** Frees the addresses that were kept for a change that can no longer be taken back. */
  settleAddresses: (account: AccountId) => Promise<void>
  /** Finishes the end of a sign-in that was begun. */
  settlePerson: (person: Person) => Promise<void>
  log: Log
}

const pageSize = 50
/** What is on the wire at a stop may end by itself within this; then it is broken off, and told after the next start. */
const stopGrace = 2 * second

/**
 * Finishes whatever stopped in the middle (G1, G2, G4). Every step is idempotent and starts from what is stored, so it
 * does not matter who runs it, how often, or after which crash. A wake-up is a hint; the `due` marks are the truth.
 */
export const createReconciler = (deps: ReconcilerDeps) => {
  const { people, accounts, links, eventDispatcher, record, log } = deps
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  const running = new Map<string, Promise<void>>()
  const keyOf = (account: AccountId): string => principalKey(asAccount(account))

  const settlePerson = async (id: PersonId): Promise<void> => {
    const person = await people.get(id)
    if (!person) return
    const recorded = async () => {
      // First: what it records is told to whoever could take a change back at that time, which the next step forgets (H4).
      await record.person(person, person.log)
      await deps.settlePerson(person)
    }
    const copying = copyTo(person)
    const settled = async () => {
      await allEnded<unknown>([copying, recorded()])
      const waits = [lookedForAgainAt(person.erasedAt), heldBy(person, now())?.until ?? (person.ending ? now() : null)]
      if ((await copying).isSettled) await people.settle(person, earliest(waits))
      else if (person.log.length > 0) await people.drained(id, person.n)
    }
    const told = async () => {
      const { held, written, underWay } = await copying
      // Each in the one run that there may be of it: two at once would record and tell the same twice over.
      await Promise.all(
        held.map(({ _id }) => {
          const isNews = written.includes(_id)
          return isNews || !underWay.has(_id) ? enqueue(asAccount(_id), isNews) : running.get(keyOf(_id))
        }),
      )
    }
    // Services do not wait for the trail and the letter either.
    await allEnded([settled(), told()])
  }

  /** Settled when all copies stand at the version that was read, and no link was being made meanwhile. */
  const copyTo = async (person: Person) => {
    const { accounts: held, isJoining } = await links.linksOf(person._id)
    // Their own runs find what stands there by now, however soon they end: none is begun once more for that.
    const underWay = new Set(held.map(({ _id }) => _id).filter((each) => running.has(keyOf(each))))
    const written = await syncCopies(deps, person, held)
    return { isSettled: person.status !== 'active' || !isJoining, held, written, underWay }
  }

  const settleAccount = async (id: AccountId): Promise<void> => {
    const account = await accounts.get(id)
    if (!account) return
    if (Object.keys(account.intents).length > 0) {
      await applyIntents(deps, account, account)
      if (account.link) enqueuePerson(account.link.person)
    }
    if (account.split || (!account.link && Object.keys(account.sending).length > 0)) await links.afterLeaving(account)
    if (account.takeBacks) {
      // As of a person: its log is drained to the end below.
      await record.account(account, account.log)
      await deps.settleAddresses(id)
    }
    const stayed = await links.leaveDue(await deps.closeDue(account))
    if (account.link && !stayed.link) enqueuePerson(account.link.person)
    const seen = await lookedAtAnew(stayed)
    // Whoever holds it is written to without waiting for a service to answer.
    if (seen.lifecycleEvents?.length) await drainLog(seen)
    await drainAccount(id, await eventDispatcher.tell(seen))
  }

  /**
   * Whoever came back, or whose company's policy changed, is brought in step before anything is told: what shrank is
   * told to nobody from the first moment (model M8).
   */
  const lookedAtAnew = async (account: Account): Promise<Account> => {
    const { link, at, company } = account
    if (!link || (at.v > 0 && at.r >= deps.revisionOf(company))) return account
    const person = await people.get(link.person)
    if (person) await syncAccount(deps, account, person)
    return (await accounts.get(account._id)) ?? account
  }

  const drainLog = async (account: Account): Promise<void> => {
    await record.account(account, account.log)
    if (account.log.length > 0) await accounts.drained(account._id, account.n)
  }

  /** `told`: as telling left it. Who wrote since keeps the mark, and wakes it. */
  const drainAccount = async (id: AccountId, told: Account | undefined): Promise<void> => {
    const account = told ?? (await accounts.get(id))
    if (!account) return
    await record.account(account, account.log)
    const nextTry = eventDispatcher.nextTry(account)
    const waits = [
      nextTry,
      account.closing?.at ?? null,
      account.leaving?.until ?? null,
      heldBy(account, now())?.until ?? null,
      lookedForAgainAt(account.closedAt),
    ]
    const unfinished = Object.keys(account.intents).length > 0 || account.split !== undefined
    await accounts.settle(account, unfinished ? now() : earliest(waits), nextTry !== null)
  }

  /**
   * One run at a time per document; a wake-up during a run makes one more. Unless it is no news: what has been there all
   * along, the run finds, and a mark that it could not take away is found at the next look.
   */
  const again = new Set<string>()
  const run = (key: string, work: () => Promise<void>, isNews = true): Promise<void> => {
    const current = running.get(key)
    if (current) {
      if (isNews) again.add(key)
      return current
    }
    const started = work()
      .catch((error: unknown) => log.error({ error, key }, 'settling failed; it will be tried again'))
      .then(() => {
        running.delete(key)
        return again.delete(key) && !stopped ? run(key, work) : undefined
      })
    running.set(key, started)
    return started
  }

  const settle = { person: settlePerson, account: settleAccount }
  const enqueue = (id: PrincipalId, isNews?: boolean): Promise<void> =>
    run(principalKey(id), () => settle[id.kind](rawIdOf(id)), isNews)
  const enqueuePerson = (id: PersonId): Promise<void> => enqueue(asPerson(id))
  const enqueueAccount = (id: AccountId): Promise<void> => enqueue(asAccount(id))

  /** A company's or its support's write reaches its own copy before it is answered; every other copy is on its way then. */
  const applyWrite = async (written: Account): Promise<void> => {
    const account = await applyToOwnCopy(deps, written)
    if (account?.link) void enqueuePerson(account.link.person)
  }

  const duePeople = async (isNews?: boolean): Promise<void> => {
    await links.settleDue()
    for (const person of await people.due(now(), 200)) await enqueue(asPerson(person._id), isNews)
  }
  const wakeAll = async (page: Account[], isNews?: boolean): Promise<void> => {
    await Promise.all(page.map((account) => enqueue(asAccount(account._id), isNews)))
  }

  /** What is due until now, once, of each company as much as a page holds. */
  const sweep = async (): Promise<void> => {
    await duePeople()
    const companies = await accounts.companiesDue()
    await Promise.all(companies.map(async (company) => wakeAll(await accounts.due(company, now(), pageSize))))
  }

  /** All that is due, a company for itself: one whose services hang holds up no other. */
  const drain = async (company: string, until: () => number, isNews?: boolean): Promise<void> => {
    let after: string | undefined
    while (!stopped) {
      const page = await accounts.due(company, until(), pageSize, after)
      await wakeAll(page, isNews)
      if (page.length < pageSize) return
      after = page.at(-1)?.due
    }
  }

  /** One of a kind at a time; asked for meanwhile, `retell` is done once more. */
  const drains = new Map<string, { again: boolean; ended: Promise<void> }>()
  const inBackground = (key: string, work: () => Promise<void>, isAgain = false): void => {
    const current = drains.get(key)
    if (current) {
      current.again ||= isAgain
      return
    }
    const entry = { again: false, ended: Promise.resolve() }
    const untilDone = async (): Promise<void> => {
      do {
        entry.again = false
        await work()
      } while (entry.again && !stopped)
    }
    drains.set(key, entry)
    entry.ended = untilDone()
      .catch((error: unknown) => log.error({ error }, 'sweep failed; it will be tried again'))
      .finally(() => drains.delete(key))
  }

  const look = async (): Promise<void> => {
    if (!(await deps.lease.isHeld())) return
    inBackground('people', () => duePeople(false))
    for (const company of await accounts.companiesDue())
      inBackground(`due ${company}`, () => drain(company, now, false))
  }

  const tick = async (): Promise<void> => {
    await look().catch(() => {})
    if (!stopped) timer = setTimeout(tick, second * (0.5 + Math.random()))
  }

  /** One of a company's services is well again: what waited for that need not wait out its time. */
  const retell = (company: string): void => {
    const soon = () => now() + longestPause
    inBackground(`retell ${company}`, () => drain(company, soon), true)
  }

  return {
    enqueue: (id: PrincipalId): Promise<void> => enqueue(id),
    enqueuePerson,
    enqueueAccount,
    applyWrite,
    sweep,
    retell,
    /** How many people, and whose accounts, have something to be done now; what waits for its time does not count. */
    waiting: async (): Promise<{ people: number; companies: string[] }> => {
      const companies: string[] = []
      for (const company of await accounts.companiesDue())
        if ((await accounts.due(company, now(), 1)).length > 0) companies.push(company)
      return { people: (await people.due(now(), 100)).length + running.size, companies }
    },
    start: (): void => {
      timer = setTimeout(tick, 50)
    },
    stop: async (): Promise<void> => {
      stopped = true
      clearTimeout(timer)
      const breakOff = setTimeout(eventDispatcher.stop, stopGrace)
      await Promise.all([...running.values(), ...[...drains.values()].map(({ ended }) => ended)])
      clearTimeout(breakOff)
    },
  }
}

const earliest = (times: readonly (number | null)[]): number | null => {
  const known = times.filter((time): time is number => time !== null)
  return known.length > 0 ? Math.min(...known) : null
}

export type Reconciler = ReturnType<typeof createReconciler>
