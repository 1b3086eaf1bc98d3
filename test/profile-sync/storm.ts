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
  blankAccount,
  boundAccountOutbox,
  companyWrites,
  createAccountsStore,
  createChangeDetails,
  createClosures,
  type Decide,
  principalOfPerson,
} from '../../src/accounts/index.ts'
import type { ClosureProcess, Company, CompanyId } from '../../src/companies/index.ts'
import type { SignInStore } from '../../src/credentials/index.ts'
import {
  type ClaimName,
  claimsOf,
  type DetailName,
  type Details,
  detailNames,
  detailsOfClaims,
} from '../../src/details/index.ts'
import { type AdjustableClock, hour, now, second } from '../../src/lib/clock.ts'
import { isAppError } from '../../src/lib/errors.ts'
import { createLinkIndex, createLinks, type LinkIndex } from '../../src/links/index.ts'
import {
  boundPersonOutbox,
  byCompany,
  byPerson,
  bySupport,
  changeDetails,
  createErasePerson,
  createPeopleStore,
  type PeopleStore,
  type Person,
  type PersonId,
  type PersonLogEntry,
  restoredBy,
} from '../../src/people/index.ts'
import {
  applyIntents,
  applyPolicyChanges,
  createEventDispatcher,
  createReconciler,
  type Delivery,
  type LifecycleDelivery,
} from '../../src/profile-sync/index.ts'
import { type Database, dueIn, heldAlone, noLane } from '../../src/storage/index.ts'

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
  /** Details in it that the policy, as the sending process knew it, did not release. */
  beyond: DetailName[]
}

/** What a company may receive and write at first; what it receives may change in a story. */
export const companies = {
  alpha: { receives: ['name', 'email', 'address'], writes: ['name', 'address'] },
  beta: { receives: ['name', 'phone_number'], writes: ['name'] },
  gamma: { receives: ['email'], writes: [] },
} satisfies Record<string, { receives: ClaimName[]; writes: ClaimName[] }>
export type CompanyName = keyof typeof companies
export const companyNames = Object.keys(companies) as CompanyName[]

/** A release policy as configured at one time. */
export interface Policy {
  receives: readonly ClaimName[]
  revision: number
}

const policyVersion = '1'

const companyOf = (id: CompanyId, { receives }: Policy): Company => {
  const { writes } = companies[id as CompanyName]
  const policy = [{ version: policyVersion, date: '2026-01-01' }]
  return { id, name: id, policy, release: { receives, writes, requires: [], scopes: [] } } as unknown as Company
}

/** A word on a detail, as it was written on a person. */
export interface Said {
  person: PersonId
  field: DetailName
  source: string
  value: string | null
  v: number
}

/** What everybody saw and was told; the guarantees are judged on it. */
export class World {
  order = 0
  /** Milliseconds that a story lets pass before its next wave. */
  passed = 0
  /** What the files say now; a process keeps what they said when it started. */
  policies: Record<string, Policy> = Object.fromEntries(
    Object.entries(companies).map(([id, { receives }]) => [id, { receives, revision: 1 }]),
  )
  /** What the product remembers about itself. */
  readonly remembered = new Map<string, string>()
  /** Services that do not answer until the weather is calm. */
  readonly down = new Set<string>()
  /** Tellings that a service refused for good. */
  readonly refused = new Set<string>()
  readonly sent: Sent[] = []
  /** What each service heard of whether an account goes on, in the order in which it arrived. */
  readonly heard = new Map<string, { lifecycle: string; version: string }[]>()
  readonly received = new Map<string, { epoch: number; seq: number; claims: Record<string, unknown> }>()
  /** So many entries as any document ever held. */
  longestLog = 0
  readonly personLog = new Map<string, PersonLogEntry>()
  readonly accountLog = new Map<string, AccountLogEntry>()
  readonly said: Said[] = []
  /** Acknowledged changes, by op. */
  readonly acknowledged: { person: PersonId; op: string }[] = []
  /** Acknowledged ends of sign-ins. */
  readonly erased = new Set<PersonId>()
  /** Acknowledged ends of links: no send of this epoch or an older one begins later. */
  readonly ended: { account: string; epoch: number; order: number }[] = []
  readonly closedBy = new Set<string>()
  /** Links that ended *as before the link*: what was said through them has to go. */
  readonly takenApart: { company: CompanyId; link: string }[] = []
  /** Links that somebody ended whose they were not. */
  readonly endedByOthers: string[] = []
  /** (epoch, seq) of every state an account was ever seen in, in the order of its revisions. */
  readonly states = new Map<string, { rev: number; epoch: number; seq: number }[]>()
  /** What each account would hold without any link: its start and its own company's writes. */
  readonly alone = new Map<string, Details>()
  /** What each company's write says, by op. */
  readonly writes = new Map<string, { field: DetailName; value: string }>()

