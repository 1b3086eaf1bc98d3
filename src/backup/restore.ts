import { type Account, asAccount, asPerson, createAccountsStore, principalKey } from '../accounts/index.ts'
import { createSignInStore, type SignInStore, stoppedRecovery } from '../credentials/index.ts'
import { day, now } from '../lib/clock.ts'
import { randomId } from '../lib/ids.ts'
import { type JournalMark, openJournal, readJournal } from '../lib/journal.ts'
import { createSecretBox, type SecretBox } from '../lib/secret-box.ts'
import { createLinkIndex, type LinkIndex, leave } from '../links/index.ts'
import { createPeopleStore, type PeopleStore, type Person, tombstone } from '../people/index.ts'
import { afterRestore, createPreferencesStore } from '../preferences/index.ts'
import { createStaffStore } from '../staff/index.ts'
import {
  type BackupFile,
  beginRestoring,
  type Connection,
  createMetaStore,
  type Database,
  endRestoring,
  isOfThisFormat,
  openSealedBackup,
} from '../storage/index.ts'
import { all } from './all.ts'
import { closeCases, endRequests } from './end-requests.ts'
import { inEra } from './era.ts'
import { type Fences, fencesOf } from './fences.ts'
import { replayAccount, replayPerson, replaySharing, replayStaff } from './replay.ts'
import { isVoidedRow } from './what-is-kept.ts'

export interface RestoreDeps {
  database: Database
  secretKeys: readonly Uint8Array[]
  journalDir: string
}

interface Restore {
  path: string
  /** The journal is lost, and whoever restores says so: nothing that happened after the backup is made good. */
  withoutJournal: boolean
}

/**
 * Brings a backup back into an empty place (model M15). The first write is a mark that no start passes and the last takes
 * it away, so what was broken off half-way is never served. In between: the documents; what the journal says happened
 * since; every epoch raised into a new era, so that no token, session, code or proof of before counts, and companies take
 * the next event as newer than all they have. Answers a sentence. Throws an Error in one sentence, before anything is
 * written where it can.
 */
export const restoreBackup = async (deps: RestoreDeps, { path, withoutJournal }: Restore): Promise<string> => {
  const { database, journalDir } = deps
  if (!(await database.isEmpty()))
    throw new Error(
      'There is data already: a restore goes into an empty place only. Name another by DATA_DIR or MONGODB_URI.',
    )
  const backup = await openSealedBackup(path)
  try {
    const format = backup.document('meta', 'format')?.value as string | undefined
    if (!isOfThisFormat(format))
      throw new Error(
        `The backup is of format ${format}, which this version does not read: restore it by the version that took it.`,
      )
    const key = keyIn(backup, createSecretBox(deps.secretKeys))
    const marks = JSON.parse(backup.notes.get('marks') ?? '[]') as JournalMark[]
    const lines = withoutJournal ? [] : await readJournal({ dir: journalDir, key }, needed(marks))
    const fences = fencesOf(lines, key)
    // Without a journal nobody knows which eras there were: days are more than any number of restores.
    const era =
      1 + Math.max(Number(backup.notes.get('era') ?? 0), fences.era, withoutJournal ? Math.floor(now() / day) : 0)
    const { connection } = database

    await beginRestoring(connection)
    await load(connection, backup)
    const counts = await makeGood(connection, { key, fences, era })
    await createMetaStore(connection).set('era', String(era))
    const journal = openJournal({ dir: journalDir, key })
    await journal.write({ era })
    await journal.close()
    await endRestoring(connection)
    return [
      `Restored what was backed up at ${backup.notes.get('takenAt')}, in era ${era}.`,
      `${counts.people} people and ${counts.accounts} accounts; made good from the journal: ${counts.erased} erasures, ${counts.ended} links and accounts ended, ${counts.credentials} sign-ins that ask for a new password.`,
      'Everybody signs in again, partner applications ask once more, and new keys sign.',
    ].join('\n')
  } finally {
    backup.close()
  }
}

