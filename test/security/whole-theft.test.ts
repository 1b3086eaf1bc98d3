import assert from 'node:assert/strict'
import { isLinkedTo } from '../../src/accounts/index.ts'
import { type AdjustableClock, day, hour } from '../../src/lib/clock.ts'
import { detailsOf } from '../../src/people/index.ts'
import type { TestApp } from '../world/app.ts'
import { movedAddress } from '../world/moved-address.ts'
import { fieldsOf, readable } from '../world/pages.ts'
import { aTimedApp } from '../world/timed-app.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

describe('the whole walk of a thief with the password, and the owner’s one press (H4, T5)', () => {
  let app: TestApp
  let clock: AdjustableClock
  before(async () => {
    ;({ app, clock } = await aTimedApp())
  })
  after(() => app.close())

  const { letters, undoPath, move } = movedAddress(() => app)

  it('H4: moved, linked, allowed, unlinked, closed and deleted: the letter gives all of it back, and nobody saw more', async () => {
    const { id, email, password, accounts } = await app.aPerson({ links: ['mobile', 'games'] })
    const held = [accounts.mobile!, accounts.games!]
    const person = async () => (await app.features.people.get(id))!
    const standing = async () =>
      Promise.all(
        held.map(async (each) => {
          const { status, link, copy, own, leaving } = await app.account(each)
          return { status, link: link?.id, copy, own, leaving }
        }),
      )
    const [details, before] = [detailsOf(await person()), await standing()]

    const thief = aVisitor(app.issuer)
    await thief.signIn({ email, password })
    await move(thief, `thief-${email}`)
    await app.settled()
    app.told.length = 0
    await thief.act('/account/details', { givenName: 'Eve' })
    // Another company, and a partner's application: neither without a code at the owner's mailbox.
    const as = asTyped({ email: `thief-${email}`, password })
    for (const client of ['pictures-cinema', 'leaderboard']) {
      const traveller = aTraveller(app)
      const page = await traveller.act(await traveller.go(client), '', as)
      assert.match(page.text, /data-testid="held"/, client)
      const { csrf = '' } = fieldsOf(page, `${traveller.baseOf(page)}/not-now`)
      const step = client === 'leaderboard' ? '/consent' : '/link'
      const answer = await traveller.post(page, step, { csrf, receives: 'givenName' })
      assert.ok(answer.again || answer.status >= 400, client)
    }
    assert.match((await thief.send('/account/services/games/unlink', { keep: 'now' })).next ?? '', /done=unlinking/)
    assert.match((await thief.send('/account/services/mobile/close')).next ?? '', /done=closing/)
    assert.equal((await thief.send('/account/security/delete')).status, 303)
    assert.equal((await thief.page('/account/details')).status, 303, 'a deletion signs out')
    await app.settled()
    for (const each of held) assert.equal(isLinkedTo(await app.account(each), id), false, 'nothing is shared any more')

    // A day later the owner reads their mail.
    clock.advance(day)
    const kinds = (await letters(email)).map(({ kind }) => kind)
    for (const kind of ['address-changed', 'unlink-started', 'closure-started', 'deletion-started'] as const)
      assert.ok(kinds.includes(kind), kind)
    const owner = aVisitor(app.issuer)
    assert.match(readable(await owner.act(await undoPath(email))), /Undone/)
    clock.advance(3 * day + hour)
    await app.settled()

    const { status, ending, credentials } = await person()
    assert.deepEqual([status, ending, credentials], ['active', undefined, []])
    assert.deepEqual(detailsOf(await person()), details)
    assert.deepEqual(await standing(), before)
    assert.equal(await app.features.links.accountAt(id, 'pictures'), undefined)
    for (const each of held)
      assert.deepEqual(
        await app.features.consents.ofAccount((await app.account(each))._id),
        [],
        'no partner has anything',
      )
    assert.deepEqual(
      app.told.filter(({ service }) => service === 'pictures-cinema' || service === 'leaderboard'),
      [],
      'who had nothing of them has heard nothing',
    )
    // What each company was told last is what its own account says: the owner's name again, where the thief's got there.
    for (const service of ['games-arcade', 'mobile-store']) {
      const events = app.told.filter((each) => each.service === service && each.kind === 'events')
      const last = JSON.stringify(events.at(-1)?.payload ?? {})
      assert.ok(events.length === 0 || !/Eve|thief-/.test(last), `${service}: ${last}`)
    }
    const again = aVisitor(app.issuer)
    await assert.rejects(again.signIn({ email, password }), 'the password that the thief knew opens nothing')
  })
})
