/**
 * A storm over the real rules and stores: several processes, each of which may be paused or die between any two
 * storage operations, people and companies acting at once, recipients that fail. Everything random comes from one
 * seed, so that a failing schedule can be run again.
 */
import {
  type Account,
  type AccountLogEntry,
  type AccountMutation,
  type AccountsStore,
  companyWrites,
  createAccountsStore,
  createClosures,
  type Decision,
} from '../../src/accounts/index.ts'
import type { ClosureProcess, Company, CompanyId } from '../../src/companies/index.ts'
import { type ClaimName, claimsOf, type DetailName } from '../../src/details/index.ts'
import { type AdjustableClock, now, second } from '../../src/lib/clock.ts'
import { createLinkIndex, createLinks, type LinkIndex } from '../../src/links/index.ts'
import {
  byCompany,
  byPerson,
  changeDetails,
  createPeopleStore,
  type PeopleStore,
  type Person,
  type PersonId,
  type PersonLogEntry,
} from '../../src/people/index.ts'
import { applyIntents, createReconciler, createTeller, type Telling } from '../../src/profile-sync/index.ts'
import type { Database } from '../../src/storage/index.ts'

export interface Stores {
  people: PeopleStore
  accounts: AccountsStore
  index: LinkIndex
}

/** A change that spoils one part of the rules, to show that the guarantee's check sees it. */
export type Spoil = (stores: Stores, world: World) => Stores

export class Random {
  #state: number
  constructor(seed: number) {
    this.#state = seed >>> 0 || 1
  }
  /** xorshift32: a whole number below `n`. */
  below(n: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % n
  }
  oneOf<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T
  }
}

export class Died extends Error {}

/** Lets one storage operation at a time through, in an order that the seed decides; kills processes where it says. */
export class Weather {
  readonly random: Random
  readonly #clock: AdjustableClock
  readonly #waiting: { process: Process; go: () => void }[] = []
  #turning = false
  calm = false

  constructor(random: Random, clock: AdjustableClock) {
    this.random = random
    this.#clock = clock
  }

  async through<T>(process: Process, operation: () => Promise<T>): Promise<T> {
    await this.#turn(process)
    const result = await operation()
    await this.#turn(process)
    return result
  }

