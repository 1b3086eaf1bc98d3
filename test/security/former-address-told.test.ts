import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asAccount, asPerson } from '../../src/accounts/index.ts'
import { type AdjustableClock, day, hour, minute } from '../../src/lib/clock.ts'
import type { TestApp } from '../world/app.ts'
import { movedAddress } from '../world/moved-address.ts'
import { readable } from '../world/pages.ts'
import { aTimedApp } from '../world/timed-app.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'

const formerPage = '/account/details/former-address'
const root = join(import.meta.dirname, '../..')

describe('a former address that may take a sign-in back is told of everything (H4, T5)', () => {
  let app: TestApp
  let clock: AdjustableClock
  beforeEach(async () => {
    ;({ app, clock } = await aTimedApp())
  })
  afterEach(() => app.close())

  const { letters, undoPath, move } = movedAddress(() => app)
  const kindsAt = async (to: string) => (await letters(to)).map(({ kind }) => kind)

  const victims = {
    'a person’s': async () => {
      const { id, email, password } = await app.aPerson({ links: ['games', 'mobile'] })
      const signedIn = async (as = email) => {
        const visitor = aVisitor(app.issuer)
        await visitor.signIn({ email: as, password })
        return visitor
      }
      const thief = await signedIn()
      const address = async () => (await app.features.people.get(id))?.identifiers.join().replace('email:group:', '')
      return { email, thief, address, signedIn }
    },
    'a separate account’s': async () => {
      const { account, email, password } = await app.aSeparateAccount('games')
      const signedIn = async (as = email) => {
        const visitor = aVisitor(app.issuer)
        await visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, { email: as, password })
        return visitor
      }
      const address = async () => (await app.account(account)).signIn?.address
      return { email, thief: await signedIn(), address, signedIn }
    },
  }
  for (const [whose, victim] of Object.entries(victims)) {
    it(`H4: of each further move, with a way to take all of them back, and until when: ${whose}`, async () => {
      const { email, thief, address } = await victim()
      await move(thief, `second-${email}`)
      await app.settled()
      clock.advance(5 * minute)
      const [third, fourth] = [`third-${email}`, `fourth-${email}`]
      for (const next of [third, fourth]) await move(thief, next)
      const told = (await kindsAt(email)).slice(0, 3)
      assert.deepEqual(told, ['address-changed-again', 'address-changed-again', 'address-changed'])
      const [newest] = await letters(email)
      assert.ok(newest && !newest.text.includes(fourth), 'an old mailbox learns no newer address')
      assert.ok((await kindsAt(`second-${email}`)).includes('address-changed'))
      // Of the third address nothing was moved before: it lost the sign-in once, and is told so once.
      assert.deepEqual(await kindsAt(third), ['address-changed', 'address-code'])
      const path = await undoPath(email, 'address-changed-again')
      assert.match(readable(await aVisitor(app.issuer).act(path)), /Undone/)
      assert.equal(await address(), email)
      for (const lost of [`second-${email}`, third, fourth])
        assert.equal((await kindsAt(lost))[0], 'address-taken-back', lost)
    })

    it(`H4: of a change that another mailbox takes back, too, and it can still take back its own: ${whose}`, async () => {
      const { email, thief, address } = await victim()
      await move(thief, `second-${email}`)
      await move(thief, `third-${email}`)
      await aVisitor(app.issuer).act(await undoPath(`second-${email}`))
      assert.equal(await address(), `second-${email}`)
      assert.equal((await kindsAt(email))[0], 'address-taken-back')
      await aVisitor(app.issuer).act(await undoPath(email))
      assert.equal(await address(), email)
    })

    it(`H4: that a code ended its right to take it back, as the new address is: ${whose}`, async () => {
      const { email, thief } = await victim()
      await move(thief, `second-${email}`)
      await thief.send(formerPage, {})
      const code = await app.code(email)
      assert.match((await thief.send(formerPage, { code }, `${formerPage}/code`)).next ?? '', /done=confirmed/)
      for (const to of [email, `second-${email}`]) assert.equal((await kindsAt(to))[0], 'address-confirmed', to)
      assert.ok(readable(await thief.page('/account/security')).includes('A change of address was confirmed'))
    })

    it(`H4: of nothing any more once nothing can be taken back: ${whose}`, async () => {
      const { email, thief, signedIn } = await victim()
      const second = `second-${email}`
      await move(thief, second)
      const before = await kindsAt(email)
      clock.advance(3 * day + hour)
      await app.settled()
      await move(await signedIn(second), `third-${email}`)
      assert.equal((await kindsAt(second))[0], 'address-changed')
      assert.deepEqual(await kindsAt(email), before)
    })
  }

  const password = 'seven copper lanterns humming'
  for (const kind of ['person', 'account'] as const)
    it(`H4: of what was recorded while it might take it back, though told of only later: of a ${kind}`, async () => {
      const { addressChanges, credentials, reconciler } = app.features
      const own = kind === 'person' ? await app.aPerson() : await app.aSeparateAccount('games')
      const of = 'account' in own ? asAccount(own.account) : asPerson(own.id)
      const handle = await addressChanges.begin(of, `second-${own.email}`)
      await addressChanges.complete(of, handle, await app.code(`second-${own.email}`))
      await app.settled()
      clock.advance(2 * day)
      // Recorded, and the process that would tell of it is away for longer than the address may take anything back.
      await credentials.setPassword(of, { password, how: 'changed' })
      assert.notDeepEqual(await reconciler.waiting(), { people: 0, companies: [] })
      clock.advance(2 * day)
      for (const to of [own.email, `second-${own.email}`]) assert.equal((await kindsAt(to))[0], 'password-changed', to)
      assert.deepEqual((await app.features.readPrincipal(of))?.takeBacks, [], 'and it is over')
      await credentials.setPassword(of, { password: `${password} again`, how: 'changed' })
      const before = await kindsAt(own.email)
      assert.deepEqual(await kindsAt(own.email), before, 'of what came after that it hears nothing')
      assert.equal(before.filter((each) => each === 'password-changed').length, 1)
    })

  const acts: Record<string, { of: keyof typeof victims; run: (thief: Visitor) => Promise<unknown>; told: string }> = {
    'a new password': {
      of: 'a person’s',
      run: (thief) => thief.send('/account/security/password', { password }),
      told: 'password-changed',
    },
    'an unlink': {
      of: 'a person’s',
      run: (thief) => thief.send('/account/services/games/unlink', { keep: 'before' }),
      told: 'unlink-started',
    },
    'a closure': {
      of: 'a person’s',
      run: (thief) => thief.send('/account/services/mobile/close'),
      told: 'closure-started',
    },
    'a deletion': {
      of: 'a person’s',
      run: async (thief) => {
        await thief.send('/account/services/games/unlink', { keep: 'before' })
        await thief.send('/account/services/mobile/close')
        await thief.send('/account/security/delete')
      },
      told: 'deletion-started',
    },
    'a new password of its own': {
      of: 'a separate account’s',
      run: (thief) => thief.send('/account/security/password', { password }),
      told: 'password-changed',
    },
    'the closure of an account apart': {
      of: 'a separate account’s',
      run: (thief) => thief.send('/account/services/games/close'),
      told: 'closure-started',
    },
  }
  for (const [act, { of, run, told }] of Object.entries(acts))
    it(`H4: of ${act}`, async () => {
      const { email, thief } = await victims[of]()
      await move(thief, `second-${email}`)
      await run(thief)
      for (const to of [email, `second-${email}`]) assert.equal((await kindsAt(to))[0], told, to)
    })

  it('S1-b: Security lists what was begun and what was called off, not only what is final', async () => {
    const { email, thief, signedIn } = await victims['a person’s']()
    await move(thief, `second-${email}`)
    await acts['a deletion']?.run(thief)
    await app.settled()
    const visitor = await signedIn(`second-${email}`)
    const lists = async (...said: string[]) => {
      const page = readable(await visitor.page('/account/security'))
      for (const each of said) assert.ok(page.includes(each), each)
    }
    await lists('Unlinking was started: Games', 'Closing was started: Mobile', 'Deletion of the sign-in was started')
    await visitor.send('/account/security', {}, '/account/security/stay')
    for (const company of ['games', 'mobile'])
      await visitor.send('/account/services', {}, `/account/services/${company}/keep`)
    await app.settled()
    await lists(
      'Unlinking was cancelled: Games',
      'Closing was cancelled: Mobile',
      'Deletion of the sign-in was cancelled',
    )
  })

  it('H4: one rule says who is told: nothing else in the trail takes the addresses of a principal alone', () => {
    const taking = globSync('src/activity/*.ts', { cwd: root }).flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .filter((line) => /signInAddresses\(|\baddresses\b[^}]*\}(: Principal\))?[^=]* = /.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    )
    // What a company changed is undone at the addresses that sign in: an old mailbox learns nothing newer (T5).
    assert.deepEqual(taking.toSorted(), [
      "src/activity/create-activity.ts: const { addresses = [], formerAddresses = [], language = 'en', country } = (await readPrincipal(holder)) ?? {}",
      'src/activity/notices.ts: const { addresses, language, company } = principal',
      'src/activity/notices.ts: const { own, principal, addresses } = await reachedAt(account, entry)',
    ])
  })
})