  saw(before: Account, account: Account, { log = [] }: AccountMutation): void {
    this.longestLog = Math.max(this.longestLog, account.log.length)
    const { rev } = account as Account & { rev: number }
    const seen = this.states.get(account._id) ?? []
    seen.push({ rev, epoch: account.epoch, seq: account.seq })
    this.states.set(account._id, seen)
    for (const { kind, op, actor } of log) {
      const write = kind === 'company-wrote' && this.writes.get(op)
      const alone = this.alone.get(account._id)
      if (alone && write) alone[write.field] = write.value
      if (kind === 'unlinked') this.#sawUnlink(before, account)
      const ends = kind === 'unlinked' || kind === 'closing'
      if (ends && !(actor.kind === 'person' && actor.id === before.link?.person)) this.endedByOthers.push(account._id)
    }
  }

  #sawUnlink(before: Account, after: Account): void {
    const { _id, company, link } = before
    const goesBack = after.split !== undefined && link?.how === 'existing'
    if (!goesBack) this.alone.set(_id, { ...before.copy })
    if (after.split && link) this.takenApart.push({ company, link: link.id })
  }

  wrote({ _id: person, log }: Person, { set = {} }: Parameters<PeopleStore['commit']>[1]): void {
    this.longestLog = Math.max(this.longestLog, log.length)
    for (const [path, word] of Object.entries(set)) {
      const [, field, ...source] = path.split('.')
      if (!path.startsWith('fields.')) continue
      const { value, v } = word as { value: string | null; v: number }
      this.said.push({ person, field: field as DetailName, source: source.join('.'), value, v })
    }
  }
}

export interface StormProcess {
  process: Process
  stores: Stores
  links: ReturnType<typeof createLinks>
  closures: ReturnType<typeof createClosures>
  company: (id: CompanyId) => Company
  sweep: () => Promise<void>
  applyWrite: (written: Account) => Promise<unknown>
  erase: (person: PersonId) => Promise<void>
  applyPolicies: () => Promise<void>
}

