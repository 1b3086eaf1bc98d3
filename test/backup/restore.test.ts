import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { asAccount, asPerson } from '../../src/accounts/index.ts'
import { collections, restoreBackup, takeBackup } from '../../src/backup/index.ts'
import { now } from '../../src/lib/clock.ts'
import { byPerson, changeDetails } from '../../src/people/index.ts'
import { totpOf } from '../../src/staff/index.ts'
import { type Database, openDatabase, openSealedBackup, sealBackupFile } from '../../src/storage/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { beforeEachOperation } from '../world/around-storage.ts'
import { openTestDatabase } from '../world/database.ts'
import { aDesk, staffPassword } from '../world/desk.ts'
import { Died } from '../world/dying.ts'
import { aTokenClient } from '../world/tokens.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'

const fresh = 'four umbrellas in a quiet field'
const secretKeys = [new Uint8Array(32).fill(7)]

describe('backup and restore (M15)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'backup-'))
  const journalDir = join(folder, 'journal')
  const file = join(folder, 'first.backup')
  after(() => rmSync(folder, { recursive: true, force: true }))

  const aPlace = (): Promise<Database> =>
    process.env.TEST_MONGODB_URI ? openTestDatabase() : openDatabase({ dataDir: mkdtempSync(join(folder, 'data-')) })
  const aProduct = async (database: Database): Promise<TestApp> =>
    aTestApp({ database, config: { journalDir }, offline: true })
  const backUp = async (app: TestApp, path: string): Promise<number> => {
    const { database, features } = app
    await takeBackup({ database, journal: features.journal, journalDir }, `${path}.partial`)
    return sealBackupFile(`${path}.partial`, path)
  }
  const restored = async (path = file, withoutJournal = false): Promise<Database> => {
    const database = await aPlace()
    await restoreBackup({ database, secretKeys, journalDir }, { path, withoutJournal })
    return database
  }
  const numbers = (version: unknown): number => {
    const [epoch = 0, seq = 0] = String(version).split('.').map(Number)
    return epoch * 1e6 + seq
  }
  const subjectOf = (payload: Record<string, unknown>) => (payload.sub_id as { sub?: string } | undefined)?.sub
  /** The newest version each subject was told of at a service. */
  const toldTo = (app: TestApp, service: string): Map<string, number> => {
    const newest = new Map<string, number>()
    for (const { service: at, kind, payload } of app.told) {
      if (at !== service || kind !== 'events') continue
      const [event] = Object.values(payload.events as Record<string, { version: string }>)
      const { sub } = payload.sub_id as { sub: string }
      newest.set(sub, Math.max(newest.get(sub) ?? 0, numbers(event?.version)))
    }
    return newest
  }

  let first: Awaited<ReturnType<typeof story>>
  /** A morning's backup, and what people do that afternoon. */
  const story = async () => {
    const database = await aPlace()
    const app = await aProduct(database)
    const { features } = app
    const [erased, unlinked, closed, recovered, moved, steady] = await Promise.all([
      app.aPerson(),
      app.aPerson({ links: ['games', 'mobile'] }),
      app.aPerson({ links: ['pictures'] }),
      app.aPerson({ links: ['mobile'] }),
      app.aPerson({ email: 'old@mail.example', links: ['mobile'] }),
      app.aPerson({ links: ['mobile'] }),
    ])
    const own = await app.aSeparateAccount('games')
    const ownMoved = await app.aSeparateAccount('games', { email: 'old@own.example' })
    const traveller = aTraveller(app)
    const held = await aTokenClient(app).redeemed(
      'mobile-store',
      await traveller.act(await traveller.go('mobile-store', { scope: 'openid offline_access' }), '', asTyped(steady)),
    )
    const waiting = { person: (await app.aPerson()).id, account: (await app.aSeparateAccount('pictures')).account }
    const waitingHolders = [
      { kind: 'person', person: waiting.person },
      { kind: 'account', account: waiting.account },
    ] as const
    for (const holder of waitingHolders) await features.recoveries.begin(holder, 'recycled@mail.example')
    const documents = await backUp(app, file)

    for (const holder of waitingHolders) await features.recoveries.stop(holder)
    await features.erasePerson.erase(erased.id)
    await features.links.unlink(unlinked.id, 'games', { keep: 'now', actor: { kind: 'person', id: unlinked.id } })
    const closing = await app.account(closed.accounts.pictures!)
    await features.closures.close(closing, { kind: 'at-once' }, { kind: 'person', id: closed.id })
    await features.credentials.setPassword(asPerson(recovered.id), { password: fresh, how: 'recovered' })
    const handle = await features.addressChanges.begin(asPerson(moved.id), 'new@mail.example')
    await features.addressChanges.complete(asPerson(moved.id), handle, await app.code('new@mail.example'))
    await features.credentials.setPassword(asAccount(own.account), { password: fresh, how: 'changed' })
    const begun = await features.addressChanges.begin(asAccount(ownMoved.account), 'new@own.example')
    await features.addressChanges.complete(asAccount(ownMoved.account), begun, await app.code('new@own.example'))
    await changeDetails(features.people, steady.id, {
      source: byPerson,
      actor: { kind: 'person', id: steady.id },
      changes: [{ field: 'givenName', value: 'Afternoon' }],
    })
    void features.reconciler.enqueuePerson(steady.id)
    await app.settled()
    const told = toldTo(app, 'mobile-store')
    await app.close()
    await database.close()
    return { erased, unlinked, closed, recovered, moved, steady, own, ownMoved, waiting, held, told, documents }
  }
  before(async () => {
    first = await story()
  })

  describe('after a restore', () => {
    let database: Database
    let app: TestApp
    before(async () => {
      database = await restored()
      app = await aProduct(database)
      await app.settled()
    })
    after(async () => {
      await app.close()
      await database.close()
    })

    it('Q15: whoever was erased after the backup is not there, and nothing of theirs is', async () => {
      const person = await app.features.people.get(first.erased.id)
      assert.equal(person?.status, 'erased')
      assert.deepEqual([person?.fields, person?.identifiers], [{}, []])
      assert.equal(
        await app.features.authentication.authenticate(first.erased.email, first.erased.password, null),
        undefined,
      )
      const { id } = await app.aPerson({ email: first.erased.email })
      assert.notEqual(id, first.erased.id)
    })

    it('Q15: a link that ended after the backup has ended, the other company’s stands', async () => {
      const { id, accounts } = first.unlinked
      assert.equal((await app.account(accounts.games!)).link, null)
      assert.equal(await app.features.links.accountAt(id, 'games'), undefined)
      assert.equal((await app.features.links.accountAt(id, 'mobile'))?._id, accounts.mobile)
      const { subject } = await app.account(accounts.games!)
      const told = app.told.filter(
        ({ service, payload }) => service === 'games-arcade' && subjectOf(payload) === subject,
      )
      const types = told.flatMap(({ payload }) => Object.keys(payload.events as object))
      assert.deepEqual(types, [`${app.issuer}/event-type/account-unlinked`], 'Games is told that, and no detail')
    })

    it('Q15: an account that was closed after the backup is closed and empty', async () => {
      const account = await app.account(first.closed.accounts.pictures!)
      assert.deepEqual([account.status, account.link, account.copy], ['closed', null, {}])
    })

    it('H15: a recovery that was stopped after the backup waits for nobody any more', async () => {
      const { person, account } = first.waiting
      for (const holder of [await app.features.people.get(person), await app.account(account)])
        assert.ok(holder?.recovery?.stoppedAt)
    })

    it('Q15: a password that was replaced after the backup signs in nowhere; *Forgot password?* leads back', async () => {
      const { authentication, recovery, people } = app.features
      assert.deepEqual((await people.get(first.recovered.id))?.credentials, [])
      for (const { email, password } of [first.recovered, first.own])
        assert.equal(await authentication.authenticate(email, password, 'games'), undefined)
      for (const { email } of [first.recovered, first.own]) {
        const handle = await recovery.begin({ email, company: 'games', language: 'en' })
        const [found] = await recovery.prove(handle, await app.code(email))
        assert.ok(found)
        await recovery.complete(handle, found.which, fresh)
        assert.ok(await authentication.authenticate(email, fresh, 'games'))
      }
    })

    it('Q15: an address that was left after the backup leads nowhere, and the newer one does', async () => {
      const { authentication, recovery, people } = app.features
      const wayIn = async (email: string, company: string | null) => {
        const handle = await recovery.begin({ email, company, language: 'en' })
        return { handle, found: await recovery.prove(handle, await app.code(email)) }
      }
      for (const { email, password } of [first.moved, first.ownMoved]) {
        assert.equal(await authentication.authenticate(email, password, 'games'), undefined)
        assert.deepEqual((await wayIn(email, 'games')).found, [])
      }
      const person = await wayIn('new@mail.example', null)
      const back = await recovery.complete(person.handle, 'unified', fresh)
      assert.equal(back.kind === 'person' && back.person, first.moved.id)
      assert.deepEqual((await people.get(first.moved.id))?.identifiers, ['email:group:new@mail.example'])
      const account = await wayIn('new@own.example', 'games')
      const theirs = await recovery.complete(account.handle, 'own', fresh)
      assert.equal(theirs.kind === 'account' && theirs.account, first.ownMoved.account)
      assert.ok(await authentication.authenticate('new@own.example', fresh, 'games'))
    })

    it('Q15: no session, token, code or begun proof of before is there', async () => {
      assert.equal(await aTokenClient(app).refreshed('mobile-store', first.held), 400)
      assert.equal(await aTokenClient(app).userinfo(first.held), 401)
      assert.ok(
        await app.features.authentication.authenticate(first.steady.email, first.steady.password, null),
        'who changed nothing signs in',
      )
      const voided = ['approvals', 'artifacts', 'consents', 'drafts', 'keys', 'lasting-sign-ins']
      voided.push('sessions', 'session-uses', 'staffSessions')
      const backup = await openSealedBackup(file)
      const found = new Set<string>()
      for await (const page of backup.pages()) for (const { collection } of page) found.add(collection)
      backup.close()
      assert.deepEqual(
        voided.filter((name) => found.has(name) || collections[name] !== 'voided'),
        [],
      )
    })

    it('Q15: companies take the next event as newer than all they were told before', async () => {
      const told = toldTo(app, 'mobile-store')
      for (const person of [first.steady, first.recovered]) {
        const { subject } = await app.account(person.accounts.mobile!)
        assert.ok(told.get(subject)! > first.told.get(subject)!, 'told at once what holds now')
      }
      const before = told.get((await app.account(first.steady.accounts.mobile!)).subject)!
      await changeDetails(app.features.people, first.steady.id, {
        source: byPerson,
        actor: { kind: 'person', id: first.steady.id },
        changes: [{ field: 'givenName', value: 'Evening' }],
      })
      await app.features.reconciler.enqueuePerson(first.steady.id)
      await app.settled()
      const account = await app.account(first.steady.accounts.mobile!)
      assert.equal(account.copy.givenName, 'Evening')
      assert.ok(toldTo(app, 'mobile-store').get(account.subject)! > before)
    })

    it('Q15: the same restore once more is refused: there is data', async () => {
      await assert.rejects(
        restoreBackup({ database, secretKeys, journalDir }, { path: file, withoutJournal: false }),
        /^Error: There is data already: a restore goes into an empty place only\./,
      )
    })

    it('Q15: whoever makes a collection says what a restore does with it', () => {
      const made = [...database.connection.declared.keys()]
      assert.ok(made.length > 25)
      assert.deepEqual(
        [...new Set(made)].filter((name) => !(name in collections)),
        [],
      )
    })
  })

  it('Q15: a second restore of the same backup is of a later era than the first', async () => {
    const eras = []
    for (const _ of ['once', 'again']) {
      const database = await restored()
      eras.push(Number((await database.connection.collection('meta').findOne({ _id: 'era' as never }))?.value))
      await database.close()
    }
    assert.ok(eras[1]! > eras[0]!, eras.join())
  })

  it('Q15: the journal names nobody: no id, no address, no name is in it', () => {
    const text = readdirSync(journalDir)
      .map((name) => readFileSync(join(journalDir, name), 'utf8'))
      .join('')
    assert.ok(text.length > 500)
    for (const { email, id } of [first.erased, first.moved, first.recovered])
      for (const word of [email, id]) assert.ok(!text.includes(word))
    assert.doesNotMatch(text, /@|example|Ada|Berg/)
  })

  it('Q15: a restore that is broken off half-way, wherever, is served by nobody and says so @embedded', async () => {
    let deaths = 0
    for (let at = 1; ; at += 9) {
      const dataDir = mkdtempSync(join(folder, 'data-'))
      const database = await openDatabase({ dataDir })
      let left = at
      const die = () => {
        left -= 1
        if (left < 0) throw new Died()
      }
      const connection = new Proxy(beforeEachOperation(database.connection, die), {
        get: (target, name) => {
          if (name === 'collection') die()
          return Reflect.get(target, name) as unknown
        },
      })
      const asked = { path: file, withoutJournal: false }
      const end = await restoreBackup({ database: { ...database, connection }, secretKeys, journalDir }, asked).catch(
        (error: unknown) => error,
      )
      await database.close()
      if (!(end instanceof Error)) break
      assert.ok(end instanceof Died, String(end))
      await assert.rejects(openDatabase({ dataDir }), /^Error: A restore into this data was broken off half-way/)
      deaths += 1
    }
    assert.ok(deaths > 10, `${deaths} deaths`)
  })

  it('Q15: a damaged backup, one sealed with another key, or one that is none, is refused before anything is written', async () => {
    const changed = join(folder, 'changed.backup')
    copyFileSync(file, changed)
    const sqlite = new DatabaseSync(changed)
    sqlite.exec(`UPDATE documents SET doc = replace(doc, '"Ada"', '"Eve"')`)
    sqlite.close()
    const cut = join(folder, 'cut.backup')
    copyFileSync(file, cut)
    truncateSync(cut, 20_000)
    const none = join(folder, 'none.backup')
    writeFileSync(none, 'nothing of the kind'.repeat(500))
    const database = await aPlace()
    const restore = (path: string, keys = secretKeys) =>
      restoreBackup({ database, secretKeys: keys, journalDir }, { path, withoutJournal: false })
    await assert.rejects(restore(changed), /is not as it was when it was taken|is damaged/)
    await assert.rejects(restore(cut), /is damaged/)
    await assert.rejects(restore(none), /is no backup/)
    await assert.rejects(restore(join(folder, 'absent')), /There is no backup at/)
    await assert.rejects(restore(file, [new Uint8Array(32).fill(9)]), /SECRET_KEYS has not the key/)
    assert.ok(await database.isEmpty())
    await database.close()
  })

  it('Q15: a journal that is lost, or lacks its end, is missed; a switch says that it is lost', async () => {
    const database = await aPlace()
    const elsewhere = join(folder, 'no-journal')
    const asked = { path: file, withoutJournal: false }
    await assert.rejects(
      restoreBackup({ database, secretKeys, journalDir: elsewhere }, asked),
      /The journal in .* lacks .* name the whole journal by JOURNAL_DIR/,
    )
    assert.ok(await database.isEmpty())
    const said = await restoreBackup(
      { database, secretKeys, journalDir: elsewhere },
      { ...asked, withoutJournal: true },
    )
    assert.match(said, /0 erasures/)
    await database.close()
  })

  it('H21: who moved to another company after the backup has nothing at the one they left, and no invitation is back', async () => {
    const journalDir = join(folder, 'journal-of-staff')
    const product = (database: Database) => aTestApp({ database, config: { journalDir }, offline: true })
    const before = await product(await aPlace())
    const desk = aDesk(before)
    const [chief, other] = [await desk.aMember('games', 'administrator'), await desk.aMember('mobile', 'administrator')]
    const agent = await desk.aMember('games', 'support')
    const revoked = 'revoked@staff.example'
    await desk.manageStaff.setRoles(chief, revoked, ['administrator'])
    const path = join(folder, 'staff.backup')
    await takeBackup({ database: before.database, journal: before.features.journal, journalDir }, `${path}.partial`)
    await sealBackupFile(`${path}.partial`, path)
    await desk.manageStaff.setRoles(chief, revoked, [])
    await desk.manageStaff.setRoles(chief, agent._id, [])
    await desk.manageStaff.setRoles(other, agent._id, ['support-lead'])
    const handle = await desk.joinStaff.beginJoining(agent._id, 'en')
    const joining = await desk.joinStaff.proveJoining(handle, await before.code(agent._id))
    const code = totpOf(joining?.totp ?? '', 'staff').generate({ timestamp: now() })
    await desk.joinStaff.completeJoining(handle, staffPassword, code)
    assert.equal((await desk.staff.get(agent._id))?.company, 'mobile')
    await before.close()

    const place = await aPlace()
    await restoreBackup({ database: place, secretKeys, journalDir }, { path, withoutJournal: false })
    const after = await product(place)
    const back = aDesk(after)
    const member = await back.staff.get(agent._id)
    assert.deepEqual([member?.company, member?.status, member?.roles], ['games', 'ended', []])
    for (const address of [agent._id, revoked]) {
      const begun = await back.joinStaff.beginJoining(address, 'en')
      assert.equal(await back.joinStaff.proveJoining(begun, await after.code(address)), undefined, address)
    }
    await after.close()
  }).timeout(60_000)

  it('Q15: what was acknowledged while the backup was taken is in it or in the journal, and is of one moment @embedded', async () => {
    const database = await openDatabase({})
    const rows = database.connection.collection('looks')
    const id = (n: number) => String(n).padStart(6, '0') as never
    for (let n = 0; n < 15_000; n += 500)
      await rows.insertMany(Array.from({ length: 500 }, (_, i) => ({ _id: id(n + i), n: 0 })))
    let copying = true
    const copied = database
      .copyTo(join(folder, 'moment.partial'), {}, () => false)
      .finally(() => {
        copying = false
      })
    let turns = 0
    while (copying) {
      turns += 1
      // Each turn moves one from the end to the front, and changes both ends: a copy of no moment has more or fewer.
      await Promise.all([
        rows.deleteOne({ _id: id(15_000 - turns) }),
        rows.insertMany([{ _id: `00000a${turns}` as never, n: turns }] as never[]),
        rows.updateOne({ _id: id(turns) }, { $set: { n: turns } }),
        rows.updateOne({ _id: id(2000 + turns) }, { $set: { n: turns } }),
      ])
    }
    await copied
    await sealBackupFile(join(folder, 'moment.partial'), join(folder, 'moment.backup'))
    await database.close()
    const backup = await openSealedBackup(join(folder, 'moment.backup'))
    const found: { _id: string; n: number }[] = []
    for await (const page of backup.pages()) for (const { text } of page) found.push(JSON.parse(text))
    backup.close()
    assert.ok(turns > 5, `${turns} turns while it was copied`)
    assert.equal(found.length, 15_000)
    assert.ok(
      found.every(({ n }) => n === 0),
      'nothing of after the moment',
    )
  })
})
