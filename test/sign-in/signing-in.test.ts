import assert from 'node:assert/strict'
import type { Database } from '../../src/storage/index.ts'
import type { TestApp } from '../world/app.ts'
import { aCountedApp } from '../world/counted.ts'
import { fieldsOf, readable, testIds } from '../world/pages.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'

const wrongPassword = 'never was anybody’s'

describe('the one sign-in page', () => {
  let app: TestApp
  let database: Database
  let seen: string[]
  before(async () => {
    ;({ app, database, seen } = await aCountedApp())
  })
  after(() => app.close())

  const at = async (client = 'games-arcade', more: Record<string, string> = {}) => {
    const traveller = aTraveller(app)
    return { traveller, page: await traveller.go(client, more) }
  }

  it('says for which service, who is responsible and where its policy is; fills in who was meant (S4-11)', async () => {
    const { page, traveller } = await at('games-arcade', { login_hint: 'ada@mail.example' })
    assert.deepEqual(testIds(page, 'controller'), ['Example Games AB'])
    assert.match(readable(page), /games-arcade/)
    assert.match(page.text, /href="[^"]*\/privacy\/games"/)
    assert.equal(fieldsOf(page, traveller.baseOf(page)).email, 'ada@mail.example')
  })

  it('U19: is light: all that it takes to lay it out is less than 40 kB', async () => {
    const { page } = await at()
    const sheets = [...page.text.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(([, path]) => path)
    assert.ok(sheets.length >= 5)
    let size = Buffer.byteLength(page.text)
    for (const path of sheets) size += (await (await fetch(`${app.issuer}${path}`)).arrayBuffer()).byteLength
    assert.ok(size < 40_000, `${size} bytes`)
  })

  it('takes the unified sign-in everywhere, and an account’s own at its company alone (S4-1)', async () => {
    const person = await app.aPerson({ links: ['games', 'mobile'] })
    for (const client of ['games-arcade', 'mobile-store']) {
      const { traveller, page } = await at(client)
      assert.equal(traveller.told(await traveller.act(page, '', asTyped(person))), 'code')
    }
    const own = await app.aSeparateAccount('games')
    const here = await at('games-arcade')
    assert.match(readable(await here.traveller.act(here.page, '', asTyped(own))), /One sign-in for all your accounts/)
    const elsewhere = await at('mobile-store')
    assert.equal((await elsewhere.traveller.send(elsewhere.page, '', asTyped(own))).again, true)
  })

  it('where one address and password fit both, the unified sign-in is taken', async () => {
    const both = { email: 'both@mail.example', password: 'the same at either of them' }
    const person = await app.aPerson({ ...both, links: ['games'] })
    await app.aSeparateAccount('games', both)
    const { traveller, page } = await at()
    assert.equal(traveller.told(await traveller.act(page, '', both)), 'code')
    const sessions = await database.connection
      .collection('sessions')
      .countDocuments({ principal: `person:${person.id}` })
    assert.equal(sessions, 1)
  })

  it('T19: every failure has the same answer, the same questions to the store and two verifications', async () => {
    const [person, own] = [await app.aPerson(), await app.aSeparateAccount('games')]
    const elsewhere = await app.aSeparateAccount('mobile')
    const fail = async (email: string) => {
      const { traveller, page } = await at()
      const before = app.features.passwords.verifications()
      seen.length = 0
      const answer = await traveller.send(page, '', { email, password: wrongPassword })
      const asked = [...seen].sort()
      const uid = traveller.baseOf(page)
      const text = readable(answer).replaceAll(email, '').replaceAll(uid, '')
      return { again: answer.again, text, asked, verifications: app.features.passwords.verifications() - before }
    }
    const nobody = await fail('nobody@mail.example')
    assert.deepEqual([nobody.again, nobody.verifications], [true, 2])
    assert.match(nobody.text, /The address or the password is wrong/)
    for (const email of [person.email, own.email, elsewhere.email, 'no address at all'])
      assert.deepEqual(await fail(email), nobody, email)
  })

  it('keeps the address that was typed, never the password', async () => {
    const { traveller, page } = await at()
    const answer = await traveller.send(page, '', { email: 'ada@mail.example', password: wrongPassword })
    assert.equal(fieldsOf(answer, traveller.baseOf(answer)).email, 'ada@mail.example')
    assert.doesNotMatch(answer.text, /never was anybody/)
  })

  it('§3: guesses are counted per mailbox, however it is spelled, and told on the page', async () => {
    const { email, password } = await app.aPerson()
    const { traveller, page } = await at()
    const spellings = [email, email.toUpperCase(), `${email}.`, ` ${email} `]
    for (let guess = 0; guess < 10; guess++) {
      const answer = await traveller.send(page, '', { email: spellings[guess % 4] ?? '', password: wrongPassword })
      assert.equal(answer.again, true)
    }
    const before = app.features.passwords.verifications()
    for (const spelling of spellings) {
      const answer = await traveller.send(page, '', { email: spelling, password })
      assert.equal(answer.status, 429)
      assert.match(readable(answer), /Too many attempts/)
      assert.ok(Number(answer.headers.get('retry-after')) > 0)
    }
    assert.equal(app.features.passwords.verifications(), before, 'a refused attempt is not even looked at')
  })

  it('§3: after ten wrong passwords whoever the address signs in at that company is written to; nobody else is', async () => {
    const [person, elsewhere] = [await app.aPerson({ links: ['games'] }), await app.aSeparateAccount('mobile')]
    const own = await app.aSeparateAccount('games')
    const { traveller, page } = await at()
    const everybody = [person.email, own.email, elsewhere.email, 'nobody-at-all@mail.example']
    for (const email of everybody)
      for (let guess = 0; guess < 12; guess++) await traveller.send(page, '', { email, password: wrongPassword })
    await app.settled()
    const warned = async (email: string) =>
      ((await app.features.mailer.mailbox?.list(email)) ?? []).filter(({ kind }) => kind === 'sign-in-guessed').length
    assert.deepEqual(await Promise.all(everybody.map(warned)), [1, 1, 0, 0])
  })

  it('CVE-2023-47111: of many guesses at the same moment no more than ten are looked at', async () => {
    const { email } = await app.aPerson()
    const { traveller, page } = await at()
    const before = app.features.passwords.verifications()
    await Promise.all(Array.from({ length: 40 }, () => traveller.send(page, '', { email, password: wrongPassword })))
    assert.ok(app.features.passwords.verifications() - before <= 20)
  })

  it('CVE-2026-19607: strangers lock nobody out of the browser that they signed in with before', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const { traveller, page } = await at()
    assert.equal(traveller.told(await traveller.act(page, '', asTyped(person))), 'code')
    const stranger = await at()
    for (let guess = 0; guess < 11; guess++)
      await stranger.traveller.send(stranger.page, '', { email: person.email, password: wrongPassword })
    assert.equal((await stranger.traveller.send(stranger.page, '', asTyped(person))).status, 429)
    const again = await traveller.go('games-arcade', { prompt: 'login' })
    assert.equal(traveller.told(await traveller.act(again, '', asTyped(person))), 'code')
  })

  it('CVE-2023-6787: proving oneself anew is for the same person; another one’s right password is wrong', async () => {
    const [person, other] = [await app.aPerson({ links: ['games'] }), await app.aPerson({ links: ['games'] })]
    const { traveller, page } = await at()
    await traveller.act(page, '', asTyped(person))
    const again = await traveller.go('games-arcade', { prompt: 'login' })
    assert.match(readable(again), new RegExp(`password of ${person.email} again`))
    const answer = await traveller.send(again, '', asTyped(other))
    assert.match(readable(answer), /is wrong/)
    assert.equal(traveller.told(await traveller.act(answer, '', asTyped(person))), 'code')
  })

  it('somebody else may take the browser over, by saying so', async () => {
    const [person, other] = [await app.aPerson({ links: ['games'] }), await app.aPerson({ links: ['games'] })]
    const { traveller, page } = await at()
    await traveller.act(page, '', asTyped(person))
    const again = await traveller.go('games-arcade', { prompt: 'login' })
    const anew = await traveller.act(again, '/somebody-else')
    assert.equal(traveller.told(await traveller.act(anew, '', asTyped(other))), 'code')
  })

  it('OIDC Core 3.1.2.1: a service that asks who it is to be has it asked, of whoever is signed in; they may stay', async () => {
    const [person, other] = [await app.aPerson({ links: ['games'] }), await app.aPerson({ links: ['games'] })]
    const { traveller, page } = await at('games-arcade', { prompt: 'select_account' })
    assert.doesNotMatch(readable(page), /Continue as/)
    assert.equal(traveller.told(await traveller.act(page, '', asTyped(person))), 'code', 'a sign-in answers it')
    const asked = await traveller.go('games-arcade', { prompt: 'select_account' })
    assert.match(readable(asked), new RegExp(`${person.email} is signed in here`))
    assert.equal(traveller.told(await traveller.act(asked, '/stay')), 'code')
    const changed = await traveller.act(
      await traveller.go('games-arcade', { prompt: 'select_account' }),
      '',
      asTyped(other),
    )
    assert.equal(traveller.told(changed), 'code')
    const now = await traveller.go('games-arcade', { prompt: 'select_account' })
    assert.match(readable(now), new RegExp(`${other.email} is signed in here`))
  })

  it('nobody stays who did not have the choice: a page that asks for the password anew is not passed without', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const { traveller, page } = await at()
    await traveller.act(page, '', asTyped(person))
    const again = await traveller.go('games-arcade', { prompt: 'login' })
    const { csrf = '' } = fieldsOf(again, traveller.baseOf(again))
    assert.equal((await traveller.post(again, '/stay', { csrf })).status, 410)
    assert.equal((await traveller.post(again, '/another', { csrf })).status, 410)
  })

  it('a service that wants it agreed to once more is named, not taken for an app on the device', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const { traveller, page } = await at()
    await traveller.act(page, '', asTyped(person))
    const asked = readable(await traveller.go('games-arcade', { prompt: 'consent' }))
    assert.match(asked, /asks you to check again what it gets/)
    assert.doesNotMatch(asked, /An app on this device/)
  })

  it('*Not now* is access_denied, in the same words whoever asks (P4)', async () => {
    const { traveller, page } = await at()
    const back = await traveller.act(page, '/not-now')
    assert.equal(traveller.told(back), 'access_denied')
    assert.ok(new URL(back.next ?? '').searchParams.get('error_description'))
  })

  it('§6: without its token, from another site or with operators for text, a form does nothing', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const { traveller, page } = await at()
    const address = `${app.issuer}${traveller.baseOf(page)}`
    const fields = { ...fieldsOf(page, traveller.baseOf(page)), ...asTyped(person) }
    const foreign = await traveller.submit(address, fields, { origin: 'https://evil.example' })
    const bare = await traveller.submit(address, { ...fields, csrf: '' })
    const { email: _email, ...without } = fields
    const operators = await traveller.submit(address, { ...without, 'email[$ne]': 'x' })
    assert.deepEqual([foreign.status, bare.status], [403, 403])
    assert.equal(operators.status, 400)
    assert.equal(traveller.told(await traveller.act(page, '', asTyped(person))), 'code')
  })

  it('H14: a hash that was written in another order is in the common one after a sign-in, and is the same hash', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const own = await app.aSeparateAccount('games')
    const credentials = app.database.connection.collection('credentials')
    const listed = [(await person.now()).credentials[0]!, (await app.account(own.account)).signIn!.credential]
    for (const [i, _id] of listed.entries()) {
      const { secret } = (await credentials.findOne({ _id: _id as never })) as unknown as { secret: string }
      assert.match(secret, /\$m=\d+,t=\d+,p=\d+\$/)
      const set = { secret: secret.replace(/(t=\d+),(p=\d+)/, '$2,$1') }
      await credentials.updateOne({ _id: _id as never }, { $set: set })
      const { email, password } = [person, own][i]!
      assert.ok(await app.features.authentication.authenticate(email, password, 'games'))
      assert.equal((await credentials.findOne({ _id: _id as never }))?.secret, secret)
    }
  })

  it('a page that is over says so, and leads nowhere by itself', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const { traveller, page } = await at()
    await traveller.act(page, '', asTyped(person))
    const again = await traveller.send(page, '', asTyped(person)).catch((error: Error) => error)
    assert.ok(!(again instanceof Error) && again.status === 410)
    assert.equal((await aTraveller(app).visit(`${app.issuer}/sign-in/made-up`)).status, 410)
  })
})
