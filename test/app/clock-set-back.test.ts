import assert from 'node:assert/strict'
import { asPerson } from '../../src/accounts/index.ts'
import { hour, now } from '../../src/lib/clock.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { readable } from '../world/pages.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const fresh = 'four umbrellas in a quiet field'

describe('a clock that was ahead and is set right', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const RealDate = globalThis.Date
  /** Everything in it happens by a clock that is six hours ahead. */
  const ahead = async <T>(act: () => Promise<T>): Promise<T> => {
    class Ahead extends RealDate {
      constructor(...parts: [] | [number]) {
        super(parts[0] ?? RealDate.now() + 6 * hour)
      }
      static override now = () => RealDate.now() + 6 * hour
    }
    globalThis.Date = Ahead as DateConstructor
    try {
      return await act()
    } finally {
      globalThis.Date = RealDate
    }
  }

  it('Q11: a send’s turn taken by it holds up nobody: the service is told, an unlink and a closure are answered', async () => {
    const { accounts, links, closures, reconciler } = app.features
    for (const end of ['unlink', 'closure'] as const) {
      const person = await app.aPerson({ links: ['games'] })
      const id = person.accounts.games!
      const sending = { epoch: 1, seq: 1, token: 'another', until: now() + 6 * hour }
      await accounts.change(id, ({ seq }) => ({
        set: {
          seq: seq + 1,
          'sending.games-arcade': sending,
          'retry.games-arcade': { failures: 2, failedAt: now() + 6 * hour, at: now() + 6 * hour, why: 'status 500' },
        },
      }))
      await reconciler.enqueueAccount(id)
      const account = await app.account(id)
      assert.equal(account.told['games-arcade']?.seq, account.seq, 'told')
      await accounts.change(id, () => ({ set: { 'sending.games-arcade': sending } }))
      const actor = { kind: 'person', id: person.id } as const
      const began = performance.now()
      if (end === 'unlink') await links.unlink(person.id, 'games', { keep: 'now', actor })
      else await links.afterLeaving(await closures.close(await app.account(id), { kind: 'at-once' }, actor))
      assert.ok(performance.now() - began < 5000, 'answered')
      assert.equal((await app.account(id)).link, null)
    }
  })

  it('Q11: whoever set a new password by it signs in with it, at once and at every company', async () => {
    const person = await app.aPerson({ links: ['games'] })
    await ahead(() => app.features.credentials.setPassword(asPerson(person.id), { password: fresh, how: 'recovered' }))
    const traveller = aTraveller(app)
    const page = await traveller.go('games-arcade')
    const back = await traveller.act(page, '', asTyped({ email: person.email, password: fresh }))
    assert.equal(traveller.told(back), 'code')
    const visitor = aVisitor(app.issuer)
    await visitor.signIn({ email: person.email, password: fresh })
    assert.match(readable(await visitor.page('/account/details')), /Given name/)
  })

  it('Q11: what support ended by it stays ended, and whoever signs in after it is in', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const { accounts } = app.features
    const traveller = aTraveller(app)
    const first = await traveller.act(await traveller.go('games-arcade'), '', asTyped(person))
    assert.equal(traveller.told(first), 'code')
    await ahead(() =>
      accounts.change(person.accounts.games!, ({ sessionsEndedAt: before = 0 }) => ({
        set: { sessionsEndedAt: Math.max(now(), before + 1) },
      })),
    )
    await app.features.oidc.endAccount(person.accounts.games!, { livingToo: true })
    const again = await traveller.go('games-arcade')
    assert.equal(traveller.told(again), 'code')
  })
})
