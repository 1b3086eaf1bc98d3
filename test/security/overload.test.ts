import assert from 'node:assert/strict'
import { createStaffGuard } from '../../src/console/staff-guard.ts'
import { type AskingBrowser, askedBySignedIn, askedFrom } from '../../src/lib/browser-binding.ts'
import { adjustableClock, hour } from '../../src/lib/clock.ts'
import { AppError, isAppError } from '../../src/lib/errors.ts'
import { createFairQueue } from '../../src/lib/fair-queue.ts'
import { limitRules } from '../../src/limits/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { fieldsOf, readable } from '../world/pages.ts'
import { aRegistration, asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const isBusy = (error: unknown) => isAppError(error, 'busy') && Number(error.values.seconds) > 0

const from = (network: string): AskingBrowser => {
  let known = false
  return {
    key: () => network,
    holds: () => false,
    network: () => network,
    isSignedIn: () => known,
    signedInAs: () => undefined,
    signedIn: () => {
      known = true
    },
  }
}

describe('in a flood', () => {
  /** A queue whose one place is taken until `go`; whoever is done is noted in their order. */
  const aQueue = (most = 16) => {
    const turn = createFairQueue({ concurrency: 1, most })
    const done: string[] = []
    const { promise: gate, resolve: go } = Promise.withResolvers<void>()
    const ask = (network: string, isSignedIn = false) =>
      askedFrom(from(network), () => {
        if (isSignedIn) askedBySignedIn()
        return turn(async () => {
          await gate
          done.push(network)
        })
      })
    return { ask, go, done, first: ask('first') }
  }

  it('H5: whoever is signed in comes first, then each network in its turn', async () => {
    const { ask, go, done, first } = aQueue()
    const flood = [ask('flood'), ask('flood'), ask('flood'), ask('flood')]
    const others = [ask('home'), ask('school'), ask('person', true)]
    go()
    await Promise.all([first, ...flood, ...others])
    assert.deepEqual(done, ['first', 'person', 'flood', 'home', 'school', 'flood', 'flood', 'flood'])
  })

  it('H5: one network takes half the places at most, and all strangers leave some to those signed in', async () => {
    const { ask, go, first } = aQueue(16)
    const flood = Array.from({ length: 40 }, () =>
      ask('flood').then(
        () => 'served',
        (error) => (isBusy(error) ? 'busy' : 'failed'),
      ),
    )
    const others = Array.from({ length: 4 }, (_, n) => ask(`home-${n}`))
    await assert.rejects(ask('home-5'), isBusy)
    const people = Array.from({ length: 4 }, () => ask('flood', true))
    await assert.rejects(ask('flood', true), isBusy)
    go()
    await Promise.all([first, ...others, ...people])
    const ends = await Promise.all(flood)
    assert.deepEqual(
      [ends.filter((end) => end === 'served').length, ends.filter((end) => end === 'busy').length],
      [8, 32],
    )
  })

  describe('of passwords to be judged', () => {
    let app: TestApp
    let asked: string[]
    let gate: Promise<void>
    beforeEach(async () => {
      asked = []
      gate = Promise.resolve()
      const ask = async (password: string) => {
        await gate
        asked.push(password)
        return { id: 0, score: 4, advice: '' }
      }
      app = await aTestApp({
        config: { trustedProxies: ['127.0.0.0/8', '::1/128'] },
        judging: { most: 4, ask },
      })
    })
    afterEach(() => app.close())

    const [flood, home, school, person] = ['198.51.100.1', '198.51.100.2', '198.51.100.3', '198.51.100.4']
    const fresh = 'herons over the canal at dusk'
    const passwordPage = '/account/security/password'
    const aForm = async (at: string) => {
      const traveller = aTraveller(app, at)
      const form = await traveller.open(await traveller.go('games-arcade'), '/create')
      return (name: string) =>
        traveller.send(form, '/create', aRegistration(`${name}@mail.example`, { password: `${name} over still water` }))
    }
    const untilWaiting = async (all: number) => {
      while (app.features.strength.depth() < all) await new Promise((resolve) => setImmediate(resolve))
    }

    it('H5: over HTTP, one network’s flood leaves a place to another and to whoever is signed in', async () => {
      const ada = await app.aPerson()
      const visitor = aVisitor(app.issuer, person)
      await visitor.signIn(ada)
      const [registers, atHome, atSchool] = [await aForm(flood), await aForm(home), await aForm(school)]
      const { promise, resolve: open } = Promise.withResolvers<void>()
      gate = promise
      const { promise: refused, resolve: enough } = Promise.withResolvers<void>()
      const busy: (string | null)[] = []
      const served: number[] = []
      const all = Array.from({ length: 6 }, async (_, n) => {
        const { status, headers } = await registers(`flood-${n}`)
        if (status === 503) busy.push(headers.get('retry-after'))
        else served.push(status)
        if (busy.length === 3) enough()
      })
      await refused
      const stranger = atHome('home')
      await untilWaiting(4)
      const signedIn = visitor.send(passwordPage, { password: fresh })
      await untilWaiting(5)
      const late = await atSchool('school')
      assert.deepEqual([late.status, late.headers.get('retry-after')], [503, '2'])
      open()
      await Promise.all(all)
      assert.deepEqual([busy, served.length], [['2', '2', '2'], 3])
      assert.equal((await stranger).status, 303)
      assert.match((await signedIn).next ?? '', /done=password/)
      assert.equal(asked[1], fresh, 'the first in line was whoever is signed in')
    })

    it('H5: one network has only so many judged for registrations and recoveries, counted before the judge', async () => {
      const ada = await app.aPerson({ links: ['games'] })
      const traveller = aTraveller(app, flood)
      const recover = await traveller.open(await traveller.go('games-arcade'), '/recover')
      const code = await traveller.act(recover, '/recover', { email: ada.email })
      const page = await traveller.act(code, '/recover/code', { code: await app.code(ada.email) })
      const [registers, atHome] = [await aForm(flood), await aForm(home)]
      for (let n = 0; n < limitRules['password-judged-network'].most; n++)
        await app.features.limits.consume('password-judged-network', `${flood}/32`)
      asked.length = 0
      const answers = [await registers('flood'), await traveller.send(page, '/recover/password', { password: fresh })]
      for (const { status, headers } of answers) assert.deepEqual([status, headers.get('retry-after')], [429, '3600'])
      assert.deepEqual(asked, [])
      assert.equal((await atHome('home')).status, 303)
      const visitor = aVisitor(app.issuer, flood)
      await visitor.signIn(ada)
      const changed = await visitor.send(passwordPage, { password: fresh })
      assert.match(changed.next ?? '', /done=password/, 'whoever is signed in is not counted with strangers')
    })

    it('H5: at the account pages a password is judged after the proof that is fresh', async () => {
      const clock = adjustableClock()
      try {
        const ada = await app.aPerson()
        const visitor = aVisitor(app.issuer, person)
        await visitor.signIn(ada)
        clock.advance(hour)
        const page = await visitor.send(passwordPage, { password: fresh })
        assert.match(page.text, /name="proofPassword"/)
        assert.deepEqual(asked, [])
        const fields = { ...fieldsOf(page, passwordPage), proofPassword: ada.password }
        await visitor.submit(app.issuer + passwordPage, fields)
        assert.deepEqual(asked, [])
        await visitor.send(passwordPage, { password: fresh })
        assert.deepEqual(asked, [fresh])
      } finally {
        clock.reset()
      }
    })

    it('H5: staff who are signed in to the console have the places of whoever is signed in', async () => {
      const signIn = { session: async () => ({ _id: 'agent@games.example', company: 'games', roles: ['support'] }) }
      const deps = { config: app.config, http: app.features.http, support: { signIn } }
      const guard = createStaffGuard(deps as unknown as Parameters<typeof createStaffGuard>[0])
      const browser = from(flood)
      const ctx = { cookies: { get: () => 'token' }, set: () => {} } as unknown as Parameters<typeof guard.enter>[1]
      await askedFrom(browser, () => guard.enter('staff member', ctx, async () => {}))
      assert.equal(browser.isSignedIn(), true)
    })
  })

  describe('at the pages', () => {
    let app: TestApp
    before(async () => {
      app = await aTestApp()
    })
    after(() => app.close())

    it('Q4, Q5: a sign-in refused as busy counts for nothing, and says in seconds when to come back', async () => {
      const person = await app.aPerson({ links: ['games'] })
      const { passwords } = app.features
      const { verify } = passwords
      passwords.verify = async () => {
        throw new AppError('unavailable', 'busy', { values: { seconds: 2 } })
      }
      const traveller = aTraveller(app)
      const page = await traveller.go('games-arcade')
      for (let n = 0; n <= limitRules['sign-in-address'].most; n++) {
        const refused = await traveller.send(page, '', asTyped(person))
        assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '2'])
      }
      passwords.verify = verify
      assert.equal(traveller.told(await traveller.act(page, '', asTyped(person))), 'code')
    })

    it('H5: a password is judged last: what is wrong besides is said without it', async () => {
      const traveller = aTraveller(app)
      const form = await traveller.open(await traveller.go('games-arcade'), '/create')
      const weak = { password: 'password12' }
      const both = await traveller.send(form, '/create', aRegistration('one@mail.example', { ...weak, givenName: '' }))
      assert.doesNotMatch(readable(both), /Password:/)
      const alone = await traveller.send(form, '/create', aRegistration('one@mail.example', weak))
      assert.equal(alone.again, true)
      assert.match(readable(alone), /Password:/)
    })
  })
})
