import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { fieldsOf, readable } from '../world/pages.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const action = '/account/security/end-lasting'

describe('what stays signed in when a browser signs out', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp({ offline: true })
  })
  after(() => app.close())

  /** Signed in at an app that stays so, in a browser that has signed out since. */
  const leftBehind = async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    const traveller = aTraveller(app)
    await traveller.act(await traveller.go('mobile-store', { scope: 'openid offline_access' }), '', asTyped(person))
    const signedOut = await traveller.submit(`${app.issuer}/account/sign-out`, {
      ...fieldsOf(await traveller.visit(`${app.issuer}/account/security`), '/account/sign-out'),
    })
    assert.equal(signedOut.status, 303)
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    return { person, visitor }
  }
  const shown = async (visitor: ReturnType<typeof aVisitor>) => readable(await visitor.page('/account/security'))

  it('stands on the security page of its person, who ends it there; nobody else can', async () => {
    const { visitor } = await leftBehind()
    const stranger = await leftBehind()
    assert.match(await shown(visitor), /stay signed in.*mobile-store/i)
    const fields = fieldsOf(await visitor.page('/account/security'), action)
    const { csrf = '' } = fieldsOf(await stranger.visitor.page('/account/security'), action)
    const refused = await stranger.visitor.submit(`${app.issuer}${action}`, { ...fields, csrf })
    assert.match(refused.next ?? '', /done=no-such-session$/)
    assert.match(await shown(visitor), /stay signed in/)
    const done = await visitor.act('/account/security', {}, action)
    assert.doesNotMatch(readable(done), /stay signed in/)
    assert.match(readable(done), /A session was ended/)
    assert.match(await shown(stranger.visitor), /stay signed in/)
  })

  it('ends with all other sessions, and with a new password', async () => {
    const { visitor } = await leftBehind()
    await visitor.act('/account/security', {}, '/account/security/end-others')
    assert.doesNotMatch(await shown(visitor), /stay signed in/)
    const other = await leftBehind()
    await other.visitor.act('/account/security/password', { password: 'herons over the canal at dusk' })
    assert.doesNotMatch(await shown(other.visitor), /stay signed in/)
  })
})
