import assert from 'node:assert/strict'
import { type AskingBrowser, askedBySignedIn, askedFrom } from '../../src/lib/browser-binding.ts'
import { AppError, isAppError } from '../../src/lib/errors.ts'
import { createFairQueue } from '../../src/lib/fair-queue.ts'
import { limitRules } from '../../src/limits/index.ts'
import { aTestApp, type TestApp } from '../support/app.ts'
import { aRegistration, asTyped, aTraveller } from '../support/traveller.ts'
import { readable } from '../support/visitor.ts'

const isBusy = (error: unknown) => isAppError(error, 'busy') && Number(error.values.seconds) > 0

const from = (network: string): AskingBrowser => {
  let known = false
  return {
    key: () => network,
    holds: () => false,
    network: () => network,
    isSignedIn: () => known,
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
      assert.equal(alone.status, 400)
      assert.match(readable(alone), /Password:/)
    })
  })
})
