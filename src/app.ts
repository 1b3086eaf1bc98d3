/**
 * The map: builds each feature once, says what it is given, and puts the doors on their paths. It knows everything and
 * decides nothing.
 */
import { join } from 'node:path'
import Koa from 'koa'
import {
  type Account,
  type AccountLogEntry,
  closureHeldAt,
  createAccounts,
  createCloseAccount,
  endsSessions,
  type Principal,
  principalKey,
} from './accounts/index.ts'
import { createActivity, createBundlesStore, createEventsStore, createNotices, createUndo } from './activity/index.ts'
import { assertNoCompanyRemoved, type CompanyId, createPolicyRevisions } from './companies/index.ts'
import { createCompanyApi } from './company-api/index.ts'
import type { Config, Demonstration } from './config/index.ts'
import { createConsole } from './console/index.ts'
import type { PasswordCost } from './credentials/index.ts'
import { createDevDoor } from './dev/index.ts'
import { createDisclosures, createDisclosuresStore } from './disclosures/index.ts'
import { createHttp, health, metricsPage, navigationsOnly } from './http/index.ts'
import { createTranslations } from './i18n/index.ts'
import { createBackground } from './lib/background.ts'
import { type AdjustableClock, now, second } from './lib/clock.ts'
import { noJournal, openJournal } from './lib/journal.ts'
import type { Log } from './lib/log.ts'
import { createMetrics } from './lib/metrics.ts'
import { createOutbound } from './lib/outbound.ts'
import { createSecretBox } from './lib/secret-box.ts'
import { createBruteForceProtection, createLimits } from './limits/index.ts'
import {
  createAllowApplication,
  createLinkExisting,
  createLinkIndex,
  createLinkProofs,
  createLinks,
  createMakeUnified,
  createProveByCode,
  createTakeBackAddress,
  createTakeBackLink,
  createUnlink,
  findOvershared,
  findSecondAccounts,
} from './links/index.ts'
import { createMailer } from './mail/index.ts'
import { createOidc, createTrustedDevices, type Oidc } from './oidc/index.ts'
import { createErasePerson, createPeople, journalEntries, type Person, type PersonLogEntry } from './people/index.ts'
import { createPortal } from './portal/index.ts'
import {
  applyIntents,
  applyPolicyChanges,
  createCompanyWrite,
  createEventDispatcher,
  createPush,
  createRecipients,
  createReconciler,
  syncLag,
} from './profile-sync/index.ts'
import { createConsents } from './scopes/index.ts'
import { createSignInPages } from './sign-in/index.ts'
import { staffPasswordMinimum } from './staff/index.ts'
import { createCutLog, createMetaStore, type Database } from './storage/index.ts'
import { createMarkStore, createSupport } from './support/index.ts'

export interface AppDeps {
  config: Config
  database: Database
  log: Log
  /** Opens development's door. */
  development?: { clock: AdjustableClock; demonstration: Demonstration | undefined }
  /** Cheaper than OWASP's in tests only. */
  passwordCost?: PasswordCost
  /** Milliseconds before which no failed sign-in is answered; less in tests only. */
  failureFloor?: number
}

const viewsDir = join(import.meta.dirname, '../views')
const choresEvery = 30 * second