/** A backup without lines after it has no more to say of what it marks. */
const needed = (marks: readonly JournalMark[]): readonly JournalMark[] => {
  if (marks.length > 0) return marks
  throw new Error('The backup was taken without a journal: say --without-journal to restore it as it is.')
}

/** Of the very data: what is sealed in it, and how the journal names people. */
const keyIn = (backup: BackupFile, box: SecretBox): Uint8Array => {
  const sealed = backup.document('meta', 'lookup-key')?.value
  try {
    return new Uint8Array(Buffer.from(box.open(String(sealed), 'lookup-key'), 'base64url'))
  } catch (cause) {
    throw new Error('SECRET_KEYS has not the key that this backup was sealed with: add the one it was taken under.', {
      cause,
    })
  }
}

const load = async (connection: Connection, backup: BackupFile): Promise<void> => {
  for await (const rows of backup.pages()) {
    const byCollection = Map.groupBy(
      rows.filter(({ collection, id }) => !isVoidedRow(collection, id)),
      ({ collection }) => collection,
    )
    for (const [collection, of] of byCollection)
      await connection
        .collection(collection)
        .insertMany(of.map(({ id }) => backup.document(collection, id)!) as never[])
  }
}

interface Stores {
  people: PeopleStore
  accounts: ReturnType<typeof createAccountsStore>
  signIns: SignInStore
  index: LinkIndex
}

const makeGood = async (
  connection: Connection,
  { key, fences, era }: { key: Uint8Array; fences: Fences; era: number },
) => {
  const stores: Stores = {
    people: createPeopleStore(connection),
    accounts: createAccountsStore(connection, key),
    signIns: createSignInStore(connection),
    index: createLinkIndex(connection),
  }
  const staff = createStaffStore(connection)
  const preferences = createPreferencesStore(connection)
  const counts = { people: 0, accounts: 0, erased: 0, ended: 0, credentials: 0 }
  const isErased = (person: Person | null, id: string) =>
    !person || person.status === 'erased' || fences.ofPerson(id).some(({ erased }) => erased)

  // Accounts first: a person can be erased once nothing hangs on them any more.
  for await (const { _id } of all<Account>(connection, 'accounts')) {
    counts.accounts += 1
    const before = await stores.accounts.get(_id)
    while (
      await stores.accounts.change(_id, (account) => replayAccount(account, fences.ofAccount(_id), { key, at: now() }))
    );
    const { link } = (await stores.accounts.get(_id)) ?? {}
    // A copy that is not of one moment may hold the account before an unlink and the person after the end that followed.
    if (link && isErased(await stores.people.get(link.person), link.person))
      await stores.accounts.change(_id, (account) =>
        leave(account, { op: randomId(), person: link.person, keep: 'now', at: now(), actor: { kind: 'system' } }),
      )
    const chosen = link && fences.sharingBy(link.id)
    const account = await stores.accounts.change(_id, (seen) => {
      const epoch = inEra(era, seen.epoch)
      const shared = chosen ? replaySharing(seen, chosen, { epoch }) : {}
      return { ...shared, set: { ...shared.set, ...inNewEra(seen, era) } }
    })
    if (before?.link && !account?.link) counts.ended += 1
    else if (before && before.status !== account?.status) counts.ended += 1
    if (account) await makeFindable(stores, account)
    await restoreChoices(preferences, principalKey(asAccount(_id)), fences)
  }

  for await (const { _id } of all<Person>(connection, 'people')) {
    counts.people += 1
    const person = await stores.people.get(_id)
    if (!person) continue
    await restoreChoices(preferences, principalKey(asPerson(_id)), fences)
    const { erased, credentials } = await makeGoodPerson(stores, person, { key, fences, era })
    if (erased) counts.erased += 1
    if (credentials) counts.credentials += 1
  }

  for await (const { _id } of all<{ _id: string }>(connection, 'staff')) {
    const member = await staff.get(_id)
    const set = member && { ...replayStaff(member, fences.ofStaff(_id)) }
    if (member) await staff.commit(member, { ...set, epoch: inEra(era, set?.epoch ?? member.epoch) })
  }
  await endRequests(connection, fences)
  await closeCases(connection)
  return counts
}

