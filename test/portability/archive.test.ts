import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { asPerson, principalKey } from '../../src/accounts/index.ts'
import { eventId } from '../../src/activity/events-store.ts'
import { languages } from '../../src/i18n/language.ts'
import { type AdjustableClock, day, hour, minute, now } from '../../src/lib/clock.ts'
import { createLog } from '../../src/lib/log.ts'
import { sectionNames } from '../../src/portability/archive-schema.ts'
import { csvHead, csvLines } from '../../src/portability/csv.ts'
import { createPortability } from '../../src/portability/index.ts'
import type { TestApp } from '../world/app.ts'
import { refuses } from '../world/desk.ts'
import { documentOf, partsOf, readable, testIds } from '../world/pages.ts'
import { aTimedApp } from '../world/timed-app.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'
import { filesIn } from './unzip.ts'

describe('everything that is held of somebody, as a file (S9)', () => {
  let app: TestApp
  let clock: AdjustableClock
  before(async () => {
    ;({ app, clock } = await aTimedApp())
  })
  after(() => app.close())

  const signedIn = async (links = ['games', 'mobile']) => {
    const person = await app.aPerson({ links, details: { phone: '+46701740611', city: '=1+1' } })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    return { person, visitor }
  }
  const fetched = async (visitor: Visitor, path: string) => {
    const cookie = [...visitor.cookiesAt('localhost')].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(new URL(path, app.issuer), { headers: { cookie, accept: '*/*' }, redirect: 'manual' })
    return { status: answer.status, bytes: Buffer.from(await answer.arrayBuffer()), headers: answer.headers }
  }
  const addressOf = (page: { text: string }): string => partsOf(page, 'export')[0]?.getAttribute('href') ?? ''
  const everything = (visitor: Visitor) => visitor.act('/account/requests', {}, '/account/requests/archive')
  const rowsIn = (files: Map<string, Buffer>, section: string) =>
    (JSON.parse(files.get(`${section}.json`)?.toString() ?? '{}') as { rows: Record<string, unknown>[] }).rows
  const stored = async (name: string, id: string) =>
    (await app.database.connection.collection(name).find({}).sort({ _id: 1 }).toArray()).filter(({ _id }) =>
      String(_id).startsWith(id),
    )

  it('S9: once it is ready the browser begins to fetch it by itself, under a name with its day', async () => {
    const { visitor } = await signedIn()
    const done = await everything(visitor)
    assert.equal(done.headers.get('refresh'), `0; url=${addressOf(done)}`)
    const { status, bytes, headers } = await fetched(visitor, addressOf(done))
    assert.equal(status, 200)
    assert.match(headers.get('content-disposition') ?? '', /^attachment; filename="everything-\d{4}-\d\d-\d\d\.zip"/)
    assert.ok(filesIn(bytes).has('manifest.json'))
  })

  it('S9: holds what was given and what was noted, whole by its checksums, the same however often it is fetched', async () => {
    const { visitor } = await signedIn()
    const address = addressOf(await everything(visitor))
    const { bytes } = await fetched(visitor, address)
    assert.deepEqual((await fetched(visitor, address)).bytes, bytes)
    const files = filesIn(bytes)
    const manifest = JSON.parse(files.get('manifest.json')?.toString() ?? '') as {
      notKept: string
      files: { name: string; bytes: number; sha256: string }[]
    }
    assert.match(manifest.notKept, /the address that it went to, are not kept/)
    assert.deepEqual(
      [...files.keys()].slice(0, -1),
      manifest.files.map(({ name }) => name),
    )
    for (const { name, bytes: length, sha256 } of manifest.files) {
      const content = files.get(name)
      assert.equal(content?.length, length)
      assert.equal(createHash('sha256').update(content).digest('hex'), sha256)
    }
    const details = rowsIn(files, 'details')
    assert.ok(details.some((row) => row.holder === 'sign-in' && row.value === 'Berg' && row.provenance === 'provided'))
    assert.ok(details.some((row) => row.holder === 'games'))
    const companies = rowsIn(files, 'accounts').map(({ company }) => company)
    assert.deepEqual(companies.sort(), ['games', 'mobile'])
    assert.ok(rowsIn(files, 'activity').some(({ what, provenance }) => what === 'registered' && provenance))
    const csv = files.get('details.csv')?.toString() ?? ''
    assert.match(csv, /"'=1\+1"/, 'no formula')
    assert.match(csv, /"\+46701740611"/, 'a phone number is none')
    const published = await fetched(visitor, '/schemas/archive.json')
    assert.deepEqual(JSON.parse(published.bytes.toString()), JSON.parse(files.get('schema.json')?.toString() ?? ''))
    const pieces = await stored('exportPieces', address.split('/').at(-1) ?? '')
    assert.ok(pieces.length > 0)
    for (const { sealed } of pieces) assert.ok(!String(sealed).startsWith(bytes.toString('base64', 0, 6)), 'sealed')
    assert.deepEqual(await stored('exportPages', address.split('/').at(-1) ?? ''), [], 'rows lie nowhere twice')
  })

  it('S1-b: a service that is used again and again is one line with how often and when last, here and in the file', async () => {
    const { person, visitor } = await signedIn(['games'])
    const use = { kind: 'service-used', holder: asPerson(person.id), company: 'games', how: 'session' } as const
    for (let times = 0; times < 3; times += 1) {
      await app.features.activity.record({
        ...use,
        account: person.accounts.games!,
        service: 'games-arcade',
        browser: 'a-browser',
      })
      if (times < 2) clock.advance(2 * minute)
    }
    const said = {
      en: /3 times, last on .+ · with/,
      sv: /3 gånger, senast .+ · med/,
      ja: /計3回、最後は.+ · /,
    }
    for (const language of languages)
      assert.match(
        (await visitor.page(`/account/security?lang=${language}`)).text
          .replace(/<[^>]*>/g, '')
          .replaceAll('&nbsp;', ' '),
        said[language],
      )
    const files = filesIn((await fetched(visitor, addressOf(await everything(visitor)))).bytes)
    const [line, ...others] = rowsIn(files, 'activity').filter(({ how }) => how === 'session')
    assert.deepEqual([line?.times, others], ['3', []])
    assert.equal(Date.parse(String(line?.lastAt)) - Date.parse(String(line?.at)) >= 4 * minute, true)
  })

  it('S9: what went to whom is in it whole, account by account, however many pages there are', async () => {
    const { person, visitor } = await signedIn(['games', 'mobile', 'pictures'])
    const ledger = app.database.connection.collection('disclosures')
    const [row] = await ledger.find({ account: person.accounts.games as never }).toArray()
    const many = (at: string, count: number) =>
      Array.from({ length: count }, (_, n) => ({
        ...row,
        _id: `${at}:000000000001:${String(1000 + n).padStart(12, '0')}:any`,
        account: at,
        company: at.split(':')[0],
        recipient: `${at} ${n}`,
      }))
    const [games = '', mobile = ''] = [person.accounts.games, person.accounts.mobile]
    await ledger.insertMany([...many(games, 1201), ...many(mobile, 500)] as never[])
    const files = filesIn((await fetched(visitor, addressOf(await everything(visitor)))).bytes)
    const rows = rowsIn(files, 'sharing')
    const all = await ledger.find({ person: person.id as never }).toArray()
    assert.equal(rows.length, all.length)
    const named = new Set(rows.map(({ recipient }) => recipient))
    for (const { recipient } of all) assert.ok(named.has(recipient), String(recipient))
    await ledger.deleteMany({ recipient: { $in: many(games, 1201).map(({ recipient }) => recipient) } as never })
  })

  it('S9: one company’s part has nothing of another', async () => {
    const { visitor } = await signedIn()
    const page = await visitor.act('/account/requests', { company: 'games' }, '/account/requests/archive')
    const { bytes } = await fetched(visitor, addressOf(page))
    const all = [...filesIn(bytes)].filter(([name]) => name !== 'schema.json').map(([, content]) => content.toString())
    assert.match(all.join(), /games/)
    assert.doesNotMatch(all.join(), /mobile/i)
    const strange = await visitor.send('/account/requests', { company: 'pictures' }, '/account/requests/archive')
    assert.equal(strange.status, 404)
  })

  it('S9: is for the one who asked alone, under the same credentials, and for a day', async () => {
    const { person, visitor } = await signedIn()
    const address = addressOf(await everything(visitor))
    const other = await signedIn(['games'])
    assert.equal((await fetched(other.visitor, address)).status, 404)
    assert.equal((await fetched(aVisitor(app.issuer), address)).status, 303)
    const { portability, readPrincipal } = app.features
    const id = address.split('/').at(-1) ?? ''
    const who = await readPrincipal(asPerson(person.id))
    assert.ok(who)
    const since = { ...who, id: who.id, credentialEpoch: who.credentialEpoch + 1 }
    await assert.rejects(() => portability.open(since, id), refuses('export-not-found'))
    clock.advance(day + hour)
    await assert.rejects(() => portability.open(who, id), refuses('export-gone'))
    await app.settled()
    for (const name of ['exports', 'exportPages', 'exportPieces']) assert.deepEqual(await stored(name, id), [])
    assert.deepEqual(await stored('auditKeys', `export:${id}`), [])
  })

  it('S9: goes to another controller by an address that works once', async () => {
    const { visitor } = await signedIn()
    const mine = addressOf(await everything(visitor))
    const shown = await visitor.act('/account/requests', {}, `${mine}/hand-over`)
    const address = documentOf(shown).querySelector('#f-address')?.text ?? ''
    assert.match(address, /\/archives\//)
    const nobody = aVisitor(app.issuer)
    assert.equal((await fetched(nobody, `${address}x`)).status, 410)
    assert.equal((await fetch(address, { method: 'HEAD' })).status, 405, 'whatever looks at links takes nothing')
    assert.deepEqual((await fetched(nobody, address)).bytes, (await fetched(visitor, mine)).bytes)
    assert.equal((await fetched(nobody, address)).status, 410)
    assert.equal(testIds(await visitor.page('/account/requests'), 'export').length, 1)
  })

  it('S9: is gathered on after a crash at any page: nothing is missing and nothing is there twice', async () => {
    const { person, visitor } = await signedIn(['games'])
    const { connection } = app.database
    const holder = asPerson(person.id)
    const events = Array.from({ length: 1200 }, (_, n) => {
      const at = now() - (n + 1) * 1000
      const _id = eventId(holder, at, 'x') as never
      return { _id, at, kind: 'service-used', actor: { kind: 'system' }, service: `s${n}` }
    })
    await connection.collection('events').insertMany(events)
    const { readPrincipal, links, support } = app.features
    const who = await readPrincipal(holder)
    assert.ok(who)
    // The process dies once all is gathered and the first piece of the file is to be written.
    const { keys } = support.audit
    const seal: typeof keys.seal = async (subject, text) => {
      if (!text.startsWith('[')) throw new Error('the process died')
      return keys.seal(subject, text)
    }
    const dying = createPortability({
      ...app.features,
      background: { run: async (_, work) => work(), isStopping: () => false },
      log: createLog('silent'),
      connection,
      audit: { keys: { ...keys, seal } },
    })
    await dying.begin(who, await links.accountsOf(person.id))
    const [made] = await connection
      .collection('exports')
      .find({ holder: principalKey(holder) })
      .toArray()
    assert.ok(made && made.packed === undefined)
    const pages = await stored('exportPages', String(made._id))
    const activity = pages.filter(({ section }) => section === sectionNames.indexOf('activity'))
    assert.ok(activity.length >= 3)
    // Or in the midst of its activity, the pages written and none of them noted yet.
    const noted = { section: activity[0]?.section, pages: pages.indexOf(activity[0] as never), due: '-|000000000000' }
    await connection.collection('exports').updateOne({ _id: made._id as never }, { $set: noted })
    await app.settled()
    const address = addressOf(await visitor.page('/account/requests'))
    const services = rowsIn(filesIn((await fetched(visitor, address)).bytes), 'activity').flatMap(
      ({ service }) => service ?? [],
    )
    assert.deepEqual([services.length, new Set(services).size], [1200, 1200])
  })

  it('S10: nothing of somebody who is erased while it is gathered stays behind', async () => {
    const { person } = await signedIn(['games'])
    const { readPrincipal, links, rightsRequests } = app.features
    const who = await readPrincipal(asPerson(person.id))
    assert.ok(who)
    // Erased between the read of a page and its write: what follows an erasure is `forget`.
    const inTheMiddle = createPortability({
      ...app.features,
      background: { run: async (_, work) => work(), isStopping: () => false },
      accounts: app.features.accounts,
      connection: app.database.connection,
      audit: app.features.support.audit,
      rightsRequests: {
        ask: {
          page: async (...of) => {
            await app.features.portability.forget(principalKey(who.id))
            return rightsRequests.ask.page(...of)
          },
        },
      },
    })
    const ids = async (name: string) =>
      (await app.database.connection.collection(name).find({}).toArray()).map(({ _id }) => String(_id)).sort()
    const names = ['exports', 'exportPages', 'exportPieces', 'auditKeys']
    const before = await Promise.all(names.map(ids))
    await inTheMiddle.begin(who, await links.accountsOf(person.id))
    assert.deepEqual(await Promise.all(names.map(ids)), before)
  })

  it('S9: one that cannot be gathered holds up nobody else’s, and is tried again', async () => {
    const [hers, his] = [await signedIn(['games']), await signedIn(['games'])]
    const { readPrincipal, links } = app.features
    const [she, he] = await Promise.all([hers, his].map(({ person }) => readPrincipal(asPerson(person.id))))
    assert.ok(she && he)
    let isBroken = true
    const portability = createPortability({
      ...app.features,
      background: { run: async (_, work) => work(), isStopping: () => false },
      log: createLog('silent'),
      connection: app.database.connection,
      audit: app.features.support.audit,
      readPrincipal: async (id) => {
        if (isBroken && principalKey(id) === principalKey(she.id)) throw new Error('a row that nobody can read')
        return readPrincipal(id)
      },
    })
    await portability.begin(she, await links.accountsOf(hers.person.id))
    await portability.begin(he, await links.accountsOf(his.person.id))
    const states = async () =>
      (await Promise.all([portability.list(she), portability.list(he)])).map(([made]) => made?.isReady)
    assert.deepEqual(await states(), [false, true])
    // As both lie there after a crash, hers first.
    const exports = app.database.connection.collection('exports')
    await exports.updateOne(
      { holder: principalKey(he.id) },
      { $set: { section: 0, pages: 0, rows: 0, due: '-|000000000002' }, $unset: { packed: '' } },
    )
    await exports.updateOne({ holder: principalKey(she.id) }, { $set: { due: '-|000000000001' } })
    await portability.sweep()
    assert.deepEqual(await states(), [false, true])
    isBroken = false
    clock.advance(11 * minute)
    await portability.sweep()
    assert.deepEqual(await states(), [true, true])
    clock.reset()
  })

  it('S9: nothing is given of an account that its company holds for misused, and another company’s part is', async () => {
    const { person, visitor } = await signedIn()
    const made = addressOf(await everything(visitor))
    const handed = documentOf(await visitor.act('/account/requests', {}, `${made}/hand-over`))
    const address = handed.querySelector('#f-address')?.text ?? ''
    const { accounts } = app.features
    const flag = { at: now(), case: 'c', agent: 'a@games.example' }
    const flagged = person.accounts.games ?? ''
    await accounts.change(flagged, () => ({ set: { fraud: flag } }))
    const before = await stored('exports', '')
    for (const fields of [{}, { company: 'games' }] as Record<string, string>[]) {
      const refused = await visitor.act('/account/requests', fields, '/account/requests/archive')
      assert.equal(refused.status, 409)
      assert.match(readable(refused), /Games has marked your account there as misused. Contact .+@.+\. Once they/)
    }
    assert.equal((await fetched(visitor, made)).status, 409)
    assert.equal((await visitor.act('/account/requests', {}, `${made}/hand-over`)).status, 409)
    assert.equal((await fetched(aVisitor(app.issuer), address)).status, 410)
    assert.deepEqual(await stored('exports', ''), before)
    const other = await visitor.act('/account/requests', { company: 'mobile' }, '/account/requests/archive')
    assert.equal((await fetched(visitor, addressOf(other))).status, 200)
    await accounts.change(flagged, () => ({ unset: ['fraud'] }))
    assert.equal((await fetched(visitor, made)).status, 200)
    assert.equal((await fetched(aVisitor(app.issuer), address)).status, 200)
  })

  it('S9: a cell is text to a spreadsheet, whatever it begins with', () => {
    const line = (value: string) =>
      csvLines('details', [{ provenance: 'provided', holder: 'x', detail: 'd', value, source: 'you' }])
    for (const start of ['=', '+', '-', '@', '\t', '\r']) assert.ok(line(`${start}A1`).includes(`"'${start}A1`), start)
    assert.ok(line('say "hi"').includes('"say ""hi"""'))
    assert.ok(csvHead('details').startsWith('\ufeff"provenance","holder"'))
  })
})
