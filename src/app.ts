/**
 * The map: builds each feature once, says what it is given, and puts the doors on their paths. It knows everything and
 * decides nothing.
 */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import Koa from 'koa'
import {
  type Account,
  type AccountLogEntry,
  createAccountsStore,
  createClosures,
  createOwnSignIns,
  createProveSignIn,
} from './accounts/index.ts'
import { createActivity, createEventsStore, createNotices, type Holder } from './activity/index.ts'
import { assertNoCompanyVanished, type CompanyId, createPolicyRevisions } from './companies/index.ts'
import { createCompanyApi } from './company-api/index.ts'
import type { Config } from './config.ts'
import { createConsole } from './console/index.ts'
import { normalizeEmail } from './details/index.ts'
import { createDisclosures, createDisclosuresStore } from './disclosures/index.ts'
import { cookieName, createHttp, createWords, networkOf, type PageContext, type PageMiddleware } from './http/index.ts'
import { now, second } from './lib/clock.ts'
import { AppError } from './lib/errors.ts'
import type { Log } from './lib/log.ts'
import { createMetrics } from './lib/metrics.ts'
import { createOutbound } from './lib/outbound.ts'
import { createSecretBox } from './lib/secret-box.ts'
import { createLimits, createSignInGuard } from './limits/index.ts'
import { createLinkIndex, createLinkProofs, createLinks } from './links/index.ts'
import { createMailer, type MailKind } from './mail/index.ts'
import { createOidc } from './oidc/index.ts'
import { createSignInPages } from './oidc/pages/index.ts'
import {
  signInAddresses as addressesOf,
  type CodeMail,
  createCodeProofs,
  createCredentialChanges,
  createDraftStore,
  createErasePerson,
  createPasswordStrength,
  createPasswords,
  createPeopleStore,
  createRegistration,
  createSignInStore,
  createUndoOffers,
  type PasswordCost,
  undoableFields,
  undoChange,
} from './people/index.ts'
import { createPortal } from './portal/index.ts'
import {
  applyIntents,
  applyPolicyChange,
  bringAccountInStep,
  createPush,
  createReconciler,
  createTeller,
  type Recipient,
  type SyncDeps,
} from './profile-sync/index.ts'
import { createConsents } from './scopes/index.ts'
import { createMetaStore, type Database } from './storage/index.ts'
import { createSupport, type SupportAct } from './support/index.ts'

export interface AppDeps {
  config: Config
  database: Database
  log: Log
  /** Cheaper than OWASP's in tests only. */
  passwordCost?: PasswordCost
  /** Milliseconds before which no failed sign-in is answered; less in tests only. */
  failureFloor?: number
  /** A further door, development's, that stands before the others. */
  door?: (features: Features) => { middleware: PageMiddleware[]; isReady: () => boolean }
}

const viewsDir = join(import.meta.dirname, '../views')
const choresEvery = 30 * second
const staffPasswordMinimum = 15

