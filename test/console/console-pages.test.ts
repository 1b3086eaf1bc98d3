import assert from 'node:assert/strict'
import { createLocalJWKSet, jwtVerify } from 'jose'
import type { Staff } from '../../src/staff/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk, staffPassword, totpNow } from '../world/desk.ts'
import { documentOf, fieldsOf, linksOf, partsOf, readable, testIds, tokenOf, wordsIn } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

describe('the console’s pages', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  const signedIn = async (member: Staff, first = '/console') => {
    const visitor = aVisitor(app.issuer)
    const asked = await visitor.visit(`${app.issuer}${first}`)
    const sent = await visitor.act(
      new URL(asked.next ?? '').pathname + new URL(asked.next ?? '').search,
      { email: member._id, password: staffPassword },
      '/console/sign-in',
    )
    const { to = '' } = fieldsOf(sent, '/console/sign-in/code')
    const fields = { csrf: tokenOf(sent), code: totpNow(), to }
    const whole = await visitor.submit(`${app.issuer}/console/sign-in/code`, fields)
    return { visitor, landed: new URL(whole.next ?? '').pathname }
  }

  const open = async (member: Staff, reason = 'Asks why the name is old') => {
    const { visitor } = await signedIn(member)
    const page = await visitor.act('/console/cases', { reference: '', reason })
    return { ...visitor, path: new URL(page.url).pathname, opened: page }
  }

  it('H31: open no case for whoever is none of those who may have called', async () => {
    const { visitor } = await signedIn(await desk.aMember('games', 'support'))
    for (const askedBy of ['', 'heir', 'Executor']) {
      const page = await visitor.act('/console/cases', { reference: '', reason: 'A call of today', askedBy })
      assert.equal(new URL(page.url).pathname, '/console/cases', askedBy)
      assert.match(testIds(page, 'problems')[0] ?? '', /Asked by/)
    }
  })

  it('lead to the page first asked for after signing in, and nowhere but to the console', async () => {
    const one = await signedIn(await desk.aMember('games', 'support-lead'), '/console/audit')
    assert.equal(one.landed, '/console/audit')
    const member = await desk.aMember('games', 'support')
    const visitor = aVisitor(app.issuer)
    for (const to of ['https://evil.example', '//evil.example', '/console/../account', '/account', '/console/cases//x'])
      assert.equal(
        fieldsOf(await visitor.page(`/console/sign-in?${new URLSearchParams({ to })}`), '/console/sign-in').to,
        '',
      )
    assert.equal((await signedIn(member)).landed, '/console/cases')
  })

  it('show each member the entries of their roles, and refuse the others', async () => {
    const expected: Record<string, string[]> = {
      support: ['cases'],
      privacy: ['cases', 'requests', 'audit'],
      administrator: ['audit', 'staff'],
      analyst: ['statistics'],
    }
    for (const [role, shown] of Object.entries(expected)) {
      const { visitor } = await signedIn(await desk.aMember('games', role as 'support'))
      for (const entry of ['cases', 'requests', 'audit', 'statistics', 'staff'])
        assert.equal(
          (await visitor.page(`/console/${entry}`)).status,
          shown.includes(entry) ? 200 : 403,
          `${role} ${entry}`,
        )
    }
    assert.equal((await aVisitor(app.issuer).page('/console/cases')).status, 303)
  })

  it('say in the header of each, once, who is at work and at which company, beside *Sign out*', async () => {
    const roles = ['support-lead', 'privacy', 'administrator', 'analyst', 'support'] as const
    const member = await desk.aMember('games', ...roles)
    const { path, page: visit } = await open(member)
    for (const at of ['cases', 'requests', 'audit', 'statistics', 'staff', 'nothing', path.slice('/console/'.length)]) {
      const page = documentOf(await visit(`/console/${at}`))
      const header = page.querySelector('header.top')
      assert.ok(header?.querySelector('[data-testid=holder]')?.textContent.includes(member._id), at)
      assert.ok(header?.querySelector('.whose')?.textContent.includes('Games'), at)
      assert.ok(header?.querySelector('form[action="/console/sign-out"]'), at)
      assert.equal(page.querySelectorAll('form[action="/console/sign-out"]').length, 1, at)
    }
  })

  it('are cached nowhere, and carry no sign-in of a customer (T15)', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    assert.equal((await visitor.page('/console/cases')).status, 303)
    const staff = await signedIn(await desk.aMember('games', 'support'))
    assert.equal((await staff.visitor.page('/console/cases')).headers.get('cache-control'), 'no-store')
    assert.equal((await staff.visitor.page('/account/services')).status, 303)
  })

  it('take a case from its reason to corrected details, each level in its words (S4-5)', async () => {
    const { email, accounts } = await app.aPerson({ links: ['mobile', 'games'] })
    const { path, opened, act, page } = await open(await desk.aMember('games', 'support'))
    assert.deepEqual(testIds(opened, 'case-status'), ['case open'])
    const missed = await act(path, { query: 'nobody@mail.example' }, `${path}/find`)
    assert.equal(testIds(missed, 'not-found').length, 1)
    const found = await act(path, { query: email }, `${path}/find`)
    assert.match(testIds(found, 'link-status')[0] ?? '', /^in step/)
    assert.doesNotMatch(found.text, /basic-details|linked-services|Berg/)
    await act(path, {}, `${path}/send-code`)
    const wrong = await act(path, { code: '000000' }, `${path}/code`)
    assert.equal(wrong.again, true)
    assert.match(readable(wrong), /4 attempts left/)
    const proven = await act(path, { code: await app.code(email) }, `${path}/code`)
    assert.deepEqual(testIds(proven, 'case-status'), ['caller proven'])
    assert.match(proven.text, /data-testid="basic-details"/)
    assert.match(readable(proven), /proven until \d/)
    assert.doesNotMatch(proven.text, /linked-services/)
    const answers = testIds(proven, 'answer')
    assert.equal(answers.length, 10)
    assert.ok(
      answers.every((text) => !/Ada|Berg/.test(text) && !text.includes(email)),
      'nothing of who it is about',
    )
    await act(path, { familyName: 'Ek' }, `${path}/correct`)
    await app.settled()
    assert.equal((await app.account(accounts.mobile ?? '')).copy.familyName, 'Ek')
    await act(path, {}, `${path}/close`)
    const closed = await page(path)
    assert.deepEqual(testIds(closed, 'case-status'), ['closed'])
    assert.doesNotMatch(closed.text, /\bEk\b|link-status/)
  })

  it('say why somebody cannot sign in, with the cure beside it, and what was tried in what happened (S4-5)', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const { path, act, page } = await open(await desk.aMember('games', 'support'))
    const found = await act(path, { query: email }, `${path}/find`)
    assert.match(testIds(found, 'hindrances')[0] ?? '', /As far as we can see, nothing stops them/)
    for (let i = 0; i < 10; i++)
      await app.features.bruteForceProtection.attempt(
        { address: email, network: '198.51.100.7/32' },
        async () => undefined,
      )
    const locked = await page(path)
    assert.match(testIds(locked, 'hindrance-locked')[0] ?? '', /only from a browser they have used before.*Unlock$/)
    assert.equal(readable(locked).split('Unlock').length, 2, 'the one button')
    assert.match(readable(locked), /10 wrong passwords from then on/)
    const eased = await act(path, { act: 'unlocked' }, `${path}/act`)
    assert.equal(testIds(eased, 'hindrance-locked').length, 0)
    assert.match(readable(eased), /10 wrong passwords from then on/, 'an unlock hides nothing')
  })

  it('U19: say beside each act what it does, before it is done', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const { path, act, page } = await open(await desk.aMember('games', 'support'))
    const found = await act(path, { query: email }, `${path}/find`)
    const buttonsIn = (shown: Pick<typeof found, 'text'>) => {
      const root = documentOf(shown)
      return root.querySelectorAll('.acts button').map((button) => {
        const means = root.getElementById(button.getAttribute('aria-describedby') ?? '')
        return { label: wordsIn(button), means: means ? wordsIn(means) : '' }
      })
    }
    for (const language of ['en', 'sv', 'ja']) {
      const buttons = buttonsIn(await page(`${path}?lang=${language}`))
      assert.equal(buttons.length, 6, language)
      for (const { label, means } of buttons) assert.ok(means.length > 15 && means !== label, `${language} ${label}`)
    }
    await page(`${path}?lang=en`)
    assert.match(buttonsIn(found).find(({ label }) => label === 'Unlock')?.means ?? '', /too many wrong passwords/)
  })

  it('carry an executor’s papers from one agent to another, and what is asked for on to the request desk (S4-9)', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const [one, other] = [await desk.aMember('games', 'support'), await desk.aMember('games', 'privacy')]
    const { visitor } = await signedIn(one)
    const begun = await visitor.act('/console/cases', { reason: 'The estate asks what there is', askedBy: 'executor' })
    const path = new URL(begun.url).pathname
    const found = await visitor.act(path, { query: email }, `${path}/find`)
    assert.match(readable(found), /death certificate/)
    assert.doesNotMatch(readable(found), /Send code|Unlock/)
    assert.equal((await visitor.act(path, { evidence: 'no' }, `${path}/papers`)).again, true)
    const noted = await visitor.act(path, { evidence: 'A death certificate and a deed' }, `${path}/papers`)
    assert.doesNotMatch(readable(noted), /I have seen the evidence/)
    await visitor.act(path, { act: 'handed-on' }, `${path}/act`)
    const { visitor: second } = await signedIn(await desk.aMember('games', 'support'))
    const proven = await second.act(path, {}, `${path}/agree-papers`)
    assert.deepEqual(testIds(proven, 'case-status'), ['caller proven'])
    assert.match(proven.text, /data-testid="basic-details"/)
    assert.doesNotMatch(readable(proven), /Correct details|Ask for services/)
    const { visitor: desk2 } = await signedIn(other)
    assert.match(readable(await desk2.page('/console/requests')), /The estate asks what there is/)
  })

  it('show a colleague’s change between to who saves an older form, and change nothing', async () => {
    const { email, accounts } = await app.aPerson({ links: ['games'] })
    const member = await desk.aMember('games', 'support')
    const { visitor } = await signedIn(member)
    const path = `/console/cases/${(await desk.aProvenCase(member, email)).replaceAll(':', '.')}`
    const stale = fieldsOf(await visitor.page(path), `${path}/correct`)
    await visitor.act(path, { city: 'Malmö' }, `${path}/correct`)
    await app.settled()
    const late = await visitor.submit(`${app.issuer}${path}/correct`, { ...stale, city: 'Ystad' })
    assert.equal(late.again, true)
    assert.match(readable(late), /changed in the meantime/)
    assert.equal((await app.account(accounts.games ?? '')).copy.city, 'Malmö')
  })

  it('show markup in reasons, numbers and evidence as text, to staff and to the person (T17)', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const markup = '<script>alert(1)</script>"><img src=x onerror=alert(2)>{{it}}<%= 1 %>'
    const { path, act, page } = await open(await desk.aMember('games', 'support-lead'), markup)
    await act(path, { query: person.email }, `${path}/find`)
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const shown = [await page(path), await page('/console/cases'), await page('/console/audit')]
    shown.push(await visitor.page('/account/security'))
    for (const each of shown) {
      assert.doesNotMatch(each.text, /<script>alert|<img src=x/)
      assert.ok(readable(each).includes('<script>alert(1)</script>'), each.url)
    }
  })

  it('tell a dismissed agent to sign in, in the middle of a case', async () => {
    const [member, chief] = [await desk.aMember('games', 'support'), await desk.aMember('games', 'administrator')]
    const { path, page, submit, opened } = await open(member)
    const fields = fieldsOf(opened, `${path}/find`)
    await desk.manageStaff.setRoles(chief, member._id, [])
    assert.equal((await page(path)).status, 303)
    const sent = await submit(`${app.issuer}${path}/find`, { ...fields, query: 'x@mail.example' })
    assert.equal(new URL(sent.next ?? '').pathname, '/console/sign-in')
  })

  it('tell in the case what stands against a step, and lead the keyboard on to what comes next', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const { path, act } = await open(await desk.aMember('games', 'support'))
    const focused = (text: string) => {
      const element = documentOf({ text }).querySelector('[data-focus]')
      return element && [element.tagName.toLowerCase(), wordsIn(element)]
    }
    const missed = await act(path, { query: 'nobody@mail.example' }, `${path}/find`)
    assert.match(readable(missed), /Are they registering right now\?/)
    const sent = await act(path, { email: 'nobody@mail.example' }, `${path}/first-code`)
    assert.match(readable(sent), /If a first code is awaited at that address/)
    const found = await act(path, { query: email }, `${path}/find`)
    assert.deepEqual(focused(found.text), ['h2', 'Is it their account?'])
    const none = await act(path, { act: 'code-resent' }, `${path}/act`)
    assert.match(readable(none), /No code is awaited/)
    assert.match(none.text, /data-testid="link-status"/)
    await app.features.recovery.begin({ email, company: null, language: 'en' })
    const resent = await act(path, { act: 'code-resent' }, `${path}/act`)
    assert.match(readable(resent), /Sent again, to where it went before/)
    assert.ok(!resent.text.includes(await app.code(email)), 'no code is shown')
  })

  it('offer each member in a case what their role lets them do there, and nothing else', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const id = await desk.aProvenCase(await desk.aMember('games', 'support'), email)
    const { visitor } = await signedIn(await desk.aMember('games', 'privacy'))
    const text = readable(await visitor.page(`/console/cases/${id.replaceAll(':', '.')}`))
    assert.match(text, /Basic details/)
    assert.doesNotMatch(text, /Correct details|Unlock|Mark as misused|Birth date and country/)
  })

  it('show what a ticket system did, and give nobody to agree to what no agent has seen evidence for (T15)', async () => {
    const { email } = await app.aPerson({ links: ['games'] })
    const agent = await desk.aMember('games', 'support')
    const id = await desk.aProvenCase(agent, email, 'MACHINE-1')
    const machine = { ...agent, through: 'games-machine' }
    await desk.corrections.proposeGuarded(machine, id, { field: 'country', value: 'NO' })
    const { visitor } = await signedIn(await desk.aMember('games', 'support-lead'))
    const text = readable(await visitor.page(`/console/cases/${id.replaceAll(':', '.')}`))
    assert.match(text, /Waiting: country .*The ticket system has asked the person to approve/)
    assert.match(text, new RegExp(`Proposed a change for approval .* ${agent._id} · through games-machine`))
    assert.doesNotMatch(text, /I have seen the evidence/)
    const audit = readable(await visitor.page('/console/audit?kind=case&value=machine-1'))
    assert.match(audit, /through games-machine/)
  })

  it('say in the timeline what was done, by whom and in which other case, and in the summary nothing of who it is about', async () => {
    const { email, accounts } = await app.aPerson({ links: ['games'] })
    const earlier = await desk.aCase(await desk.aMember('games', 'support'), email)
    await app.features.accounts.change(accounts.games ?? '', () => ({ set: { fraud: { at: 1, case: '', agent: '' } } }))
    const { path, act } = await open(await desk.aMember('games', 'support'))
    const found = await act(path, { query: email }, `${path}/find`)
    assert.match(readable(found), /Details delivered, acknowledged by \w/)
    assert.match(found.text, new RegExp(`href="/console/cases/${earlier.replaceAll(':', '.')}"`))
    assert.ok(!found.text.includes(`href="${path}">${path.split('.').at(-1)}`), 'the case that is open is not another')
    const summary = /<pre[^>]*>([^<]*)/.exec(found.text)?.[1] ?? ''
    assert.match(summary, /State: case open\nLink: in step\nHow they sign in: .*\n.*marked as misused/)
    assert.doesNotMatch(summary, /Berg|Ada|@/)
  })

  it('answer another company’s case, and one that never was, in the same way (T14)', async () => {
    const { email } = await app.aPerson({ links: ['games', 'mobile'] })
    const id = await desk.aProvenCase(await desk.aMember('mobile', 'support'), email)
    const { visitor } = await signedIn(await desk.aMember('games', 'support-lead'))
    for (const path of [id.replaceAll(':', '.'), 'games.000.BCD-BCD-BCD', '..%2f..%2faccount', '$ne']) {
      const answer = await visitor.page(`/console/cases/${path}`)
      assert.equal(answer.status, 404, path)
    }
  })

  it('keep on record who asked for a page that is not theirs (§8)', async () => {
    const member = await desk.aMember('games', 'analyst')
    const { visitor } = await signedIn(member)
    assert.equal((await visitor.page('/console/audit')).status, 403)
    const [newest] = await desk.audit.search('games', { kind: 'agent', value: member._id }, 1)
    assert.deepEqual([newest?.action, newest?.outcome], ['refused', 'staff-not-yours'])
  })

  it('lead from an alarm to what the audit says of it', async () => {
    const lead = await desk.aMember('mobile', 'support-lead')
    const { accounts } = await app.aPerson({ email: lead._id, links: ['mobile'] })
    await desk.aCase(lead, lead._id)
    const { visitor } = await signedIn(lead)
    const [, subject = ''] = (accounts.mobile ?? '').split(':')
    const page = await visitor.page('/console/audit')
    assert.match(readable(page), /Looked at their own account/)
    assert.match(page.text, new RegExp(`href="/console/audit\\?kind=account&amp;value=${subject}"`))
    assert.match(readable(await visitor.page(`/console/audit?kind=account&value=${subject}`)), /Looked at the status/)
  })

  it('close an alarm with what came of it, and keep it among the closed ones', async () => {
    const lead = await desk.aMember('games', 'support-lead')
    const watched = await desk.aMember('games', 'support')
    await app.aPerson({ email: watched._id, links: ['games'] })
    await desk.aCase(watched, watched._id)
    const { visitor } = await signedIn(lead)
    const page = await visitor.page('/console/audit')
    assert.match(testIds(page, 'open-alarm')[0] ?? '', new RegExp(`Looked at their own account.*${watched._id}`))
    assert.ok(partsOf(page, 'audit-entry').length > 0, 'the audit is a table')
    const open = partsOf(page, 'open-alarm').length
    const alarm = documentOf(page).querySelectorAll('select[name=alarm] option')[1]?.getAttribute('value') ?? ''
    const [, choice] = documentOf(page).querySelectorAll('select[name=alarm] option')
    assert.equal(choice?.querySelectorAll('time').length, 0, 'a choice is a text')
    const short = await visitor.submit(`${app.issuer}/console/audit/close-alarm`, {
      csrf: tokenOf(page),
      alarm,
      why: 'no',
    })
    assert.equal(short.again, true)
    assert.match(readable(short), /Please check one thing Write the outcome/)
    const closed = await visitor.act('/console/audit', { alarm, why: 'Their own try' }, '/console/audit/close-alarm')
    assert.equal(partsOf(closed, 'open-alarm').length, open - 1)
    assert.match(testIds(closed, 'closed-alarm')[0] ?? '', new RegExp(lead._id))
    assert.match(testIds(closed, 'audit-entry')[0] ?? '', /Closed an alarm: Looked at their own account.*Their own try/)
    const staff = await visitor.page('/console/staff')
    assert.equal(staff.status, 403)
  })

  it('lead on from a closed case: what it came to, a new one for the same person, nothing proven in it', async () => {
    const { email, accounts } = await app.aPerson({ links: ['games'] })
    const member = await desk.aMember('games', 'support')
    const id = await desk.aProvenCase(member, email, 'G-77')
    const path = `/console/cases/${id.replaceAll(':', '.')}`
    const { visitor } = await signedIn(member)
    const stillOpen = await visitor.submit(`${app.issuer}${path}/again`, { csrf: tokenOf(await visitor.page(path)) })
    assert.equal(stillOpen.again, true)
    const closed = await visitor.act(path, {}, `${path}/close`)
    assert.match(testIds(closed, 'ended')[0] ?? '', /Caller proven.*Case opened.*New case for the same person/)
    assert.ok(linksOf(closed).includes('/console/cases'))
    assert.doesNotMatch(closed.text, /Berg/)
    const fresh = await visitor.act(path, {}, `${path}/again`)
    assert.notEqual(new URL(fresh.url).pathname, path)
    assert.deepEqual(testIds(fresh, 'case-status'), ['case open'])
    const [, subject = ''] = (accounts.games ?? '').split(':')
    assert.match(readable(fresh), new RegExp(subject))
    assert.doesNotMatch(fresh.text, /basic-details/)
    const again = new URL(fresh.url).pathname.split('/').at(-1)?.replaceAll('.', ':') ?? ''
    assert.deepEqual(await desk.audited('games', again), ['case-opened', 'status-seen'])
  })

  it('refuse a form without its token', async () => {
    const { visitor } = await signedIn(await desk.aMember('games', 'support'))
    const answer = await visitor.submit(`${app.issuer}/console/cases`, { reason: 'Asks why the name is old' })
    assert.equal(answer.status, 403)
  })

  it('search the audit by a case’s number, and hand out the whole chain as JSON lines', async () => {
    const { email } = await app.aPerson({ links: ['pictures'] })
    const agent = await desk.aMember('pictures', 'support')
    await desk.aCase(agent, email, 'PIC-77')
    const { visitor } = await signedIn(await desk.aMember('pictures', 'privacy'))
    const found = readable(await visitor.page('/console/audit?kind=case&value=pic-77'))
    assert.match(found, /Looked at the status/)
    assert.match(found, new RegExp(agent._id))
    const lines = (await visitor.page('/console/audit.jsonl')).text.trim().split('\n')
    const [taken] = lines.slice(-1).map((line) => JSON.parse(line) as { action: string })
    assert.equal(taken?.action, 'audit-exported', 'who took the whole of it away is in it')
    const entries = lines.map((line) => JSON.parse(line) as { company: string; seq: number; hash: string })
    assert.ok(entries.every(({ company, seq }, i) => company === 'pictures' && seq === i + 1))
    assert.doesNotMatch(lines.join(), new RegExp(email))
    const head = await visitor.page('/console/audit-head.jwt')
    const keys = (await (await fetch(`${app.issuer}/jwks`)).json()) as Parameters<typeof createLocalJWKSet>[0]
    const { payload } = await jwtVerify(head.text, createLocalJWKSet(keys), {
      typ: 'audit-head+jwt',
      issuer: app.issuer,
    })
    const last = entries.at(-1)
    assert.deepEqual([payload.company, payload.seq, payload.hash], ['pictures', last?.seq, last?.hash])
  })
})
