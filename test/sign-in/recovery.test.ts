import assert from 'node:assert/strict'
import { asAccount } from '../../src/accounts/index.ts'
import { detailNames } from '../../src/details/index.ts'
import { limitRules } from '../../src/limits/index.ts'
import type { TestApp } from '../world/app.ts'
import { aCountedApp } from '../world/counted.ts'
import { fieldsOf, readable } from '../world/pages.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'

const fresh = 'four umbrellas in a quiet field'

describe('*Forgot password?*', () => {
  let app: TestApp
  let seen: string[]
  before(async () => {
    ;({ app, seen } = await aCountedApp())
  })
  after(() => app.close())

  /** At the page that asks for the code. */
  const begun = async (email: string, client = 'games-arcade') => {
    const traveller = aTraveller(app)
    const form = await traveller.open(await traveller.go(client), '/recover')
    return { traveller, form, page: await traveller.act(form, '/recover', { email }) }
  }

  const proven = async (email: string, client?: string) => {
    const { traveller, page } = await begun(email, client)
    return { traveller, page: await traveller.act(page, '/recover/code', { code: await app.code(email) }) }
  }

  it('address, code, new password: signed in; the old password and every session of before are dead (T2)', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const before = aTraveller(app)
    await before.act(await before.go('games-arcade'), '', asTyped(person))
    const { traveller, page } = await proven(person.email)
    assert.equal(traveller.told(await traveller.act(page, '/recover/password', { password: fresh })), 'code')
    assert.equal(await app.features.authentication.authenticate(person.email, person.password, null), undefined)
    assert.match(readable(await before.go('games-arcade')), /Forgot password\?/)
  })

  it('T19: an unknown address meets the same pages and costs the same; its own mailbox alone learns more', async () => {
    const person = await app.aPerson()
    const walk = async (email: string) => {
      const traveller = aTraveller(app)
      const form = await traveller.open(await traveller.go('games-arcade'), '/recover')
      seen.length = 0
      const sent = await traveller.send(form, '/recover', { email })
      const asked = [...seen].sort()
      const page = await traveller.follow(sent.next ?? '', () => false)
      const [mail] = (await app.features.mailer.mailbox?.list(email)) ?? []
      return { status: sent.status, asked, page: readable(page).replaceAll(email, ''), kind: mail?.kind }
    }
    const both = await app.aSeparateAccount('games', { email: (await app.aPerson()).email })
    const stranger = await walk('stranger@mail.example')
    assert.deepEqual(stranger, await walk(person.email))
    assert.deepEqual(stranger, await walk(both.email))
    const { page } = await proven('stranger@mail.example')
    assert.match(readable(page), /This address is not registered/)
  })

  it('sets the password of an account of its own, at its company alone', async () => {
    const own = await app.aSeparateAccount('games')
    const elsewhere = await proven(own.email, 'mobile-store')
    assert.match(readable(elsewhere.page), /This address is not registered/)
    const { traveller, page } = await proven(own.email, 'games-arcade')
    const offer = await traveller.act(page, '/recover/password', { password: fresh })
    assert.match(readable(offer), /One sign-in for all your accounts/)
    assert.equal(await app.features.authentication.authenticate(own.email, own.password, 'games'), undefined)
    assert.equal((await app.features.authentication.authenticate(own.email, fresh, 'games'))?.kind, 'account')
  })

  describe('of an address that opens two sign-ins', () => {
    const another = 'six lanterns on a slow canal'
    const two = async () => {
      const person = await app.aPerson()
      const own = await app.aSeparateAccount('games', { email: person.email, password: 'copper pots in the attic' })
      return { ...person, own }
    }
    const opens = async (email: string, password: string) =>
      (await app.features.authentication.authenticate(email, password, 'games'))?.kind

    it('asks after the code which of them is meant, and leaves the other as it was', async () => {
      for (const which of ['unified', 'own'] as const) {
        const { email, password, own } = await two()
        const { traveller, page } = await proven(email)
        assert.match(readable(page), /Which password have you forgotten\?.*Your linked accounts.*Games alone/s)
        const form = await traveller.open(page, `/recover/password?which=${which}`)
        await traveller.send(form, '/recover/password', { password: another })
        const kinds = [await opens(email, password), await opens(email, own.password), await opens(email, another)]
        assert.deepEqual(
          kinds,
          which === 'own' ? ['person', undefined, 'account'] : [undefined, 'account', 'person'],
          which,
        )
      }
    })

    it('asks nothing of it at another company, and says nothing there of the account at the first', async () => {
      const { email, own } = await two()
      const { traveller, page } = await proven(email, 'mobile-store')
      assert.match(readable(page), /Choose a new password/)
      assert.doesNotMatch(readable(page), /Games|Which password/)
      const sent = await traveller.post(page, '/recover/password', {
        ...fieldsOf(page, `${traveller.baseOf(page)}/recover/password`),
        which: 'own',
        password: another,
      })
      assert.doesNotMatch(sent.text, /http-equiv="refresh"/)
      assert.equal(await opens(email, own.password), 'account')
    })

    it('sets neither before the code, nor one that was changed since it was begun (T4)', async () => {
      const { email, password, own } = await two()
      const early = await begun(email)
      const asked = await early.traveller.open(early.page, '/recover/which')
      assert.doesNotMatch(readable(asked), /Games alone/)
      const { traveller, page } = await proven(email)
      const form = await traveller.open(page, '/recover/password?which=own')
      await app.features.credentials.setPassword(asAccount(own.account), {
        password: 'changed in the meantime',
        how: 'changed',
      })
      await traveller.send(form, '/recover/password', { password: another })
      assert.equal(await opens(email, another), undefined)
      assert.equal(await opens(email, password), 'person')
    })
  })

  describe('of an account that was linked and unlinked (S4-1)', () => {
    const unlink = (person: string) =>
      app.features.links.unlink(person, 'games', { keep: 'before', actor: { kind: 'person', id: person } })
    const linkExisting = async (person: string, id: string) => {
      const { epoch, credentialEpoch } = await app.account(id)
      const proven = { person: (await app.features.people.get(person))?.credentialEpoch ?? 0, account: credentialEpoch }
      const company = app.config.group.companies.get('games')
      assert.ok(company)
      const request = {
        company,
        actor: { kind: 'person' as const, id: person },
        policyVersion: '1',
        shown: detailNames,
        keep: [],
      }
      await app.features.links.linkExistingAccount(person, { ...request, account: id, epoch, proven })
      await app.settled()
    }
    const aLeft = async () => {
      const [person, own] = [await app.aPerson(), await app.aSeparateAccount('games')]
      await linkExisting(person.id, own.account)
      await unlink(person.id)
      await app.settled()
      return { person, own }
    }

    it('gives it a sign-in of its own by the address it had before, at its company alone', async () => {
      const { person, own } = await aLeft()
      assert.match(readable((await proven(own.email, 'mobile-store')).page), /This address is not registered/)
      assert.match(readable((await proven(person.email)).page), /Choose a new password/, 'not whoever linked it (T18)')
      const { traveller, page } = await proven(own.email)
      assert.match(readable(page), /no password since it was unlinked/)
      const back = await traveller.act(page, '/recover/password', { password: fresh })
      assert.equal(traveller.told(back), 'code')
      const found = await app.features.authentication.authenticate(own.email, fresh, 'games')
      assert.ok(found?.kind === 'account' && found.account === own.account)
      assert.equal(await app.features.authentication.authenticate(own.email, fresh, 'mobile'), undefined)
      assert.equal((await person.now()).credentialEpoch, 1)
    })

    it('asks whose account the link had made which of the two they mean', async () => {
      const person = await app.aPerson({ links: ['games'] })
      await unlink(person.id)
      const { traveller, page } = await proven(person.email)
      assert.match(readable(page), /Which password.*has had no password/s)
      const form = await traveller.open(page, '/recover/password?which=own')
      await traveller.act(form, '/recover/password', { password: fresh })
      const holder = await app.features.authentication.authenticate(person.email, fresh, 'games')
      assert.ok(holder?.kind === 'account' && holder.account === person.accounts.games)
      assert.equal(
        (await app.features.authentication.authenticate(person.email, person.password, 'games'))?.kind,
        'person',
      )
    })

    it('gives it none that was begun before another link, or another way in (T11)', async () => {
      const relinked = await aLeft()
      const first = await proven(relinked.own.email)
      await linkExisting(relinked.person.id, relinked.own.account)
      await unlink(relinked.person.id)
      const given = await aLeft()
      const [late, early] = [await proven(given.own.email), await proven(given.own.email)]
      await early.traveller.act(early.page, '/recover/password', { password: 'the one who was first' })
      for (const { traveller, page } of [first, late]) {
        const sent = await traveller.send(page, '/recover/password', { password: fresh })
        assert.doesNotMatch(sent.text, /http-equiv="refresh"/)
      }
      assert.equal((await app.account(relinked.own.account)).signIn, null)
      assert.equal(await app.features.authentication.authenticate(given.own.email, fresh, 'games'), undefined)
      assert.ok(await app.features.authentication.authenticate(given.own.email, 'the one who was first', 'games'))
    })
  })

  it('CVE-2026-18963: no step is left out, and none is good twice', async () => {
    const person = await app.aPerson()
    const { traveller, form, page } = await begun(person.email)
    const { csrf = '' } = fieldsOf(page, `${traveller.baseOf(page)}/recover/code`)
    const early = await traveller.post(page, '/recover/password', { csrf, password: fresh })
    assert.doesNotMatch(early.text, /http-equiv="refresh"/)
    assert.equal(await app.features.authentication.authenticate(person.email, fresh, null), undefined)
    const set = await traveller.act(page, '/recover/code', { code: await app.code(person.email) })
    assert.equal((await traveller.send(set, '/recover/password', { password: fresh })).status, 200)
    const twice = await traveller.post(page, '/recover/password', { csrf, password: 'yet another quiet umbrella' })
    assert.doesNotMatch(twice.text, /http-equiv="refresh"/)
    assert.equal(
      await app.features.authentication.authenticate(person.email, 'yet another quiet umbrella', null),
      undefined,
    )
    assert.equal(form.status, 200)
  })

  it('CVE-2023-26481: one’s own code sets nobody else’s password', async () => {
    const [person, attacker] = [await app.aPerson(), await app.aPerson()]
    const { traveller, page } = await proven(attacker.email)
    const fields = { password: fresh, email: person.email, person: person.id, account: person.id }
    await traveller.send(page, '/recover/password', fields)
    assert.equal((await app.features.authentication.authenticate(person.email, person.password, null))?.kind, 'person')
  })

  it('§3: a code is good in the browser that asked, and dies with five wrong ones', async () => {
    const person = await app.aPerson()
    const { traveller, page } = await begun(person.email)
    const code = await app.code(person.email)
    const other = await begun('other@mail.example')
    const stolen = await other.traveller.send(other.page, '/recover/code', { code })
    assert.match(readable(stolen), /Wrong code/)
    const wrong = code === '000000' ? '000001' : '000000'
    for (let guess = 0; guess < 5; guess++) await traveller.send(page, '/recover/code', { code: wrong })
    assert.match(readable(await traveller.send(page, '/recover/code', { code })), /has expired/)
  })

  it('§3: strangers who ask and guess keep nobody from their way back in a browser they used before', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const own = aTraveller(app)
    await own.act(await own.go('games-arcade'), '', asTyped(person))
    await app.features.limits.clear()
    for (let i = 0; i < limitRules['code-sent-address'].most; i++) await begun(person.email)
    for (let i = 0; i < limitRules['code-tried-address'].most; i++)
      await app.features.limits.consume('code-tried-address', person.email)
    assert.match(readable((await begun(person.email)).page), /Too many attempts/)

    const form = await own.open(await own.go('games-arcade', { prompt: 'login' }), '/recover')
    const asked = await own.act(form, '/recover', { email: person.email })
    const page = await own.act(asked, '/recover/send-again')
    assert.match(readable(page), /new code is on its way/)
    const proof = await own.act(page, '/recover/code', { code: await app.code(person.email) })
    assert.equal(own.told(await own.act(proof, '/recover/password', { password: fresh })), 'code')
    await app.features.limits.clear()
  })

  it('T4: a recovery begun before another one is done is worth nothing after it', async () => {
    const person = await app.aPerson()
    const attacker = await proven(person.email)
    const owner = await proven(person.email)
    await owner.traveller.send(owner.page, '/recover/password', { password: fresh })
    const late = await attacker.traveller.send(attacker.page, '/recover/password', {
      password: 'a password of the other',
    })
    assert.doesNotMatch(late.text, /http-equiv="refresh"/)
    assert.equal((await app.features.authentication.authenticate(person.email, fresh, null))?.kind, 'person')
  })

  it('sends another code on asking, for the same address', async () => {
    const person = await app.aPerson()
    const { traveller, page } = await begun(person.email)
    const again = await traveller.act(page, '/recover/send-again')
    assert.match(readable(again), /new code is on its way/)
    const set = await traveller.act(again, '/recover/code', { code: await app.code(person.email) })
    assert.match(readable(set), /Choose a new password/)
  })

  it('refuses a weak password with the reason, and takes the next; what is no address is told at once', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const { form, traveller: early } = await begun('typo@mail.example')
    assert.match(readable(await early.send(form, '/recover', { email: 'typo' })), /address/)
    const { traveller, page } = await proven(person.email)
    const weak = await traveller.send(page, '/recover/password', { password: 'password12' })
    assert.equal(weak.again, true)
    assert.match(weak.text, /id="f-password-problem"/)
    assert.equal(traveller.told(await traveller.act(weak, '/recover/password', { password: fresh })), 'code')
  })

  it('during a proof anew, another one’s recovery takes nothing over (CVE-2023-6787)', async () => {
    const [person, other] = [await app.aPerson({ links: ['games'] }), await app.aPerson({ links: ['games'] })]
    const traveller = aTraveller(app)
    await traveller.act(await traveller.go('games-arcade'), '', asTyped(person))
    const again = await traveller.go('games-arcade', { prompt: 'login' })
    const page = await traveller.act(await traveller.open(again, '/recover'), '/recover', { email: other.email })
    const set = await traveller.act(page, '/recover/code', { code: await app.code(other.email) })
    assert.equal((await traveller.send(set, '/recover/password', { password: fresh })).status, 409)
  })
})
