import assert from 'node:assert/strict'
import type { AccountId } from '../../src/accounts/index.ts'
import { reportLeftBehind } from '../../src/lib/left-behind.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { shownDetails } from '../world/shown.ts'
import { aTokenClient } from '../world/tokens.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'

const scope = 'openid profile email offline_access'

describe('what partners were allowed before it was kept what their page named (docs/upgrade.md)', () => {
  let app: TestApp
  beforeEach(async () => {
    app = await aTestApp()
  })
  afterEach(() => app.close())

  const report = (...words: string[]) => reportLeftBehind(app.features.leftBehind, words)
  const kept = () => app.database.connection.collection('consents')

  /** Allowed by the page, as it was kept before; the page had named no birth date, which `profile` now releases. */
  const allowedBefore = async (named: string[]) => {
    const person = await app.aPerson({ links: ['games'] })
    const traveller = aTraveller(app)
    const allow = await traveller.act(await traveller.go('leaderboard', { scope }), '', asTyped(person))
    const tokens = await aTokenClient(app).redeemed('leaderboard', await traveller.act(allow, '/consent'))
    await kept().updateMany({}, { $unset: { named: '', fields: '' } })
    await app.database.connection.collection('disclosures').updateMany({ partner: true }, { $set: { fields: named } })
    return { person, traveller, tokens, account: person.accounts.games as AccountId }
  }
  const claimsOf = async (tokens: Record<string, string>) => {
    const answer = await fetch(`${app.issuer}/me`, { headers: { authorization: `Bearer ${tokens.access_token}` } })
    return (await answer.json()) as Record<string, unknown>
  }

  it('U1: are counted and left alone; cut to what was named when told to, once; the rest is asked anew', async () => {
    const { traveller, tokens, account } = await allowedBefore(['givenName', 'familyName'])
    assert.match(await report(), /^U1-partners: 1 permissions .*npm run upgrade-report U1-partners/m)
    assert.equal((await app.features.consents.find(account, 'leaderboard'))?.fields, undefined)
    assert.ok((await claimsOf(tokens)).email)

    assert.match(await report('U1-partners'), /^U1-partners: 1 mended/m)
    const claims = await claimsOf(tokens)
    assert.equal(claims.given_name, 'Ada')
    assert.deepEqual([claims.email, claims.birthdate], [undefined, undefined])
    assert.match(await report(), /^U1-partners: 0 /m)
    assert.match(await report('U1-partners'), /^U1-partners: 0 mended/m)

    const asked = await traveller.go('leaderboard', { scope })
    const [shown = []] = shownDetails(asked)
    assert.ok(shown.includes('email'), 'what is more is asked for')
    assert.equal(traveller.told(await traveller.act(asked, '/consent')), 'code')
    assert.ok((await claimsOf(tokens)).email)
    assert.equal(traveller.told(await traveller.go('leaderboard', { scope })), 'code')
  })

  it('U1: where nobody knows what was named, or somebody else allowed it, nothing is told and all is asked', async () => {
    for (const rows of ['none', 'another’s']) {
      const { tokens, account } = await allowedBefore(['givenName', 'familyName', 'email'])
      const history = app.database.connection.collection('disclosures')
      if (rows === 'none') await history.deleteMany({ partner: true })
      else await history.updateMany({ partner: true }, { $set: { person: 'somebody-else' } })
      await report('U1-partners')
      assert.deepEqual((await app.features.consents.find(account, 'leaderboard'))?.fields, [])
      assert.deepEqual(Object.keys(await claimsOf(tokens)), ['sub'])
    }
  })
})
