import assert from 'node:assert/strict'
import { reportLeftBehind } from '../../src/lib/left-behind.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { readable } from '../world/pages.ts'
import { shownDetails } from '../world/shown.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const address = ['street', 'postalCode', 'city', 'region', 'country']
const details = { street: 'Kyrkogatan 14', postalCode: '222 22', city: 'Lund', region: 'Scania' }

describe('links of before, made by the page of a partner (docs/upgrade.md)', () => {
  let app: TestApp
  beforeEach(async () => {
    app = await aTestApp()
  })
  afterEach(() => app.close())

  const report = (...words: string[]) => reportLeftBehind(app.features.leftBehind, words)

  /** *Allow* at the partner of a company not yet linked, as it was kept before: all was agreed, and nothing said how. */
  const linkedByPartner = async () => {
    const person = await app.aPerson({ details, links: ['mobile'] })
    const traveller = aTraveller(app)
    const page = await traveller.act(await traveller.go('leaderboard'), '', asTyped(person))
    assert.equal(traveller.told(await traveller.act(page, '/link')), 'code')
    const account = await app.features.links.accountAt(person.id, 'games')
    assert.ok(account)
    await app.features.accounts.change(account._id, () => ({ unset: ['link.shown'] }))
    await app.settled()
    app.told.length = 0
    return { person, traveller, id: account._id }
  }

  it('U1: are counted and left alone; cut when told to, with what was told withdrawn, once; the rest is asked', async () => {
    const { person, traveller, id } = await linkedByPartner()
    const before = await app.account(id)
    assert.match(await report(), /^U1: 1 links .*npm run upgrade-report U1/)
    assert.deepEqual(await app.account(id), before)

    assert.match(await report('U1'), /^U1: 1 mended/)
    await app.settled()
    const { link, copy } = await app.account(id)
    assert.deepEqual(link?.agreed, ['givenName', 'familyName', 'email', 'birthDate'])
    assert.deepEqual(
      address.filter((field) => field in copy),
      [],
    )
    const told = app.told.filter(({ kind }) => kind === 'events')
    assert.deepEqual([...new Set(told.map(({ service }) => service))], ['games-arcade'])
    assert.match(JSON.stringify(told[0]?.payload), /"withdrawn":\["street","postalCode","city","region","country"\]/)
    assert.doesNotMatch(JSON.stringify(told), /Kyrkogatan|Lund/)

    assert.match(await report(), /^U1: 0 /)
    assert.match(await report('U1'), /^U1: 0 mended/)
    assert.deepEqual(shownDetails(await traveller.go('games-arcade')), [address])
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    assert.match(readable(await visitor.page('/account/security')), /no longer gets what its page had not named/)
  })

  it('U1: keep what the person let the company have later, by a page that named it', async () => {
    const { person, id } = await linkedByPartner()
    const games = app.config.group.companies.get('games')
    assert.ok(games)
    await app.features.accounts.change(id, ({ link }) => ({
      set: { 'link.agreed': link?.agreed.filter((field) => field !== 'city') },
    }))
    const actor = { kind: 'person' as const, id: person.id }
    await app.features.links.agree(person.id, { company: games, actor, policyVersion: '1', shown: ['city'] })
    await app.settled()
    await report('U1')
    assert.deepEqual((await app.account(id)).link?.agreed, ['givenName', 'familyName', 'email', 'birthDate', 'city'])
  })

  it('U1: are not those of the link page, nor any since; an unknown kind is refused with those that are known', async () => {
    const { id } = await linkedByPartner()
    await app.features.accounts.change(id, ({ link }) => ({ set: { 'link.since': (link?.since ?? 0) - 60_000 } }))
    assert.match(await report(), /^U1: 0 /)
    await app.features.accounts.change(id, ({ link }) => ({
      set: { 'link.since': (link?.since ?? 0) + 60_000, 'link.shown': true },
    }))
    assert.match(await report('U1'), /^U1: 0 mended/)
    assert.match(await report('U9'), /Nothing is mended by the name of U9. Known: .*U1/)
  })
})