/** Everything that knows no request: the stores, the rules and the workers, each given exactly what it needs. */
const createFeatures = async ({ config, database, log, passwordCost }: AppDeps) => {
  const { connection } = database
  const { issuer, group, secretKeys } = config
  const { companies } = group
  const company = (id: CompanyId) => companies.get(id)
  const companyName = (id: CompanyId) => companies.get(id)?.name ?? id
  const recipients = Map.groupBy(recipientsOf(config), (each) => each.company)
  const recipientsAt = (id: CompanyId) => recipients.get(id) ?? []

  const meta = createMetaStore(connection)
  const box = createSecretBox(secretKeys)
  const ofLookups = await meta.secret('lookup-key', box, () => randomBytes(32).toString('base64url'))
  const lookupKey = new Uint8Array(Buffer.from(ofLookups, 'base64url'))

  const words = createWords(join(viewsDir, 'words'))
  const http = createHttp({ config, log, words, viewsDir })
  const mailer = createMailer({ config, words, connection, log, viewsDir })
  const outbound = createOutbound({ log })
  const relaxed = (network: string) => !config.production && isLoopback(network)
  const limits = createLimits({ connection, key: lookupKey, relaxed, log })
  const guard = createSignInGuard({ limits, key: lookupKey })

  const people = createPeopleStore(connection)
  const accounts = createAccountsStore(connection, lookupKey)
  const signIns = createSignInStore(connection)
  const drafts = createDraftStore(connection)
  const undoOffers = createUndoOffers(connection, lookupKey)
  const passwords = createPasswords(passwordCost && { parameters: passwordCost })
  const strength = createPasswordStrength()
  const hashPassword = passwords.hash
  const sendMail = (mail: CodeMail) => mailer.send(mail as Parameters<typeof mailer.send>[0])
  const codes = createCodeProofs({ drafts, sendMail })
  const registration = createRegistration({ people, signIns, drafts, codes, hashPassword })
  const { isOrphan } = registration
  const credentials = createCredentialChanges({ people, signIns, drafts, codes, hashPassword, isOrphan })
  const ownSignIns = createOwnSignIns({ accounts, signIns, drafts, codes, lookupKey, hashPassword })
  const prove = createProveSignIn({ people, accounts, signIns, lookupKey, passwords })
  const closures = createClosures(accounts)
  const consents = createConsents(connection)

  const revisions = createPolicyRevisions(connection)
  await revisions.load(companies.values())
  await assertNoCompanyVanished({
    known: await revisions.knownCompanies(),
    companies,
    hasAccounts: async (id) => (await accounts.ofCompany(id, '', 1)).length > 0,
  })

  // Links need what they set off, and what is set off needs links.
  const sync = { people, accounts, company, revisionOf: revisions.revisionOf } as SyncDeps
  const apply = (account: Pick<Account, '_id'>) => applyIntents(sync, account)
  const links = createLinks({
    people,
    accounts,
    index: createLinkIndex(connection),
    revisionOf: revisions.revisionOf,
    applyIntents: apply,
    abortSends: (id) => teller.abort(id),
  })
  sync.links = links
  const linkProofs = createLinkProofs(drafts)
  const holdsAccounts = async (id: string) => (await links.accountsOf(id)).length > 0 || links.hasReservation(id)
  const erasePerson = createErasePerson({ people, signIns, holdsAccounts })

  const events = createEventsStore(connection)
  const offerUndo = undoOffers.offer
  const send = (notice: { kind: MailKind; to: string }) => mailer.send(notice as Parameters<typeof mailer.send>[0])
  const notices = createNotices({ people, events, send, offerUndo, companyName, issuer })
  const serviceName = (id: string | undefined) => group.services.get(id ?? '')?.name ?? group.operator.name
  const activity = createActivity({ events, notices, people, accounts, send, serviceName })
  const disclosures = createDisclosures({
    disclosures: createDisclosuresStore(connection),
    company,
    recipientsOf: (id) => recipientsAt(id).map((recipient) => recipient.id),
  })
  const record = {
    person: activity.recordPerson,
    account: async (account: Account, entries: AccountLogEntry[]) => {
      await activity.recordAccount(account, entries)
      await disclosures.recordAccount(account, entries)
      if (account.status === 'closed') await support.forgetAccount(account)
    },
  }

  const metrics = createMetrics({
    hashQueue: passwords.depth,
    mailsWaiting: mailer.pending,
    syncLag: async () => {
      const [[person], oldest] = await Promise.all([people.due(now(), 1), accounts.oldestDue()])
      const since = [person?.due, oldest].filter((due) => due !== undefined).map((due) => Number(due.split('|')[1]))
      return since.length > 0 ? Math.max(0, (now() - Math.min(...since)) / second) : 0
    },
  })
  const oidc = await createOidc({
    config,
    connection,
    people,
    accounts,
    accountAt: links.accountAt,
    consents,
    outbound,
    limitGuesses: async (ctx) => void (await limits.take('device-code-network', networkOf(ctx))),
    forgiveGuess: (ctx) => limits.giveBack('device-code-network', networkOf(ctx)),
    onUse: async ({ principal, account, company: at, clientId, how }) => {
      metrics.signedIn(at, how)
      const service = group.clients.get(clientId)?.service?.id
      if (service) await activity.record({ kind: 'service-used', holder: principal, company: at, account, service })
    },
    onReuse: async ({ principal, account, clientId }) => {
      const service = group.clients.get(clientId)?.service?.id
      await activity.record({
        kind: 'refresh-reused',
        holder: principal,
        ...(account && { account }),
        ...(service && { service }),
      })
    },
    log,
  })

  const reachablePrivately = (id: CompanyId) => companies.get(id)?.reachablePrivately ?? []
  const push = createPush({ issuer, sign: oidc.sign, reachablePrivately, request: outbound.request })
  const teller = createTeller({ accounts, recipientsOf: recipientsAt, push, log, counted: metrics.told })
  const { closeDue } = closures
  const reconciler = createReconciler({
    ...sync,
    links,
    teller,
    record,
    closeDue,
    settlePerson: erasePerson.settle,
    log,
  })
  const { wakePerson, wakeAccount } = reconciler

  /** A company's or its support's write reaches its own copy before it is answered; every other copy is on its way then. */
  const applyWrite = async ({ _id }: Pick<Account, '_id'>): Promise<void> => {
    await apply({ _id })
    const account = await accounts.get(_id)
    const person = account?.link && (await people.get(account.link.person))
    if (!account || !person) return
    await bringAccountInStep(sync, account, person)
    void wakePerson(person._id)
  }

  const support = createSupport({
    connection,
    people,
    accounts,
    company,
    codes,
    drafts,
    sendMail,
    passwords,
    box,
    issuer,
    limit: async (rule, subject) => void (await limits.take(rule, subject)),
    giveBack: limits.giveBack,
    links: {
      accountsOf: links.accountsOf,
      unlink: async (...parameters) => {
        const left = await links.unlink(...parameters)
        await oidc.endAccount(left._id)
        return left
      },
    },
    recipientsOf: (id) => recipientsAt(id).map((each) => ({ id: each.id, name: serviceName(each.id) })),
    signInsOf: async ({ _id }) =>
      Object.entries(await activity.lastUses(_id)).map(([service, at]) => ({ service: serviceName(service), at })),
    lockedFor: async (account) => guard.lockedFor(await addressOf(account)),
    unlock: async (account) => guard.unlock(await addressOf(account)),
    endSessions: ({ _id }) => oidc.endAccount(_id, { livingToo: true }),
    forgive: teller.forgive,
    applyIntents: applyWrite,
    wakeAccount,
    tellPerson: ({ principal, ...act }: SupportAct) => activity.recordSupport({ ...act, holder: holderOf(principal) }),
    log,
  })
  await support.inviteConfigured(companies.values())

  /** The address under which wrong passwords for this account are counted. */
  async function addressOf(account: Account): Promise<string> {
    const person = account.link ? await people.get(account.link.person) : null
    return (person ? addressesOf(person)[0] : account.signIn?.address) ?? ''
  }

  const applied = {
    get: async (id: CompanyId) => Number((await meta.get(`policy-applied:${id}`)) ?? 0),
    set: (id: CompanyId, revision: number) => meta.set(`policy-applied:${id}`, String(revision)),
  }
  const applyPolicies = async () => {
    for (const id of companies.keys()) await applyPolicyChange({ ...sync, applied, wakeAccount }, id)
  }

  /** What stopped in the middle goes on, and what has run out goes. Each may be done by anybody at any time. */
  const doChores = async (): Promise<void> => {
    await registration.settleDue()
    await ownSignIns.settleDue()
    await reconciler.sweep()
    await Promise.all([drafts.sweep(), undoOffers.sweep(), limits.sweep(), support.sweep()])
  }

  /** Development's reset: everything goes but the keys and what the configuration was. */
  const forgetEverything = async (): Promise<void> => {
    const kept = ['keys', 'meta', 'known-clients']
    for (const { name } of Object.values(connection.collections))
      if (!kept.includes(name)) await connection.collection(name).deleteMany({})
    await Promise.all([meta.forget('seeded:'), meta.forget('policy-applied:')])
    await support.inviteConfigured(companies.values())
  }

  return {
    config,
    connection,
    meta,
    forgetEverything,
    words,
    http,
    mailer,
    limits,
    guard,
    people,
    accounts,
    signIns,
    passwords,
    strength,
    registration,
    credentials,
    ownSignIns,
    prove,
    closures,
    links,
    linkProofs,
    consents,
    undoOffers,
    erasePerson,
    activity,
    disclosures,
    record,
    metrics,
    oidc,
    outbound,
    teller,
    reconciler,
    support,
    applyWrite,
    applyPolicies,
    doChores,
    box,
  }
}

