/**
 * What follows a change, and who is asked for what: one list. A feature says what has happened or what it needs by a
 * signal; here each is connected to those that stand above it. Everything that follows a record is idempotent: the
 * record is kept in the document until it was done (model M4).
 */
import {
  type Account,
  type AccountLogEntry,
  asPerson,
  endsSessions,
  holderOf,
  type PrincipalId,
  principalKey,
} from '../accounts/index.ts'
import { journalEntries, type Person, type PersonId, type PersonLogEntry } from '../people/index.ts'
import { isWrittenAt } from '../preferences/index.ts'
import { applyIntents } from '../profile-sync/index.ts'
import type { Features } from './features.ts'
import type { Floor } from './floor.ts'
import type { Signals } from './signals.ts'

/** Who listens to what. */
export const connectEvents = (signals: Signals, floor: Floor, features: Features): void => {
  const { people, accounts, activity, links, oidc, metrics, reconciler, eventDispatcher } = features
  signals.personRecorded.connect(afterPerson(floor, features))
  signals.accountRecorded.connect(afterAccount(floor, features))
  signals.enqueue.connect(reconciler.enqueue)
  signals.enqueuePerson.connect(reconciler.enqueuePerson)
  signals.enqueueAccount.connect(reconciler.enqueueAccount)
  signals.endAccount.connect(oidc.endAccount)
  signals.endOutdated.connect(oidc.endOutdated)
  signals.endClient.connect(oidc.endClient)
  signals.consentWithdrawn.connect((holder, { _id: account, company }, client) =>
    activity.record({
      kind: 'application-withdrawn',
      holder,
      company,
      account,
      partner: floor.group.clients.get(client)?.partner?.id,
    }),
  )
  signals.takenBack.connect(async (holder, account, span) => {
    await features.rightsRequests.recordTakenBack(holder, account, span)
    await features.portability.forget(principalKey(holder), span)
  })
  signals.abortSends.connect(eventDispatcher.abort)
  signals.linkVersionsOf.connect(links.linkVersions)
  signals.applyIntents.connect((account) => applyIntents({ people, accounts }, account))
  signals.objectedToAnalytics.connect(features.analytics.leaveOut)
  signals.recipientWell.connect((id) => reconciler.retell(floor.services.get(id)?.company ?? ''))
  signals.delivered.connect(metrics.delivered)
  signals.mailed.connect(metrics.mailed)
  signals.answered.connect(metrics.answered)
  signals.guessed.connect(metrics.guessed)
}

/** What follows a change of a person: kept outside the backup, shown to them, ended, called off, erased. */
const afterPerson =
  (floor: Floor, features: Features) =>
  async (person: Person, entries: PersonLogEntry[]): Promise<void> => {
    const { activity, links, oidc, signIns, takeBackAddress } = features
    const holder = { kind: 'person', person: person._id } as const
    await journalEntries(floor.journal, entries)
    await activity.recordPerson(person, entries)
    // As an account's endings, below: a crash after the commit loses no sign-out (R2, Q7).
    if (entries.some(changesCredentials)) await oidc.endOutdated(holder)
    // What was begun since a change that was taken back is called off from the log, should a crash come between (H4).
    for (const { since, at: until } of entries)
      if (since !== undefined) await takeBackAddress.follow(holder, { since, until })
    // Which address is proven is another answer of the audience door, at each company that has it (S6-a).
    if (entries.some(({ kind }) => kind === 'address-changed'))
      for (const { _id: account, company, copy } of await links.accountsHeldBy(holder))
        if (copy.email) await features.changes.add({ account, company })
    if (person.erasedAt === undefined) return
    await signIns.forget(person._id)
    await features.analytics.leaveOut(holder)
    const former = entries.flatMap(({ formerAddresses = [] }) => formerAddresses)
    await forgetChoices(features, person._id)
    await forget(floor, features, holder, former)
    await oidc.endOthers(holder)
    floor.cutLog.want()
  }

/** What follows a change of an account: kept outside the backup, shown, put in the ledger, ended, told to its cases. */
const afterAccount =
  (floor: Floor, features: Features) =>
  async (account: Account, entries: AccountLogEntry[]): Promise<void> => {
    const { activity, disclosures, oidc, rightsRequests, separateLogins, support, undoConsents } = features
    const holder = { kind: 'account', account: account._id } as const
    await journalEntries(floor.journal, entries)
    await activity.recordAccount(account, entries)
    await disclosures.recordAccount(account, entries)
    for (const { ended, endedAddresses } of entries) await separateLogins.forget(account, ended ?? null, endedAddresses)
    // Ending follows from the log: a crash after the commit loses no sign-out, nor a closure whose days ran out (Q7).
    if (entries.some(endsSessions)) await oidc.endAccount(account._id)
    if (entries.some(changesCredentials)) await oidc.endOutdated(holder)
    // What partners were allowed since a change that was taken back goes with it, as above (H27).
    for (const { since, at: until, person } of entries)
      if (since !== undefined) await undoConsents(holderOf(account._id, person), account, { since, until })
    await support.recordAccount(account)
    await rightsRequests.recordAccount(account)
    // From the log: the choices that its person made about it go along though the process died meanwhile (G7).
    for (const { kind, person, at } of entries)
      if (kind === 'unlinked' && person !== undefined) await features.choose.takeAlong(account._id, person, at)
    for (const { kind, person } of entries)
      if (kind === 'linked' && person !== undefined) await features.analytics.linked(account, person)
    if (entries.some(({ fields = [] }) => fields.includes('phone'))) await features.audience.numberChanged(account._id)
    if (entries.some(concernsAudience)) await features.changes.add({ account: account._id, company: account.company })
    if (account.status !== 'closed') return
    // What a person had gathered of it goes too.
    if (account.left) await features.portability.forget(principalKey(asPerson(account.left.person)))
    await features.choose.forget(principalKey(holder))
    await features.analytics.leaveOut(holder)
    await forget(floor, features, holder, [])
    floor.cutLog.want()
  }

/** What waits, or could still be taken back, of somebody who is no more. Done again it does no harm. */
const forget = async (
  { mailer, bounces }: Floor,
  features: Features,
  holder: PrincipalId,
  addresses: readonly string[],
) => {
  const of = principalKey(holder)
  await Promise.all(
    [features.undoOffers, mailer, features.support, features.portability].map((each) => each.forget(of)),
  )
  await bounces.forget(of, addresses)
  await features.verifications.forget(of, addresses)
}

/** Of somebody who is no more, once what their accounts take along of it is there. */
const forgetChoices = async ({ choose, links, accounts }: Features, person: PersonId): Promise<void> => {
  for (const id of await links.accountsEverOf(asPerson(person)))
    for (const entry of (await accounts.get(id))?.log ?? [])
      if (entry.kind === 'unlinked' && entry.person === person) await choose.takeAlong(id, person, entry.at)
  await choose.forget(principalKey(asPerson(person)))
}

/** Whether, and where, somebody may be written to is another answer from then on. */
const concernsAudience = ({ kind, fields = [], withdrawn = [] }: AccountLogEntry): boolean =>
  kind === 'shared' ? [...fields, ...withdrawn].some(isWrittenAt) : !quiet.includes(kind)
const quiet: readonly AccountLogEntry['kind'][] = ['told', 'own-data-changed', 'recovery-waits', 'recovery-stopped']

/** A new password or address: what was begun under those of before ends. */
const changesCredentials = ({ kind }: PersonLogEntry | AccountLogEntry): boolean =>
  ['password-changed', 'password-recovered', 'address-changed', 'own-sign-in-made'].includes(kind)
