import assert from 'node:assert/strict'
import {
  asAccount,
  asPerson,
  companyWrites,
  holderOf,
  type PrincipalId,
  principalKey,
} from '../../src/accounts/index.ts'
import { hour, now } from '../../src/lib/clock.ts'
import { isAppError } from '../../src/lib/errors.ts'
import { byCompany, undoWithin } from '../../src/people/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'

interface Made {
  id: PrincipalId
  email: string
  password: string
  /** The account by which a company writes to them. */
  account: string
}

const fresh = 'seven lanterns by the harbour'
const company = { kind: 'company', company: 'games', epoch: 1 } as const
const refused = (code: string) => (error: unknown) => isAppError(error, code)

/** The two kinds; every sentence below is true of both, by the same acts. */
const kinds: Record<string, (app: TestApp) => Promise<Made>> = {
  'a person': async (app) => {
    const { id, email, password } = await app.aPerson({ links: ['games'] })
    const [linked] = await app.features.links.accountsOf(id)
    return { id: asPerson(id), email, password, account: linked!._id }
  },
  'a separate account': async (app) => {
    const { account, email, password } = await app.aSeparateAccount('games')
    return { id: asAccount(account), email, password, account }
  },
}

for (const [kind, make] of Object.entries(kinds))
  describe(`${kind}, as a principal`, () => {
    let app: TestApp
    let made: Made
    before(async () => {
      app = await aTestApp()
    })
    after(() => app.close())
    beforeEach(async () => {
      made = await make(app)
    })
    const today = async () => (await app.features.readPrincipal(made.id))!
    const moved = async (to: string) => {
      const handle = await app.features.addressChanges.begin(made.id, to)
      return { handle, epoch: await app.features.addressChanges.complete(made.id, handle, await app.code(to)) }
    }
    const lastMove = async () => (await today()).takeBacks.at(-1)!

    it('answers who they are, where they sign in and what is known of them', async () => {
      const principal = await today()
      assert.equal(principalKey(principal.id), principalKey(made.id))
      assert.deepEqual([principal.isActive, principal.isGone, principal.standsStill], [true, false, false])
      assert.deepEqual([principal.address, principal.addresses], [made.email, [made.email]])
      assert.deepEqual([principal.held, principal.formerAddresses], [undefined, []])
      assert.equal(principal.actor.kind, made.id.kind)
      assert.equal(principal.details.email, made.email)
      assert.equal(principal.language, 'en')
    })

    it('holds the account that it signs in to, or is linked to, and no other', async () => {
      const { links } = app.features
      const account = (await links.accountOf(made.id, 'games'))!
      assert.equal(account._id, made.account)
      assert.deepEqual(holderOf(account._id, account.link?.person), made.id)
      assert.deepEqual(await links.accountsEverOf(made.id), [made.account])
      assert.equal(await links.accountOf(made.id, 'mobile'), undefined)
    })

    it('changes its own details, and nothing that changed meanwhile', async () => {
      const { details, versions } = await today()
      const change = { field: 'city' as const, base: versions.city ?? 0, was: details.city ?? null }
      assert.ok(await app.features.changeDetails(made.id, { changes: [{ ...change, value: 'Lund' }], minimumAge: 16 }))
      assert.equal((await today()).details.city, 'Lund')
      const late = app.features.changeDetails(made.id, { changes: [{ ...change, value: 'Visby' }], minimumAge: 16 })
      await assert.rejects(late, refused('detail-changed-meanwhile'))
    })

    it('S11: corrects its birth date once in a while, and never across an age limit', async () => {
      const correct = async (value: string) => {
        const { details, versions } = await today()
        const change = { field: 'birthDate' as const, base: versions.birthDate ?? 0, was: details.birthDate ?? null }
        return app.features.changeDetails(made.id, { changes: [{ ...change, value }], minimumAge: 16 })
      }
      await assert.rejects(correct('2020-01-01'), refused('birth-date-age-limit'))
      await correct('1984-03-02')
      await assert.rejects(correct('1983-03-02'), refused('birth-date-guarded'))
    })

    it('S4-3: takes a company’s change back, once', async () => {
      const before = (await today()).details.givenName
      const { accounts, reconciler, undo } = app.features
      await accounts.change(made.account, (account) =>
        companyWrites(account, {
          op: 'theirs',
          source: byCompany,
          changes: [{ field: 'givenName', value: 'Gamer' }],
          actor: company,
          at: now(),
        }),
      )
      await reconciler.enqueueAccount(made.account)
      await app.settled()
      assert.equal((await today()).details.givenName, 'Gamer')
      const [[op] = []] = [...(await undo.offered(made.id))]
      await undo.takeBack(made.id, [op!])
      assert.equal((await today()).details.givenName, before)
      await assert.rejects(undo.takeBack(made.id, [op!]), refused('undo-too-late'))
    })

    it('T4: a new password ends the one before, and what was begun under it', async () => {
      const { authentication, credentials } = app.features
      const epoch = await credentials.setPassword(made.id, { password: fresh, how: 'changed' })
      assert.equal((await today()).credentialEpoch, epoch)
      assert.equal(await authentication.reauthenticate(made.id, made.password), undefined)
      assert.equal(await authentication.reauthenticate(made.id, fresh), epoch)
      const stale = credentials.setPassword(made.id, { password: 'another one', how: 'recovered', epoch: epoch - 1 })
      await assert.rejects(stale, refused('code-expired'))
      assert.equal(await authentication.reauthenticate(made.id, fresh), epoch)
    })

    it('T3, H1: another address signs in after its code, by the first of two clicks', async () => {
      const to = `new.${made.email}`
      const { handle, epoch } = await moved(to)
      const principal = await today()
      assert.equal(principal.credentialEpoch, epoch)
      assert.deepEqual([principal.addresses, principal.details.email], [[to], to])
      assert.equal(await app.features.addressChanges.complete(made.id, handle, await app.code(to)), undefined)
    })

    it('H4: the former address is told, and waits, until its code or its time', async () => {
      await moved(`new.${made.email}`)
      const principal = await today()
      assert.deepEqual(principal.formerAddresses, [made.email])
      assert.equal(principal.held?.address, made.email)
      assert.equal(principal.wayInAddress, made.email)
      assert.ok(principal.held && principal.held.until - now() > undoWithin - hour)
      const { confirmAddress } = app.features
      const earlier = await confirmAddress.begin(made.id, 'en')
      const handle = await confirmAddress.begin(made.id, 'en')
      const code = await app.code(made.email)
      // Of two browsers that asked for a code, the first is told that another was sent (T4).
      for (const act of [
        () => confirmAddress.complete(made.id, earlier, code),
        () => confirmAddress.sendAgain(made.id, earlier, 'en'),
      ])
        await assert.rejects(act, { code: 'code-overtaken' })
      await confirmAddress.complete(made.id, handle, code)
      assert.equal((await today()).held, undefined)
      assert.deepEqual((await today()).takeBacks, [])
    })

    it('T5: the former address takes the change back, with the password of whoever made it', async () => {
      await moved(`new.${made.email}`)
      const former = await lastMove()
      const { addressChanges, authentication } = app.features
      assert.equal(await addressChanges.takesBack(made.id, former), true)
      await addressChanges.takeBack(made.id, former)
      const principal = await today()
      assert.deepEqual([principal.addresses, principal.details.email], [[made.email], made.email])
      assert.equal(await authentication.reauthenticate(made.id, made.password), undefined)
      await assert.rejects(addressChanges.takeBack(made.id, former), refused('undo-too-late'))
    })

    it('is read with what happened in its trail, as long as it may act', async () => {
      await moved(`new.${made.email}`)
      assert.ok(await app.features.currentPrincipal(made.id))
      const trail = await app.features.activity.listFor(made.id, { limit: 50, kinds: ['address-changed'] })
      assert.deepEqual(
        trail.map(({ by }) => by),
        ['you'],
      )
    })
  })
