import { asAccount, asPerson, createAccounts, createCloseAccount, createHolderChoices } from '../accounts/index.ts'
import { createActivity, createBundlesStore, createEventsStore, createNotices, createUndo } from '../activity/index.ts'
import { createAnalytics } from '../analytics/index.ts'
import { assertNoCompanyRemoved, createPolicyRevisions } from '../companies/index.ts'
import type { Judging, PasswordsDeps } from '../credentials/index.ts'
import { createDisclosures, createDisclosuresStore } from '../disclosures/index.ts'
import { journalName } from '../lib/journal.ts'
import { createMetrics } from '../lib/metrics.ts'
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
  createUndoConsents,
  createUndoOpening,
  createUnifiedOffer,
  createUnlink,
} from '../links/index.ts'
import { createOidc, createTrustedDevices } from '../oidc/index.ts'
import { createAgeGate, createErasePerson, createPeople } from '../people/index.ts'
import { createPortability } from '../portability/index.ts'
import { createPreferences } from '../preferences/index.ts'
import {
  createCompanyWrite,
  createEventDispatcher,
  createPush,
  createRecipients,
  createReconciler,
  createRedeliver,
  createTellNotice,
  syncLag,
} from '../profile-sync/index.ts'
import { createRightsRequests } from '../rights-requests/index.ts'
import { createConsents } from '../scopes/index.ts'
import { createMarkStore, createSupport } from '../support/index.ts'
import type { Floor } from './floor.ts'
import { createLeftBehind } from './left-behind.ts'
import type { Signals } from './signals.ts'

interface Cost {
  /** Cheaper than OWASP's in tests only. */
  hashing: PasswordsDeps | undefined
  /** Another queue than what people meet, in tests only. */
  judging: Judging | undefined
}

/** Each feature once, in the order in which they stand on one another; what each needs of those above it is a signal. */
export const createFeatures = async (floor: Floor, signals: Signals, cost: Cost) => {
  const holders = await createHolders(floor, signals, cost)
  const linking = createLinking(floor, signals, holders)
  const trail = createTrail(floor, holders, linking)
  const protocol = await createProtocol(floor, holders, linking, trail)
  const syncing = createSyncing(floor, signals, holders, linking, protocol)
  const desk = createDesk(floor, { ...holders, ...linking, ...trail, ...protocol, ...syncing })
  return { ...holders, ...linking, ...trail, ...protocol, ...syncing, ...desk }
}

/** Companies' policies, people and accounts. */
const createHolders = async (floor: Floor, signals: Signals, cost: Cost) => {
  const { connection, companies, config } = floor
  const revisions = createPolicyRevisions(connection)
  const made = createPeople({
    ...floor,
    ...cost,
    record: signals.personRecorded.emit,
  })
  const accounts = createAccounts({
    ...floor,
    ...made,
    linkVersionsOf: signals.linkVersionsOf.emit,
    record: signals.accountRecorded.emit,
    endOutdated: signals.endOutdated.emit,
    recordPerson: signals.personRecorded.emit,
    enqueue: signals.enqueue.emit,
  })
  const known = await revisions.knownCompanies()
  await assertNoCompanyRemoved({ known, companies, hasAccounts: accounts.accounts.areAt })
  return { ...made, ...accounts, revisions, requireStrong: made.strength.ofAtLeast(config.passwordMinimum) }
}
type Holders = Awaited<ReturnType<typeof createHolders>>