  #turn(process: Process): Promise<void> {
    if (process.dead) return new Promise(() => {})
    return new Promise((go) => {
      this.#waiting.push({ process, go })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#turning) return
    this.#turning = true
    setImmediate(() => {
      this.#turning = false
      const next = this.#waiting.splice(this.random.below(this.#waiting.length), 1)[0]
      if (!next) return
      if (next.process.dead) return this.#schedule()
      if (this.random.below(30) === 0) this.#clock.advance(this.random.below(6) * second)
      if (!this.calm && next.process.mayDie && this.random.below(60) === 0) next.process.die()
      else next.go()
      if (this.#waiting.length > 0) this.#schedule()
    })
  }
}

/** One process of the product: what it was doing when it dies is never heard of again. */
export class Process {
  dead = false
  mayDie = true
  #announce: () => void = () => {}
  readonly death: Promise<void>
  constructor() {
    this.death = new Promise((resolve) => {
      this.#announce = resolve
    })
  }
  die(): void {
    this.dead = true
    this.#announce()
  }
}

const gated = <T extends object>(store: T, weather: Weather, process: Process): T =>
  new Proxy(store, {
    get: (target, name) => {
      const member = Reflect.get(target, name)
      return typeof member === 'function'
        ? (...parts: unknown[]) => weather.through(process, () => member.apply(target, parts))
        : member
    },
  })

export interface Sent {
  order: number
  account: string
  recipient: string
  epoch: number
  seq: number
  claims: Record<string, unknown>
  arrived: boolean
}

export const companies = {
  alpha: { receives: ['name', 'email', 'address'], writes: ['name', 'address'] },
  beta: { receives: ['name', 'phone_number'], writes: ['name'] },
  gamma: { receives: ['email'], writes: [] },
} satisfies Record<string, { receives: ClaimName[]; writes: ClaimName[] }>
export type CompanyName = keyof typeof companies
export const companyNames = Object.keys(companies) as CompanyName[]

const companyOf = (id: CompanyId): Company =>
  ({ id, name: id, release: { ...companies[id as CompanyName], requires: [], scopes: [] } }) as unknown as Company

/** What everybody saw and was told; the guarantees are judged on it. */
export class World {
  order = 0
  readonly sent: Sent[] = []
  readonly received = new Map<string, { epoch: number; seq: number; claims: Record<string, unknown> }>()
  readonly personLog = new Map<string, PersonLogEntry>()
  readonly accountLog = new Map<string, AccountLogEntry>()
  /** Acknowledged changes, by op. */
  readonly acknowledged: { person: PersonId; op: string }[] = []
  /** Acknowledged ends of links: no send of this epoch or an older one begins later. */
  readonly ended: { account: string; epoch: number; order: number }[] = []
  readonly closedBy = new Set<string>()
  /** (epoch, seq) of every state an account was ever seen in, in the order of its revisions. */
  readonly states = new Map<string, { rev: number; epoch: number; seq: number }[]>()
  /** What each account from before would hold without any link: its start and its own company's writes. */
  readonly alone = new Map<string, Account['own']>()
  /** What each company's write says, by op. */
  readonly writes = new Map<string, { field: DetailName; value: string }>()

  saw(account: Account, { log = [] }: AccountMutation): void {
    const { rev } = account as Account & { rev: number }
    const seen = this.states.get(account._id) ?? []
    seen.push({ rev, epoch: account.epoch, seq: account.seq })
    this.states.set(account._id, seen)
    const alone = this.alone.get(account._id)
    for (const { kind, op } of log) {
      const write = kind === 'company-wrote' && this.writes.get(op)
      if (alone && write) alone[write.field] = write.value
      if (kind === 'unlinked' && alone && !account.split) this.alone.set(account._id, { ...account.copy })
    }
  }
}

export interface StormProcess {
  process: Process
  stores: Stores
  links: ReturnType<typeof createLinks>
  closures: ReturnType<typeof createClosures>
  sweep: () => Promise<void>
  apply: (account: Pick<Account, '_id'>) => Promise<void>
}

/** The parts of the product that decide, put together as app.ts does, over gated stores. */
export const startProcess = (world: World, weather: Weather, spoil: Spoil, plain: Stores): StormProcess => {
  const process = new Process()
  const watched: Stores = {
    ...plain,
    accounts: {
      ...plain.accounts,
      change: async (id: string, decide: Decision) => {
        let mutation: AccountMutation | undefined
        const account = await plain.accounts.change(id, (seen) => {
          mutation = decide(seen)
          return mutation
        })
        if (account && mutation) world.saw(account, mutation)
        return account
      },
    },
  }
  const spoiled = spoil(watched, world)
  const stores: Stores = {
    people: gated(spoiled.people, weather, process),
    accounts: gated(spoiled.accounts, weather, process),
    index: gated(spoiled.index, weather, process),
  }
  const { people, accounts, index } = stores
  const sync = {
    people,
    accounts,
    links: undefined as unknown as ReturnType<typeof createLinks>,
    company: companyOf,
    revisionOf: () => 1,
  }
  const apply = (account: Pick<Account, '_id'>) => applyIntents(sync, account)
  const recipientsOf = (company: string) => [
    { id: `${company}-web`, name: 'Web', company, endpoint: '', audience: '' },
    { id: `${company}-app`, name: 'App', company, endpoint: '', audience: '' },
  ]
  const log = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} }
  const teller = createTeller({
    accounts,
    recipientsOf,
    push: (telling) => deliver(world, weather, process, telling),
    log,
    monotonic: now,
  })
  const links = createLinks({
    people,
    accounts,
    index,
    revisionOf: () => 1,
    applyIntents: apply,
    abortSends: teller.abort,
  })
  sync.links = links
  const closures = createClosures(accounts)
  const reconciler = createReconciler({
    ...sync,
    links,
    teller,
    closeDue: closures.closeDue,
    settlePerson: async () => {},
    record: {
      person: async (person: Person, entries) => {
        for (const entry of entries) world.personLog.set(`${person._id}:${entry.n}`, entry)
      },
      account: async (account, entries) => {
        for (const entry of entries) world.accountLog.set(`${account._id}:${entry.n}`, entry)
      },
    },
    log,
  })
  return { process, stores, links, closures, sweep: reconciler.sweep, apply }
}

/** A recipient that mostly takes what it is told, sometimes fails before or after it took it. */
const deliver = async (world: World, weather: Weather, process: Process, telling: Telling) => {
  const [epoch = 0, seq = 0] = telling.version.split('.').map(Number)
  const account = `${telling.recipient.company}:${telling.subject}`
  const sent: Sent = {
    order: world.order++,
    account,
    recipient: telling.recipient.id,
    epoch,
    seq,
    claims: telling.claims,
    arrived: false,
  }
  world.sent.push(sent)
  const fate = weather.calm ? 9 : weather.random.below(10)
  return weather.through(process, async () => {
    if (fate === 0) return { status: 503 }
    sent.arrived = true
    const key = `${account} ${telling.recipient.id}`
    const before = world.received.get(key)
    // As every recipient is told to: what is not newer is dropped.
    if (!before || epoch > before.epoch || (epoch === before.epoch && seq > before.seq))
      world.received.set(key, { epoch, seq, claims: telling.claims })
    return fate === 1 ? { failed: 'connection lost' } : { status: 202 }
  })
}

