import assert from 'node:assert/strict'
import { asAccount, asPerson } from '../../src/accounts/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aCompany, aPartner, aService, declared } from '../world/group.ts'
import { fieldsOf, readable, testIds } from '../world/pages.ts'
import { aRegistration, asTyped, aTraveller, type Traveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const companies = ['games', 'mobile'].map((id) =>
  declared(
    aCompany({ id }),
    [aService(id, `${id}-site`, `https://${id}.example`, { events: undefined })],
    id === 'games' ? [aPartner('games', 'leaderboard', 'https://leaderboard.example')] : [],
  ),
)

describe('an account that is there already, when its person comes to the company again', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp({ config: { companies } as object })
  })
  after(() => app.close())

  type Person = Awaited<ReturnType<TestApp['aPerson']>>

  const accountAt = (person: string, company = 'games') => app.features.links.accountAt(person, company)
  const ofCompany = () => app.features.accounts.ofCompany('games', '', 10_000)
  const unlink = async (person: Person, account: string) => {
    const actor = { kind: 'person' as const, id: person.id }
    await app.features.links.unlink(person.id, 'games', { keep: 'before', actor })
    await app.features.oidc.endAccount(account)
    await app.settled()
  }
  const atLinkPage = async (person: Person, client = 'games-site', traveller: Traveller = aTraveller(app)) => ({
    traveller,
    page: await traveller.act(await traveller.go(client), '', asTyped(person)),
  })

  /** A person who linked an account from before, and unlinked it again. */
  const whoLeftAnAccountFromBefore = async () => {
    const [person, own] = [await app.aPerson(), await app.aSeparateAccount('games')]
    const { traveller, page } = await atLinkPage(person)
    const preview = await traveller.act(await traveller.open(page, '/existing'), '/existing', asTyped(own))
    const proof = fieldsOf(preview, `${traveller.baseOf(preview)}/preview`)
    assert.equal(traveller.told(await traveller.act(preview, '/preview')), 'code')
    await unlink(person, own.account)
    return { person, own, proof }
  }

  describe('that this person’s link had made (U2)', () => {
    const whoLeft = async () => {
      const person = await app.aPerson({ links: ['games'] })
      const first = await app.account(person.accounts.games ?? '')
      await unlink(person, first._id)
      return { person, first }
    }

    it('U2: is named, and *Link and continue* takes it up again: same subject, higher epoch', async () => {
      const { person, first } = await whoLeft()
      const { traveller, page } = await atLinkPage(person)
      assert.match(testIds(page, 'already-there')[0] ?? '', /You had an account at Games until you unlinked it/)
      const before = await app.account(first._id)
      assert.equal(traveller.told(await traveller.act(page, '/link')), 'code')
      const again = await accountAt(person.id)
      assert.equal(again?._id, first._id)
      assert.equal(again?.subject, first.subject)
      assert.ok((again?.epoch ?? 0) > before.epoch)
    })

    it('U2: a second one comes by *Start a second account* alone, and both stay in sight', async () => {
      const { person, first } = await whoLeft()
      const { traveller, page } = await atLinkPage(person)
      assert.equal(traveller.told(await traveller.act(page, '/link', { second: 'yes' })), 'code')
      const second = await accountAt(person.id)
      assert.notEqual(second?._id, first._id)
      const visitor = aVisitor(app.issuer)
      await visitor.signIn(person)
      const services = await visitor.page('/account/services')
      assert.deepEqual(
        testIds(services, 'link-status').map((word) => word.split(' since')[0]),
        ['in step'],
      )
      assert.match(readable(services), /Another account at Games/)
    })

    it('U2: once it has a way in of its own it is proven like any other', async () => {
      const { person, first } = await whoLeft()
      const password = 'an otter under the old bridge'
      assert.ok(await app.features.separateLogins.giveWayIn(await app.account(first._id), person.email, password))
      const { traveller, page } = await atLinkPage(person)
      assert.doesNotMatch(readable(page), /Link and continue/)
      assert.equal((await traveller.post(page, '/link', fieldsOf(page, `${traveller.baseOf(page)}/link`))).again, true)
      assert.equal(await accountAt(person.id), undefined)
      const proof = await traveller.open(page, '/existing')
      const preview = await traveller.act(proof, '/existing', { email: person.email, password })
      assert.equal(traveller.told(await traveller.act(preview, '/preview')), 'code')
      assert.equal((await accountAt(person.id))?._id, first._id)
    })

    it('U2: two tabs at once take up the one account', async () => {
      const { person, first } = await whoLeft()
      const { traveller, page } = await atLinkPage(person)
      const other = await traveller.go('games-site')
      await Promise.all([page, other, page].map((each) => traveller.send(each, '/link')))
      assert.equal((await accountAt(person.id))?._id, first._id)
      assert.equal((await ofCompany()).filter(({ link }) => link?.person === person.id).length, 1)
    })
  })

  describe('that was there before the link (U2)', () => {
    it('U2: is named; its proof by a code to its own address comes first, then the preview, and its subject stays', async () => {
      const { person, own } = await whoLeftAnAccountFromBefore()
      const { traveller, page } = await atLinkPage(person)
      assert.match(
        testIds(page, 'already-there')[0] ?? '',
        new RegExp(`the address ${own.email} until you unlinked it`),
      )
      assert.match(page.text, /class="primary" id="existing"/)
      assert.doesNotMatch(readable(page), /Link and continue/)
      const code = await traveller.act(await traveller.open(page, '/by-code'), '/by-code')
      const preview = await traveller.act(code, '/by-code/code', { code: await app.code(own.email) })
      assert.equal(testIds(preview, 'preview').length, 1)
      assert.match(readable(preview), /both accounts are yours, not a relative’s/)
      assert.equal((await app.account(own.account)).link, null, 'nothing is linked by the code alone')
      assert.equal(traveller.told(await traveller.act(preview, '/preview')), 'code')
      assert.equal((await accountAt(person.id))?._id, own.account)
    })

    it('U2: a page from before, or a forged form, makes no second account', async () => {
      const { person, own } = await whoLeftAnAccountFromBefore()
      const { traveller, page } = await atLinkPage(person)
      const fields = fieldsOf(page, `${traveller.baseOf(page)}/link`)
      const refused = await traveller.post(page, '/link', fields)
      assert.equal(refused.again, true)
      assert.match(readable(refused), /You already have an account here/)
      assert.equal(await accountAt(person.id), undefined)
      await assert.rejects(
        app.features.links.linkNewAccount(person.id, {
          company: app.config.group.companies.get('games')!,
          actor: { kind: 'person', id: person.id },
          policyVersion: '1',
          shown: [],
        }),
        { code: 'account-there' },
      )
      assert.equal((await app.account(own.account)).link, null)
    })

    it('U2, T11, T18: nothing that was proven before the unlink counts', async () => {
      const { person, own, proof } = await whoLeftAnAccountFromBefore()
      const { traveller, page } = await atLinkPage(person)
      const { csrf = '' } = fieldsOf(page, `${traveller.baseOf(page)}/link`)
      assert.equal((await traveller.post(page, '/preview', { ...proof, csrf })).status, 410)
      assert.equal((await app.account(own.account)).link, null)
    })

    it('U2: a second one comes by *Start a second account* alone; the first is left as it was', async () => {
      const { person, own } = await whoLeftAnAccountFromBefore()
      const { traveller, page } = await atLinkPage(person)
      assert.match(readable(page), /Start a second account/)
      assert.equal(traveller.told(await traveller.act(page, '/link', { second: 'yes' })), 'code')
      assert.notEqual((await accountAt(person.id))?._id, own.account)
      assert.equal((await app.account(own.account)).left?.person, person.id)
    })

    it('U2: by way of a partner’s application likewise', async () => {
      const { person, own } = await whoLeftAnAccountFromBefore()
      const { traveller, page } = await atLinkPage(person, 'leaderboard')
      assert.match(page.text, /class="primary" id="existing"/)
      assert.equal((await traveller.send(page, '/link')).again, true)
      assert.equal(await accountAt(person.id), undefined)
      const code = await traveller.act(await traveller.open(page, '/by-code'), '/by-code')
      const preview = await traveller.act(code, '/by-code/code', { code: await app.code(own.email) })
      const consent = await traveller.act(preview, '/preview')
      assert.equal(traveller.told(await traveller.act(consent, '/consent')), 'code')
      assert.equal((await accountAt(person.id))?._id, own.account)
    })
  })

  describe('a code to an address, for linking', () => {
    it('U2, T19: is sent the same to an address that opens no account there, and proves nothing', async () => {
      const person = await app.aPerson()
      const own = await app.aSeparateAccount('games')
      const { traveller, page } = await atLinkPage(person)
      const texts = []
      for (const email of [own.email, 'stranger@own.example']) {
        const form = await traveller.open(page, '/by-code')
        const code = await traveller.act(form, '/by-code', { email })
        const [letter] = (await app.features.mailer.mailbox?.list(email)) ?? []
        texts.push(
          `${code.status} ${readable(code)} ${letter?.kind} ${letter?.text}`.replaceAll(email, '').replace(/\d{6}/, ''),
        )
      }
      assert.equal(new Set(texts).size, 1)
      const form = await traveller.open(page, '/by-code')
      const code = await traveller.act(form, '/by-code', { email: 'stranger@own.example' })
      const none = await traveller.send(code, '/by-code/code', { code: await app.code('stranger@own.example') })
      assert.match(readable(none), /There is no account with this address that can be linked here/)
    })

    it('T4, T11: is worth nothing once either side was changed', async () => {
      const password = 'an otter under the old bridge'
      const changes: Record<string, (person: Person, account: string) => Promise<unknown>> = {
        'its own password': (_, account) =>
          app.features.credentials.setPassword(asAccount(account), { password: password, how: 'changed' }),
        'the unified one': ({ id }) =>
          app.features.credentials.setPassword(asPerson(id), { password: password, how: 'recovered' }),
      }
      for (const [which, change] of Object.entries(changes)) {
        const [person, own] = [await app.aPerson(), await app.aSeparateAccount('games')]
        const { traveller, page } = await atLinkPage(person)
        const code = await traveller.act(await traveller.open(page, '/by-code'), '/by-code', { email: own.email })
        await change(person, own.account)
        await traveller.send(code, '/by-code/code', { code: await app.code(own.email) })
        assert.equal((await app.account(own.account)).link, null, which)
        const handle = await app.features.proveByCode.begin({
          person: person.id,
          company: { id: 'games', name: 'Games' },
          email: own.email,
          language: 'en',
        })
        const answer = await app.code(own.email)
        await change(person, own.account)
        await assert.rejects(app.features.proveByCode.prove(handle, answer, person.id, 'games'), {
          code: 'code-expired',
        })
      }
    })

    it('T11: proves once, for that person and that company', async () => {
      const [person, other, own] = [await app.aPerson(), await app.aPerson(), await app.aSeparateAccount('games')]
      const { proveByCode } = app.features
      const asked = {
        person: person.id,
        company: { id: 'games', name: 'Games' },
        email: own.email,
        language: 'en' as const,
      }
      const handle = await proveByCode.begin(asked)
      const code = await app.code(own.email)
      await assert.rejects(proveByCode.prove(handle, code, other.id, 'games'), { code: 'code-expired' })
      await assert.rejects(proveByCode.prove(handle, code, person.id, 'mobile'), { code: 'code-expired' })
      assert.equal((await proveByCode.prove(handle, code, person.id, 'games')).account._id, own.account)
      await assert.rejects(proveByCode.prove(handle, code, person.id, 'games'), { code: 'code-expired' })
    })
  })

  describe('under the very address that a code has just proven (U3)', () => {
    const registers = async (email: string, client = 'games-site') => {
      const traveller = aTraveller(app)
      const form = await traveller.open(await traveller.go(client), '/create')
      const code = await traveller.act(form, '/create', aRegistration(email))
      return { traveller, page: await traveller.act(code, '/create/code', { code: await app.code(email) }) }
    }
    const personOf = async (email: string) =>
      ((await app.features.authentication.holdersOf(email, null))[0] as { person: string } | undefined)?.person ?? ''

    it('U3: is told of at registration, before anything is linked, and is proven with its own password', async () => {
      const own = await app.aSeparateAccount('games')
      const { traveller, page } = await registers(own.email)
      assert.match(testIds(page, 'already-there')[0] ?? '', /There is an account at Games with this address.*relative/)
      assert.equal(await accountAt(await personOf(own.email)), undefined)
      assert.equal((await traveller.send(page, '/link')).again, true)
      const proof = await traveller.open(page, '/existing')
      assert.equal((await traveller.send(proof, '/existing', { password: 'not this one at all' })).again, true)
      const preview = await traveller.act(proof, '/existing', asTyped(own))
      assert.match(readable(preview), /both accounts are yours, not a relative’s/)
      assert.equal(traveller.told(await traveller.act(preview, '/preview')), 'code')
      assert.equal((await accountAt(await personOf(own.email)))?._id, own.account)
    })

    it('U3: a second one comes by *Start a second account* alone', async () => {
      const own = await app.aSeparateAccount('games')
      const { traveller, page } = await registers(own.email)
      assert.equal(traveller.told(await traveller.act(page, '/link', { second: 'yes' })), 'code')
      assert.notEqual((await accountAt(await personOf(own.email)))?._id, own.account)
      assert.ok((await app.account(own.account)).signIn, 'the one that was there goes on as it was')
    })

    it('U3: after *Forgot password?* with that address likewise', async () => {
      const person = await app.aPerson()
      await app.aSeparateAccount('games', { email: person.email })
      const traveller = aTraveller(app)
      const asked = await traveller.open(await traveller.go('games-site'), '/recover')
      const code = await traveller.act(asked, '/recover', { email: person.email })
      await traveller.act(code, '/recover/code', { code: await app.code(person.email) })
      const form = await traveller.open(asked, '/recover/password?which=unified')
      const page = await traveller.act(form, '/recover/password', { password: 'an otter under the old bridge' })
      assert.match(testIds(page, 'already-there')[0] ?? '', /There is an account at Games with this address/)
    })

    it('U3, T19: of any other address nothing is said', async () => {
      const email = `${Math.random().toString(36).slice(2, 10)}@mail.example`
      await app.aSeparateAccount('games', { email: `other-${email}` })
      const { traveller, page } = await registers(email)
      assert.equal(traveller.told(page), 'code', 'linked by the one page, as ever (S1-a)')
      const person = await app.aPerson()
      await app.aSeparateAccount('games', { email: person.email })
      const quiet = await atLinkPage(person)
      assert.deepEqual(testIds(quiet.page, 'already-there'), [], 'a password is no proof of an address')
      assert.equal(quiet.traveller.told(await quiet.traveller.act(quiet.page, '/link')), 'code')
      assert.match(quiet.page.text, /Link and continue/)
    })

    it('U3: what one sign-in proved says nothing in the next, nor to whoever signs in then', async () => {
      const own = await app.aSeparateAccount('games')
      const { traveller, page } = await registers(own.email)
      await traveller.act(page, '/not-now')
      const later = await traveller.go('games-site')
      assert.deepEqual(testIds(later, 'already-there'), [])
    })
  })
})