export const createApp = async ({ config, database, log, development, passwordCost, failureFloor = 300 }: AppDeps) => {
  const { connection } = database
  const { issuer, group, secretKeys, production } = config
  const { companies, operator, services } = group
  const company = (id: CompanyId) => companies.get(id)
  const companyName = (id: CompanyId) => company(id)?.name ?? id
  const serviceName = (id: string | undefined) => services.get(id ?? '')?.name ?? operator.name

  // The floor
  const box = createSecretBox(secretKeys)
  const meta = createMetaStore(connection)
  const cutLog = createCutLog(database)
  const lookupKey = await meta.persistentKey('lookup-key', box)
  const journal = config.journalDir ? openJournal({ dir: config.journalDir, key: lookupKey }) : noJournal
  const words = createTranslations(join(viewsDir, 'words'))
  const http = createHttp({ config, log, words, viewsDir })
  const mailer = createMailer({
    config,
    words,
    connection,
    log,
    viewsDir,
    counted: (outcome) => metrics.mailed(outcome),
  })
  const outbound = createOutbound({ log })
  const limits = createLimits({ connection, key: lookupKey, sparesLoopback: !production, log })
  const bruteForceProtection = createBruteForceProtection({ limits, key: lookupKey })
  const background = createBackground(log)

  // Companies, people and accounts
  const revisions = createPolicyRevisions(connection)
  const names = [operator, ...companies.values()].map(({ name }) => name)
  const { people, signIns, verifications, codes, passwords, strength, registration, credentials, undoOffers } =
    createPeople({
      connection,
      lookupKey,
      mailer,
      limits,
      names,
      passwordCost,
      journal,
      linksOf: (person) => links.standing(person),
      record: (person, entries) => record.person(person, entries),
    })
  const {
    accounts,
    separateLogins,
    separateIdentifiers,
    separateProfile,
    authentication,
    setPassword,
    recovery,
    closures,
    confirmAddress,
  } = createAccounts({
    connection,
    lookupKey,
    journal,
    people,
    signIns,
    verifications,
    codes,
    passwords,
    credentials,
    record: (account, entries) => record.account(account, entries),
    endOutdated: (holder) => oidc.endOutdated(holder),
    wake: (holder) =>
      holder.kind === 'person' ? reconciler.enqueuePerson(holder.person) : reconciler.enqueueAccount(holder.account),
  })
  await revisions.load(companies.values())
  await assertNoCompanyRemoved({ known: await revisions.knownCompanies(), companies, hasAccounts: accounts.areAt })

  // Links, and what they set off
  const consents = createConsents(connection)
  const linkIndex = createLinkIndex(connection)
  const linkProofs = createLinkProofs(verifications)
  const links = createLinks({
    people,
    accounts,
    index: linkIndex,
    holdersOf: authentication.holdersOf,
    revisionOf: revisions.revisionOf,
    applyIntents: (account) => applyIntents({ people, accounts }, account),
    abortSends: (id) => eventDispatcher.abort(id),
  })
  // What an unlink or a closure ends is ended by these alone, whichever door asks.
  const endAccount: Oidc['endAccount'] = (id, options) => oidc.endAccount(id, options)
  const unlink = createUnlink({
    links,
    endAccount,
    enqueuePerson: (id) => reconciler.enqueuePerson(id),
    enqueueAccount: (id) => reconciler.enqueueAccount(id),
  })
  const closeAccount = createCloseAccount({
    accounts,
    people,
    closures,
    afterLeaving: links.afterLeaving,
    endAccount,
    enqueueAccount: (id) => reconciler.enqueueAccount(id),
  })
  const makeUnified = createMakeUnified({
    people,
    accounts,
    signIns,
    verifications,
    codes,
    registration,
    authentication,
    hashPassword: passwords.hash,
    requireStrong: strength.ofAtLeast(config.passwordMinimum),
    links,
    companyOf: company,
    forgetSignIn: separateLogins.forget,
    endAccount: (id) => oidc.endAccount(id),
    enqueuePerson: (id) => reconciler.enqueuePerson(id),
    enqueueAccount: (id) => reconciler.enqueueAccount(id),
  })
  const takeBackLink = createTakeBackLink({ accounts, closures, unlink })
  const takeBackAddress = createTakeBackAddress({
    credentials,
    separateIdentifiers,
    links,
    closures,
    unlink,
    endOutdated: (holder) => oidc.endOutdated(holder),
    enqueuePerson: (id) => reconciler.enqueuePerson(id),
    enqueueAccount: (id) => reconciler.enqueueAccount(id),
  })
  const proveByCode = createProveByCode({ people, verifications, codes, ofAddress: links.ofAddress })
  const erasePerson = createErasePerson({
    people,
    signIns,
    holdsAccounts: links.holdsAccounts,
    usesAccounts: links.usesAccounts,
  })

  // What is kept for people to read
  const send = mailer.send
  const events = createEventsStore(connection)
  const bundles = createBundlesStore(connection)
  const offerUndo = undoOffers.offer
  const notices = createNotices({ people, accounts, events, bundles, send, offerUndo, companyName, issuer })
  const activity = createActivity({ events, notices, bundles, people, accounts, serviceName })
  const undo = createUndo({ people, accounts, separateProfile, activity })
  const recipientsOf = createRecipients(group)
  const disclosures = createDisclosures({ disclosures: createDisclosuresStore(connection), company, recipientsOf })
  /** What waits, or could still be taken back, of somebody who is no more. Done again it does no harm. */
  const forget = async (holder: Principal, addresses: readonly string[]) => {
    const of = principalKey(holder)
    await Promise.all([undoOffers, mailer, support].map((each) => each.forget(of)))
    await verifications.forget(of, addresses)
  }
  const record = {
    person: async (person: Person, entries: PersonLogEntry[]) => {
      await journalEntries(journal, entries)
      await activity.recordPerson(person, entries)
      // As an account's endings, below: a crash after the commit loses no sign-out (R2, Q7).
      if (entries.some(changesCredentials)) await oidc.endOutdated({ kind: 'person', person: person._id })
      // What was begun since a change that was taken back is called off from the log, should a crash come between (H4).
      for (const { since } of entries) if (since !== undefined) await takeBackAddress.follow(person._id, since)
      if (person.erasedAt === undefined) return
      const holder = { kind: 'person', person: person._id } as const
      await signIns.forget(person._id)
      await forget(
        holder,
        entries.flatMap(({ formerAddresses = [] }) => formerAddresses),
      )
      await oidc.endOthers(holder)
      cutLog.want()
    },
    account: async (account: Account, entries: AccountLogEntry[]) => {
      await journalEntries(journal, entries)
      await activity.recordAccount(account, entries)
      await disclosures.recordAccount(account, entries)
      for (const { ended, endedAddresses } of entries)
        await separateLogins.forget(account, ended ?? null, endedAddresses)
      // Ending follows from the log: a crash after the commit loses no sign-out, nor does a closure whose days ran out (Q7).
      if (entries.some(endsSessions)) await oidc.endAccount(account._id)
      if (entries.some(changesCredentials)) await oidc.endOutdated({ kind: 'account', account: account._id })
      await support.recordAccount(account)
      if (account.status !== 'closed') return
      await forget({ kind: 'account', account: account._id }, [])
      cutLog.want()
    },
  }
  const marks = createMarkStore(connection)
  const metrics = createMetrics({
    hashQueue: passwords.depth,
    mailsWaiting: mailer.waiting,
    mailServerFails: mailer.isFailing,
    syncLag: () => syncLag(people, accounts),
  })

  // The protocol
  const oidc = await createOidc({
    config,
    connection,
    people,
    accounts,
    accountAt: links.accountAt,
    consents,
    outbound,
    limits,
    isMarked: marks.isMarked,
    onUse: async ({ principal, ...used }) => {
      metrics.signedIn(used.company, used.how)
      await activity.record({ kind: 'service-used', holder: principal, ...used })
    },
    onSessionEvicted: ({ principal, device }) => activity.record({ kind: 'session-ended', holder: principal, device }),
    onReuse: ({ principal, ...reused }) => activity.record({ kind: 'refresh-reused', holder: principal, ...reused }),
    log,
  })

  // Keeping in step
  const push = createPush({ issuer, company, sign: oidc.sign, request: outbound.request })
  const eventDispatcher = createEventDispatcher({
    accounts,
    recipientsOf,
    push,
    log,
    counted: metrics.told,
    onWell: (recipient) => reconciler.retell(services.get(recipient)?.company ?? ''),
  })
  const sync = { people, accounts, links, company, revisionOf: revisions.revisionOf }
  const reconciler = createReconciler({
    ...sync,
    links,
    eventDispatcher,
    record,
    closeDue: async (account) => {
      const person = account.link ? await people.get(account.link.person) : null
      return closures.closeDue(account, closureHeldAt(account, person, now()))
    },
    settleAddresses: separateIdentifiers.settleTakeBacks,
    settlePerson: async (person) => {
      await erasePerson.settle(person)
      if (person.takeBacks) await credentials.settleTakeBacks(person._id)
    },
    log,
  })
  const { enqueuePerson, enqueueAccount } = reconciler
  const companyWrite = createCompanyWrite({ accounts, limits, applyIntents: reconciler.applyWrite, enqueueAccount })

  const leftBehind = [
    findOvershared({
      accounts,
      companies: [...new Set([...group.partners.values()].map((partner) => partner.company))],
      letPartnersHave: disclosures.letPartnersHave,
      agreedLater: activity.agreedSince,
      enqueueAccount,
    }),
    ...findSecondAccounts({
      accounts,
      index: linkIndex,
      holdersOf: authentication.holdersOf,
      companies: [...companies.keys()],
    }),
  ]

  const support = createSupport({
    connection,
    journal,
    people,
    accounts,
    links,
    unlink,
    company,
    send,
    codes,
    verifications,
    passwords,
    box,
    issuer,
    limits,
    bruteForceProtection,
    recipientsOf,
    signInsOf: activity.lastSignIns,
    newestActAt: activity.newestActAt,
    marks,
    lookupKey,
    changesAt: activity.changesAt,
    browsersOf: activity.browsersOf,
    endBrowser: oidc.endBrowser,
    endAccount: oidc.endAccount,
    reset: eventDispatcher.reset,
    companyWrite,
    enqueueAccount,
    tellPerson: activity.recordSupport,
    writeTo: activity.writeTo,
    log,
  })
  await database.prepare()
  await support.inviteConfigured(companies.values())

  // The doors
  const requireStrong = strength.ofAtLeast(config.passwordMinimum)
  const linkExisting = createLinkExisting({
    people,
    accounts,
    links,
    linkProofs,
    forgetSignIn: separateLogins.forget,
    endAccount: oidc.endAccount,
    enqueuePerson,
    enqueueAccount,
  })
  const trustedDevices = createTrustedDevices({ config, bruteForceProtection, authentication, activity, log })
  const signInPages = createSignInPages({
    config,
    http,
    oidc,
    people,
    accounts,
    registration,
    recovery,
    authentication,
    separateLogins,
    links,
    linkExisting,
    makeUnified,
    proveByCode,
    allowApplication: createAllowApplication({ people, consents }),
    activity,
    disclosures,
    limits,
    trustedDevices,
    requireStrong,
    enqueuePerson,
    enqueueAccount,
    failureFloor,
  })
  const portal = createPortal({
    config,
    http,
    oidc,
    people,
    accounts,
    links,
    linkExisting,
    makeUnified,
    unlink,
    takeBackLink,
    takeBackAddress,
    confirmAddress,
    closeAccount,
    proveByCode,
    separateLogins,
    separateIdentifiers,
    separateProfile,
    credentials,
    setPassword,
    authentication,
    activity,
    consents,
    disclosures,
    record,
    limits,
    trustedDevices,
    requireStrong,
    undo,
    undoOffers,
    enqueuePerson,
    enqueueAccount,
    erasePerson: erasePerson.erase,
    stay: erasePerson.stay,
    dropBegun: (holder, addresses) => verifications.forget(principalKey(holder), addresses),
    approvals: support.approvals,
  })
  const console = createConsole({
    config,
    http,
    oidc,
    limits,
    support,
    requireStrong: strength.ofAtLeast(staffPasswordMinimum),
  })
  const companyApi = createCompanyApi({
    accounts,
    company,
    apis: group.apis,
    issuer,
    verifyToken: oidc.verifyCompanyToken,
    companyWrite,
    support,
    words,
    log,
  })

  /** What stopped in the middle goes on, and what has run out goes. Each may be done by anybody at any time. */
  const runMaintenance = async (): Promise<void> => {
    await registration.settleDue()
    await separateLogins.settleDue()
    // Before links: what waits for its commit is carried forward, not fenced.
    await makeUnified.settleDue()
    await reconciler.sweep()
    await activity.sendDue()
    await Promise.all([verifications.sweep(), undoOffers.sweep(), limits.sweep(), support.sweep()])
    await cutLog.whenDue()
  }
  const applyPolicies = () =>
    applyPolicyChanges({ ...sync, meta, enqueueAccount, isStopping: background.isStopping }, companies.keys())

  const dev =
    development &&
    (await createDevDoor({
      ...development,
      config,
      connection,
      meta,
      http,
      mailer,
      limits,
      reconciler,
      oidc,
      support,
      registration,
      links,
      separateLogins,
      passwords,
      box,
      runMaintenance,
    }))

  // Every door on its path, in the order in which a request meets them
  // It believes the headers of a proxy, which are the issuer's own by then (Z2).
  const koa = new Koa({ proxy: true })
  koa.on('error', (error: unknown) => log.error({ error }, 'a request failed beyond its answer'))
  const use = (...middleware: unknown[]) => {
    for (const each of middleware) koa.use(each as Koa.Middleware)
  }
  use(health(database, () => dev?.isReady() ?? true))
  if (!production) use(metricsPage(metrics))
  use(...http.middleware, ...(dev?.middleware ?? []))
  // The provider first: it knows its few paths at a glance, and tokens are shown far more often than pages.
  use(oidc.middleware, ...companyApi.routes())
  use(navigationsOnly, console.routes(), portal.routes(), signInPages.routes())

  return {
    dev,
    callback: () => koa.callback(),
    /** What the metrics' own port answers in production. */
    metrics: () => new Koa().use(metricsPage(metrics)).callback(),

    /** The workers: none of them is asked twice for the same, and any of them may stop anywhere. */
    start: async (): Promise<void> => {
      mailer.start()
      oidc.start()
      reconciler.start()
      background.every(choresEvery, 'chores', runMaintenance)
      await background.run('chores', runMaintenance)
      // A large company's accounts take long: nobody waits for them.
      void background.run('policies', applyPolicies)
    },
    stop: async (): Promise<void> => {
      // Beside one another: each breaks off what hangs within seconds.
      await Promise.all([background, reconciler, oidc, mailer].map((each) => each.stop()))
      await strength.stop()
      await outbound.close()
      await journal.close()
    },

    /** For whoever stands beside the process: its commands, the bench and the tests. No door sees this. */
    features: {
      accounts,
      activity,
      box,
      closures,
      consents,
      credentials,
      erasePerson,
      unlink,
      journal,
      leftBehind,
      limits,
      links,
      mailer,
      makeUnified,
      meta,
      oidc,
      separateIdentifiers,
      separateLogins,
      passwords,
      people,
      authentication,
      proveByCode,
      reconciler,
      recovery,
      registration,
      support,
      eventDispatcher,
      applyPolicies,
      runMaintenance,
    },
  }
}

/** A new password or address: what was begun under those of before ends. */
const changesCredentials = ({ kind }: PersonLogEntry | AccountLogEntry): boolean =>
  ['password-changed', 'password-recovered', 'address-changed', 'own-sign-in-made'].includes(kind)

export type App = Awaited<ReturnType<typeof createApp>>