/** The parts of the product that decide, put together as app/ does, over gated stores. */
export const startProcess = (world: World, weather: Weather, spoil: Spoil, plain: Stores): StormProcess => {
  const process = new Process()
  const policies = world.policies
  const company = (id: CompanyId) => companyOf(id, policies[id] as Policy)
  const revisionOf = (id: CompanyId) => (policies[id] as Policy).revision
  const watched = watchedBy(world, plain)
  const spoiled = spoil(watched, world)
  const record = {
    person: async (person: Person, entries: PersonLogEntry[]) => {
      for (const entry of entries) world.personLog.set(`${person._id}:${entry.n}`, entry)
    },
    account: async (account: Account, entries: AccountLogEntry[]) => {
      for (const entry of entries) world.accountLog.set(`${account._id}:${entry.n}`, entry)
    },
  }
  const stores: Stores = {
    people: boundPersonOutbox(gated(spoiled.people, weather, process), record.person),
    accounts: boundAccountOutbox(gated(spoiled.accounts, weather, process), record.account),
    index: gated(spoiled.index, weather, process),
  }
  const { people, accounts, index } = stores
  const sync = { people, accounts, links: undefined as unknown as ReturnType<typeof createLinks>, company, revisionOf }
  const apply = (account: Pick<Account, '_id'>) => applyIntents(sync, account)
  const log = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} }
  const eventDispatcher = createEventDispatcher({
    accounts,
    recipientsOf: (id) => recipientsOf(id).map((recipient) => ({ ...recipient, name: '', endpoint: '', audience: '' })),
    push: (delivery) => deliver(world, weather, process, company(delivery.recipient.company), delivery),
    log,
    monotonic: now,
  })
  const links = createLinks({
    people,
    accounts,
    index,
    holdersOf: async () => [],
    revisionOf,
    applyIntents: apply,
    abortSends: eventDispatcher.abort,
  })
  sync.links = links
  const closures = createClosures(accounts, people)
  const nothing = async () => {}
  const signIns = gated({ forget: nothing }, weather, process) as unknown as SignInStore
  const holdsAccounts = async (id: PersonId) =>
    (await links.accountsOf(id)).length > 0 || (await links.hasReservation(id))
  const erasePerson = createErasePerson({ people, signIns, holdsAccounts, usesAccounts: links.usesAccounts })
  const reconciler = createReconciler({
    ...sync,
    links,
    lease: heldAlone,
    eventDispatcher,
    closeDue: closures.closeDue,
    settleAddresses: nothing,
    settlePerson: erasePerson.settle,
    record,
    log,
  })
  const { remembered } = world
  const meta = gated(
    {
      get: async (name: string) => remembered.get(name),
      set: async (name: string, value: string) => void remembered.set(name, value),
    },
    weather,
    process,
  )
  const { sweep, enqueueAccount, applyWrite } = reconciler
  const applyPolicies = () =>
    applyPolicyChanges({ ...sync, meta, enqueueAccount, isStopping: () => process.dead }, companyNames)
  return {
    process,
    stores,
    links,
    closures,
    company,
    sweep,
    applyWrite,
    erase: async (person) => void (await erasePerson.erase(person)),
    applyPolicies,
  }
}

export const recipientsOf = (company: string) => [
  { id: `${company}-web`, company },
  { id: `${company}-app`, company },
]

/** The stores, with everything that was written noted in the world. */
const watchedBy = (world: World, plain: Stores): Stores => ({
  ...plain,
  people: {
    ...plain.people,
    commit: async (person, mutation) => {
      const saved = await plain.people.commit(person, mutation)
      if (saved) world.wrote(saved, mutation)
      return saved
    },
  },
  accounts: {
    ...plain.accounts,
    change: async (id: string, decide: Decide) => {
      let decided: { before: Account; mutation: AccountMutation | undefined } | undefined
      const account = await plain.accounts.change(id, (before) => {
        decided = { before, mutation: decide(before) }
        return decided.mutation
      })
      if (account && decided?.mutation) world.saw(decided.before, account, decided.mutation)
      return account
    },
  },
})

