import assert from 'node:assert/strict'
import { asPerson } from '../../src/accounts/index.ts'
import { adjustableClock, day } from '../../src/lib/clock.ts'
import type { Staff } from '../../src/staff/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk, refuses, staffPassword, totpNow } from '../world/desk.ts'
import { readable, testIds, tokenOf } from '../world/pages.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'

const collections = ['requestParts', 'requestIntakes', 'requestFiles', 'auditKeys', 'mails'] as const
const mebibyte = 1024 * 1024
const png = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

describe('what nobody should send to a request: a clear sentence, and nothing half-done (S9)', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  const visitorOf = async (person: { email: string; password: string }): Promise<Visitor> => {
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    return visitor
  }
  const aRequest = async (companies = ['games']) => {
    const person = await app.aPerson({ links: ['games', 'mobile'] })
    const who = await app.features.readPrincipal(asPerson(person.id))
    assert.ok(who)
    const held = await app.features.links.accountsOf(person.id)
    const { ask } = app.features.rightsRequests
    await ask.ask(who, held, { kind: 'access', about: 'All of it', companies, once: person.id })
    await app.settled()
    const [part] = (await ask.page(who.id, held)).parts
    assert.ok(part)
    return { person, who: who.id, id: part.id, path: `/account/requests/${part.id.replace(':', '.')}` }
  }
  const stored = async () => {
    const { connection } = app.database
    return Object.fromEntries(
      await Promise.all(
        collections.map(async (name) => [name, await connection.collection(name).find({}).toArray()] as const),
      ),
    )
  }
  /** Refused with this sentence, and nothing is stored that was not there. */
  const leavesNothing = async (act: () => Promise<{ text: string; status: number }>, status: number, says: RegExp) => {
    const before = await stored()
    const answer = await act()
    assert.equal(answer.status, status)
    assert.match(readable(answer), says)
    assert.deepEqual(await stored(), before)
  }
  /** As the form is shown again with what is wrong: by a redirect (U9), so the page itself is no error. */
  const shown = async (visitor: Visitor, answer: Awaited<ReturnType<Visitor['visit']>>) => {
    const { text, status } = await visitor.shownAgain(answer)
    return { text, status }
  }
  const upload = (visitor: Visitor, path: string, csrf: string, name: string, bytes: Buffer) => {
    const form = new FormData()
    form.set('csrf', csrf)
    form.set('message', 'Look')
    form.append('file', new File([new Uint8Array(bytes)], name))
    return visitor.visit(`${app.issuer}${path}/message`, { method: 'POST', body: form })
  }
  const said = async ({ who, id }: { who: ReturnType<typeof asPerson>; id: string }) =>
    (await app.features.rightsRequests.ask.one(who, id)).said.map(({ what }) => what)

  it('S9: a request for another’s account: there is none, whether the company or the request is another’s', async () => {
    const theirs = await aRequest()
    const stranger = await app.aPerson({ links: ['pictures'] })
    const visitor = await visitorOf(stranger)
    const csrf = tokenOf(await visitor.page('/account/requests/new'))
    const asked = { csrf, kind: 'access', about: '', once: 'x', 'company.games': 'on' }
    const none = /There is no such account, or it is not yours/
    await leavesNothing(() => visitor.submit(`${app.issuer}/account/requests`, asked), 404, none)
    const mixed = { ...asked, 'company.pictures': 'on' }
    await leavesNothing(() => visitor.submit(`${app.issuer}/account/requests`, mixed), 404, none)
    const noneHere = /There is no such request here/
    await leavesNothing(() => visitor.page(theirs.path), 404, noneHere)
    for (const act of ['message', 'withdraw', 'files/any'])
      await leavesNothing(
        async () => shown(visitor, await visitor.submit(`${app.issuer}${theirs.path}/${act}`, { csrf, message: 'Hi' })),
        404,
        noneHere,
      )
    await leavesNothing(() => upload(visitor, theirs.path, csrf, 'me.png', png), 404, noneHere)
  })

  it('S9: two forms at once are one request; two answers at once are one answer, and the other desk is told', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const visitor = await visitorOf(person)
    const csrf = tokenOf(await visitor.page('/account/requests/new'))
    const asked = { csrf, kind: 'access', about: '', once: 'the same', 'company.games': 'on' }
    const both = await Promise.all([1, 2, 3].map(() => visitor.submit(`${app.issuer}/account/requests`, asked)))
    assert.deepEqual([...new Set(both.map(({ status }) => status))], [303])
    const { ask, desk: requests } = app.features.rightsRequests
    const [part, ...others] = (await ask.page(asPerson(person.id), [])).parts
    assert.equal(others.length, 0)
    const id = part?.id ?? ''
    const [one, two] = [await desk.aMember('games', 'privacy'), await desk.aMember('games', 'privacy')]
    const answers = await Promise.allSettled([requests.answer(one, id, 'One', []), requests.answer(two, id, 'Two', [])])
    const [refused, ...more] = answers.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []))
    assert.equal(more.length, 0)
    assert.ok(refuses('request-changed-meanwhile')(refused) || refuses('request-over')(refused))
    assert.deepEqual(await said({ who: asPerson(person.id), id }), ['asked', 'answered'])
    await app.settled()
    const letters = ((await app.features.mailer.mailbox?.list(person.email)) ?? []).map(({ kind }) => kind)
    assert.equal(letters.filter((kind) => kind === 'request-answered').length, 1)
    assert.equal(letters.filter((kind) => kind === 'request-received').length, 1)
  })

  it('S9: one that was withdrawn is over for both: no word, file, answer, proof, extension or refusal is taken', async () => {
    const theirs = await aRequest()
    const visitor = await visitorOf(theirs.person)
    const page = await visitor.page(theirs.path)
    assert.equal((await visitor.send(theirs.path, {}, `${theirs.path}/withdraw`)).status, 303)
    const twice = await visitor.submit(`${app.issuer}${theirs.path}/withdraw`, { csrf: tokenOf(page) })
    assert.equal(twice.status, 303, 'again it is withdrawn')
    await app.settled()
    const over = /This request is closed\. Send a new one if you need more/
    await leavesNothing(
      async () => shown(visitor, await upload(visitor, theirs.path, tokenOf(page), 'me.png', png)),
      200,
      over,
    )
    const staff = await desk.aMember('games', 'privacy')
    const { desk: requests } = app.features.rightsRequests
    const file = [{ name: 'all.txt', bytes: Buffer.from('all') }]
    const before = await stored()
    for (const act of [
      () => requests.take(staff, theirs.id),
      () => requests.handOver(staff, theirs.id, staff._id),
      () => requests.say(staff, theirs.id, 'And?', file),
      () => requests.askProof(staff, theirs.id, 'Who are you?'),
      () => requests.extend(staff, theirs.id, 'Much to do'),
      () => requests.answer(staff, theirs.id, 'Here it is', file),
      () => requests.refuse(staff, theirs.id, 'Not ours'),
    ])
      await assert.rejects(act, refuses('request-over'))
    assert.deepEqual(await stored(), before)
    assert.deepEqual(await said(theirs), ['asked', 'withdrawn'])
  })

  it('S9: a hostile file: refused with what is wrong, none of those sent with it is kept; ten megabytes are taken', async () => {
    const theirs = await aRequest()
    const visitor = await visitorOf(theirs.person)
    const csrf = tokenOf(await visitor.page(theirs.path))
    const text = (content: string) => Buffer.from(content)
    for (const [name, bytes, says] of [
      ['page.html', text('<script>alert(1)</script>'), /“page\.html” is a kind of file that is not accepted/],
      ['drawing.svg', text('<svg onload="alert(1)"/>'), /“drawing\.svg” is a kind of file that is not accepted/],
      ['gpj.\u202Eexe', text('MZ'), /“gpj\.\u{FFFD}exe”: a file name .* has no hidden characters/u],
      ['me.png\u0000.exe', png, /“me\.png.*hidden characters|not accepted/],
      ['.htaccess', text('all'), /does not begin with a dot/],
      ['C:\\me.png', png, /none of \/ \\ : \* \? < > \|/],
      ['me.txt', Buffer.from([0x41, 0x00, 0xff]), /does not match its name/],
      ['all.zip', text('PK\x03\x04'), /“all\.zip” is a kind of file that is not accepted/],
      [`${'x'.repeat(130)}.png`, png, /“x{120}…”: a file name has at most 120 characters/],
    ] as const)
      await leavesNothing(
        async () => shown(visitor, await upload(visitor, theirs.path, csrf, name, Buffer.from(bytes))),
        200,
        says,
      )
    await leavesNothing(
      async () => {
        const form = new FormData()
        for (const [name, value] of Object.entries({ csrf, message: 'Two' })) form.set(name, value)
        form.append('file', new File([new Uint8Array(png)], 'good.png'))
        form.append('file', new File(['MZ'], 'bad.exe'))
        const path = `${app.issuer}${theirs.path}/message`
        return shown(visitor, await visitor.visit(path, { method: 'POST', body: form }))
      },
      200,
      /“bad\.exe” is a kind of file that is not accepted/,
    )
    const large = (size: number) => Buffer.concat([png, Buffer.alloc(size - png.length, 7)])
    await leavesNothing(
      async () => shown(visitor, await upload(visitor, theirs.path, csrf, 'me.png', large(10 * mebibyte + 1))),
      200,
      /“me\.png” is larger than 10 MB/,
    )
    assert.equal((await upload(visitor, theirs.path, csrf, 'me.png', large(10 * mebibyte))).status, 303)
    // HTML that says it is text stays text, in a page that runs nothing.
    assert.equal((await upload(visitor, theirs.path, csrf, 'a.txt', text('<script>1</script>'))).status, 303)
    const { said: all } = await app.features.rightsRequests.ask.one(theirs.who, theirs.id)
    const [file] = all.at(-1)?.files ?? []
    const given = await visitor.submit(`${app.issuer}${theirs.path}/files/${file?.id}`, { csrf })
    assert.equal(given.headers.get('content-type'), 'text/plain; charset=utf-8')
    assert.equal(given.headers.get('x-content-type-options'), 'nosniff')
    assert.match(given.headers.get('content-disposition') ?? '', /^attachment/)
  })

  it('H40: files too large, or too many, are told of where they were chosen, at each form that takes any', async () => {
    const theirs = await aRequest()
    const visitor = await visitorOf(theirs.person)
    const console = await atWork(app, await desk.aMember('games', 'privacy'))
    const atDesk = `/console/requests/${theirs.id.replace(':', '.')}`
    const tooLarge = [Buffer.alloc(10.5 * mebibyte, 7)]
    const farTooLarge = [Buffer.alloc(12 * mebibyte, 7)]
    const tooMany = Array.from({ length: 6 }, () => png)
    for (const { who, page, path, field } of [
      { who: visitor, page: theirs.path, path: `${theirs.path}/message`, field: 'message' },
      { who: console, page: atDesk, path: `${atDesk}/message`, field: 'message' },
      { who: console, page: atDesk, path: `${atDesk}/answer`, field: 'answer' },
      { who: aVisitor(app.issuer), page: '/report-death', path: '/report-death', field: 'about' },
    ]) {
      const csrf = tokenOf(await who.page(page))
      for (const [files, says, keeps] of [
        [tooLarge, /The files may be at most 10 MB together/, false],
        [farTooLarge, /The files may be at most 10 MB together/, false],
        [tooMany, /You can send at most 5 files/, true],
      ] as const) {
        const form = new FormData()
        form.set('csrf', csrf)
        form.set(field, 'What I typed beside them')
        for (const bytes of files) form.append('file', new File([new Uint8Array(bytes)], 'me.png'))
        await leavesNothing(
          async () => {
            const answer = await who.shownAgain(await who.visit(`${app.issuer}${path}`, { method: 'POST', body: form }))
            assert.equal(answer.again, true, path)
            assert.equal(new URL(answer.url).pathname, page)
            assert.match(answer.text, /id="f-file-problem"/)
            assert.equal(answer.text.includes('What I typed beside them'), keeps)
            return answer
          },
          200,
          says,
        )
      }
    }
  })

  const tooLarge = (...fields: [string, string][]): FormData => {
    const form = new FormData()
    for (const field of fields) form.set(...field)
    form.append('file', new File([new Uint8Array(12 * mebibyte)], 'me.png'))
    return form
  }

  it('H40, T9: nothing that a page of another site sends is told of at a form, however large its files', async () => {
    const visitor = aVisitor(app.issuer)
    for (const headers of [{ origin: 'https://elsewhere.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const path = `${app.issuer}/report-death`
      const answer = await visitor.visit(path, { method: 'POST', body: tooLarge(), headers })
      assert.equal(answer.status, 403)
      assert.deepEqual(answer.headers.getSetCookie(), [])
    }
  })

  it('H40, U10: whoever is signed in no more is told that nothing was saved of what was too large', async () => {
    const theirs = await aRequest()
    const visitor = await visitorOf(theirs.person)
    const csrf = tokenOf(await visitor.page(theirs.path))
    await visitor.act('/account', {}, '/account/sign-out')
    const body = tooLarge(['csrf', csrf], ['message', 'What I typed beside it'])
    const answer = await visitor.visit(`${app.issuer}${theirs.path}/message`, { method: 'POST', body })
    assert.equal(new URL(answer.next ?? '').searchParams.get('state'), theirs.path)
  })

  it('H42: what fills its field is taken, however many lines it has', async () => {
    const theirs = await aRequest()
    const visitor = await visitorOf(theirs.person)
    const lines = `${'A line of what I ask for\n'.repeat(79)}and the end.`
    assert.ok(lines.length > 1980 && lines.length <= 2000)
    const sent = lines.replaceAll('\n', '\r\n')
    const csrf = tokenOf(await visitor.page(theirs.path))
    assert.equal((await visitor.submit(`${app.issuer}${theirs.path}/message`, { csrf, message: sent })).status, 303)
    const form = new FormData()
    form.set('csrf', csrf)
    form.set('message', sent)
    const withFiles = await visitor.visit(`${app.issuer}${theirs.path}/message`, { method: 'POST', body: form })
    assert.equal(withFiles.status, 303)
    const { said: all } = await app.features.rightsRequests.ask.one(theirs.who, theirs.id)
    assert.deepEqual(
      all.slice(-2).map(({ text }) => text),
      [lines, lines],
    )
    const longer = await visitor.submit(`${app.issuer}${theirs.path}/message`, {
      csrf,
      message: `${sent}${'x'.repeat(30)}`,
    })
    assert.equal(longer.status, 400)
  })

  it('H45: at the desk, one that is over says who may have been first, and asks nobody there to send a new one', async () => {
    const theirs = await aRequest()
    const [first, second] = await Promise.all(
      [1, 2].map(async () => atWork(app, await desk.aMember('games', 'privacy'))),
    )
    assert.ok(first && second)
    const path = `/console/requests/${theirs.id.replace(':', '.')}`
    const csrf = tokenOf(await second.page(path))
    await first.act(path, { answer: 'Here it is' }, `${path}/answer`)
    for (const [act, fields] of [
      ['answer', { answer: 'Here is mine' }],
      ['refuse', { reason: 'Nobody of that name' }],
    ] as [string, Record<string, string>][]) {
      const told = await second.submit(`${app.issuer}${path}/${act}`, { csrf, ...fields })
      assert.match(readable(told), /This request is closed: it was answered, refused or withdrawn meanwhile/, act)
    }
  })

  it('S9: answered late is answered: the desk sees that it is late, its record says so, and the person has it', async () => {
    const clock = adjustableClock()
    try {
      const theirs = await aRequest()
      const staff = await desk.aMember('games', 'privacy')
      clock.advance(40 * day)
      const { desk: requests, ask } = app.features.rightsRequests
      const console = await atWork(app, staff)
      assert.match(readable(await console.page('/console/requests')), /Access received late Answer due by/)
      await assert.rejects(() => requests.extend(staff, theirs.id, 'Much to do'), refuses('extension-too-late'))
      assert.equal((await ask.one(theirs.who, theirs.id)).isLate, true)
      await requests.answer(staff, theirs.id, 'Sorry, here it is', [])
      const [entry] = await desk.audit.newest('games', 1)
      assert.deepEqual([entry?.action, entry?.outcome], ['request-answered', 'late'])
      const visitor = await visitorOf(theirs.person)
      assert.match(testIds(await visitor.page('/account/requests'), 'request-part')[0] ?? '', /^answered/)
      assert.match(readable(await visitor.page(theirs.path)), /Sorry, here it is/)
      await assert.rejects(() => requests.answer(staff, theirs.id, 'Once more', []), refuses('request-over'))
    } finally {
      clock.reset()
    }
  })
})

const atWork = async (app: TestApp, { _id }: Staff): Promise<Visitor> => {
  const visitor = aVisitor(app.issuer)
  const begun = await visitor.act('/console/sign-in', { email: _id, password: staffPassword })
  await visitor.submit(`${app.issuer}/console/sign-in/code`, { csrf: tokenOf(begun), code: totpNow() })
  return visitor
}
