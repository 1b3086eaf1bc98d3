import assert from 'node:assert/strict'
import type { AdjustableClock } from '../../src/lib/clock.ts'
import type { TestApp } from '../world/app.ts'
import { aDesk, type Desk } from '../world/desk.ts'
import { fieldsOf, readable } from '../world/pages.ts'
import { aTimedApp } from '../world/timed-app.ts'
import { aVisitor } from '../world/visitor.ts'

const security = '/account/security'
const object = '/account/security/object'

describe('what support did, as its person reads it', () => {
  let clock: AdjustableClock
  let app: TestApp
  let desk: Desk
  before(async () => {
    ;({ app, clock } = await aTimedApp())
    desk = aDesk(app)
  })
  after(() => app.close())

  const times = (text: string, what: string): number => text.split(what).length - 1

  it('U18: one case is one entry with its state, and an objection is shown as noted until more is done', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    const staff = await desk.aMember('mobile', 'support')
    await desk.aMember('mobile', 'support-lead')
    const ids = [await desk.aProvenCase(staff, person.email, 'M-11'), await desk.aCase(staff, person.email, 'M-12')]
    for (const id of ids) await desk.seeCase.see(staff, id)
    const visitor = aVisitor(app.issuer)
    await visitor.signInAt('mobile-store', `${app.urlOf('mobile-store')}/callback`, person)

    const read = async (path: string) => {
      const page = await visitor.page(path)
      return {
        text: readable(page),
        objects: times(page.text, `action="${object}"`),
        noted: times(page.text, 'data-testid="objected"'),
      }
    }
    for (const path of [security, '/account/sharing']) {
      const { text, objects, noted } = await read(path)
      assert.deepEqual(
        [times(text, 'Case M-11 Open'), times(text, 'Case M-12 Open'), objects, noted],
        [1, 1, 2, 0],
        path,
      )
    }

    clock.advance(1000)
    const form = fieldsOf(await visitor.page(security), object)
    await visitor.submit(`${app.issuer}${object}`, { ...form, company: 'mobile', case: 'M-11' })
    for (const path of [security, '/account/sharing']) {
      const { text, objects, noted } = await read(path)
      assert.match(text, /You objected on .*support lead was told/, path)
      assert.deepEqual([objects, noted], [1, 1], path)
    }

    clock.advance(1000)
    await desk.actOnAccount.act(staff, ids[0] ?? '', 'sessions-ended')
    const again = aVisitor(app.issuer)
    await again.signInAt('mobile-store', `${app.urlOf('mobile-store')}/callback`, person)
    const body = (await again.page(security)).text
    assert.deepEqual([times(body, `action="${object}"`), times(body, 'data-testid="objected"')], [2, 1])
  })

  it('U18: a case of this name that is about somebody else shows nothing of itself', async () => {
    const [person, other] = [await app.aPerson({ links: ['mobile'] }), await app.aPerson({ links: ['mobile'] })]
    const staff = await desk.aMember('mobile', 'support')
    await desk.aCase(staff, other.email, 'M-20')
    const of = { company: 'mobile', case: 'M-20' }
    assert.equal(await desk.approvals.caseOf(`person:${person.id}`, of), undefined)
    assert.equal((await desk.approvals.caseOf(`person:${other.id}`, of))?.isClosed, false)
  })
})
