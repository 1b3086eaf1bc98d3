import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aCompany, aPartner, aService, declared } from '../world/group.ts'
import { fieldsOf, readable, testIds } from '../world/pages.ts'
import { asTyped, aTraveller, password, type Traveller } from '../world/traveller.ts'

const requires = ['givenName', 'familyName', 'email', 'birthDate', 'city'] as const

const companies = () => {
  const [mobile, games, cinema, club] = ['mobile', 'games', 'pictures', 'club'].map((id) => aCompany({ id }))
  assert.ok(mobile && games && cinema && club)
  cinema.release = { ...cinema.release, requires: [...requires] }
  club.minimumAge = 21
  club.release = { ...club.release, requires: ['givenName', 'email', 'birthDate'] }
  return [mobile, games, cinema, club].map((company) => {
    const at = `https://${company.id}.example`
    const partners = company === games ? [aPartner('games', 'leaderboard', 'https://leaderboard.example')] : []
    return declared(company, [aService(company.id, `${company.id}-site`, at, { events: undefined })], partners)
  })
}

describe('a person on the way to a company they are not linked with', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp({ config: { companies: companies() } as object })
  })
  after(() => app.close())

  const accountAt = (person: string, company: string) => app.features.links.accountAt(person, company)

  /** Signed in with the unified sign-in, at the link page of a company. */
  const atLinkPage = async (
    client = 'games-site',
    { traveller = aTraveller(app), ...options }: Parameters<TestApp['aPerson']>[0] & { traveller?: Traveller } = {},
  ) => {
    const person = await app.aPerson(options)
    const page = await traveller.act(await traveller.go(client), '', asTyped(person))
    return { person, traveller, page }
  }

  describe('with a new account', () => {
    it('is told who is responsible and what it gets; one click and no field later the service has them (S4-2, S4-4)', async () => {
      const { person, traveller, page } = await atLinkPage()
      assert.deepEqual(testIds(page, 'controller'), ['Example Games AB'])
      assert.match(readable(page), /Ada.*Berg.*To run your account\. \(the contract with you\)/)
      assert.doesNotMatch(page.text, /<input(?![^>]*type="hidden")/)
      assert.equal(traveller.told(await traveller.act(page, '/link')), 'code')
      const account = await accountAt(person.id, 'games')
      assert.equal(account?.link?.policyVersion, '1')
      assert.equal(account?.copy.familyName, 'Berg')
      assert.ok(traveller.isBack(new URL((await traveller.go('games-site')).next ?? '')), 'never asked again')
    })

    it('*Not now* is access_denied; nothing was made, and the same page comes again', async () => {
      const { person, traveller, page } = await atLinkPage()
      assert.equal(traveller.told(await traveller.act(page, '/not-now')), 'access_denied')
      assert.equal(await accountAt(person.id, 'games'), undefined)
      assert.deepEqual(testIds(await traveller.go('games-site'), 'controller'), ['Example Games AB'])
    })

    it('two tabs and double clicks make one account (T21)', async () => {
      const { person, traveller, page } = await atLinkPage()
      const other = await traveller.go('games-site')
      const answers = await Promise.all([page, page, other].map((each) => traveller.send(each, '/link')))
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200, 200],
      )
      assert.equal(
        (await app.features.accounts.ofCompany('games', '', 1000)).filter(({ link }) => link?.person === person.id)
          .length,
        1,
      )
      for (const each of [page, other])
        assert.equal(
          traveller.told(
            await traveller.follow(`${app.issuer}/auth/${traveller.baseOf(each).split('/')[2]}`, traveller.isBack),
          ),
          'code',
        )
    })

    it('a page of before the policy changed links nothing, and shows what holds now (S0)', async () => {
      const { person, traveller, page } = await atLinkPage()
      const stale = await traveller.send(page, '/link', { policyVersion: '0' })
      assert.equal(stale.again, true)
      assert.match(readable(stale), /policy changed while this page was open/)
      assert.equal(await accountAt(person.id, 'games'), undefined)
      assert.equal(traveller.told(await traveller.act(stale, '/link')), 'code')
    })

    it('is asked for what the company needs and nobody knows yet, and nothing else (S2-e)', async () => {
      const { person, traveller, page } = await atLinkPage('pictures-site')
      const { csrf, policyVersion, shown, ...asked } = fieldsOf(page, `${traveller.baseOf(page)}/link`)
      assert.deepEqual(Object.keys(asked), ['city'])
      const missing = await traveller.send(page, '/link')
      assert.equal(missing.again, true)
      assert.equal(await accountAt(person.id, 'pictures'), undefined)
      assert.equal(traveller.told(await traveller.act(missing, '/link', { city: 'Lund' })), 'code')
      assert.equal((await accountAt(person.id, 'pictures'))?.copy.city, 'Lund')
      assert.ok(csrf && policyVersion && shown)
    })

    it('S11: a company for older people is closed to them, whatever way they take', async () => {
      const young = { details: { birthDate: '2008-01-02' } }
      const { person, traveller, page } = await atLinkPage('club-site', young)
      const linked = await traveller.send(page, '/link')
      assert.equal(linked.status, 403)
      assert.match(readable(linked), /21 and over/)
      const form = { email: 'young@own.example', password, givenName: 'Kim', birthDate: '2008-01-02' }
      const separate = await traveller.send(await traveller.open(page, '/separate'), '/separate', form)
      assert.equal(separate.status, 403)
      const older = {
        ...form,
        csrf: fieldsOf(linked, `${traveller.baseOf(page)}/not-now`).csrf ?? '',
        birthDate: '1990-01-02',
      }
      assert.equal((await traveller.post(page, '/separate', older)).status, 403, 'no second date in this browser')
      assert.equal(await app.code(form.email), '')
      assert.equal(await accountAt(person.id, 'club'), undefined)
      assert.equal(traveller.told(await traveller.act(linked, '/not-now')), 'access_denied')
    })

    it('T8: a form of another site, or without its token, links nothing', async () => {
      const { person, traveller, page } = await atLinkPage()
      const fields = fieldsOf(page, `${traveller.baseOf(page)}/link`)
      const address = `${app.issuer}${traveller.baseOf(page)}/link`
      const foreign = await traveller.submit(address, fields, { origin: 'https://evil.example' })
      const bare = await traveller.submit(address, { ...fields, csrf: '' })
      const strangers = await aTraveller(app).submit(address, fields)
      assert.deepEqual([foreign.status, bare.status], [403, 403])
      assert.ok([403, 410].includes(strangers.status))
      assert.equal(await accountAt(person.id, 'games'), undefined)
    })
  })

  describe('with an account from before', () => {
    const atProof = async (options?: Parameters<TestApp['aPerson']>[0]) => {
      const [own, start] = await Promise.all([app.aSeparateAccount('games'), atLinkPage('games-site', options)])
      return { ...start, own, proof: await start.traveller.open(start.page, '/existing') }
    }
    const provenBy = async () => {
      const { own, proof, ...rest } = await atProof()
      return { own, ...rest, preview: await rest.traveller.act(proof, '/existing', asTyped(own)) }
    }

    it('proves it, sees what differs, and the chosen value holds everywhere; its subject stays (S4-2)', async () => {
      const { person, own, traveller, preview } = await provenBy()
      assert.match(testIds(preview, 'controller')[0] ?? '', /Example Games AB/)
      const fields = fieldsOf(preview, `${traveller.baseOf(preview)}/preview`)
      assert.equal(fields['keep.familyName'], 'mine', 'the person’s is preset')
      assert.equal(fields['keep.birthDate'], undefined, 'a birth date is not taken over (T17)')
      const back = await traveller.act(preview, '/preview', { 'keep.familyName': 'theirs' })
      assert.equal(traveller.told(back), 'code')
      await app.settled()
      const account = await accountAt(person.id, 'games')
      assert.equal(account?._id, own.account)
      assert.deepEqual([account?.copy.familyName, account?.copy.givenName], ['Ek', 'Ada'])
      assert.equal((await person.now()).fields.familyName?.[`games#${account?.link?.id}`]?.value, 'Ek')
      assert.ok((await app.features.mailer.mailbox?.list(person.email))?.some(({ kind }) => kind === 'account-linked'))
      assert.ok((await app.features.mailer.mailbox?.list(own.email))?.some(({ kind }) => kind === 'account-linked'))

      const later = aTraveller(app)
      const refused = await later.send(await later.go('games-site'), '', asTyped(own))
      assert.match(readable(refused), /address or the password is wrong/)
    })

    it('says the same of a wrong password, of no account and of one that is linked already (T19)', async () => {
      const { own, traveller, proof } = await atProof()
      const taken = await provenBy()
      await taken.traveller.act(taken.preview, '/preview')
      const texts = []
      for (const account of [
        { ...own, password: 'not this one' },
        { email: 'nobody@own.example', password },
        taken.own,
      ]) {
        const answer = await traveller.send(proof, '/existing', { email: account.email, password: account.password })
        texts.push(`${answer.again} ${readable(answer).replaceAll(account.email, '')}`)
      }
      assert.equal(new Set(texts).size, 1)
      assert.match(texts[0] ?? '', /^true .*is wrong/)
    })

    it('asks for the password anew after 15 minutes, before anything is proven', async () => {
      const { person, traveller, page } = await atLinkPage()
      await app.anHourLater(person.id)
      const fresh = await traveller.open(page, '/existing')
      assert.match(readable(fresh), /Confirm that it’s you/)
      const own = await app.aSeparateAccount('games')
      const csrf = fieldsOf(fresh, `${traveller.baseOf(page)}/existing/fresh`).csrf ?? ''
      const skipped = await traveller.post(page, '/existing', { csrf, email: own.email, password: own.password })
      assert.match(readable(await traveller.visit(skipped.next ?? '')), /Confirm that it’s you/)
      assert.equal((await traveller.send(fresh, '/existing/fresh', { password: 'wrong' })).again, true)
      const proof = await traveller.act(fresh, '/existing/fresh', { password: person.password })
      const preview = await traveller.act(proof, '/existing', asTyped(own))
      assert.equal(traveller.told(await traveller.act(preview, '/preview')), 'code')
      assert.equal((await accountAt(person.id, 'games'))?._id, own.account)
    })

    it('CVE-2026-9087, T11: a proof is good for that person in that browser alone, and once', async () => {
      const { own, person, traveller, preview } = await provenBy()
      const proof = fieldsOf(preview, `${traveller.baseOf(preview)}/preview`).proof ?? ''
      const stranger = await provenBy()
      const stolen = await stranger.traveller.send(stranger.preview, '/preview', { proof })
      assert.equal(stolen.status, 410)
      assert.equal((await app.account(own.account)).link, null)
      assert.equal(traveller.told(await traveller.act(preview, '/preview')), 'code')
      // CVE-2026-92358: after an unlink what was proven before links nothing.
      await app.features.links.unlink(person.id, 'games', {
        keep: 'before',
        actor: { kind: 'person', id: person.id },
      })
      await app.features.oidc.endAccount(own.account)
      const page = await traveller.go('games-site')
      const csrf = fieldsOf(page, `${traveller.baseOf(page)}/link`).csrf ?? ''
      assert.equal((await traveller.post(page, '/preview', { csrf, proof, policyVersion: '1' })).status, 410)
      assert.equal((await app.account(own.account)).link, null)
    })

    it('a second click on *Link and continue* goes the same way as the first', async () => {
      const { own, person, traveller, preview } = await provenBy()
      await traveller.send(preview, '/preview')
      assert.equal(traveller.told(await traveller.act(preview, '/preview')), 'code')
      assert.equal((await accountAt(person.id, 'games'))?._id, own.account)
    })

    it('a preview of before the policy changed is shown once more, with what was chosen (S0)', async () => {
      const { person, traveller, preview } = await provenBy()
      const again = await traveller.send(preview, '/preview', { policyVersion: '0', 'keep.givenName': 'theirs' })
      assert.equal(again.again, true)
      assert.equal(await accountAt(person.id, 'games'), undefined)
      assert.equal(fieldsOf(again, `${traveller.baseOf(again)}/preview`)['keep.givenName'], 'theirs')
      assert.equal(traveller.told(await traveller.act(again, '/preview')), 'code')
      assert.equal((await accountAt(person.id, 'games'))?.copy.givenName, 'Bo')
    })
  })

  describe('keeping it separate', () => {
    const filled = {
      email: 'nova@own.example',
      password: 'purple kettle and nine stairs',
      givenName: 'Nova',
      familyName: 'Play',
    }

    it('has an account there alone, which knows nothing of the unified sign-in (S4-1)', async () => {
      const { person, traveller, page } = await atLinkPage()
      const form = await traveller.open(page, '/separate')
      assert.match(readable(form), /You are signed out of your unified sign-in in this browser/)
      const code = await traveller.act(form, '/separate', filled)
      const right = await app.code(filled.email)
      const other = right === '000000' ? '000001' : '000000'
      const wrong = await traveller.send(code, '/separate/code', { code: other })
      assert.match(readable(wrong), /Wrong code.*4 attempts left/)
      const back = await traveller.act(wrong, '/separate/code', { code: await app.code(filled.email) })
      assert.equal(traveller.told(back), 'code')
      assert.equal(await accountAt(person.id, 'games'), undefined)
      const made = (await app.features.accounts.ofCompany('games', '', 1000)).find(
        ({ copy }) => copy.email === filled.email,
      )
      assert.deepEqual(
        [made?.link, made?.copy.givenName, made?.copy.birthDate, made?.signIn?.address],
        [null, 'Nova', undefined, filled.email],
      )
      assert.match(readable(await traveller.go('mobile-site')), /nova@own\.example is signed in here/)
    })

    it('asks an address and a password, and lets everything else be: no name and no date goes there unwritten', async () => {
      const { traveller, page } = await atLinkPage('pictures-site')
      const form = await traveller.open(page, '/separate')
      assert.deepEqual(
        form.text.match(/name="\w+"[^>]* required/g)?.map((field) => field.split('"')[1]),
        ['email', 'password'],
      )
      const own = { email: 'quiet@own.example', password: filled.password }
      const code = await traveller.act(form, '/separate', own)
      const back = await traveller.act(code, '/separate/code', { code: await app.code(own.email) })
      assert.equal(traveller.told(back), 'code')
      const [made] = await app.features.accounts
        .ofCompany('pictures', '', 1000)
        .then((all) => all.filter(({ signIn }) => signIn?.address === own.email))
      assert.deepEqual(made?.copy, { email: own.email })
    })

    it('S11: the date that is known keeps the young out, though none is asked', async () => {
      const { traveller, page } = await atLinkPage('club-site', { details: { birthDate: '2008-01-02' } })
      const own = { email: 'kim@own.example', password: filled.password }
      const told = await traveller.send(await traveller.open(page, '/separate'), '/separate', own)
      assert.equal(told.status, 403)
      assert.match(readable(told), /21 and over/)
    })

    it('somebody who has an account there with a sign-in of its own signs in to it, from the link page (S4-1)', async () => {
      const held = await app.aSeparateAccount('games')
      const { person, traveller, page } = await atLinkPage()
      const asked = await traveller.act(page, '/another')
      assert.match(readable(asked), new RegExp(`${person.email} is signed in here`))
      const in_ = await traveller.act(asked, '', asTyped(held))
      const here = in_.next && traveller.isBack(new URL(in_.next)) ? in_ : await traveller.act(in_, '/offer/not-now')
      assert.equal(traveller.told(here), 'code')
      assert.equal((await app.account(held.account)).link, null)
      assert.equal(await accountAt(person.id, 'games'), undefined)
      assert.match(readable(await traveller.go('mobile-site')), new RegExp(`${held.email} is signed in here`))
    })

    it('and whoever only looked goes on as they were', async () => {
      const { person, traveller, page } = await atLinkPage()
      const asked = await traveller.act(page, '/another')
      const again = await traveller.act(asked, '/stay')
      assert.match(readable(again), new RegExp(`You are signed in as ${person.email}`))
      assert.equal(traveller.told(await traveller.act(again, '/link')), 'code')
    })

    it('an address that has an account there already looks the same, and goes on with its password (T19)', async () => {
      const held = await app.aSeparateAccount('games')
      const { traveller, page } = await atLinkPage()
      const form = await traveller.open(page, '/separate')
      const code = await traveller.act(form, '/separate', { ...filled, email: held.email })
      const known = await traveller.act(code, '/separate/code', { code: await app.code(held.email) })
      assert.match(readable(known), /already have a sign-in/)
      assert.equal((await traveller.send(known, '/known', { password: filled.password })).again, true)
      const before = await traveller.act(known, '/known', { password: held.password })
      const here =
        before.next && traveller.isBack(new URL(before.next)) ? before : await traveller.act(before, '/offer/not-now')
      assert.equal(traveller.told(here), 'code')
      assert.equal((await app.account(held.account)).copy.givenName, 'Bo', 'nothing of the form reaches it')
    })
  })

  describe('with an account of its own there', () => {
    const atOffer = async () => {
      const own = await app.aSeparateAccount('games')
      const traveller = aTraveller(app)
      return { own, traveller, offer: await traveller.act(await traveller.go('games-site'), '', asTyped(own)) }
    }

    it('is offered to link once, and never stopped by it', async () => {
      const { own, traveller, offer } = await atOffer()
      assert.match(readable(offer), /One sign-in for all your accounts/)
      assert.equal(traveller.told(await traveller.act(offer, '/offer/not-now')), 'code')
      const later = aTraveller(app)
      assert.equal(later.told(await later.act(await later.go('games-site'), '', asTyped(own))), 'code')
    })

    it('proves the unified sign-in, sees what would change, and may still say not now', async () => {
      const { own, traveller, offer } = await atOffer()
      const person = await app.aPerson()
      const proof = await traveller.open(offer, '/offer/link')
      assert.equal(
        (await traveller.send(proof, '/offer/link', asTyped(own))).again,
        true,
        'its own sign-in is not the unified one',
      )
      const preview = await traveller.act(proof, '/offer/link', asTyped(person))
      assert.equal(testIds(preview, 'preview').length, 1)
      assert.equal(traveller.told(await traveller.act(preview, '/offer/not-now')), 'code')
      assert.equal((await app.account(own.account)).link, null)
    })

    it('links it: the unified sign-in takes over in this browser', async () => {
      const { own, traveller, offer } = await atOffer()
      const person = await app.aPerson()
      const preview = await traveller.act(await traveller.open(offer, '/offer/link'), '/offer/link', asTyped(person))
      assert.equal(traveller.told(await traveller.act(preview, '/preview')), 'code')
      assert.equal((await app.account(own.account)).link?.person, person.id)
      assert.match(readable(await traveller.go('mobile-site')), /You are signed in as/)
    })

    it('T8, §5: asks for its own password anew after 15 minutes: whoever only sits at its browser links nothing', async () => {
      const { own, traveller, offer } = await atOffer()
      const person = await app.aPerson()
      const proof = await traveller.open(offer, '/offer/link')
      await app.anHourLater(own.account)
      const asked = await traveller.act(proof, '/offer/link', asTyped(person))
      assert.match(readable(asked), /Confirm that it’s you.*its own password at Games/)
      assert.match(readable(await traveller.open(offer, '/offer/link')), /Confirm that it’s you/)
      assert.equal((await traveller.send(asked, '/offer/fresh', { password: person.password })).again, true)
      assert.equal((await app.account(own.account)).link, null)
      const again = await traveller.act(asked, '/offer/fresh', { password: own.password })
      const preview = await traveller.act(again, '/offer/link', asTyped(person))
      assert.equal(traveller.told(await traveller.act(preview, '/preview')), 'code')
      assert.equal((await app.account(own.account)).link?.person, person.id)
    })

    it('is told when that unified sign-in is linked with another account there', async () => {
      const { traveller, offer } = await atOffer()
      const person = await app.aPerson({ links: ['games'] })
      const answer = await traveller.send(await traveller.open(offer, '/offer/link'), '/offer/link', asTyped(person))
      assert.match(readable(answer), /linked with another account there already/)
    })
  })

  describe('by way of a partner application', () => {
    it('allows and links on one page, and is not asked again (S3-c)', async () => {
      const { person, traveller, page } = await atLinkPage('leaderboard')
      assert.match(readable(page), /Leaderboard Example Oy/)
      assert.deepEqual(testIds(page, 'controller'), ['Example Games AB'])
      assert.equal(traveller.told(await traveller.act(page, '/link')), 'code')
      const account = await accountAt(person.id, 'games')
      assert.ok(account && (await app.features.consents.find(account._id, 'leaderboard')))
      assert.equal(traveller.told(await traveller.go('leaderboard')), 'code')
    })

    it('already linked: authorises only; *Not now* is access_denied', async () => {
      const person = await app.aPerson({ links: ['games'] })
      const traveller = aTraveller(app)
      const page = await traveller.act(await traveller.go('leaderboard'), '', asTyped(person))
      assert.doesNotMatch(readable(page), /This also creates an account/)
      assert.equal(
        traveller.told(
          await traveller.send(page, '/not-now').then(({ next }) => traveller.follow(next ?? '', traveller.isBack)),
        ),
        'access_denied',
      )
      assert.equal(traveller.told(await traveller.act(await traveller.go('leaderboard'), '/consent')), 'code')
    })
  })
})
