import assert from 'node:assert/strict'
import { claimsOf, wholeName } from '../../src/details/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { readable, testIds } from '../world/pages.ts'
import { aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

describe('a whole name', () => {
  it('K3: stands in the order of the name itself (OIDC Core 5.1)', () => {
    const rows: [string | null, string | null, string | null][] = [
      ['太郎', '山田', '山田太郎'],
      ['はな', 'すずき', 'すずきはな'],
      ['민수', '김', '김민수'],
      ['Yuki', 'Mori', 'Yuki Mori'],
      ['Maria', '山田', 'Maria 山田'],
      ['太郎', null, '太郎'],
      ['Ada', null, 'Ada'],
      [null, null, null],
    ]
    for (const [givenName, familyName, name] of rows) {
      assert.equal(wholeName({ givenName, familyName }), name)
      assert.equal(claimsOf({ givenName, familyName }, { cleared: 'null' }).name, name)
    }
    assert.equal(wholeName({}), undefined)
  })
})

describe('a name written in kanji', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const aYamada = () => app.aPerson({ links: ['games', 'mobile'], details: { givenName: '太郎', familyName: '山田' } })

  it('K3: is told so to services and over SCIM; the page’s language tells nobody anything', async () => {
    const person = await aYamada()
    const account = await app.account(person.accounts.mobile!)
    const read = await fetch(`${app.issuer}/scim/mobile/Users/${encodeURIComponent(account.subject)}`, {
      headers: { authorization: `Bearer ${await app.companyToken('mobile')}` },
    })
    assert.equal(((await read.json()) as { name: { formatted: string } }).name.formatted, '山田太郎')
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    for (const language of ['ja', 'en']) await visitor.page(`/account/details?lang=${language}`)
    await app.settled()
    assert.equal((await app.account(person.accounts.mobile!)).seq, account.seq)
  })

  it('K3: after the upgrade is told once more to those who were told another, and to nobody else', async () => {
    const [yamada, other] = [await aYamada(), await app.aPerson({ links: ['games'] })]
    await app.features.meta.forget('names-retold:')
    const before = await app.account(yamada.accounts.games!)
    const others = await app.account(other.accounts.games!)
    await app.features.applyPolicies()
    await app.settled()
    assert.equal((await app.account(before._id)).seq, before.seq + 1)
    assert.equal((await app.account(others._id)).seq, others.seq)
    await app.features.applyPolicies()
    assert.equal((await app.account(before._id)).seq, before.seq + 1)
  })

  it('K3: forms ask in the order of whoever fills them in', async () => {
    const traveller = aTraveller(app)
    const orderIn = async (page: Promise<{ text: string }>) => {
      const { text } = await page
      return ['familyName', 'givenName'].sort(
        (one, other) => text.indexOf(`id="f-${one}"`) - text.indexOf(`id="f-${other}"`),
      )
    }
    const form = await traveller.open(await traveller.go('games-arcade'), '/create')
    assert.deepEqual(await orderIn(Promise.resolve(form)), ['givenName', 'familyName'])
    assert.deepEqual(await orderIn(traveller.visit(`${form.url}?lang=ja`)), ['familyName', 'givenName'])
    const person = await aYamada()
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    assert.deepEqual(await orderIn(visitor.page('/account/details?lang=ja')), ['familyName', 'givenName'])
  })

  it('K3: pages and letters name the details in the order of whoever reads them', async () => {
    const person = await app.aPerson({ links: ['mobile'], details: { givenName: '太郎', familyName: '山田' } })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const link = await visitor.goTo('games-arcade', `${app.urlOf('games-arcade')}/callback`)
    const [shown] = testIds(await visitor.visit(`${link.url}?lang=ja`), 'shared-details')
    assert.match(shown ?? '', /姓 山田 名 太郎/)
    const sharing = readable(await visitor.page('/account/sharing?lang=ja'))
    assert.match(sharing, /姓、名、生年月日/)
    assert.doesNotMatch(sharing, /名、姓/)
    assert.match(readable(await visitor.page('/account/sharing?lang=en')), /Given name, family name/)
  })
})