/** A recipient that mostly takes what it is told, sometimes fails before or after it took it, sometimes refuses it. */
const deliver = async (world: World, weather: Weather, process: Process, company: Company, delivery: Delivery) => {
  const [epoch = 0, seq = 0] = delivery.version.split('.').map(Number)
  const account = `${delivery.recipient.company}:${delivery.subject}`
  if ('lifecycle' in delivery) return hear(world, weather, process, `${account} ${delivery.recipient.id}`, delivery)
  const allowed = Object.keys(claimsOf(sampleOf(detailsOfClaims(company.release.receives)), { cleared: 'null' }))
  const sent: Sent = {
    order: world.order++,
    account,
    recipient: delivery.recipient.id,
    epoch,
    seq,
    claims: delivery.claims,
    arrived: false,
    beyond: Object.keys(delivery.claims).filter((claim) => !allowed.includes(claim)) as DetailName[],
  }
  world.sent.push(sent)
  const isDown = !weather.calm && world.down.has(delivery.recipient.id)
  const fate = weather.calm ? 9 : weather.random.below(12)
  return weather.through(process, async () => {
    if (fate === 0 || isDown) return { status: 503 }
    const key = `${account} ${delivery.recipient.id}`
    if (fate === 1) {
      world.refused.add(`${key} ${delivery.version}`)
      return { status: 400 }
    }
    sent.arrived = true
    const before = world.received.get(key)
    // As every recipient is told to: what is not newer is dropped.
    if (!before || epoch > before.epoch || (epoch === before.epoch && seq > before.seq))
      world.received.set(key, { epoch, seq, claims: delivery.claims })
    return fate === 2 ? { failed: 'connection lost' } : { status: 202 }
  })
}

/** What says whether an account goes on holds no detail, and so may be sent whenever it is. */
const hear = async (world: World, weather: Weather, process: Process, key: string, delivery: LifecycleDelivery) => {
  const isDown = !weather.calm && world.down.has(delivery.recipient.id)
  const fate = weather.calm ? 9 : weather.random.below(12)
  return weather.through(process, async () => {
    if (fate === 0 || isDown) return { status: 503 }
    if (fate === 1) return { status: 400 }
    world.heard.set(key, [
      ...(world.heard.get(key) ?? []),
      { lifecycle: delivery.lifecycle, version: delivery.version },
    ])
    return fate === 2 ? { failed: 'connection lost' } : { status: 202 }
  })
}

const sampleOf = (names: readonly DetailName[]): Details =>
  Object.fromEntries(names.map((name) => [name, 'any'])) as Details

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
  ...blankAccount({
    _id: `${company}:${subject}`,
    company,
    subject,
    status: 'open',
    epoch: 1,
    language: 'en',
    createdAt: 0,
  }),
  own,
  copy: own,
  seq: 1,
  credentialEpoch: 1,
})

/** A drain stood still: this much is in a document's log, with nothing in it of what a story tells. */
export const undrained = (entries: number, lane = noLane) => ({
  log: Array.from({ length: entries }, (_, i) => ({
    n: i + 1,
    op: `before${i}`,
    kind: 'details-changed' as const,
    at: 0,
    actor: { kind: 'system' as const },
    epoch: 1,
  })),
  n: entries,
  due: dueIn(lane, 0),
})

export type Command =
  | { do: 'person-changes'; person: PersonId; field: DetailName; value: string | null }
  | {
      do: 'company-writes' | 'support-corrects'
      company: CompanyName
      person: PersonId
      field: DetailName
      value: string
    }
  | { do: 'undoes'; person: PersonId }
  | { do: 'links'; person: PersonId; company: CompanyName }
  | { do: 'links-existing'; person: PersonId; company: CompanyName; keep: DetailName[] }
  | { do: 'unlinks'; person: PersonId; company: CompanyName; keep: 'before' | 'now' }
  | { do: 'closes'; person: PersonId; company: CompanyName; process: ClosureProcess }
  | { do: 'agrees'; person: PersonId; company: CompanyName }
  | { do: 'comes-back'; person: PersonId; company: CompanyName }
  | { do: 'erases'; person: PersonId }
  | { do: 'receiver-falls' | 'receiver-rises'; recipient: string }
  | { do: 'policy-changes'; company: CompanyName; receives: ClaimName[] }
  | { do: 'time-passes'; hours: number }
  | { do: 'sweep' }

export const existingSubject = 'from-before'

