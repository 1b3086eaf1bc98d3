import assert from 'node:assert/strict'
import { asAccount, asPerson, isLinkedTo, type PrincipalId, rawIdOf } from '../../src/accounts/index.ts'
import { policyInForce } from '../../src/companies/index.ts'
import { askedFrom } from '../../src/lib/browser-binding.ts'
import { type AdjustableClock, adjustableClock, day, hour, minute } from '../../src/lib/clock.ts'
import { AppError, isAppError } from '../../src/lib/errors.ts'
import type { TestApp } from '../world/app.ts'
import { anAppWithMeanwhile, type Meanwhile } from '../world/meanwhile.ts'
import { movedAddress } from '../world/moved-address.ts'
import { fieldsOf } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

const thiefsPassword = 'seven copper lanterns humming'

describe('a sign-in that is taken back while somebody is in the middle of an act (H4, T11)', function () {
  this.timeout(240_000)
  let app: TestApp
  let clock: AdjustableClock
  let meanwhile: Meanwhile
  before(async () => {
    clock = adjustableClock()
    ;({ app, meanwhile } = await anAppWithMeanwhile())
  })
  after(async () => {
    meanwhile.next = undefined
    clock.reset()
    await app.close()
  })

  /** As a request of whoever is signed in, that passed the check of the session at this moment. */
  const asSignedIn = async <T>(of: PrincipalId, act: () => Promise<T>): Promise<T> => {
    const { credentialEpoch = -1 } = (await app.features.readPrincipal(of)) ?? {}
    const id = rawIdOf(of)
    const browser = {
      key: () => 'key',
      holds: () => true,
      network: () => '192.0.2.1',
      isSignedIn: () => true,
      signedIn: () => {},
      signedInAs: () => ({ id, credentialEpoch }),
    }
    return askedFrom(browser, act)
  }

  const moved = async (of: PrincipalId, email: string): Promise<void> => {
    const { addressChanges } = app.features
    const handle = await addressChanges.begin(of, email)
    await addressChanges.complete(of, handle, await app.code(email))
    await app.settled()
    clock.advance(minute)
  }
  const takeBack = async (of: PrincipalId): Promise<void> => {
    const [former] = (await app.features.readPrincipal(of))?.takeBacks ?? []
    if (!former) throw new AppError('gone', 'undo-too-late')
    await app.features.takeBackAddress.take(of, former)
  }

  const aVictim = async (links: string[]): Promise<Victim> => {
    const { id, email, accounts } = await app.aPerson({ links })
    await moved(asPerson(id), `thief-${email}`)
    return { id, email, account: accounts.games ?? '', of: asPerson(id) }
  }
  const aSeparateVictim = async (): Promise<Victim> => {
    const { account, email } = await app.aSeparateAccount('games')
    await moved(asAccount(account), `thief-${email}`)
    return { id: account, email, account, of: asAccount(account) }
  }
  interface Victim {
    id: string
    email: string
    account: string
    of: PrincipalId
  }

  const company = () => app.config.group.companies.get('games')!
  const atOnce = { kind: 'at-once' } as const

  /** Every act that ends or gives something. */
  const acts: Record<string, { links: string[]; run: (victim: Victim) => Promise<unknown>; separate?: true }> = {
    unlink: {
      links: ['games'],
      run: ({ id }) => app.features.unlink(id, 'games', { keep: 'now', actor: { kind: 'person', id } }),
    },
    close: {
      links: ['games'],
      run: async ({ id, account }) =>
        app.features.closeAccount.close(await app.account(account), atOnce, { kind: 'person', id }),
    },
    delete: { links: [], run: ({ id }) => app.features.erasePerson.erase(id) },
    link: {
      links: [],
      run: ({ id }) =>
        app.features.links.linkNewAccount(id, {
          company: company(),
          actor: { kind: 'person', id },
          policyVersion: policyInForce(company()).version,
          shown: [],
        }),
    },
    allow: {
      links: ['games'],
      run: async ({ account }) =>
        app.features.allowApplication(await app.account(account), {
          client: 'leaderboard',
          scopes: ['openid'],
          fields: [],
          policyVersion: '1',
        }),
    },
    'change details': {
      links: ['games'],
      run: ({ of }) => app.features.changeDetails(of, { changes: [{ field: 'city', value: 'Thiefton', was: null }] }),
    },
    'change details of an account apart': {
      links: [],
      separate: true,
      run: ({ of }) => app.features.changeDetails(of, { changes: [{ field: 'city', value: 'Thiefton', was: null }] }),
    },
    'set a password': {
      links: ['games'],
      run: ({ of }) => app.features.setPassword(of, { password: thiefsPassword, how: 'changed' }),
    },
    'begin another address': {
      links: ['games'],
      run: ({ of, email }) => app.features.addressChanges.begin(of, `again-${email}`),
    },
    'move on to yet another address': {
      links: ['games'],
      run: async ({ of, email }) => {
        const handle = await app.features.addressChanges.begin(of, `again-${email}`)
        return app.features.addressChanges.complete(of, handle, await app.code(`again-${email}`))
      },
    },
    'close an account apart': {
      links: [],
      separate: true,
      run: async ({ id, account }) =>
        app.features.closeAccount.close(await app.account(account), atOnce, { kind: 'account', id }),
    },
    'set a password of an account apart': {
      links: [],
      separate: true,
      run: ({ of }) => app.features.setPassword(of, { password: thiefsPassword, how: 'changed' }),
    },
  }

  const asBefore = async ({ id, email, account, of }: Victim, links: string[]): Promise<void> => {
    const principal = await app.features.readPrincipal(of)
    assert.deepEqual(principal?.addresses, [email])
    assert.equal(principal?.isActive, true)
    assert.equal(principal?.details.city ?? null, null)
    const { credential } = principal
    assert.ok(credential === undefined || credential.endsWith(':ended'), `no password signs in: ${credential}`)
    const held = await app.features.links.accountsHeldBy(of)
    assert.deepEqual(
      held.map(({ company: at, status, leaving }) => [at, status, leaving]),
      of.kind === 'account' ? [['games', 'open', undefined]] : links.map((at) => [at, 'open', undefined]),
    )
    if (links.length > 0) assert.equal(isLinkedTo(await app.account(account), id), true)
    if (account) assert.deepEqual(await app.features.consents.ofAccount((await app.account(account))._id), [])
  }

  for (const [name, { links, run, separate }] of Object.entries(acts))
    it(`T11, H4: of ${name}, wherever it had come to, nothing is left`, async () => {
      let refused = 0
      for (let after = 0; ; after++) {
        assert.ok(after < 40, 'an act of so many steps goes round something')
        const victim = separate ? await aSeparateVictim() : await aVictim(links)
        let back: Promise<void> | undefined
        const code = await asSignedIn(victim.of, async () => {
          meanwhile.next = {
            after,
            run: () => {
              back = takeBack(victim.of)
              return back
            },
          }
          return run(victim).then(
            () => '',
            (error: unknown) => {
              if (!isAppError(error)) throw error
              return error.code
            },
          )
        })
        meanwhile.next = undefined
        if (code === 'interaction-expired') refused += 1
        // It was over before: taken back then, it is as it always was. What follows it may have met it, too.
        const isOver = back === undefined
        await (back ?? takeBack(victim.of))
        await app.settled()
        await asBefore(victim, links)
        clock.advance(3 * day + hour)
        await app.settled()
        await asBefore(victim, links)
        if (isOver) break
      }
      assert.ok(refused > 0, 'no moment at which it is refused')
    })

  for (const separate of [false, true])
    it(`H4: two presses of the one link at once take it back once: ${separate ? 'an account apart' : 'a person'}`, async () => {
      for (let after = 0; after < 12; after++) {
        const victim = separate ? await aSeparateVictim() : await aVictim(['games'])
        let second: Promise<string> | undefined
        const codeOf = (back: Promise<void>) =>
          back.then(
            () => '',
            (error: unknown) => (isAppError(error) ? error.code : String(error)),
          )
        meanwhile.next = {
          after,
          run: async () => {
            second = codeOf(takeBack(victim.of))
            await second
          },
        }
        const first = await codeOf(takeBack(victim.of))
        meanwhile.next = undefined
        const codes = [first, (await second) ?? 'undo-too-late']
        assert.ok(codes.includes(''), codes.join())
        assert.ok(
          codes.every((code) => ['', 'undo-too-late'].includes(code)),
          codes.join(),
        )
        await app.settled()
        await asBefore(victim, separate ? [] : ['games'])
      }
    })

  const { move } = movedAddress(() => app)

  for (const [path, form] of [
    ['/account/services/games/unlink', { keep: 'now' }],
    ['/account/services/games/close', {}],
    ['/account/security/password', { password: thiefsPassword }],
  ] as const)
    it(`H4: a request to ${path} that was let in is answered as that of somebody signed out`, async () => {
      const { id, email, password, accounts } = await app.aPerson({ links: ['games'] })
      const thief = aVisitor(app.issuer)
      await thief.signIn({ email, password })
      await move(thief, `thief-${email}`)
      await app.settled()
      const page = await thief.page(path)
      assert.equal(page.status, 200)
      // The session is looked at by the first of these reads, the person as they stand by the next.
      meanwhile.next = { after: 1, run: () => takeBack(asPerson(id)) }
      const answer = await thief.submit(`${app.issuer}${path}`, { ...fieldsOf(page, path), ...form })
      assert.equal(meanwhile.next, undefined, 'taken back in the middle of it')
      assert.match(answer.next ?? '', /\/auth\?/)
      await app.settled()
      await asBefore({ id, email, account: accounts.games ?? '', of: asPerson(id) }, ['games'])
    })
})