/** Accounts joined to people, and taken apart again. */
const createLinking = (floor: Floor, signals: Signals, holders: Holders) => {
  const { people, accounts, signIns, verifications, codes, passwords, authentication, separateLogins } = holders
  const wakes = {
    enqueue: signals.enqueue.emit,
    enqueuePerson: signals.enqueuePerson.emit,
    enqueueAccount: signals.enqueueAccount.emit,
  }
  const ends = { endAccount: signals.endAccount.emit, endOutdated: signals.endOutdated.emit }
  const consents = createConsents(floor.connection)
  const linkIndex = createLinkIndex(floor.connection)
  const links = createLinks({
    people,
    accounts,
    index: linkIndex,
    holdersOf: authentication.holdersOf,
    revisionOf: holders.revisions.revisionOf,
    applyIntents: signals.applyIntents.emit,
    abortSends: signals.abortSends.emit,
  })
  const unlink = createUnlink({ links, ...wakes, ...ends })
  const undoConsents = createUndoConsents({
    consents,
    endClient: signals.endClient.emit,
    recordWithdrawn: signals.consentWithdrawn.emit,
    recordTakenBack: signals.takenBack.emit,
  })
  const shared = { ...holders, ...wakes, ...ends, links, unlink, undoConsents, forgetSignIn: separateLogins.forget }
  const makeUnified = createMakeUnified({ ...shared, hashPassword: passwords.hash, companyOf: floor.company })
  const ageGate = createAgeGate(floor)
  const closeAccount = createCloseAccount({ ...shared, afterLeaving: links.afterLeaving })
  const { holdsAccounts, usesAccounts, accountsHeldBy } = links
  const preferences = createPreferences({
    ...floor,
    ...holders,
    accountsHeldBy,
    afterLeaving: links.afterLeaving,
    enqueueAccount: wakes.enqueueAccount,
    objectedToAnalytics: signals.objectedToAnalytics.emit,
    journal: (id, objection) =>
      floor.journal.write({ choices: journalName(floor.lookupKey, 'choices', id), objection }),
  })
  const erasePerson = createErasePerson({ people, signIns, holdsAccounts, usesAccounts })
  return {
    consents,
    linkIndex,
    links,
    unlink,
    undoConsents,
    closeAccount,
    ageGate,
    holderChoices: createHolderChoices(shared),
    makeUnified,
    unifiedOffer: createUnifiedOffer({ makeUnified, ageGate }),
    takeBackLink: createTakeBackLink(shared),
    takeBackAddress: createTakeBackAddress(shared),
    linkExisting: createLinkExisting({ ...shared, linkProofs: createLinkProofs(verifications) }),
    proveByCode: createProveByCode({
      people,
      verifications,
      codes,
      recoveries: holders.recoveries,
      ofAddress: links.ofAddress,
    }),
    allowApplication: createAllowApplication({ people, consents }),
    erasePerson,
    ...preferences,
    undoOpening: createUndoOpening({ ...shared, closeAccount, erasePerson }),
  }
}
type Linking = ReturnType<typeof createLinking>

/** What is kept for people to read. */
const createTrail = (floor: Floor, holders: Holders, { links, choose }: Linking) => {
  const { connection, mailer, group, company } = floor
  const events = createEventsStore(connection)
  const bundles = createBundlesStore(connection)
  const offerUndo = holders.undoOffers.offer
  const notices = createNotices({
    ...floor,
    ...holders,
    events,
    bundles,
    send: mailer.send,
    offerUndo,
    addressesBeforeLinks: async (person) =>
      (await links.accountsOf(person)).flatMap(({ link }) => link?.formerAddress ?? []),
    linkedSince: async (person) =>
      (await links.accountsOf(person)).flatMap(({ _id, link }) => (link ? { id: _id, since: link.since } : [])),
  })
  const activity = createActivity({ ...floor, ...holders, events, notices, bundles })
  const recipientsOf = createRecipients(group)
  return {
    activity,
    analytics: createAnalytics({ ...floor, ...holders, links, choose }),
    recipientsOf,
    undo: createUndo({ ...holders, activity }),
    disclosures: createDisclosures({ disclosures: createDisclosuresStore(connection), company, recipientsOf }),
    trustedDevices: createTrustedDevices({ ...floor, ...holders, activity }),
    metrics: createMetrics({
      hashQueue: holders.passwords.depth,
      mailsWaiting: mailer.waiting,
      mailServerFails: mailer.isFailing,
      syncLag: () => syncLag(holders.people, holders.accounts),
    }),
  }
}
type Trail = ReturnType<typeof createTrail>