export type Features = Awaited<ReturnType<typeof createFeatures>>

/** Every door on its path, in the order in which a request meets them. */
export const createApp = async (deps: AppDeps) => {
  const { config, database, log } = deps
  const features = await createFeatures(deps)
  const { http, oidc, people, accounts, links, linkProofs, closures, ownSignIns, credentials, prove } = features
  const { activity, disclosures, record, guard, limits, strength, undoOffers, reconciler, support, group } = {
    ...features,
    group: config.group,
  }
  const { wakePerson, wakeAccount } = reconciler
  const door = deps.door?.(features)

  const warnHolders = async (address: string, at: CompanyId | null): Promise<void> => {
    for (const holder of await prove.holdersOf(address, at)) await activity.recordGuesses(holder)
  }
  const deviceCookie = cookieName(config, 'device')
  const devices = {
    /** `at`: the company whose own sign-ins are tried beside the unified one. */
    attempt: <T>(
      ctx: PageContext,
      typed: string,
      how: () => Promise<T | undefined>,
      at: CompanyId | null = null,
    ): Promise<T | undefined> => {
      const [address, device] = [spelling(typed), ctx.cookies.get(deviceCookie)]
      const who = { address, network: networkOf(ctx), ...(device && { device }) }
      // Not waited for: the answer takes as long for an address that nobody has.
      return guard.attempt(
        who,
        how,
        () => void warnHolders(address, at).catch((error) => log.error({ error }, 'not warned')),
      )
    },
    /** True when this browser was not known for this address before. */
    remember: (ctx: PageContext, typed: string): boolean => {
      const address = spelling(typed)
      const device = ctx.cookies.get(deviceCookie)
      const known = guard.isKnown({ address, ...(device && { device }) })
      const maxAge = 400 * 24 * 3600 * 1000
      ctx.cookies.set(deviceCookie, guard.remember(address), { httpOnly: true, sameSite: 'lax', path: '/', maxAge })
      return !known
    },
  }
  const requireStrong = (password: string, personal: string[]) =>
    strength.requireStrong(password, { minimum: config.passwordMinimum, personal: [...personal, ...namesIn(config)] })

  const signInPages = createSignInPages({
    ...features,
    devices,
    requireStrong,
    wakePerson,
    wakeAccount,
    failureFloor: deps.failureFloor ?? 300,
  })
  const portal = createPortal({
    config,
    http,
    oidc,
    people,
    accounts,
    links,
    linkProofs,
    closures,
    ownSignIns,
    credentials,
    prove,
    activity,
    disclosures,
    record,
    wakePerson,
    wakeAccount,
    attempt: devices.attempt,
    requireStrong,
    limits,
    undo: {
      takeBack: async (person, op) => {
        const change = await activity.changeByOp({ kind: 'person', person }, op)
        if (!change) throw new AppError('gone', 'undo-too-late')
        await undoChange(people, person, { ...change, op })
        wakePerson(person)
      },
      offered: async (person, ops) => {
        const offered: string[] = []
        for (const op of ops) {
          const change = await activity.changeByOp({ kind: 'person', person: person._id }, op)
          if (change && undoableFields(person, { ...change, op }, now()).length > 0) offered.push(op)
        }
        return offered
      },
      find: undoOffers.find,
      spend: undoOffers.spend,
    },
    erasePerson: features.erasePerson.erase,
    approvals: support.approvals,
  })
  const staffRequireStrong = (password: string, personal: string[]) =>
    strength.requireStrong(password, { minimum: staffPasswordMinimum, personal: [...personal, ...namesIn(config)] })
  const console = createConsole({
    ...support,
    config,
    http,
    requireStrong: staffRequireStrong,
    signHead: (head) =>
      oidc.sign({ iss: config.issuer, iat: Math.floor(now() / second), ...head }, { typ: 'audit-head+jwt' }),
  })
  const companyApi = createCompanyApi({
    accounts,
    company: (id) => group.companies.get(id),
    apis: group.apis,
    issuer: config.issuer,
    verifyToken: oidc.verifyCompanyToken,
    applyIntents: features.applyWrite,
    wakeAccount,
    support,
    log,
  })

  const koa = new Koa()
  koa.on('error', (error: unknown) => log.error({ error }, 'a request failed beyond its answer'))
  const use = (...middleware: unknown[]) => {
    for (const each of middleware) koa.use(each as Koa.Middleware)
  }
  use(health(database, () => door?.isReady() ?? true))
  if (!config.production) use(metricsPage(features))
  use(...http.middleware, ...(door?.middleware ?? []))
  use(...companyApi.routes(), console.routes(), portal.routes(), signInPages.routes(), oidc.middleware)

  let timer: NodeJS.Timeout | undefined
  return {
    features,
    callback: () => koa.callback(),
    /** What the metrics' own port answers in production. */
    metrics: () => new Koa().use(metricsPage(features)).callback(),

    /** The workers: none of them is asked twice for the same, and any of them may stop anywhere. */
    start: async (): Promise<void> => {
      features.mailer.start()
      oidc.start()
      reconciler.start()
      const run = (what: () => Promise<void>) =>
        what().catch((error: unknown) => log.error({ error }, 'a chore failed; it will be tried again'))
      await run(features.doChores)
      void run(features.applyPolicies)
      timer = setInterval(() => void run(features.doChores), choresEvery)
    },
    stop: async (): Promise<void> => {
      clearInterval(timer)
      await reconciler.stop()
      await oidc.stop()
      await features.mailer.stop()
      await features.strength.stop()
      await features.outbound.close()
    },
  }
}

