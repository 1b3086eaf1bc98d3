import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asAccount, isLinkedTo } from '../../src/accounts/index.ts'
import { type AdjustableClock, day, hour } from '../../src/lib/clock.ts'
import { detailsOf } from '../../src/people/index.ts'
import type { TestApp } from '../world/app.ts'
import { movedAddress } from '../world/moved-address.ts'
import { fieldsOf, readable, testIds } from '../world/pages.ts'
import { aTimedApp } from '../world/timed-app.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const [details, formerPage] = ['/account/details', '/account/details/former-address']

const root = join(import.meta.dirname, '../..')

describe('a thief with the password does not outrun *Wasn’t you?* (H4)', () => {
  let app: TestApp
  let clock: AdjustableClock
  beforeEach(async () => {
    ;({ app, clock } = await aTimedApp())
  })
  afterEach(() => app.close())

  const { letters, undoPath, move } = movedAddress(() => app)

  const aVictim = async () => {
    const { id, email, password, accounts } = await app.aPerson({ links: ['mobile', 'games'] })
    const thief = aVisitor(app.issuer)
    await thief.signIn({ email, password })
    await move(thief, `thief-${email}`)
    await app.settled()
    app.told.length = 0
    const person = async () => (await app.features.people.get(id))!
    const [mobile, games] = [accounts.mobile!, accounts.games!]
    return { id, email, password, thief, as: { email: `thief-${email}`, password }, person, mobile, games }
  }
  type Victim = Awaited<ReturnType<typeof aVictim>>

  const isShared = async (account: string, person: string) => isLinkedTo(await app.account(account), person)
  const toldEvents = () => app.told.filter(({ kind }) => kind === 'events').map(({ service }) => service)

  /** Every act that ends something: at once it stops, and nothing of it is final. */
  const endings: Record<string, (victim: Victim) => Promise<{ account: string }>> = {
    'unlinks on the account pages': async ({ thief, games }) => {
      const page = await thief.page('/account/services/games/unlink')
      assert.match(readable(page), /becomes final on/)
      const answer = await thief.send('/account/services/games/unlink', { keep: 'now' })
      assert.match(answer.next ?? '', /done=unlinking/)
      return { account: games }
    },
    'closes an account that its company closes at once': async ({ thief, mobile }) => {
      assert.match((await thief.send('/account/services/mobile/close')).next ?? '', /done=closing/)
      return { account: mobile }
    },
    'closes, keeps and closes again': async ({ thief, mobile }) => {
      await thief.send('/account/services/mobile/close')
      await thief.send('/account/services', {}, '/account/services/mobile/keep')
      await thief.send('/account/services/mobile/close')
      return { account: mobile }
    },
    'unlinks by any other entry point': async ({ id, games }) => {
      await app.features.unlink(id, 'games', { keep: 'before', actor: { kind: 'person', id } })
      return { account: games }
    },
  }
  for (const [act, run] of Object.entries(endings)) {
    it(`H4: who ${act} stops all that is shared at once, and the owner takes all of it back`, async () => {
      const victim = await aVictim()
      const before = await app.account(victim.games)
      const { account } = await run(victim)
      await app.settled()
      assert.equal(await isShared(account, victim.id), false)
      const held = await app.account(account)
      assert.equal(held.link?.person, victim.id, 'nothing is final')
      assert.deepEqual(held.own, account === victim.games ? before.own : held.own)
      app.told.length = 0
      await victim.thief.act(details, { givenName: 'Eve' })
      await app.settled()
      assert.ok(!toldEvents().includes(account === victim.games ? 'games-arcade' : 'mobile-store'), 'nothing is sent')
      assert.ok((await letters(victim.email)).length > 1, 'the former address is told')

      assert.match(readable(await aVisitor(app.issuer).act(await undoPath(victim.email))), /Undone/)
      await app.settled()
      assert.equal(await isShared(account, victim.id), true)
      const back = await app.account(account)
      assert.deepEqual([back.copy.givenName, back.copy.email], ['Ada', victim.email])
      assert.equal((await victim.thief.page(details)).status, 303, 'the thief is out')
    })

    it(`H4: what who ${act} began is final once nobody can take it back`, async () => {
      const victim = await aVictim()
      const { account } = await run(victim)
      clock.advance(3 * day + hour)
      await app.settled()
      assert.equal((await app.account(account)).link, null)
    })
  }

  it('H4: a deletion signs everybody out and erases nothing while it can be taken back; then it does', async () => {
    for (const takesBack of [true, false]) {
      const victim = await aVictim()
      await victim.thief.send('/account/services/games/unlink', { keep: 'before' })
      await victim.thief.send('/account/services/mobile/close')
      const answer = await victim.thief.send('/account/security/delete')
      assert.equal(answer.status, 303, readable(answer))
      assert.equal((await victim.thief.page(details)).status, 303)
      assert.deepEqual((await victim.person()).status, 'active')
      assert.ok((await letters(victim.email)).some(({ kind }) => kind === 'deletion-started'))
      if (takesBack) await aVisitor(app.issuer).act(await undoPath(victim.email))
      clock.advance(3 * day + hour)
      await app.settled()
      const person = await victim.person()
      assert.equal(person.status, takesBack ? 'active' : 'erased')
      assert.equal(await isShared(victim.games, victim.id), takesBack)
      assert.equal(await isShared(victim.mobile, victim.id), takesBack)
      if (takesBack) assert.deepEqual([person.ending, detailsOf(person).email], [undefined, victim.email])
    }
  })

  it('H4: what the owner ended before the thief came is not begun again by the thief', async () => {
    const { id, email, password, accounts } = await app.aPerson({ links: ['mobile', 'games'] })
    const owner = aVisitor(app.issuer)
    await owner.signIn({ email, password })
    const [moved, mobile, games] = [`moved-${email}`, accounts.mobile!, accounts.games!]
    // The owner's own move makes both wait.
    await move(owner, moved)
    await owner.send('/account/services/mobile/close')
    await owner.send('/account/services/games/unlink', { keep: 'before' })
    clock.advance(2 * day)
    const thief = aVisitor(app.issuer)
    await thief.signIn({ email: moved, password })
    await move(thief, `thief-${email}`)
    clock.advance(day + hour)
    await app.settled()
    const again = aVisitor(app.issuer)
    await again.signIn({ email: `thief-${email}`, password })
    for (const company of ['mobile', 'games']) {
      const answer = await again.send('/account/services', {}, `/account/services/${company}/keep`)
      assert.ok(!/done=/.test(answer.next ?? ''), `${company}: ${answer.next}`)
    }
    for (const account of [mobile, games]) assert.equal(await isShared(account, id), false)
    clock.advance(3 * day)
    await app.settled()
    for (const account of [mobile, games]) assert.equal((await app.account(account)).link, null)
  })

  it('H4: only one use case gives a partner’s application anything, so that no entry point goes round its rule', () => {
    const giving = globSync('src/**/*.ts', { cwd: root }).filter((file) =>
      /consents\.give\(/.test(readFileSync(join(root, file), 'utf8')),
    )
    assert.deepEqual(giving, ['src/links/allow-application.ts'])
  })

  const givings: Record<string, (victim: Victim) => Promise<void>> = {
    'links by the page of a service': async ({ as }) => {
      const traveller = aTraveller(app)
      const page = await traveller.act(await traveller.go('pictures-cinema'), '', asTyped(as))
      assert.match(page.text, /data-testid="held"/)
      const forced = await traveller.post(page, '/link', {
        csrf: fieldsOf(page, `${traveller.baseOf(page)}/not-now`).csrf!,
      })
      assert.ok(forced.again || forced.status >= 400, String(forced.status))
    },
    'links an account from before': async ({ thief }) => {
      const own = await app.aSeparateAccount('pictures')
      const preview = await thief.act('/account/services/link/pictures', own)
      const action = '/account/services/link/pictures/preview'
      const answer = await thief.submit(app.issuer + action, fieldsOf(preview, action))
      assert.match(answer.next ?? '', /former-address/)
    },
    'links an account from before at the sign-in': async ({ as }) => {
      const own = await app.aSeparateAccount('pictures')
      const traveller = aTraveller(app)
      const page = await traveller.act(await traveller.go('pictures-cinema'), '', asTyped(as))
      const preview = await traveller.act(await traveller.open(page, '/existing'), '/existing', asTyped(own))
      const answer = await traveller.post(
        preview,
        '/preview',
        fieldsOf(preview, `${traveller.baseOf(preview)}/preview`),
      )
      assert.equal(answer.status, 409)
      assert.match(answer.text, /data-testid="held"/, 'told as on every other page, and where the code is asked for')
      assert.equal((await app.account(own.account)).link, null)
    },
    'links somebody to an account whose address was moved a moment ago': async () => {
      const own = await app.aSeparateAccount('pictures')
      const [of, email] = [asAccount(own.account), `thief-${own.email}`]
      const handle = await app.features.addressChanges.begin(of, email)
      await app.features.addressChanges.complete(of, handle, await app.code(email))
      const traveller = aTraveller(app)
      const page = await traveller.act(await traveller.go('pictures-cinema'), '', asTyped(await app.aPerson()))
      const proof = await traveller.open(page, '/existing')
      const preview = await traveller.act(proof, '/existing', asTyped({ ...own, email }))
      const shown = fieldsOf(preview, `${traveller.baseOf(preview)}/preview`)
      const answer = await traveller.post(preview, '/preview', shown)
      assert.equal(answer.status, 409)
      assert.match(testIds(answer, 'held')[0] ?? '', /The other address was changed.*cannot be linked before/)
      assert.ok(!readable(answer).includes(own.email.slice(1)), 'its former address is nobody’s to know here')
      assert.equal((await app.account(own.account)).link, null)
      assert.equal(traveller.told(await traveller.act(answer, '/not-now')), 'access_denied')
    },
    'allows a partner’s application': async ({ as, games }) => {
      const traveller = aTraveller(app)
      const page = await traveller.act(await traveller.go('leaderboard'), '', asTyped(as))
      assert.match(page.text, /data-testid="held"/)
      const { csrf = '' } = fieldsOf(page, `${traveller.baseOf(page)}/not-now`)
      const forced = await traveller.post(page, '/consent', { csrf, receives: 'givenName' })
      assert.equal(forced.status, 409)
      assert.deepEqual(await app.features.consents.ofAccount(games), [])
    },
  }
  for (const [act, run] of Object.entries(givings))
    it(`H4: nobody ${act} without a code at the former address`, async () => {
      const victim = await aVictim()
      await run(victim)
      assert.equal(await app.features.links.accountAt(victim.id, 'pictures'), undefined)
    })

  it('H4: the code at the former address says that the change is right: nothing waits for it any more', async () => {
    const victim = await aVictim()
    await victim.thief.send('/account/services/games/unlink', { keep: 'before' })
    await victim.thief.send(formerPage, {})
    const [letter] = await letters(victim.email)
    assert.equal(letter?.kind, 'former-address-code')
    const wrong = await victim.thief.send(formerPage, { code: '000000' }, `${formerPage}/code`)
    assert.equal(wrong.again, true)
    const code = /\d{6}/.exec(letter?.text ?? '')?.[0] ?? ''
    const answer = await victim.thief.send(formerPage, { code }, `${formerPage}/code`)
    assert.match(answer.next ?? '', /done=confirmed/)
    await app.settled()
    assert.equal((await app.account(victim.games)).link, null)
    assert.equal((await aVisitor(app.issuer).page(await undoPath(victim.email))).status, 410)
    assert.match((await victim.thief.send('/account/services/mobile/close')).next ?? '', /done=closed/)
  })

  it('H4: a way into an account that left needs the former address as well', async () => {
    const { id, email, password } = await app.aPerson({ links: ['games'] })
    const thief = aVisitor(app.issuer)
    await thief.signIn({ email, password })
    await thief.send('/account/services/games/unlink', { keep: 'before' })
    await move(thief, `thief-${email}`)
    await thief.send('/account/services/games/way-in')
    assert.equal((await letters(email))[0]?.kind, 'way-in-code')
    assert.ok(!(await letters(`thief-${email}`)).some(({ kind }) => kind === 'way-in-code'))
    void id
  })
})