/** Nothing that was made of it before counts, and whoever follows it is told anew. */
const inNewEra = (seen: Account, era: number): Record<string, unknown> => ({
  epoch: inEra(era, seen.epoch),
  credentialEpoch: inEra(era, seen.credentialEpoch),
  sending: {},
  retry: {},
  // What nobody has answered to is told as of this era: an older one would be dropped as late.
  ...(seen.lifecycleEvents && {
    lifecycleEvents: seen.lifecycleEvents.map((each) => ({ ...each, epoch: inEra(era, each.epoch) })),
  }),
  ...(seen.recovery && { recovery: stoppedRecovery(seen.recovery, now()) }),
  // Its person's details are looked at anew, whichever version this copy had come to.
  ...(seen.link && { at: { v: 0, r: 0 } }),
})

/** Who may be written to, and whose a number is, is asked anew; what was objected to since the backup stands. */
const restoreChoices = async (
  preferences: ReturnType<typeof createPreferencesStore>,
  id: string,
  fences: Fences,
): Promise<void> => {
  const at = now()
  await preferences.change(id, (seen) => {
    const set = afterRestore(seen, fences.objectionsOf(id), at)
    return set && { set, receipt: { at, by: 'restore', made: [] } }
  })
  await preferences.forgetNumber(id)
}

const makeGoodPerson = async (
  { people, signIns }: Stores,
  person: Person,
  { key, fences, era }: { key: Uint8Array; fences: Fences; era: number },
): Promise<{ erased: boolean; credentials: boolean }> => {
  const of = fences.ofPerson(person._id)
  const at = now()
  if (person.status !== 'erased' && of.some(({ erased }) => erased)) {
    // Told when it happened: nobody is written to once more, and what else is theirs goes at the first start.
    const { set, unset } = tombstone(person, at)
    await people.commit(person, {
      unset,
      set: { ...set, credentialEpoch: inEra(era, set.credentialEpoch) },
      log: [{ op: randomId(), kind: 'erased', at, actor: { kind: 'system' } }],
    })
    await signIns.forget(person._id)
    return { erased: true, credentials: false }
  }
  const since = replayPerson(person, of, key)
  const after = { ...person, ...since }
  await people.commit(person, {
    set: {
      ...since,
      ...(since && { credentialsChangedAt: at }),
      credentialEpoch: inEra(era, after.credentialEpoch),
      // It may have been stopped since the backup, and nobody knows (H15): asked for again it waits again.
      ...(person.recovery && { recovery: stoppedRecovery(person.recovery, at) }),
    },
    log: [],
  })
  for (const credential of since ? person.credentials : []) await signIns.dropCredential(credential)
  for (const former of person.identifiers)
    if (!after.identifiers.includes(former)) await signIns.release(former, person._id)
  // What the person lists is found again, also where the copy is not of one moment (M1).
  for (const identifier of after.identifiers) await signIns.claim(identifier, person._id, async () => false)
  return { erased: false, credentials: since !== undefined }
}

/** The account decides who it is linked to and what signs in to it; what leads there is made to agree (M1). */
const makeFindable = async ({ signIns, index }: Stores, account: Account): Promise<void> => {
  const { _id, company, link, signIn, epoch } = account
  if (signIn) await signIns.claim(signIn.key, _id, async () => false)
  if (!link) return
  const indexed = await index.find(link.person, company)
  if (indexed?.state === 'active' && indexed.account === _id) return
  const entry = await index.reserve({ person: link.person, company, account: _id, epoch }, indexed)
  if (entry) await index.settle(entry, 'active')
}