/** Carries one command out, or throws an AppError as it refuses. What was acknowledged is noted in the world. */
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
    case 'company-writes':
    case 'support-corrects': {
      const { company, person, field, value } = command
      const account =
        (await at.links.accountAt(person, company)) ?? (await accounts.get(`${company}:${existingSubject}`))
      if (!account) return
      let linkedTo: PersonId | undefined
      world.writes.set(op, { field, value })
      const bySelf = command.do === 'company-writes'
      const wrote = await accounts.change(account._id, (seen) => {
        linkedTo = seen.link?.person
        const { epoch } = seen
        const agent = { agent: 'agent', role: 'support', case: '1' }
        return companyWrites(seen, {
          op,
          changes: [{ field, value }],
          actor: bySelf ? { kind: 'company', company, epoch } : { kind: 'support', company, epoch, ...agent },
          source: bySelf ? byCompany : bySupport,
          at: now(),
        })
      })
      if (!wrote || !linkedTo) return
      await at.applyWrite(wrote)
      return
    }
    case 'undoes': {
      const { person } = command
      const known = await people.get(person)
      if (!known) return
      const drained = [...world.personLog].filter(([key]) => key.startsWith(`${person}:`)).map(([, entry]) => entry)
      const history = [...new Map([...drained, ...known.log].map((entry) => [entry.n, entry])).values()]
      history.sort((one, other) => one.n - other.n)
      const { id, details, versions } = principalOfPerson(known)
      const restored = (op: string) => restoredBy({ ops: [op], history }, (field) => details[field], now())
      const change = history.find(({ op }) => Object.keys(restored(op)).length > 0)
      if (!change) return
      const changes = (Object.entries(restored(change.op)) as [DetailName, string | null][]).map(([field, value]) => {
        return { field, value, base: versions[field] ?? 0, was: details[field] ?? null }
      })
      const undone = await createChangeDetails({ people, accounts })(id, { changes, undoes: change.op })
      if (undone) world.acknowledged.push({ person, op: undone })
      return
    }
    case 'links': {
      const { person, company } = command
      const request = { company: at.company(company), actor: actor(person), policyVersion, shown: detailNames }
      await at.links.linkNewAccount(person, request).catch((error: unknown) => {
        if (!isAppError(error, 'account-there')) throw error
        return at.links.linkNewAccount(person, { ...request, second: true })
      })
      return
    }
    case 'links-existing': {
      const { person, company, keep } = command
      const account = await accounts.get(`${company}:${existingSubject}`)
      if (!account || account.link) return
      const { credentialEpoch = 0 } = (await people.get(person)) ?? {}
      await at.links.linkExistingAccount(person, {
        company: at.company(company),
        actor: actor(person),
        policyVersion,
        shown: detailNames,
        account: account._id,
        epoch: account.epoch,
        keep,
        proven: { person: credentialEpoch, account: account.credentialEpoch },
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
      const closed = await at.closures.close(account, process, actor(person))
      await at.links.afterLeaving(closed)
      world.ended.push({ account: closed._id, epoch: closed.epoch - 1, order: world.order++ })
      return
    }
    case 'comes-back': {
      const { person, company } = command
      const account = await at.links.accountAt(person, company)
      if (account) await at.closures.comeBack(account, actor(person))
      return
    }
    case 'agrees': {
      const { person, company } = command
      const shown = detailsOfClaims(companies[company].receives)
      await at.links.agree(person, { company: at.company(company), actor: actor(person), policyVersion, shown })
      return
    }
    case 'erases':
      await at.erase(command.person)
      if ((await people.get(command.person))?.status === 'erased') world.erased.add(command.person)
      return
    case 'receiver-falls':
      world.down.add(command.recipient)
      return
    case 'receiver-rises':
      world.down.delete(command.recipient)
      return
    case 'policy-changes': {
      const { company, receives } = command
      const revision = (world.policies[company]?.revision ?? 0) + 1
      world.policies = { ...world.policies, [company]: { receives, revision } }
      return
    }
    case 'time-passes':
      world.passed += command.hours * hour
      return
    case 'sweep':
      return at.sweep()
  }
}

export const claimsTold = (account: Account) => claimsOf(account.copy, { cleared: 'null' })