export type App = Awaited<ReturnType<typeof createApp>>

/** One count per mailbox: another spelling of an address buys no further guesses (security §3). */
const spelling = (typed: string): string => {
  try {
    return normalizeEmail(typed.trim())
  } catch {
    return typed.trim().toLowerCase()
  }
}

const recipientsOf = ({ group }: Config): Recipient[] =>
  [...group.services.values()].flatMap(({ id, company, events }) => (events ? [{ id, company, ...events }] : []))

/** Names that a password should not be made of. */
const namesIn = ({ group }: Config): string[] => [
  group.operator.name,
  ...[...group.companies.values()].map(({ name }) => name),
]

const isLoopback = (network: string): boolean =>
  network.startsWith('127.') || network.startsWith('0:0:0:0') || network.startsWith('::')

const holderOf = (principal: string): Holder =>
  principal.startsWith('person:')
    ? { kind: 'person', person: principal.slice('person:'.length) }
    : { kind: 'account', account: principal.slice('account:'.length) }

/** Before everything else: whoever asks whether we live has no host, no cookie and no language. */
const health =
  (database: Database, isReady: () => boolean): Koa.Middleware =>
  async (ctx, next) => {
    if (ctx.path !== '/health/live' && ctx.path !== '/health/ready') return next()
    ctx.set('Cache-Control', 'no-store')
    ctx.body = { status: 'ok' }
    if (ctx.path === '/health/live') return
    const reachable = await database.ping().then(
      () => true,
      () => false,
    )
    if (reachable && isReady()) return
    ctx.status = 503
    ctx.body = { status: reachable ? 'starting' : 'the database does not answer' }
  }

const metricsPage =
  ({ metrics }: Pick<Features, 'metrics'>): Koa.Middleware =>
  async (ctx, next) => {
    if (ctx.path !== '/metrics') return next()
    ctx.type = metrics.contentType
    ctx.body = await metrics.text()
  }