/** OpenID Connect, and what its use leaves behind. */
const createProtocol = async (floor: Floor, holders: Holders, linking: Linking, trail: Trail) => {
  const { activity, analytics, metrics } = trail
  const marks = createMarkStore(floor.connection)
  const oidc = await createOidc({
    ...floor,
    ...holders,
    consents: linking.consents,
    accountOf: linking.links.accountOf,
    isMarked: marks.isMarked,
    onUse: async ({ asksNotToBeTracked, principal, method, ...used }) => {
      metrics.signedIn(used.company, used.how)
      await activity.record({ kind: 'service-used', holder: principal, ...used })
      const how = used.how !== 'signed-in' ? used.how : method === 'otp' ? 'code' : 'password'
      await analytics.used({ ...used, how, principal, asksNotToBeTracked })
    },
    onSignedOut: ({ principal, device }) => activity.record({ kind: 'signed-out', holder: principal, device }),
    onSessionEvicted: ({ principal, device }) => activity.record({ kind: 'session-ended', holder: principal, device }),
    onReuse: ({ principal, ...reused }) => activity.record({ kind: 'refresh-reused', holder: principal, ...reused }),
  })
  return { oidc, marks }
}
type Protocol = Awaited<ReturnType<typeof createProtocol>>

/** Details kept in step, and told. */
const createSyncing = (floor: Floor, signals: Signals, holders: Holders, linking: Linking, protocol: Protocol) => {
  const { group, company, issuer, lease, limits, outbound, log } = floor
  const { people, accounts, closures, addressChanges, revisions } = holders
  const { links, erasePerson } = linking
  const eventDispatcher = createEventDispatcher({
    accounts,
    recipientsOf: createRecipients(group),
    push: createPush({ issuer, company, sign: protocol.oidc.sign, request: outbound.request }),
    log,
    counted: signals.delivered.emit,
    onWell: signals.recipientWell.emit,
  })
  const record = { person: signals.personRecorded.emit, account: signals.accountRecorded.emit }
  const sync = { people, accounts, links, company, revisionOf: revisions.revisionOf }
  const reconciler = createReconciler({
    ...sync,
    lease,
    eventDispatcher,
    record,
    closeDue: closures.closeDue,
    settleAddresses: (account) => addressChanges.settle(asAccount(account)),
    settlePerson: async (person) => {
      await erasePerson.settle(person)
      if (person.takeBacks) await addressChanges.settle(asPerson(person._id))
    },
    log,
  })
  const { enqueueAccount, applyWrite } = reconciler
  const companyWrite = createCompanyWrite({ accounts, limits, applyIntents: applyWrite, enqueueAccount })
  return {
    sync,
    record,
    eventDispatcher,
    reconciler,
    companyWrite,
    enqueue: reconciler.enqueue,
    enqueuePerson: reconciler.enqueuePerson,
    enqueueAccount,
  }
}

/** Support, the request desk, and what the faults of earlier versions left behind. */
const createDesk = (floor: Floor, made: Holders & Linking & Trail & Protocol & ReturnType<typeof createSyncing>) => {
  const { activity, oidc } = made
  const redeliver = createRedeliver({ ...made, reset: made.eventDispatcher.reset })
  const support = createSupport({
    ...floor,
    ...made,
    send: floor.mailer.send,
    signInsOf: activity.lastSignIns,
    failedSignInsOf: activity.failedSignIns,
    newestActAt: activity.newestActAt,
    changesAt: activity.changesAt,
    browsersOf: activity.browsersOf,
    endBrowser: oidc.endBrowser,
    endAccount: oidc.endAccount,
    redeliver,
    tellPerson: activity.recordSupport,
    writeTo: activity.writeTo,
  })
  const rightsRequests = createRightsRequests({
    ...floor,
    ...made,
    audit: support.audit,
    staff: support.staff,
    raiseAlert: support.raiseAlert,
    send: floor.mailer.send,
    writeTo: (holder, kind, values, once) => activity.writeTo(holder, kind, values, undefined, once),
    tellNotice: createTellNotice(made),
    recordRequestRead: activity.recordRequestRead,
  })
  return {
    support,
    rightsRequests,
    portability: createPortability({ ...floor, ...made, audit: support.audit, rightsRequests }),
    leftBehind: createLeftBehind(floor, made),
  }
}

export type Features = Awaited<ReturnType<typeof createFeatures>>
