import assert from 'node:assert/strict'
import Ajv2020 from 'ajv/dist/2020.js'
import { asPerson } from '../../src/accounts/index.ts'
import { sectionNames } from '../../src/portability/archive-schema.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { partsOf } from '../world/pages.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'
import { filesIn } from './unzip.ts'

type Rows = Record<string, Record<string, unknown>[]>

describe('what an archive holds (S9)', () => {
  let app: TestApp
  let holdsTo: (archive: unknown) => string | undefined
  before(async () => {
    app = await aTestApp()
    const published = await (await fetch(`${app.issuer}/schemas/archive.json`)).json()
    const check = new Ajv2020.default({ strict: false, validateFormats: false }).compile(published as object)
    holdsTo = (archive) => (check(archive) ? undefined : JSON.stringify(check.errors))
  })
  after(() => app.close())

  const archiveOf = async (visitor: Visitor, company = ''): Promise<{ rows: Rows; files: Map<string, Buffer> }> => {
    const page = await visitor.act('/account/requests', { company }, '/account/requests/archive')
    const address = partsOf(page, 'export')[0]?.getAttribute('href') ?? ''
    const cookie = [...visitor.cookiesAt('localhost')].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(new URL(address, app.issuer), { headers: { cookie } })
    assert.equal(answer.status, 200)
    const files = filesIn(Buffer.from(await answer.arrayBuffer()))
    const parsed = sectionNames.map((name) => [name, JSON.parse(files.get(`${name}.json`)?.toString() ?? '')] as const)
    assert.equal(holdsTo(Object.fromEntries(parsed)), undefined)
    return { files, rows: Object.fromEntries(parsed.map(([name, { rows }]) => [name, rows])) }
  }
  /** Says yes and no, objects, asks two companies, and uses a service. */
  const aLife = async () => {
    const person = await app.aPerson({ links: ['games', 'mobile'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    await visitor.goTo('games-arcade', `${app.urlOf('games-arcade')}/callback`)
    await visitor.send('/account/messages', { 'choice.games.email': 'on', 'choice.mobile.text': 'on' })
    await visitor.send('/account/messages', { 'choice.games.email': '' })
    await app.features.choose.object(asPerson(person.id), 'marketing', true)
    for (const company of ['games', 'mobile'])
      await visitor.act(
        '/account/requests/new',
        { kind: 'access', about: `=HYPERLINK("about ${company}")`, [`company.${company}`]: 'on' },
        '/account/requests',
      )
    await app.settled()
    return { person, visitor }
  }

  it('S9, S6-a: says when a company reported that it asked at the number, of that company’s account alone', async () => {
    const { person, visitor } = await aLife()
    const games = await app.account(person.accounts.games ?? '')
    await app.features.choose.noteNumber(games, 'digest of a number')
    const { rows } = await archiveOf(visitor)
    const told = rows.accounts?.filter(({ numberConfirmedAt }) => numberConfirmedAt).map(({ company }) => company)
    assert.deepEqual(told, ['games'])
    assert.doesNotMatch(JSON.stringify((await archiveOf(visitor, 'mobile')).rows), /numberConfirmedAt/)
  })

  it('S9: has the choices, receipts, sign-ins, requests and letters of a person, each said to be given or noted', async () => {
    const { visitor } = await aLife()
    const { rows, files } = await archiveOf(visitor)
    for (const name of sectionNames)
      for (const { provenance } of rows[name] ?? []) assert.match(String(provenance), /^(provided|observed)$/, name)
    const said = (rows.choices ?? []).filter(({ purpose }) => purpose === 'marketing')
    assert.ok(
      said.some(({ company, channel, answer }) => company === 'games' && channel === 'email' && answer === 'no'),
    )
    assert.ok(rows.choices?.some(({ purpose, answer }) => purpose === 'marketing' && answer === 'objected'))
    const receipts = rows.receipts ?? []
    assert.deepEqual(
      receipts
        .filter(({ company, channel }) => company === 'games' && channel === 'email')
        .map(({ number, by, answer }) => [number, by, answer]),
      [
        ['2', 'page', 'no'],
        ['1', 'page', 'yes'],
      ],
    )
    const [session] = rows.sessions ?? []
    assert.deepEqual([session?.kind, session?.services], ['browser', ['games-arcade']])
    assert.ok(rows.requests?.some(({ text, request }) => text === '=HYPERLINK("about games")' && request))
    assert.ok(rows.letters?.some(({ letter }) => letter === 'request-received'))
    assert.doesNotMatch(JSON.stringify(rows.letters), /@|\d{6}\b(?!Z)(?=")/, 'neither an address nor a code')
    assert.match(files.get('requests.csv')?.toString() ?? '', /"'=HYPERLINK\(""about games""\)"/)
    for (const name of sectionNames) assert.ok(files.has(`${name}.csv`), name)
  })

  it('S9: one company’s part says nothing of another, nor when or where others were used', async () => {
    const { visitor } = await aLife()
    const { rows, files } = await archiveOf(visitor, 'mobile')
    const text = [...files].filter(([name]) => name !== 'schema.json').map(([, content]) => content.toString())
    assert.doesNotMatch(text.join(), /games|arcade/i)
    assert.deepEqual(rows.sessions, [], 'no service of this company was reached in that browser')
    assert.deepEqual(rows.letters, [], 'letters are of the sign-in')
    assert.ok(rows.receipts?.some(({ company, channel }) => company === 'mobile' && channel === 'text'))
    assert.ok(rows.requests?.every(({ company }) => company === 'mobile'))
    const games = (await archiveOf(visitor, 'games')).rows.sessions
    assert.deepEqual(
      games?.map(({ services, lastUsedAt }) => [services, lastUsedAt]),
      [[['games-arcade'], undefined]],
    )
  })

  it('S9: a separate account’s archive is whole, as a person’s is', async () => {
    const made = await app.aSeparateAccount('games')
    const visitor = aVisitor(app.issuer)
    await visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, made)
    await visitor.send('/account/messages', { 'choice.games.post': 'on' })
    for (const company of ['', 'games']) {
      const { rows } = await archiveOf(visitor, company)
      assert.ok(
        rows.choices?.some(
          ({ channel, answer, holder }) => channel === 'post' && answer === 'yes' && holder === 'games',
        ),
      )
      assert.equal(rows.sessions?.length, 1)
      assert.deepEqual(
        rows.activity?.map(({ what }) => what),
        ['signed-in', 'opened'],
      )
    }
  })

  it('S1-b, S9: has which company asked whether it may write, and in one company’s part nothing of another', async () => {
    const { person, visitor } = await aLife()
    for (const company of ['games', 'mobile']) {
      const door = `${app.issuer}/audience/${company}`
      const { subject } = await app.account(person.accounts[company]!)
      const asked = await fetch(`${door}/evaluation`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${await app.companyToken(company, 'audience.read', door)}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({
          subject: { type: 'user', id: subject },
          action: { name: 'marketing' },
          resource: { type: 'channel', id: 'email' },
        }),
      })
      assert.equal(asked.status, 200)
    }
    const { rows } = await archiveOf(visitor)
    const said = rows.questions?.map(({ company, purpose, channel, answer }) => [company, purpose, channel, answer])
    assert.deepEqual(said, [
      ['mobile', 'marketing', 'email', 'no'],
      ['games', 'marketing', 'email', 'no'],
    ])
    const part = (await archiveOf(visitor, 'games')).rows.questions
    assert.deepEqual(
      part?.map(({ company }) => company),
      ['games'],
    )
  })
})
