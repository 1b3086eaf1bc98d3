import assert from 'node:assert/strict'
import type { Company } from '../../src/companies/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aCompany, aService, declared } from '../world/group.ts'
import { movedAddress } from '../world/moved-address.ts'
import { documentOf, fieldsOf, readable, testIds, tokenOf } from '../world/pages.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'

const interests: Company['ownFields'][number] = {
  id: 'interests',
  label: { en: 'Interests' },
  reason: { en: 'To show what suits you.' },
  basis: 'consent',
  type: 'choices',
  options: ['puzzles', 'sports'].map((value) => ({ value, label: { en: value } })),
  required: false,
}

const companies = [
  aCompany({
    id: 'mobile',
    country: 'JP',
    representatives: {
      eu: { name: 'Example Europe B.V.', address: 'Eindhoven', email: 'eu@example.com' },
      uk: { name: 'Example UK Limited', address: 'Basingstoke', email: 'uk@example.com' },
    },
    transfer: 'adequacy',
    closure: { kind: 'after-grace', days: 14 },
  }),
  aCompany({ id: 'games', ownFields: [interests] }),
  aCompany({ id: 'pictures', closure: { kind: 'by-contact' } }),
].map((company) =>
  declared(company, [
    aService(company.id, `${company.id}-site`, `https://${company.id}.example`, { events: undefined }),
  ]),
)

