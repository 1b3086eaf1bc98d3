import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { readable } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

describe('who signs out', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  it('S1-b: finds it in their own trail, once, and nobody else does', async () => {
    const [ada, eve] = [await app.aPerson({ links: ['mobile'] }), await app.aPerson({ links: ['mobile'] })]
    const trailOf = async ({ email, password }: typeof ada) => {
      const visitor = aVisitor(app.issuer)
      await visitor.signIn({ email, password })
      return readable(await visitor.page('/account/security')).match(/Signed out/g)?.length ?? 0
    }
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(ada)
    assert.equal((await visitor.send('/account/services', {}, '/account/sign-out')).status, 303)
    assert.deepEqual([await trailOf(ada), await trailOf(eve)], [1, 0])
  })
})
