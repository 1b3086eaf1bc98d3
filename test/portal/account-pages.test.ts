import assert from 'node:assert/strict'
import { emailKey } from '../../src/people/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk } from '../world/desk.ts'
import { documentOf, fieldsOf, formsOf, readable, testIds, tokenOf } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

const entries = ['services', 'details', 'security', 'sharing', 'messages', 'requests']

describe('the account pages', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  const aVisit = async (links: string[] = [], details = {}) => {
    const person = await app.aPerson({ links, details })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    return { person, visitor }
  }

  const separate = async (company = 'games', client = 'games-arcade') => {
    const account = await app.aSeparateAccount(company)
    const visitor = aVisitor(app.issuer)
    await visitor.signInAt(client, `${app.urlOf(client)}/callback`, account)
    return { account, visitor }
  }

  it('U19: what was sent says about which company, and what was done to an account at which', async () => {
    const { visitor } = await aVisit(['games'])
    const unlinked = await visitor.act('/account/services/games/unlink', { keep: 'now' })
    assert.match(readable(unlinked), /no longer linked/)
    await app.settled()
    assert.match(readable(await visitor.page('/account/messages')), /An account was unlinked: Games/)
    const done = await visitor.act('/account/services', {}, '/account/services/games/take-off')
    assert.match(readable(done), /Games: The account is off this list/)
  })

  it('sends whoever is not signed in to the sign-in page, and back to the page first asked for', async () => {
    const person = await app.aPerson()
    const visitor = aVisitor(app.issuer)
    const asked = await visitor.page('/account/sharing')
    assert.equal(asked.status, 303)
    assert.equal(new URL(asked.next ?? '').searchParams.get('state'), '/account/sharing')
    await visitor.signIn(person)
    const back = await visitor.page('/account/callback?state=/account/sharing')
    assert.equal(new URL(back.next ?? '').pathname, '/account/sharing')
  })

  it('H57: tells nobody who is signed in that they are not, whatever the way back from a sign-in says', async () => {
    const back = '/account/callback?error=access_denied&state=/account/sharing'
    const { visitor } = await aVisit()
    assert.equal((await visitor.page(back)).next, `${app.issuer}/account/sharing`)
    assert.match(readable(await aVisitor(app.issuer).page(back)), /You are not signed in/)
  })

  it('asks before a company receives more than its person agreed to: exactly what was shown, and no other company', async () => {
    const { person, visitor } = await aVisit(['games', 'pictures'], { city: 'Lund' })
    const games = person.accounts.games ?? ''
    const before = await app.account(person.accounts.pictures ?? '')
    // As if Games had received names and the address of mail only when they linked.
    await app.features.accounts.change(games, ({ link }) => ({
      set: { link: { ...link, agreed: ['givenName', 'familyName', 'email'] } },
      unset: ['copy.birthDate', 'copy.country', 'copy.city'],
    }))
    await app.settled()
    assert.deepEqual(Object.keys((await app.account(games)).copy).sort(), ['email', 'familyName', 'givenName'])
    const action = '/account/services/games/agree'
    const page = await visitor.page('/account/services')
    const [asked] = testIds(page, 'asks-for-more')
    assert.match(asked ?? '', /Games is asking to receive more.*birth date.*city.*Allow this/)

    const some = await visitor.submit(`${app.issuer}${action}`, {
      ...fieldsOf(page, action),
      details: 'birthDate,phone,__proto__',
    })
    assert.equal(some.status, 303)
    await app.settled()
    const { copy, link } = await app.account(games)
    assert.deepEqual([copy.birthDate, copy.city], ['1990-02-03', undefined])
    assert.deepEqual(link?.agreed, ['givenName', 'familyName', 'email', 'birthDate'])

    await visitor.send('/account/services', {}, action)
    await app.settled()
    assert.equal((await app.account(games)).copy.city, 'Lund')
    assert.ok(JSON.stringify(app.told.filter(({ service }) => service === 'games-arcade')).includes('Lund'))
    const after = await visitor.page('/account/services')
    assert.deepEqual(testIds(after, 'asks-for-more'), [])
    assert.match(readable(await visitor.page('/account/security')), /You allowed a company to receive more/)
    const entries = async () => (await app.account(games)).n
    const written = await entries()
    const again = await visitor.submit(`${app.issuer}${action}`, fieldsOf(page, action))
    assert.match(again.next ?? '', /done=agreed/, 'a second press on the page as it was (H50)')
    const gone = await visitor.submit(`${app.issuer}${action}`, { ...fieldsOf(page, action), details: 'phone' })
    assert.match(gone.next ?? '', /done=link-page-stale/)
    assert.equal(await entries(), written)
    assert.deepEqual(await app.account(before._id), before)
  })

  it('leads nowhere but to its own pages after signing in', async () => {
    const { visitor } = await aVisit()
    for (const state of ['https://evil.example/', '//evil.example', '/account/../dev', '/account?x=//evil', '/auth'])
      assert.equal(
        new URL((await visitor.page(`/account/callback?${new URLSearchParams({ state })}`)).next ?? '').pathname,
        '/account',
      )
  })

  it('answers each of the six entries, for a person and for the holder of one separate account', async () => {
    const [one, other] = [await aVisit(['mobile', 'games']), await separate()]
    for (const entry of entries)
      for (const { visitor } of [one, other]) {
        const page = await visitor.page(`/account/${entry}`)
        assert.equal(page.status, 200)
        assert.equal(page.headers.get('cache-control'), 'no-store')
        assert.match(page.text, new RegExp(`href="/account/${entry}" aria-current="page"`))
      }
    const shown = readable(await other.visitor.page('/account/services'))
    assert.match(shown, /your account at Games alone/)
    assert.doesNotMatch(shown, /Example Mobile AB/)
  })

  it('U19: says on each page whose account it is, and tells it to nobody else', async () => {
    const [one, other] = [await aVisit(['mobile'], { givenName: 'Åsa', familyName: 'Lind' }), await separate()]
    for (const path of [...entries, 'security/password', 'services/link']) {
      const [whose = ''] = testIds(await one.visitor.page(`/account/${path}`), 'holder')
      assert.equal(whose, `Å Åsa Lind ${one.person.email}`)
    }
    assert.match(
      testIds(await other.visitor.page('/account/details'), 'holder')[0] ?? '',
      new RegExp(other.account.email),
    )
    for (const path of ['/cookies', '/privacy/mobile']) assert.doesNotMatch((await one.visitor.page(path)).text, /Åsa/)
    assert.doesNotMatch((await one.visitor.act('/account/details', {}, '/account/sign-out')).text, /Åsa/)
  })

  it('U19: a page with something wrong on it says so in its title, in words of its language', async () => {
    const { visitor } = await aVisit()
    const titleOf = (page: { text: string }) => documentOf(page).querySelector('title')?.text ?? ''
    assert.match(titleOf(await visitor.page('/account/details')), /^Details/)
    assert.match(titleOf(await visitor.act('/account/details', { phone: '12' })), /^Error: Details/)
    await visitor.page('/account/details?lang=sv')
    assert.match(titleOf(await visitor.act('/account/details', { phone: '12' })), /^Fel: /)
  })

  it('U19: says for whom the pages work and whom to tell, to anybody, from the foot of every page', async () => {
    const anybody = aVisitor(app.issuer)
    assert.match((await anybody.page('/cookies')).text, /href="\/accessibility"/)
    const page = await anybody.page('/accessibility')
    assert.equal(page.status, 200)
    assert.match(readable(page), /What was not.*Tell us what you wanted to do/)
    assert.match(page.text, /href="mailto:[^"]+"/)
  })

  it('U19: tells their own network from another one', async () => {
    const person = await app.aPerson()
    const [here, there] = [aVisitor(app.issuer), aVisitor(app.issuer)]
    await there.signIn(person)
    const theirs = { _id: { $regex: `^person:${person.id}:` }, kind: 'signed-in' } as never
    const elsewhere = { $set: { network: '198.51.100.0/24' } }
    assert.equal((await app.database.connection.collection('events').updateMany(theirs, elsewhere)).modifiedCount, 1)
    await here.signIn(person)
    const signedIn = readable(await here.page('/account/security'))
      .split('Signed in ')
      .filter((part) => part.includes('network'))
    assert.deepEqual(
      signedIn.map((part) => /from the network (you are on now|[\d./]+)/.exec(part)?.[1]),
      ['you are on now', '198.51.100.0/24'],
    )
  })

  it('U19: says each time in the zone of their country where it has one, as an instant that a script may write anew', async () => {
    const [swede, american] = [await aVisit(['mobile']), await aVisit(['mobile'], { country: 'US' })]
    const timesOf = async ({ visitor }: typeof swede, path: string) =>
      documentOf(await visitor.page(path)).querySelectorAll('time')
    for (const path of ['services', 'details', 'security', 'sharing', 'messages']) {
      const [here, there] = [await timesOf(swede, `/account/${path}`), await timesOf(american, `/account/${path}`)]
      assert.ok(here.length > 0 && there.length > 0, path)
      for (const each of [...here, ...there]) assert.ok(Date.parse(each.getAttribute('datetime') ?? '') > 0)
      for (const each of here) assert.match(each.text, /^\d+ \w+ \d{4} at \d\d:\d\d CES?T$/, path)
      for (const each of there) assert.match(each.text, / UTC$/, path)
    }
    for (const [{ person, visitor }, zone] of [
      [swede, / CES?T/],
      [american, / UTC/],
    ] as const) {
      await visitor.act('/account/security/password', { password: 'herons over the canal at dusk' })
      await app.settled()
      const [letter] = (await app.features.mailer.mailbox?.list(person.email)) ?? []
      assert.match(letter?.text ?? '', zone)
    }
  })

  it('says of each company who is responsible and where the account stands, once', async () => {
    const { visitor } = await aVisit(['mobile', 'games'])
    const page = await visitor.page('/account/services')
    assert.match(readable(page), /Example Games AB.*Example Mobile AB/)
    const states = testIds(page, 'link-status')
    assert.equal(states.length, 2)
    for (const state of states) assert.match(state, /^in step/)
  })

  it('carries a changed name to every company, and shows that each was told and when it acknowledged (S4-3)', async () => {
    const { person, visitor } = await aVisit(['mobile', 'games'])
    const saved = await visitor.act('/account/details', { familyName: 'Lindqvist' })
    assert.match(readable(saved), /Saved/)
    await app.settled()
    for (const id of Object.values(person.accounts)) assert.equal((await app.account(id)).copy.familyName, 'Lindqvist')
    const told = testIds(await visitor.page('/account/sharing'), 'acknowledgement')
    assert.equal(told.length, 6)
    for (const outcome of told) assert.match(outcome, /^acknowledged .*\d/)
    assert.match(readable(await visitor.page('/account/details')), /Family name: Berg → Lindqvist/)
  })

  it('keeps what a stale form did not touch, and shows a conflict where both changed the same field (M10, G1)', async () => {
    const { person, visitor } = await aVisit(['mobile'])
    const stalePage = await visitor.page('/account/details')
    const before = fieldsOf(stalePage, '/account/details')
    await visitor.act('/account/details', { city: 'Malmö' })
    const other = { ...before, phone: '+46 70 123 45 67' }
    await visitor.submit(`${app.issuer}/account/details`, other)
    const conflict = await visitor.submit(`${app.issuer}/account/details`, { ...before, city: 'Ystad' })
    assert.equal(conflict.again, true)
    assert.match(readable(conflict), /City: This was changed in the meantime/)
    const { fields } = await person.now()
    assert.equal(fields.city?.person?.value, 'Malmö')
    assert.equal(fields.phone?.person?.value, '+46701234567')
  })

  it('refuses a form of another site, of another browser, and with fields that no form has', async () => {
    const { person, visitor } = await aVisit()
    const fields = fieldsOf(await visitor.page('/account/details'), '/account/details')
    const stranger = aVisitor(app.issuer)
    const foreign = tokenOf(await stranger.page('/cookies'))
    const post = (more: Record<string, string>, headers = {}) =>
      visitor.submit(`${app.issuer}/account/details`, { ...fields, givenName: 'Eve', ...more }, headers)
    assert.equal((await post({ csrf: foreign })).status, 403)
    assert.equal((await post({ csrf: '' })).status, 403)
    assert.equal((await post({}, { origin: 'https://evil.example' })).status, 403)
    assert.equal((await post({ 'givenName[$ne]': 'x' })).status, 400)
    assert.equal((await post({ __proto__x: 'x', _id: 'x' })).status, 400)
    assert.equal((await person.now()).fields.givenName?.person?.value, 'Ada')
  })

  it('shows markup and misleading characters as nothing but text (T17, §6)', async () => {
    const { visitor } = await aVisit()
    await visitor.act('/account/details', { givenName: '<script>alert(1)</script>' })
    const page = await visitor.page('/account/details')
    assert.doesNotMatch(page.text, /<script>alert/)
    const answer = await visitor.send('/account/details', { familyName: 'a\u202eb' })
    assert.equal(answer.again, true)
    assert.match(readable(answer), /misleading characters/)
  })

  it('moves the sign-in only after the code at the new address, and tells the old one (T3, T4, T5)', async () => {
    const { person, visitor } = await aVisit(['mobile'])
    const email = `new-${person.email}`
    const asked = await visitor.act('/account/details', { email })
    assert.match(asked.url, /details\/address$/)
    assert.deepEqual((await person.now()).identifiers, [`email:group:${person.email}`])
    const wrong = await visitor.send('/account/details/address', { code: '000000' })
    assert.equal(wrong.again, true)
    const moved = await visitor.act('/account/details/address', { code: await app.code(email) })
    assert.match(moved.url, /done=address/)
    assert.deepEqual((await person.now()).identifiers, [`email:group:${email}`])
    await app.settled()
    const [letter] = (await app.features.mailer.mailbox?.list(person.email)) ?? []
    assert.equal(letter?.kind, 'address-changed')
    assert.ok(!letter?.text.includes(email), 'an old mailbox does not learn the new address')
  })

  it('changes a password and ends every other session (T2)', async () => {
    const { person, visitor } = await aVisit()
    const elsewhere = aVisitor(app.issuer)
    await elsewhere.signIn(person)
    const weak = await visitor.send('/account/security/password', { password: 'password' })
    assert.equal(weak.again, true)
    const done = await visitor.act('/account/security/password', { password: 'herons over the canal at dusk' })
    assert.match(done.url, /done=password/)
    assert.equal((await elsewhere.page('/account/security')).status, 303)
    assert.equal((await visitor.page('/account/security')).status, 200)
  })

  describe('a new password after a while (U11)', () => {
    const path = '/account/security/password'
    const fresh = 'herons over the canal at dusk'

    it('U11: is asked for after the old one, never before it, and this browser stays signed in', async () => {
      const { person, visitor } = await aVisit()
      await app.anHourLater(person.id)
      const asked = await visitor.page(path)
      assert.match(readable(asked), /Confirm that it’s you/)
      assert.doesNotMatch(asked.text, /new-password/)
      const proven = await visitor.submit(app.issuer + path, {
        ...fieldsOf(asked, path),
        proofPassword: person.password,
      })
      assert.equal(proven.next, app.issuer + path)
      assert.match((await visitor.act(path, { password: fresh })).url, /done=password/)
      assert.equal((await visitor.page('/account/security')).status, 200)
    })

    it('U11: takes what was thought about for half an hour, without asking again', async () => {
      const { person, visitor } = await aVisit()
      const form = fieldsOf(await visitor.page(path), path)
      await app.anHourLater(person.id)
      const done = await visitor.submit(app.issuer + path, { ...form, password: fresh })
      assert.match(done.next ?? '', /done=password/)
    })

    it('U11: its proof is good in one session and under one password alone', async () => {
      const [{ person, visitor }, other] = [await aVisit(), await aVisit()]
      const { proof = '' } = fieldsOf(await visitor.page(path), path)
      await app.anHourLater(other.person.id)
      const send = async (who: typeof visitor, from: string) =>
        who.submit(app.issuer + path, { ...fieldsOf(await who.page(from), from), proof, password: fresh })
      assert.match(readable(await send(other.visitor, path)), /Confirm that it’s you/)
      await visitor.act(path, { password: fresh })
      await app.anHourLater(person.id)
      assert.match(readable(await send(visitor, path)), /Confirm that it’s you/)
    })

    it('U11: what was typed as a new one is written into no page', async () => {
      const { person, visitor } = await aVisit()
      const { csrf = '' } = fieldsOf(await visitor.page(path), path)
      await app.anHourLater(person.id)
      const asked = await visitor.submit(app.issuer + path, { csrf, password: fresh })
      assert.match(readable(asked), /Confirm that it’s you/)
      assert.ok(!asked.text.includes(fresh))
    })
  })

  it('ends one session of their own and nobody else’s (CVE-2024-39683)', async () => {
    const { person, visitor } = await aVisit()
    const elsewhere = aVisitor(app.issuer)
    await elsewhere.signIn(person)
    const stranger = await aVisit()
    const action = '/account/security/end-session'
    const fields = fieldsOf(await visitor.page('/account/security'), action)
    const own = tokenOf(await stranger.visitor.page('/account/security'))
    const refused = await stranger.visitor.submit(`${app.issuer}${action}`, { ...fields, csrf: own })
    assert.match(refused.next ?? '', /done=no-such-session$/)
    assert.equal((await elsewhere.page('/account/security')).status, 200)
    await visitor.act('/account/security', {}, action)
    assert.equal((await elsewhere.page('/account/security')).status, 303)
  })

  it('shows when and how each account was used, by a partner’s application as well (S1-b, S3-c)', async () => {
    const { visitor } = await aVisit(['games'])
    assert.ok((await visitor.goTo('games-arcade', `${app.urlOf('games-arcade')}/callback`)).next)
    const partner = await visitor.goTo('leaderboard', `${app.urlOf('leaderboard')}/callback`)
    const action = /<form method="post" action="([^"]+)"/.exec(partner.text)?.[1] ?? ''
    const allowed = await visitor.submit(`${app.issuer}${action}`, fieldsOf(partner, action))
    await visitor.follow(allowed.next ?? '', (url) => url.href.startsWith(app.urlOf('leaderboard')))
    await app.settled()
    const shown = readable(await visitor.page('/account/security'))
    const how = 'with a sign-in that was already there · Firefox, Linux'
    assert.match(shown, new RegExp(`A service was used: leaderboard, Games [^·]*· ${how}`, 'i'))
    assert.match(shown, new RegExp(`A service was used: games-arcade, Games [^·]*· ${how}`))
  })

  it('lets a person keep a company’s own fields right, at that company alone (S1-a)', async () => {
    const stranger = await aVisit(['games'])
    const refused = await stranger.visitor.page('/account/services/mobile/own-fields')
    assert.equal(refused.status, 404)
  })

  it('leads from an address that support noted, once approved, to its code, and only that makes it sign in (T14)', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aProvenCase(agent, person.email)
    const address = 'ada.anew@mail.example'
    await desk.actOnAccount.act(agent, id, 'address-offered', address)
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    assert.match(readable(await visitor.page('/account/security')), /noted ada\.anew@mail\.example as your new address/)
    const asked = await visitor.act('/account/security', {}, '/account/security/approve')
    assert.equal(new URL(asked.url).pathname, '/account/details/address')
    await visitor.act('/account/details/address', { code: await app.code(address) })
    await app.settled()
    assert.deepEqual((await person.now()).identifiers, [emailKey(address)])
  })

  it('shows what support asks to the one who is asked, who alone may answer (T15)', async () => {
    const [asked, other] = [await aVisit(['games']), await aVisit(['games'])]
    const agent = await desk.aMember('games', 'support')
    await desk.proveCaller.askApproval(agent, await desk.aCase(agent, asked.person.email))
    const page = await asked.visitor.page('/account/security')
    assert.match(readable(page), /Games support is talking to somebody who says they are you.*Approve Decline/)
    assert.doesNotMatch(readable(await other.visitor.page('/account/security')), /Games support is talking/)
    const action = '/account/security/decline'
    const csrf = tokenOf(await other.visitor.page('/account/security'))
    const fields = { ...fieldsOf(page, action), csrf }
    const refused = await other.visitor.submit(`${app.issuer}${action}`, fields)
    assert.match(refused.next ?? '', /done=approval-expired$/)
    const done = await asked.visitor.act('/account/security', {}, action)
    assert.match(readable(done), /Declined/)
    assert.doesNotMatch(readable(done), /Games support is talking/)
  })

  it('U19: says a date that support asks about as people write it', async () => {
    const { person, visitor } = await aVisit(['mobile'])
    const agent = await desk.aMember('mobile', 'support')
    const id = await desk.aProvenCase(agent, person.email)
    await desk.corrections.proposeGuarded(agent, id, {
      field: 'birthDate',
      value: '1991-02-03',
      evidence: 'A passport',
    })
    const shown = readable(await visitor.page('/account/security?lang=en'))
    assert.match(shown, /your birth date to 3 February 1991/)
    assert.doesNotMatch(shown, /1991-02-03/)
  })

  it('U19: says that no company is left to link, and asks to choose none', async () => {
    const companies = [...app.config.group.companies.keys()]
    const { visitor } = await aVisit(companies)
    const shown = readable(await visitor.page('/account/services/link'))
    assert.match(shown, /Every company of the group is linked already/)
    assert.doesNotMatch(shown, /Choose the company/)
  })

  it('signs out of everything by a form alone', async () => {
    const { visitor } = await aVisit()
    assert.equal((await visitor.page('/account/sign-out')).status, 404)
    const out = await visitor.act('/account/services', {}, '/account/sign-out')
    assert.match(readable(out), /You are signed out/)
    assert.equal((await visitor.page('/account/services')).status, 303)
  })

  it('says whom to write to, and offers no form that nobody would read (S4-9, S9)', async () => {
    const { visitor } = await aVisit(['mobile'])
    const page = await visitor.page('/account/requests')
    assert.match(readable(page), /Example Mobile AB.*privacy@example.com.*Integritetsskyddsmyndigheten/)
    const posted = formsOf(page).map(({ action }) => action)
    assert.deepEqual(posted, ['/account/sign-out', '/account/requests/archive'], 'each is answered at once')
  })

  it('tells a parent without an account whom to write to, and what each company then does (S11)', async () => {
    const page = await aVisitor(app.issuer).page('/report-child')
    assert.match(readable(page), /Games .*16 years .*It is deleted as soon as we learn of it/)
    assert.match(page.text, /href="mailto:privacy@example.com"/)
    assert.match((await aVisitor(app.issuer).page('/cookies')).text, /href="\/report-child"/)
  })

  it('shows all versions of a policy, the operator’s too, and every cookie it sets (S0, S8)', async () => {
    const anybody = aVisitor(app.issuer)
    for (const company of ['games', 'operator'])
      assert.match(readable(await anybody.page(`/privacy/${company}`)), /Version 1 .*Last changed 1 January 2024/)
    assert.equal((await anybody.page('/privacy/nobody')).status, 404)
    const cookies = await anybody.page('/cookies')
    for (const name of ['session', 'browser', 'device', 'language', 'interaction', 'resume', 'draft'])
      assert.match(cookies.text, new RegExp(`\\b${name}-${app.config.port}`))
  })
})