describe('linking, unlinking and closing on the account pages', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp({ config: { companies } as object })
  })
  after(() => app.close())

  const aVisit = async (links: string[] = []) => {
    const person = await app.aPerson({ links })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    return { person, visitor }
  }

  const { letters, undoPath: undoLink } = movedAddress(() => app)
  const wayInCode = async (to: string) =>
    /\b\d{6}\b/.exec((await letters(to)).find(({ kind }) => kind === 'way-in-code')?.text ?? '')?.[0] ?? ''

  const authentication = async (visitor: Visitor, account: { email: string; password: string }, changes = {}) =>
    visitor.act('/account/services/link/games', { ...account, ...changes })

  const sent = async (visitor: Visitor, page: Awaited<ReturnType<Visitor['page']>>, action: string, changes = {}) =>
    visitor.submit(`${app.issuer}${action}`, { ...fieldsOf(page, action), ...changes })

  it('H43: an account that was kept in one window is kept in the other, too, and one that has closed is not', async () => {
    const { person, visitor } = await aVisit(['mobile'])
    await visitor.act('/account/services/mobile/close')
    const other = aVisitor(app.issuer)
    await other.signIn(person)
    const action = '/account/services/mobile/keep'
    const pages = await Promise.all([visitor, other].map((each) => each.page('/account/services')))
    const forms = pages.map((page) => fieldsOf(page, action))
    for (const [n, each] of [visitor, other].entries()) {
      const kept = await each.submit(app.issuer + action, forms[n] ?? {})
      assert.match(kept.next ?? '', /done=kept&at=mobile$/)
    }
    const account = () => app.account(person.accounts.mobile ?? '')
    const { epoch, status } = await account()
    assert.equal(status, 'open')
    const both = await Promise.all([visitor, other].map((each, n) => each.submit(app.issuer + action, forms[n] ?? {})))
    for (const { next } of both) assert.match(next ?? '', /done=kept/)
    assert.equal((await account()).epoch, epoch, 'it was kept once')
    await app.features.closures.close(await account(), { kind: 'at-once' }, { kind: 'person', id: person.id })
    assert.match(
      (await visitor.submit(app.issuer + action, forms[0] ?? {})).next ?? '',
      /account-stands-otherwise&at=mobile$/,
    )
  })

  it('H49: what one window can do no more after another says so where the account stands, and changes nothing', async () => {
    const { person, visitor } = await aVisit(['games'])
    const stranger = await aVisit()
    const at = '/account/services/games'
    const { csrf = '' } = fieldsOf(await visitor.page(`${at}/close`), `${at}/close`)
    const strangers = fieldsOf(await stranger.visitor.page('/account/details'), '/account/details').csrf ?? ''
    await visitor.act(`${at}/unlink`, { keep: 'before' })
    await app.settled()
    const account = () => app.account(person.accounts.games ?? '')
    const before = await account()
    const acts = ['services/games/close', 'services/games/keep', 'services/games/agree', 'services/games/withdraw']
    const others = ['services/games/own-fields', 'sharing/games', 'sharing/games/pause', 'sharing/games/resume']
    for (const act of [...acts, ...others]) {
      const path = `${app.issuer}/account/${act}`
      const { next } = await visitor.submit(path, { csrf })
      assert.match(next ?? '', /\/account\/services\?done=account-stands-otherwise&at=games$/, act)
      assert.equal((await stranger.visitor.submit(path, { csrf: strangers })).status, 404, act)
    }
    for (const page of ['close', 'unlink', 'own-fields'])
      assert.match((await visitor.page(`${at}/${page}`)).next ?? '', /stands-otherwise/, page)
    assert.deepEqual(await account(), before)
    const told = await visitor.page('/account/services?done=account-stands-otherwise&at=games')
    assert.match(readable(told), /Games: That can’t be done with this account as it stands now\. Nothing was changed/)
    await visitor.act(`${at}/way-in`)
    const password = 'an otter under the old bridge'
    await visitor.act(`${at}/way-in/code`, { code: await wayInCode(person.email), password })
    for (const act of ['way-in', 'way-in/code', 'way-in/code/send-again'])
      assert.match((await visitor.submit(`${app.issuer}${at}/${act}`, { csrf })).next ?? '', /stands-otherwise/, act)
  })

  it('lists every company that is not linked, whatever exists there (T19)', async () => {
    const { visitor } = await aVisit(['mobile'])
    const page = readable(await visitor.page('/account/services/link'))
    assert.match(page, /Games.*Pictures/)
    assert.doesNotMatch(page, /Example Mobile AB/)
  })

  it('links an account from before with the value the person chose, and tells both addresses (S4-2, T8)', async () => {
    const { person, visitor } = await aVisit()
    const account = await app.aSeparateAccount('games', { details: { familyName: 'Ekström', city: 'Lund' } })
    const preview = await authentication(visitor, account)
    assert.match(preview.text, /data-testid="preview"/)
    assert.match(readable(preview), /Family name Berg From your unified sign-in Ekström From your account at Games/)
    const linked = await sent(visitor, preview, '/account/services/link/games/preview', { 'keep.familyName': 'theirs' })
    assert.match(linked.next ?? '', /done=linked/)
    await app.settled()
    assert.equal((await app.account(account.account)).link?.person, person.id)
    assert.equal((await app.account(account.account)).signIn, null)
    assert.match(readable(await visitor.page('/account/details')), /Family name: Berg → Ekström/)
    for (const address of [person.email, account.email])
      assert.ok(
        (await letters(address)).some(({ kind }) => kind === 'account-linked'),
        address,
      )
  })

  it('says the same of a wrong password, of no account and of one that is linked already (T19)', async () => {
    const { visitor } = await aVisit()
    const account = await app.aSeparateAccount('games')
    const answers = [
      await authentication(visitor, { ...account, password: 'something else entirely' }),
      await authentication(visitor, { email: 'nobody@mail.example', password: account.password }),
    ]
    const spoken = answers.map((answer) => readable(answer).replace(/[\w.]+@[\w.]+/g, ''))
    assert.equal(new Set(spoken).size, 1)
    assert.ok(answers.every(({ again }) => again))
  })

  it('shows the page once more when the policy that it was made from is no longer in force', async () => {
    const { person, visitor } = await aVisit()
    const account = await app.aSeparateAccount('games', { details: { familyName: 'Ekström' } })
    const preview = await authentication(visitor, account)
    const action = '/account/services/link/games/preview'
    const choice = { 'keep.familyName': 'theirs' }
    const stale = await sent(visitor, preview, action, { ...choice, policyVersion: 'older' })
    assert.equal(stale.again, true)
    assert.match(readable(stale), /The policy changed while this page was open/)
    assert.equal((await app.account(account.account)).link, null)
    assert.equal((await sent(visitor, stale, action)).status, 303)
    assert.equal((await app.account(account.account)).link?.person, person.id)
  })

  it('takes a proof once, in that browser, for that person (CVE-2026-92358, T11, T12)', async () => {
    const { visitor } = await aVisit()
    const thief = await aVisit()
    const account = await app.aSeparateAccount('games')
    const preview = await authentication(visitor, account)
    const action = '/account/services/link/games/preview'
    const own = tokenOf(await thief.visitor.page('/account/services'))
    const stolen = { ...fieldsOf(preview, action), csrf: own }
    assert.equal((await thief.visitor.submit(`${app.issuer}${action}`, stolen)).status, 410)
    assert.equal((await sent(visitor, preview, action)).status, 303)
    assert.equal((await sent(visitor, preview, action)).status, 410)
    await visitor.send('/account/services/games/unlink', { keep: 'before' })
    assert.equal((await sent(visitor, preview, action)).status, 410)
    assert.equal((await app.account(account.account)).link, null)
  })

  it('asks for the password anew after 15 minutes, and then goes on by itself (fresh proof)', async () => {
    const { person, visitor } = await aVisit(['games'])
    await app.anHourLater(person.id)
    const action = '/account/services/games/unlink'
    const asked = await visitor.send(action, { keep: 'now' })
    assert.match(readable(asked), /Confirm that it’s you/)
    assert.ok((await app.account(person.accounts.games ?? '')).link)
    const wrong = await sent(visitor, asked, action, { proofPassword: 'not this one at all' })
    assert.equal(wrong.again, true)
    assert.ok((await app.account(person.accounts.games ?? '')).link)
    const done = await sent(visitor, wrong, action, { proofPassword: person.password })
    assert.equal(done.status, 303)
    assert.equal((await app.account(person.accounts.games ?? '')).link, null)
  })

  it('does once what is pressed twice, and both presses lead to what was done', async () => {
    const { visitor } = await aVisit(['mobile', 'games'])
    const unlink = '/account/services/games/unlink'
    const fields = fieldsOf(await visitor.page(unlink), unlink)
    const press = () => visitor.submit(`${app.issuer}${unlink}`, fields)
    for (const { next } of [...(await Promise.all([press(), press()])), await press()])
      assert.match(next ?? '', /\/way-in\?done=unlinked|services\?done=unlinked/)
    const close = '/account/services/mobile/close'
    const closing = fieldsOf(await visitor.page(close), close)
    const shut = () => visitor.submit(`${app.issuer}${close}`, closing)
    for (const { next } of [...(await Promise.all([shut(), shut()])), await shut()])
      assert.match(next ?? '', /services\?done=closing/)
    const never = await visitor.submit(`${app.issuer}/account/services/pictures/unlink`, fields)
    assert.equal(never.status, 404)
  })

  it('names the representative for where the person lives, the basis and the transfer (S2-d, S5, S12, U17)', async () => {
    for (const [country, theirs, others, by] of [
      ['GB', 'uk@example.com', 'eu@example.com', 'UK adequacy regulations'],
      ['SE', 'eu@example.com', 'uk@example.com', 'an adequacy decision of the European Commission'],
    ] as const) {
      const person = await app.aPerson({ links: ['mobile'], details: { country } })
      const visitor = aVisitor(app.issuer)
      await visitor.signIn(person)
      for (const entry of ['requests', 'services']) {
        const page = await visitor.page(`/account/${entry}`)
        assert.match(page.text, new RegExp(`href="mailto:${theirs}"`))
        assert.ok(!page.text.includes(others), `${entry} in ${country}`)
        assert.match(readable(page), /To run your account\. \(the contract with you\)/)
        assert.match(readable(page), new RegExp(`Transfer abroad Japan, under ${by}`))
      }
      assert.match(readable(await visitor.page('/account/sharing')), /Transfer abroad:? Japan, under .*adequacy/)
      const { subject } = await app.account(person.accounts.mobile ?? '')
      assert.ok(readable(await visitor.page('/account/requests')).includes(`Your account number ${subject}`))
    }
  })

  it('U19: leads to the accounts that stand in the way of deleting a sign-in, by one button', async () => {
    const { visitor } = await aVisit(['games', 'mobile'])
    const page = await visitor.page('/account/security/delete')
    assert.match(readable(page), /First unlink or close what is left: Games and Mobile\./)
    const button = documentOf(page).querySelector('main a.button.primary')
    assert.equal(button?.getAttribute('href'), '/account/services')
    const nothing = documentOf(await (await aVisit([])).visitor.page('/account/security/delete'))
    assert.equal(nothing.querySelector('main a.button.primary'), null, 'nothing stands in the way')
  })

  it('says before a sign-in is deleted which account nobody could sign in to any more', async () => {
    const { visitor } = await aVisit(['games'])
    await visitor.act('/account/services/games/unlink')
    assert.match(readable(await visitor.page('/account/security/delete')), /account at Games would stay there/)
  })

  it('unlinks, says so, and gives the account its own way in by a code (S4-1, S4-8)', async () => {
    const { visitor } = await aVisit(['mobile'])
    const account = await app.aSeparateAccount('games')
    await sent(visitor, await authentication(visitor, account), '/account/services/link/games/preview')
    const left = await visitor.act('/account/services/games/unlink', { keep: 'before' })
    assert.match(readable(left), /no longer linked/)
    assert.match(readable(left), new RegExp(account.email), 'the code goes to the address it had before')
    await visitor.act('/account/services/games/way-in')
    const code = await wayInCode(account.email)
    const password = 'an otter under the old bridge'
    await visitor.act('/account/services/games/way-in/code', { code, password })
    const stands = testIds(await visitor.page('/account/services'), 'link-status')
    assert.deepEqual(stands.map((state) => state.split(' since')[0]).sort(), ['in step', 'not linked'])
    const holder = aVisitor(app.issuer)
    await holder.signInAt('games-site', 'https://games.example/callback', { email: account.email, password })
    assert.match(readable(await holder.page('/account/services')), /your account at Games alone/)
  })

  it('takes a link back from the mail without signing in, and leads its holder to a way in (T18)', async () => {
    const { visitor } = await aVisit()
    const account = await app.aSeparateAccount('games')
    await sent(visitor, await authentication(visitor, account), '/account/services/link/games/preview')
    const path = await undoLink(account.email, 'account-linked')
    const anybody = aVisitor(app.issuer)
    assert.equal((await anybody.page(path)).status, 200)
    assert.ok((await app.account(account.account)).link, 'the link in a mail changes nothing by itself')
    const wayIn = await anybody.act(path)
    assert.equal((await app.account(account.account)).link, null)
    assert.match(wayIn.url, /undone\/way-in$/)
    const code = await wayInCode(account.email)
    const done = await anybody.act('/undone/way-in', { code, password: 'an otter under the old bridge' })
    assert.match(done.url, /undone$/, readable(done))
    assert.equal((await app.account(account.account)).signIn?.address, account.email)
    assert.equal((await anybody.page(path)).status, 410)
  })

  it('closes by each company’s own process, and nothing changes elsewhere (S4-10, G6)', async () => {
    const { person, visitor } = await aVisit(['mobile', 'games', 'pictures'])
    const closed = await visitor.act('/account/services/games/close')
    assert.match(closed.url, /done=closed/)
    assert.equal((await app.account(person.accounts.games ?? '')).status, 'closed')
    const closing = await visitor.act('/account/services/mobile/close')
    assert.match(closing.url, /done=closing/)
    assert.deepEqual(
      testIds(closing, 'link-status').map((state) => state.split(' since')[0]),
      ['paused', 'in step', 'closed'],
    )
    const kept = await visitor.act('/account/services', {}, '/account/services/mobile/keep')
    assert.match(kept.url, /done=kept/)
    assert.equal((await app.account(person.accounts.mobile ?? '')).status, 'open')
    assert.match(readable(await visitor.page('/account/services/pictures/close')), /closes accounts on request/)
    assert.equal((await app.account(person.accounts.pictures ?? '')).status, 'open')
    await app.settled()
    const kinds = (await letters(person.email)).map(({ kind }) => kind)
    assert.ok(kinds.includes('closure-done') && kinds.includes('closure-started'))
  })

  it('lets the holder of a separate account come back during the days of grace (S4-10)', async () => {
    const account = await app.aSeparateAccount('mobile')
    const holder = aVisitor(app.issuer)
    await holder.signInAt('mobile-site', 'https://mobile.example/callback', account)
    await holder.act('/account/services/mobile/close')
    assert.equal((await app.account(account.account)).status, 'closing')
    const later = aVisitor(app.issuer)
    await later.signInAt('mobile-site', 'https://mobile.example/callback', account)
    assert.match(readable(await later.page('/account/services')), /Keep account/)
    const details = await later.page('/account/details')
    assert.match(readable(details), /The account is being closed\. Keep it/)
    assert.doesNotMatch(details.text, /action="\/account\/details"/, 'no form that would be refused')
    const kept = await holder.act('/account/services', {}, '/account/services/mobile/keep')
    assert.match(kept.url, /done=kept/)
    assert.equal((await app.account(account.account)).status, 'open')
  })

  it('offers to delete the sign-in when the last account is closed, and not before (S4-10)', async () => {
    const { person, visitor } = await aVisit(['games'])
    assert.match(readable(await visitor.page('/account/security/delete')), /First unlink or close what is left: Games/)
    await visitor.act('/account/services/games/close')
    assert.match(readable(await visitor.page('/account/services')), /No account is left/)
    const gone = await visitor.act('/account/security/delete')
    assert.match(readable(gone), /The sign-in is deleted/)
    assert.equal((await app.features.people.get(person.id))?.status, 'erased')
    assert.equal((await visitor.page('/account/services')).status, 303)
  })

  it('keeps a company’s own fields right at that company alone (S1-a)', async () => {
    const { person, visitor } = await aVisit(['games', 'mobile'])
    const path = '/account/services/games/own-fields'
    assert.match(readable(await visitor.page(path)), /To show what suits you\. \(your consent\)/, 'S2-d')
    const saved = await visitor.act(path, { 'own.interests.puzzles': 'on', 'own.interests.never-declared': 'on' })
    assert.match(readable(saved), /Interests puzzles/)
    assert.deepEqual((await app.account(person.accounts.games ?? '')).ownData, { interests: 'puzzles' })
    assert.deepEqual((await app.account(person.accounts.mobile ?? '')).ownData, {})
    const stranger = await aVisit(['mobile'])
    assert.equal((await stranger.visitor.page(path)).status, 404)
  })

  it('takes nothing back that another tab changed in a company’s own fields, and shows where both did (M10)', async () => {
    const { person, visitor } = await aVisit(['games'])
    const path = '/account/services/games/own-fields'
    const stale = fieldsOf(await visitor.page(path), path)
    await visitor.act(path, { 'own.interests.puzzles': 'on' })
    assert.equal((await visitor.submit(`${app.issuer}${path}`, stale)).status, 303, 'it changed nothing itself')
    const ownData = async () => (await app.account(person.accounts.games ?? '')).ownData
    assert.deepEqual(await ownData(), { interests: 'puzzles' })
    const conflict = await visitor.submit(`${app.issuer}${path}`, { ...stale, 'own.interests.sports': 'on' })
    assert.equal(conflict.again, true)
    assert.match(readable(conflict), /Interests: This was changed in the meantime.*Current value: puzzles/)
    assert.deepEqual(await ownData(), { interests: 'puzzles' })
    const again = { ...fieldsOf(conflict, path), 'own.interests.sports': 'on' }
    assert.equal((await visitor.submit(`${app.issuer}${path}`, again)).status, 303)
    assert.match((await ownData()).interests ?? '', /sports/)
  })

  it('takes a company’s change back on the page and by the mail, once (S4-3)', async () => {
    const { person, visitor } = await aVisit(['mobile', 'games'])
    const subject = (await app.account(person.accounts.mobile ?? '')).subject
    const change = async (value: string) => {
      const operations = [{ op: 'replace', path: 'name.familyName', value }]
      const answer = await fetch(`${app.issuer}/scim/mobile/Users/${subject}`, {
        method: 'PATCH',
        headers: {
          authorization: `Bearer ${await app.companyToken('mobile')}`,
          'content-type': 'application/scim+json',
          'change-reason': 'A%20letter%20came%20back',
        },
        body: JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: operations }),
      })
      assert.equal(answer.status, 200)
      await app.settled()
    }
    await change('Bergqvist')
    assert.match(
      readable(await visitor.page('/account/details')),
      /Family name: Berg → Bergqvist Reason: A letter came back Undo/,
    )
    await visitor.act('/account/details', {}, '/account/details/undo')
    await app.settled()
    assert.equal((await app.account(person.accounts.games ?? '')).copy.familyName, 'Berg')
    await change('Bergman')
    const path = await undoLink(person.email, 'details-changed')
    const anybody = aVisitor(app.issuer)
    assert.doesNotMatch(readable(await anybody.page(path)), /Bergman/, 'the page names fields, not values')
    assert.match(readable(await anybody.act(path)), /Undone/)
    await app.settled()
    assert.equal((await app.account(person.accounts.games ?? '')).copy.familyName, 'Berg')
    assert.equal((await anybody.page(path)).status, 410)
  })

  it('U18: links a separate account from its own side, and the proof just given counts: no password twice (S4-2)', async () => {
    const person = await app.aPerson()
    const account = await app.aSeparateAccount('games')
    const holder = aVisitor(app.issuer)
    await holder.signInAt('games-site', 'https://games.example/callback', account)
    const link = '/account/services/link/games'
    const typed = { email: person.email, password: person.password }
    const proof = await holder.act(`${link}/unified`, typed, link)
    const linked = await sent(holder, proof, '/account/services/link/games/preview')
    const services = await holder.visit(linked.next ?? '')
    assert.match(readable(services), /The account is linked/)
    assert.deepEqual(
      testIds(services, 'link-status').map((state) => state.split(' since')[0]),
      ['in step'],
    )
    const left = app.database.connection.collection('identifiers').find({ owner: account.account as never })
    assert.deepEqual(await left.toArray(), [], 'nothing is left of the sign-in that ended')
    assert.equal((await app.account(account.account)).link?.person, person.id)
    const sessions = await app.database.connection.collection('sessions').find({}).toArray()
    assert.ok(!sessions.some(({ principal }) => principal === `account:${account.account}`), 'its own session ended')
    const [own] = sessions.filter(({ principal }) => principal === `person:${person.id}`)
    assert.ok(own?.browser)
    // Another tab of the browser, on its way to a service, is known as the same person.
    const there = await holder.goTo('mobile-site', 'https://mobile.example/callback')
    assert.match(readable(there), new RegExp(`signed in as ${person.email}`))
  })
})
