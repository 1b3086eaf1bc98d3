import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { fieldsOf, readable, tokenOf } from '../world/pages.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

/** H20. Whoever ends everything else of theirs ends what was begun as well, in whatever browser. */
describe('ending all others', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const holders = {
    'a person': async () => {
      const [who, visitor] = [await app.aPerson({ links: ['games'] }), aVisitor(app.issuer)]
      await visitor.signIn(who)
      return { who, visitor, id: who.id }
    },
    'the holder of a separate account': async () => {
      const [who, visitor] = [await app.aSeparateAccount('games'), aVisitor(app.issuer)]
      await visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, who)
      return { who, visitor, id: who.account }
    },
  }
  const endOthers = async (visitor: ReturnType<typeof aVisitor>) => {
    const csrf = tokenOf(await visitor.page('/account/security'))
    return visitor.submit(`${app.issuer}/account/security/end-others`, { csrf })
  }

  for (const [whose, begin] of Object.entries(holders)) {
    it(`H20: a sign-in of ${whose} that was proven elsewhere and not gone on with yet is asked for again`, async () => {
      const { who, visitor, id } = await begin()
      const other = aTraveller(app)
      const halfway = await other.send(await other.go('games-arcade'), '', asTyped(who))
      assert.ok(halfway.next)
      assert.equal((await endOthers(visitor)).status, 303)
      const asked = await other.follow(halfway.next, other.isBack)
      assert.match(readable(asked), /Forgot password\?/)
      const sessions = await app.database.connection
        .collection('sessions')
        .countDocuments({ principal: { $in: [`person:${id}`, `account:${id}`] } as never })
      assert.equal(sessions, 1, 'theirs alone')
      assert.equal((await visitor.page('/account/security')).status, 200, 'and it stays')
      const anew = await other.act(asked, '', asTyped(who))
      assert.doesNotMatch(readable(anew), /Forgot password/, 'proven after that, it is one like any other')
    })

    it(`H20: a recovery of ${whose} whose code was entered elsewhere sets no password`, async () => {
      const { who, visitor } = await begin()
      const other = aTraveller(app)
      const form = await other.open(await other.go('games-arcade'), '/recover')
      const waiting = await other.act(form, '/recover', { email: who.email })
      const page = await other.act(waiting, '/recover/code', { code: await app.code(who.email) })
      const action = `${other.baseOf(page)}/recover/password`
      const fields = { ...fieldsOf(page, action), password: 'a crowbar under the carpet' }
      await endOthers(visitor)
      assert.equal((await other.submit(app.issuer + action, fields)).status, 410)
      assert.ok(await app.features.authentication.authenticate(who.email, who.password, 'games'))
    })
  }
})