export const plainStores = ({ connection }: Database): Stores => ({
  people: createPeopleStore(connection),
  accounts: createAccountsStore(connection, new Uint8Array(32)),
  index: createLinkIndex(connection),
})

export const aStormPerson = (id: PersonId): Person => {
  const said = (value: string) => ({ [byPerson]: { value, v: 1, at: now(), op: 'start' } })
  return {
    _id: id,
    s: 1,
    rev: 1,
    v: 1,
    status: 'active',
    fields: {
      givenName: said(`${id} given`),
      familyName: said(`${id} family`),
      email: said(`${id}@example.org`),
      city: said(`${id} city`),
      phone: said('+4612345678'),
    },
    identifiers: [`email:group:${id}@example.org`],
    credentials: [],
    credentialEpoch: 1,
    credentialsChangedAt: 0,
    language: 'en',
    createdAt: 0,
    applied: {},
    log: [],
    n: 0,
  }
}

/** An account of a company from before, with details of its own and no link. */
export const aStormAccount = (company: CompanyName, subject: string, own: Account['own']): Account => ({
  _id: `${company}:${subject}`,
  s: 1,
  company,
  subject,
  status: 'open',
  epoch: 1,
  link: null,
  at: { v: 0, r: 0 },
  own,
  copy: own,
  seq: 1,
  told: {},
  sending: {},
  retry: {},
  intents: {},
  withdrawn: [],
  ownData: {},
  signIn: null,
  credentialEpoch: 1,
  credentialsChangedAt: 0,
  language: 'en',
  createdAt: 0,
  log: [],
  n: 0,
})

export type Command =
  | { do: 'person-changes'; person: PersonId; field: DetailName; value: string | null }
  | { do: 'company-writes'; company: CompanyName; person: PersonId; field: DetailName; value: string }
  | { do: 'links'; person: PersonId; company: CompanyName }
  | { do: 'links-existing'; person: PersonId; company: CompanyName; keep: DetailName[] }
  | { do: 'unlinks'; person: PersonId; company: CompanyName; keep: 'before' | 'now' }
  | { do: 'closes'; person: PersonId; company: CompanyName; process: ClosureProcess }
  | { do: 'sweep' }

export const existingSubject = 'from-before'

/** Carries one command out; resolves also when it was refused. What was acknowledged is noted in the world. */
export const carryOut = async (at: StormProcess, world: World, command: Command, op: string): Promise<void> => {
  const { people, accounts } = at.stores
  const actor = (person: PersonId) => ({ kind: 'person' as const, id: person })
  switch (command.do) {
    case 'person-changes': {
      const { person, field, value } = command
      const changed = await changeDetails(people, person, {
        source: byPerson,
        actor: actor(person),
        changes: [{ field, value }],
        op,
      })
      if (changed.fields.length > 0) world.acknowledged.push({ person, op })
      return
    }
    case 'company-writes': {
      const { company, person, field, value } = command
      const account =
        (await at.links.accountAt(person, company)) ?? (await accounts.get(`${company}:${existingSubject}`))
      if (!account) return
      let linkedTo: PersonId | undefined
      world.writes.set(op, { field, value })
      const wrote = await accounts.change(account._id, (seen) => {
        linkedTo = seen.link?.person
        return companyWrites(seen, {
          op,
          changes: [{ field, value }],
          actor: { kind: 'company', company, epoch: seen.epoch },
          source: byCompany(company, seen.epoch),
          at: now(),
        })
      })
      if (!wrote || !linkedTo) return
      await at.apply(wrote)
      return
    }
    case 'links': {
      const { person, company } = command
      await at.links.linkNewAccount(person, { company: companyOf(company), actor: actor(person), policyVersion: '1' })
      return
    }
    case 'links-existing': {
      const { person, company, keep } = command
      const account = await accounts.get(`${company}:${existingSubject}`)
      if (!account || account.link) return
      await at.links.linkExistingAccount(person, {
        company: companyOf(company),
        actor: actor(person),
        policyVersion: '1',
        account: account._id,
        epoch: account.epoch,
        keep,
      })
      return
    }
    case 'unlinks': {
      const { person, company, keep } = command
      const left = await at.links.unlink(person, company, { keep, actor: actor(person) })
      world.ended.push({ account: left._id, epoch: left.epoch - 1, order: world.order++ })
      return
    }
    case 'closes': {
      const { person, company, process } = command
      const account = await at.links.accountAt(person, company)
      if (!account) return
      world.closedBy.add(account._id)
      const closed = await at.closures.close(account._id, process, actor(person))
      await at.links.afterLeaving(closed)
      world.ended.push({ account: closed._id, epoch: closed.epoch - 1, order: world.order++ })
      return
    }
    case 'sweep':
      return at.sweep()
  }
}

export const claimsTold = (account: Account) => claimsOf(account.copy, { cleared: 'null' })
