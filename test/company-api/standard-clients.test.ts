import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'

const patch = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
const core = 'urn:ietf:params:scim:schemas:core:2.0:User'

describe('what programs made for SCIM send', () => {
  let product: TestApp
  before(async () => {
    product = await aTestApp()
  })
  after(() => product.close())

  const anAccount = async () => {
    const ada = await product.aPerson({ links: ['mobile', 'games'] })
    const { subject } = await product.account(ada.accounts.mobile!)
    const token = await product.companyToken('mobile')
    const ask = (headers: Record<string, string> = {}, body?: object) =>
      fetch(`${product.issuer}/scim/mobile/Users/${subject}`, {
        method: body ? 'PATCH' : 'GET',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json', ...headers },
        ...(body && { body: JSON.stringify(body) }),
      })
    return { ask, games: ada.accounts.games!, mobile: ada.accounts.mobile! }
  }

  it('O7: an account that has not changed since is 304, without a word of it; one that has is told', async () => {
    const { ask } = await anAccount()
    const first = await ask()
    const tag = first.headers.get('etag')!
    const again = await ask({ 'if-none-match': tag })
    assert.deepEqual([again.status, await again.text(), again.headers.get('etag')], [304, '', tag])
    const Operations = [{ op: 'replace', path: 'name.familyName', value: 'Holm' }]
    assert.equal((await ask({}, { schemas: [patch], Operations })).status, 200)
    const changed = await ask({ 'if-none-match': tag })
    assert.equal(changed.status, 200)
    assert.equal(((await changed.json()) as { name: { familyName: string } }).name.familyName, 'Holm')
  })

  it('O7: a derived attribute is taken and changes nothing, in every spelling; what is beside it is done', async () => {
    const { ask, mobile, games } = await anAccount()
    const before = (await product.account(mobile)).copy
    const operations: object[] = [
      { op: 'replace', path: 'name.formatted', value: 'Nobody' },
      { op: 'Replace', path: 'NAME.Formatted', value: 'Nobody' },
      { op: 'add', path: `${core}:name.formatted`, value: 'Nobody' },
      { op: 'remove', path: 'name.formatted' },
      { op: 'replace', value: { 'name.formatted': 'Nobody' } },
      { op: 'replace', value: { name: { formatted: 'Nobody' } } },
      { op: 'replace', path: 'emails.type', value: 'work' },
      { op: 'replace', path: 'emails[type eq "home"].primary', value: true },
      { op: 'replace', value: { [`${core}:addresses.formatted`]: 'Nowhere' } },
      { op: 'replace', path: 'phoneNumbers', value: [{ display: '070', type: 'mobile' }] },
    ]
    for (const [i, operation] of operations.entries()) {
      const familyName = `Holm-${String.fromCharCode(97 + i)}`
      const Operations = [operation, { op: 'replace', path: 'name.familyName', value: familyName }]
      const answer = await ask({}, { schemas: [patch], Operations })
      assert.equal(answer.status, 200, JSON.stringify(operation))
      assert.deepEqual((await product.account(mobile)).copy, { ...before, familyName })
    }
    await product.settled()
    assert.equal((await product.account(games)).copy.familyName, 'Holm-j')
    for (const path of ['name.middleName', 'emails.nothing', 'formatted', 'nickName.formatted'])
      assert.equal(
        (await ask({}, { schemas: [patch], Operations: [{ op: 'replace', path, value: 'x' }] })).status,
        400,
        path,
      )
  })
})
