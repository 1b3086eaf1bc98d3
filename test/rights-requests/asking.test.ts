import assert from 'node:assert/strict'
import { asAccount, asPerson, type PrincipalId } from '../../src/accounts/index.ts'
import { formatDate } from '../../src/i18n/index.ts'
import { type AdjustableClock, adjustableClock, day } from '../../src/lib/clock.ts'
import { requestKinds } from '../../src/rights-requests/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk, refuses, staffPassword, totpNow } from '../world/desk.ts'
import { documentOf, fieldsOf, formsOf, partsOf, readable, testIds, tokenOf } from '../world/pages.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(900_000, 7)])

describe('a rights request, from the person to the desk of the company and back (S9, S4-9)', () => {
  let app: TestApp
  let desk: Desk
  let clock: AdjustableClock
  before(async () => {
    clock = adjustableClock()
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(async () => {
    clock.reset()
    await app.close()
  })

  const { stringify } = JSON
  const rows = (name: string) => app.database.connection.collection(name).find({}).toArray()
  const lettersTo = async (to: string) => {
    await app.features.mailer.idle()
    return ((await app.features.mailer.mailbox?.list(to)) ?? []).map(({ kind }) => kind)
  }
  const atDesk = async (company: string): Promise<Visitor> => {
    const { _id } = await desk.aMember(company, 'privacy')
    const visitor = aVisitor(app.issuer)
    const begun = await visitor.act('/console/sign-in', { email: _id, password: staffPassword })
    await visitor.submit(`${app.issuer}/console/sign-in/code`, { csrf: tokenOf(begun), code: totpNow() })
    return visitor
  }
  const asked = async (links = ['games', 'mobile']) => {
    const person = await app.aPerson({ links })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    return { person, visitor }
  }
  const ticks = (companies: string[]) => Object.fromEntries(companies.map((id) => [`company.${id}`, 'on']))
  const send = (visitor: Visitor, fields: Record<string, string>, companies: string[]) =>
    visitor.act('/account/requests/new', { ...fields, ...ticks(companies) }, '/account/requests')
  const upload = async (visitor: Visitor, path: string, field: string, text: string, name: string, bytes: Buffer) => {
    const csrf = tokenOf(await visitor.page(path.slice(0, path.lastIndexOf('/'))))
    const form = new FormData()
    form.set('csrf', csrf)
    form.set(field, text)
    form.append('file', new File([new Uint8Array(bytes)], name))
    return visitor.visit(app.issuer + path, { method: 'POST', body: form })
  }
  const pathIn = (text: string, from: string): string =>
    new RegExp(`${from}/requests/[a-z]+\\.[0-9a-f]+`).exec(text)?.[0] ?? ''

  it('S9: is split by company; each sees its own part alone, answers, and the person reads it', async () => {
    const { person, visitor } = await asked()
    const sent = await send(visitor, { kind: 'access', about: 'Everything about my games' }, ['games', 'mobile'])
    assert.deepEqual(
      testIds(sent, 'request-part').map((text) => text.split(' ')[0]),
      ['received', 'received'],
    )
    assert.equal((await lettersTo(person.email)).filter((kind) => kind === 'request-received').length, 2)

    const games = await atDesk('games')
    const queue = await games.page('/console/requests')
    assert.equal(partsOf(queue, 'request').length, 1)
    assert.doesNotMatch(queue.text, /mobile/i)
    const path = pathIn(queue.text, '/console')
    const opened = await games.act('/console/requests', {}, `${path}/take`)
    assert.match(readable(opened), /Everything about my games/)
    assert.doesNotMatch(opened.text, /mobile/i)
    assert.match(readable(await visitor.page('/account/requests')), /in work/)
    const answered = await upload(
      games,
      `${path}/answer`,
      'answer',
      'Here it is.',
      'export.json',
      Buffer.from('{"games":1}'),
    )
    assert.equal(answered.status, 303)

    const listed = await visitor.page('/account/requests')
    const paths = new Set(listed.text.match(/\/account\/requests\/[a-z]+\.[0-9a-f]+/g))
    const pages = await Promise.all([...paths].map((each) => visitor.page(each)))
    assert.deepEqual(pages.map((page) => /Here it is\./.test(readable(page))).sort(), [false, true])
    const own = partsOf(listed, 'request-part')
    assert.deepEqual(own.map((part) => part.text.trim().split(/\s/)[0]).sort(), ['answered', 'received'])
    assert.ok((await lettersTo(person.email)).includes('request-answered'))
  })

  it('S9: files go both ways, sealed, as attachments only, by what is in them', async () => {
    const { visitor, person } = await asked(['games'])
    const path = pathIn((await send(visitor, { kind: 'access', about: '' }, ['games'])).text, '/account')
    assert.equal((await upload(visitor, `${path}/message`, 'message', 'My passport', 'me.png', png)).status, 303)
    const page = await visitor.page(path)
    const [{ action } = { action: '' }] = formsOf(page).filter(({ action }) => action.includes('/files/'))
    assert.match(page.text, new RegExp(`action="${action}" data-gives-file`), 'it can be taken again (H41)')
    const given = await visitor.submit(app.issuer + action, { csrf: tokenOf(page) })
    assert.equal(given.status, 200)
    assert.match(given.headers.get('content-disposition') ?? '', /^attachment; filename="me\.png"/)
    assert.equal(given.headers.get('content-type'), 'image/png')
    assert.match(given.headers.get('content-security-policy') ?? '', /sandbox/)
    assert.doesNotMatch(stringify([await rows('requestParts'), await rows('requestFiles')]), /passport|me\.png/)

    await app.anHourLater(person.id)
    const question = await visitor.shownAgain(await visitor.submit(app.issuer + action, { csrf: tokenOf(page) }))
    assert.match(question.text, new RegExp(`action="${action}" data-gives-file`), 'nor is a password in the way (H41)')
    const filled = { ...fieldsOf(question, action), proofPassword: person.password }
    assert.equal((await visitor.submit(app.issuer + action, filled)).status, 200)

    for (const [name, bytes, says] of [
      ['me.pdf', png, /content does not match its name/],
      ['me.exe', Buffer.from('MZ\0\0'), /content does not match its name/],
      ['../../me.png', png, /none of \//],
      ['me.png', Buffer.alloc(0), /empty/],
      ['all.zip', Buffer.from('PK\x03\x04rest'), /content does not match its name/],
    ] as const) {
      const refused = await visitor.shownAgain(
        await upload(visitor, `${path}/message`, 'message', 'Again', name, bytes),
      )
      assert.equal(refused.again, true, name)
      assert.match(readable(refused), says, name)
    }
    const large = await upload(
      visitor,
      `${path}/message`,
      'message',
      'Large',
      'big.png',
      Buffer.alloc(12 * 1024 * 1024, 7),
    )
    assert.match(readable(await visitor.shownAgain(large)), /at most 10 MB together/)
    const form = new FormData()
    form.set('message', 'from elsewhere')
    assert.equal((await visitor.visit(`${app.issuer}${path}/message`, { method: 'POST', body: form })).status, 403)
    assert.equal((await rows('requestFiles')).length > 0, true)
    const [part] = (await rows('requestParts')).filter(({ _id }) => path.includes(String(_id).split(':')[1] ?? '-'))
    assert.equal(part?.said.length, 2, 'what was refused left nothing')
  })

  it('S9: a correction and an objection say what they are about; nothing is kept of one that does not', async () => {
    const { visitor } = await asked(['games'])
    const told = []
    for (const kind of requestKinds) {
      const page = await send(visitor, { kind, about: '' }, ['games'])
      if (readable(page).includes('Say what it is about, so that the company can act on it.')) told.push(kind)
    }
    assert.deepEqual(told, ['correction', 'objection'])
    assert.equal(partsOf(await visitor.page('/account/requests'), 'request-part').length, requestKinds.length - 2)
  })

  it('U9: a request without a kind and a company is told of both at once, each at its field', async () => {
    const { visitor } = await asked()
    const page = await send(visitor, { kind: '', about: '' }, [])
    assert.match(
      readable(page),
      /Please check 2 things Kind: Please choose one\. Companies: Tick at least one company\./,
    )
    const wrong = documentOf(page).querySelectorAll('.problem')
    assert.deepEqual(
      wrong.map(({ id }) => id),
      ['f-kind-problem', 'f-companies-problem'],
    )
  })

  it('S9: the same form sent twice is one request; a company that is not theirs gets none', async () => {
    const { person, visitor } = await asked(['games'])
    const page = await visitor.page('/account/requests/new')
    const fields = { csrf: tokenOf(page), kind: 'deletion', about: '', once: 'the-same', 'company.games': 'on' }
    await visitor.submit(`${app.issuer}/account/requests`, fields)
    await visitor.submit(`${app.issuer}/account/requests`, fields)
    assert.equal(partsOf(await visitor.page('/account/requests'), 'request-part').length, 1)
    const refused = await visitor.submit(`${app.issuer}/account/requests`, {
      ...fields,
      once: 'b',
      'company.mobile': 'on',
    })
    assert.equal(refused.status, 404)
    const nothing = await visitor.submit(`${app.issuer}/account/requests`, {
      csrf: tokenOf(page),
      kind: 'access',
      once: 'c',
    })
    assert.match(readable(nothing), /Tick at least one company/)
    const list = (await app.features.rightsRequests.ask.page(asPerson(person.id), [])).parts
    assert.deepEqual(
      list.map(({ company, kind }) => [company, kind]),
      [['games', 'deletion']],
    )
  })

  it('S9: a crash between the request and its parts or letters loses nothing and doubles nothing', async () => {
    const { person, visitor } = await asked()
    const { connection } = app.database
    await send(visitor, { kind: 'objection', about: 'Stop it' }, ['games', 'mobile'])
    const parts = await connection
      .collection('requestParts')
      .find({ holder: `person:${person.id}` })
      .toArray()
    // As it lay there the moment after its one write: no company has it, nobody was told.
    const [first, second] = parts
    assert.ok(first && second)
    const asSent = parts.map((part) => ({
      ...part,
      news: [{ n: 1, at: part.receivedAt, what: 'asked', by: 'person' }],
      rev: 1,
    }))
    await connection.collection('requestParts').deleteOne({ _id: first._id })
    const intakes = connection.collection('requestIntakes')
    const [intake] = await intakes.find({}).sort({ purgeAt: -1 }).limit(1).toArray()
    await intakes.updateOne({ _id: intake?._id as never }, { $set: { parts: asSent, due: '-|000000000000' } })
    const before = await lettersTo(person.email)
    await app.settled()
    const after = await connection
      .collection('requestParts')
      .find({ holder: `person:${person.id}` })
      .toArray()
    assert.deepEqual(after.map(({ _id }) => String(_id)).sort(), parts.map(({ _id }) => String(_id)).sort())
    assert.deepEqual(await lettersTo(person.email), before, 'the letters that were sent are the same letters')
    assert.ok(after.every(({ news }) => news.length === 0))
  })

  it('S9: an account that was left or closed is asked about as a past one; its desk answers, and no other learns of it', async () => {
    const { person, visitor } = await asked()
    const actor = { kind: 'person', id: person.id } as const
    await send(visitor, { kind: 'access', about: 'Before' }, ['games'])
    await app.features.unlink(person.id, 'mobile', { keep: 'now', actor })
    await app.features.closures.close(await app.account(person.accounts.games ?? ''), { kind: 'at-once' }, actor)
    await app.settled()
    clock.advance(1000)
    const form = readable(await visitor.page('/account/requests/new'))
    assert.match(form, /Games[^)]*\(past account\)/)
    assert.match(form, /Mobile[^)]*\(past account\)/)
    await send(visitor, { kind: 'access', about: 'What is still kept' }, ['games', 'mobile'])
    await app.settled()
    const { ask, desk: requests } = app.features.rightsRequests
    const { parts } = await ask.page(asPerson(person.id), [])
    assert.deepEqual(parts.map(({ company, state, said }) => [company, state, said[0]?.text]).sort(), [
      ['games', 'received', 'What is still kept'],
      ['games', 'withdrawn', undefined],
      ['mobile', 'received', 'What is still kept'],
    ])
    const part = parts.find(({ company, state }) => company === 'games' && state === 'received')
    const games = await desk.aMember('games', 'privacy')
    const queue = await requests.queue(games)
    assert.doesNotMatch(stringify(queue), /mobile/i)
    await requests.answer(games, part?.id ?? '', 'This is left.', [])
    await app.settled()
    const answered = await ask.one(asPerson(person.id), part?.id ?? '')
    assert.deepEqual([answered.state, answered.said[0]?.text], ['answered', 'What is still kept'])
  })

  it('S9: an account that is closed before its company had the request: no desk gets it, and nothing is kept of it', async () => {
    const { person, visitor } = await asked(['games', 'mobile'])
    const { connection } = app.database
    const [parts, intakes] = [connection.collection('requestParts'), connection.collection('requestIntakes')]
    await send(visitor, { kind: 'access', about: 'What you have' }, ['games', 'mobile'])
    const both = await parts.find({ holder: `person:${person.id}` }).toArray()
    // As it lay there when the process died between the request's one write and its parts.
    const [intake] = await intakes.find({}).sort({ purgeAt: -1 }).limit(1).toArray()
    await intakes.updateOne({ _id: intake?._id as never }, { $set: { parts: both } })
    await parts.deleteMany({ holder: `person:${person.id}` })
    await app.features.closures.close(
      await app.account(person.accounts.games ?? ''),
      { kind: 'at-once' },
      {
        kind: 'person',
        id: person.id,
      },
    )
    await app.settled()
    await intakes.updateOne({ _id: intake?._id as never }, { $set: { due: '-|000000000000' } })
    await app.settled()
    const { ask, desk: requests } = app.features.rightsRequests
    const shown = Object.fromEntries(
      (await ask.page(asPerson(person.id), [])).parts.map((part) => [part.company, [part.state, part.said[0]?.text]]),
    )
    assert.deepEqual(shown, { games: ['withdrawn', undefined], mobile: ['received', 'What you have'] })
    const id = both.find(({ company }) => company === 'games')?._id as never
    assert.equal(await connection.collection('auditKeys').findOne({ _id: id }), null)
    const { open } = await requests.queue(await desk.aMember('games', 'privacy'))
    assert.ok(!open.some((part) => part.id === String(id)))
  })

  it('S9: one that cannot be carried on holds up no other', async () => {
    const { person, visitor } = await asked(['games'])
    const { connection } = app.database
    const [parts, intakes] = [connection.collection('requestParts'), connection.collection('requestIntakes')]
    await send(visitor, { kind: 'access', about: '' }, ['games'])
    const [part] = await parts.find({ holder: `person:${person.id}` }).toArray()
    await parts.deleteOne({ _id: part?._id as never })
    const broken = {
      ...part,
      _id: 'games:broken',
      holder: 'nobody that can be read',
      news: [{ n: 1, at: 1, what: 'asked', by: 'person' }],
    }
    const lost = [
      { _id: 'a-broken', parts: [broken], due: '-|000000000000', purgeAt: '9' },
      { _id: 'b-whole', parts: [part], due: '-|000000000001', purgeAt: '9' },
    ]
    await intakes.insertMany(lost as never[])
    await app.settled()
    assert.ok(await parts.findOne({ _id: part?._id as never }))
    await intakes.deleteOne({ _id: 'a-broken' as never })
    await parts.deleteOne({ _id: 'games:broken' as never })
  })

  it('S9: whoever asked more than a page holds finds the rest under *Older*, opens it, and has it in the archive', async () => {
    const { person, visitor } = await asked(['games'])
    const parts = app.database.connection.collection('requestParts')
    await send(visitor, { kind: 'access', about: '' }, ['games'])
    const [part] = await parts.find({ holder: `person:${person.id}` }).toArray()
    const many = Array.from({ length: 120 }, (_, n) => ({
      ...part,
      _id: `games:${n.toString(16).padStart(18, '0')}`,
      // Three of a moment, as the parts of one request are.
      receivedAt: Number(part?.receivedAt) - 1000 * (1 + Math.floor(n / 3)),
    }))
    await parts.insertMany(many as never[])
    const seen: string[] = []
    let page = await visitor.page('/account/requests')
    for (;;) {
      const paths = partsOf(page, 'request-part').map((each) => each.querySelector('a')?.getAttribute('href') ?? '')
      assert.ok(paths.length <= 100)
      seen.push(...paths)
      const older = documentOf(page).querySelector('#older')?.getAttribute('href')
      if (!older) break
      page = await visitor.page(older)
    }
    assert.deepEqual([seen.length, new Set(seen).size], [121, 121])
    assert.match(page.text, /href="\/account\/requests"[^>]*>[^<]*ewest/)
    assert.equal((await visitor.page(seen.at(-1) ?? '')).status, 200)
    assert.equal((await visitor.page('/account/requests?before=games.ffff')).status, 404)
    const stranger = await asked(['games'])
    assert.equal(
      testIds(await stranger.visitor.page(`/account/requests?before=${seen[0]?.split('/').at(-1)}`), 'request-part')
        .length,
      0,
    )
    assert.equal((await stranger.visitor.page(seen.at(-1) ?? '')).status, 404)
    await parts.deleteMany({ _id: { $in: many.map(({ _id }) => _id) } as never })
  })

  it('S9: a crash between an answer and its letter: the letter goes out later, once', async () => {
    const { person, visitor } = await asked(['games'])
    await send(visitor, { kind: 'access', about: '' }, ['games'])
    const staff = await desk.aMember('games', 'privacy')
    const [mine] = (await app.features.rightsRequests.ask.page(asPerson(person.id), [])).parts
    await app.features.rightsRequests.desk.answer(staff, mine?.id ?? '', 'Here you are', [])
    const parts = app.database.connection.collection('requestParts')
    const [, { at } = { at: 0 }] =
      (await app.features.rightsRequests.ask.page(asPerson(person.id), [])).parts[0]?.said ?? []
    const lost = { news: [{ n: 2, at, what: 'answered', by: 'desk' }], due: 'games|000000000001' }
    await parts.updateOne({ _id: mine?.id as never }, { $set: lost })
    await app.settled()
    await app.settled()
    const sent = (await lettersTo(person.email)).filter((kind) => kind === 'request-answered')
    assert.equal(sent.length, 1)
    assert.deepEqual((await parts.findOne({ _id: mine?.id as never }))?.news, [])
  })

  it('S9: the clock runs a month, stands still for proof, is lengthened once with a reason, and alarms', async () => {
    const { person, visitor } = await asked(['games'])
    await send(visitor, { kind: 'access', about: '' }, ['games'])
    const staff = await desk.aMember('games', 'privacy')
    const { ask, desk: requests } = app.features.rightsRequests
    const who = asPerson(person.id)
    const mine = async () => {
      const [part] = (await ask.page(who, [])).parts
      assert.ok(part)
      return part
    }
    const { id, deadline: first = 0, answerBy } = await mine()
    // The last day is the same in every zone.
    const shown = testIds(await visitor.page('/account/requests'), 'request-part')[0] ?? ''
    assert.ok(shown.includes(`by ${formatDate('en', answerBy)}`), shown)
    await requests.askProof(staff, id, 'A copy of your passport')
    assert.equal((await mine()).state, 'waiting-for-proof')
    clock.advance(5 * day)
    await ask.say(who, id, 'Here', [{ name: 'me.txt', bytes: Buffer.from('It is me') }])
    assert.equal((await mine()).state, 'in-work')
    assert.equal((await mine()).deadline, first + 5 * day)
    await assert.rejects(() => requests.extend(staff, id, ''), refuses('required'))
    clock.advance(24 * day)
    await app.settled()
    assert.ok((await lettersTo(staff._id)).includes('request-due'))
    await requests.extend(staff, id, 'Many systems')
    const { state, deadline: longer = 0 } = await mine()
    assert.equal(state, 'extended')
    assert.ok(longer > first + 55 * day)
    await assert.rejects(() => requests.extend(staff, id, 'Again'), refuses('extension-too-late'))
    clock.advance(100 * day)
    assert.equal((await mine()).isLate, true)
    await requests.answer(staff, id, 'Sorry, late', [])
    assert.equal((await mine()).state, 'answered')
    await assert.rejects(() => ask.withdraw(who, id), refuses('request-over'))
    const [entry] = await desk.audit.newest('games', 1)
    assert.deepEqual([entry?.action, entry?.outcome], ['request-answered', 'late'])
  })

  it('S9: a refusal names its reason, the authority and the courts', async () => {
    const { person, visitor } = await asked(['games'])
    await send(visitor, { kind: 'deletion', about: '' }, ['games'])
    const staff = await desk.aMember('games', 'privacy')
    const { ask, desk: requests } = app.features.rightsRequests
    const [part] = (await ask.page(asPerson(person.id), [])).parts
    await requests.refuse(staff, part?.id ?? '', 'The law asks us to keep receipts')
    const page = readable(await visitor.page(`/account/requests/${part?.id.replace(':', '.')}`))
    assert.match(page, /The law asks us to keep receipts/)
    assert.match(page, /Integritetsskyddsmyndigheten/)
    assert.match(page, /Go to court/)
  })

  it('S9: correction at one company is told to its own services alone, and erases nothing elsewhere (Art. 19)', async () => {
    const { person, visitor } = await asked()
    await send(visitor, { kind: 'correction', about: 'My name is Ada' }, ['games'])
    const staff = await desk.aMember('games', 'privacy')
    const { ask, desk: requests } = app.features.rightsRequests
    const [part] = (await ask.page(asPerson(person.id), [])).parts
    await app.settled()
    const told = app.told.length
    const mobile = stringify(await app.account(person.accounts.mobile ?? ''))
    await requests.answer(staff, part?.id ?? '', 'Corrected', [])
    await app.settled()
    const services = new Set(app.told.slice(told).map(({ service }) => service))
    assert.ok([...services].length > 0 && [...services].every((id) => ['games-arcade', 'leaderboard'].includes(id)))
    assert.equal(stringify(await app.account(person.accounts.mobile ?? '')), mobile)
    const [after] = (await ask.page(asPerson(person.id), [])).parts
    assert.ok(after?.said.at(-1)?.recipients?.includes('games-arcade'))
  })

  it('S1-b: that the desk looked at a request, or at a file in it, stands in the activity of whoever asked, once a day', async () => {
    const { person, visitor } = await asked()
    const other = await asked(['games'])
    await send(visitor, { kind: 'access', about: 'What you have' }, ['games', 'mobile'])
    const { ask, desk: requests } = app.features.rightsRequests
    const part = (await ask.page(asPerson(person.id), [])).parts.find(({ company }) => company === 'games')
    const looks = async (who: Visitor) =>
      readable(await who.page('/account/security')).match(/A company looked at your request: \w+/g) ?? []
    assert.deepEqual(await looks(visitor), [])
    const staff = await desk.aMember('games', 'privacy')
    await requests.queue(staff)
    assert.deepEqual(await looks(visitor), [], 'a list of what waits opens none')
    for (let n = 0; n < 3; n++) await requests.see(staff, part?.id ?? '')
    assert.deepEqual(await looks(visitor), ['A company looked at your request: Games'])
    clock.advance(day)
    await requests.see(staff, part?.id ?? '')
    const mobileStaff = await desk.aMember('mobile', 'privacy')
    await assert.rejects(requests.see(mobileStaff, part?.id ?? ''), refuses('request-not-found'))
    const again = aVisitor(app.issuer)
    await again.signIn(person)
    assert.equal((await looks(again)).length, 2)
    const others = aVisitor(app.issuer)
    await others.signIn(other.person)
    assert.deepEqual(await looks(others), [])
  })

  it('S9, S1-b: what was asked with a separate account came along with it: its person is told of the answer, and of the look', async () => {
    const [own, person] = [await app.aSeparateAccount('games'), await app.aPerson()]
    const { rightsRequests, readPrincipal, links, activity } = app.features
    const who = await readPrincipal(asAccount(own.account))
    assert.ok(who)
    const before = await app.account(own.account)
    await rightsRequests.ask.ask(who, [before], { kind: 'access', about: '', companies: ['games'], once: 'x' })
    const [part] = (await rightsRequests.ask.page(who.id, [before])).parts
    const company = app.config.group.companies.get('games')
    assert.ok(company)
    await links.linkExistingAccount(person.id, {
      company,
      actor: { kind: 'person', id: person.id },
      policyVersion: '1',
      shown: [],
      account: own.account,
      epoch: before.epoch,
      keep: [],
      proven: { person: (await person.now()).credentialEpoch, account: before.credentialEpoch },
    })
    const staff = await desk.aMember('games', 'privacy')
    await rightsRequests.desk.see(staff, part?.id ?? '')
    await rightsRequests.desk.answer(staff, part?.id ?? '', 'Here it is.', [])
    assert.ok((await lettersTo(person.email)).includes('request-answered'))
    assert.ok(!(await lettersTo(own.email)).includes('request-answered'))
    const looks = async (holder: PrincipalId) => activity.listFor(holder, { limit: 9, kinds: ['request-read'] })
    assert.deepEqual([(await looks(asPerson(person.id))).length, (await looks(who.id)).length], [1, 0])
  })

  it('S1-b: looks of one desk on one day are one row, however many look in one moment; the next day another', async () => {
    const { id, accounts } = await app.aPerson({ links: ['games'] })
    const { rightsRequests, activity, readPrincipal } = app.features
    const [who, held] = [await readPrincipal(asPerson(id)), [await app.account(accounts.games ?? '')]]
    assert.ok(who)
    await rightsRequests.ask.ask(who, held, { kind: 'access', about: '', companies: ['games'], once: 'at once' })
    const [part] = (await rightsRequests.ask.page(who.id, held)).parts
    const staff = await Promise.all([1, 2, 3].map(() => desk.aMember('games', 'privacy')))
    const looks = async () => (await activity.listFor(who.id, { limit: 50, kinds: ['request-read'] })).length
    await Promise.all([...staff, ...staff].map((each) => rightsRequests.desk.see(each, part?.id ?? '')))
    assert.equal(await looks(), 1)
    await rightsRequests.desk.say(staff[0]!, part?.id ?? '', 'We are at it.', [])
    await rightsRequests.desk.see(staff[1]!, part?.id ?? '')
    assert.equal(await looks(), 1)
    clock.advance(day)
    await Promise.all(staff.map((each) => rightsRequests.desk.see(each, part?.id ?? '')))
    clock.reset()
    assert.equal(await looks(), 2)
  })

  it('S4-9: a desk takes its own part alone, and points people on in words that fit everybody and name nobody', async () => {
    const pointed = async (companies: string[]) => {
      const { visitor } = await asked(['games', 'mobile'])
      await send(visitor, { kind: 'access', about: '' }, companies)
      const page = await (await atDesk('games')).page('/console/requests')
      assert.doesNotMatch(page.text, /mobile/i)
      return /Each company answers for its own accounts only\. For anything else, [^.]+\./.exec(readable(page))?.[0]
    }
    const [one, both] = [await pointed(['games']), await pointed(['games', 'mobile'])]
    assert.match(one ?? '', /people can use Requests on their own account pages/)
    assert.equal(both, one)
  })

  it('S9: what the service itself holds is answered at once: beside the request, as a file, without any desk', async () => {
    const { visitor } = await asked(['games'])
    const page = await visitor.act('/account/requests', {}, '/account/requests/archive')
    const path = partsOf(page, 'export')[0]?.getAttribute('href') ?? ''
    assert.match(path, /^\/account\/requests\/archive\//)
    assert.equal(testIds(page, 'request-part').length, 0, 'no company is asked for it')
  })

  it('S10: a desk that looks at what somebody asked who was erased since begins no trail of them again', async () => {
    const { person } = await asked(['games'])
    const { rightsRequests, readPrincipal, links, erasePerson } = app.features
    const who = await readPrincipal(asPerson(person.id))
    assert.ok(who)
    const held = [await app.account(person.accounts.games ?? '')]
    await rightsRequests.ask.ask(who, held, { kind: 'access', about: '', companies: ['games'], once: 'x' })
    const [part] = (await rightsRequests.ask.page(who.id, held)).parts
    await links.unlink(person.id, 'games', { keep: 'now', actor: { kind: 'person', id: person.id } })
    await app.settled()
    assert.ok(await erasePerson.erase(person.id))
    await app.settled()
    const trail = async () => (await rows('events')).filter(({ _id }) => String(_id).startsWith(`person:${person.id}:`))
    assert.deepEqual(await trail(), [])
    await rightsRequests.desk.see(await desk.aMember('games', 'privacy'), part?.id ?? '')
    assert.deepEqual(await trail(), [])
  })

  it('S9: the holder of a separate account asks as anybody does, and withdraws', async () => {
    const own = await app.aSeparateAccount('games')
    const { ask } = app.features.rightsRequests
    const who = await app.features.readPrincipal(asAccount(own.account))
    assert.ok(who)
    const held = [await app.account(own.account)]
    await ask.ask(who, held, { kind: 'access', about: '', companies: ['games'], once: 'x' })
    const [part] = (await ask.page(who.id, held)).parts
    assert.equal(part?.state, 'received')
    await ask.withdraw(who.id, part?.id ?? '')
    await ask.withdraw(who.id, part?.id ?? '')
    assert.equal((await ask.page(who.id, held)).parts[0]?.state, 'withdrawn')
    assert.ok((await lettersTo(own.email)).includes('request-withdrawn'))
  })

  it('S10: what was written and sent dies with the account, and with the time for which it is kept', async () => {
    const { person, visitor } = await asked(['games'])
    await send(visitor, { kind: 'access', about: 'Canarywords' }, ['games'])
    const { ask, desk: requests } = app.features.rightsRequests
    const [part] = (await ask.page(asPerson(person.id), [])).parts
    const id = part?.id ?? ''
    const staff = await desk.aMember('games', 'privacy')
    await requests.answer(staff, id, 'Take it', [{ name: 'all.txt', bytes: Buffer.from('all') }])
    const keys = app.database.connection.collection('auditKeys')
    assert.ok(await keys.findOne({ _id: id as never }))
    clock.advance(370 * day)
    await app.settled()
    assert.equal(await keys.findOne({ _id: id as never }), null)
    assert.deepEqual(
      (await rows('requestFiles')).filter(({ _id }) => String(_id).startsWith(id)),
      [],
    )
    const [kept] = (await ask.page(asPerson(person.id), [])).parts
    assert.deepEqual([kept?.isForgotten, kept?.state, kept?.said[0]?.text], [true, 'answered', undefined])

    const other = await asked(['games'])
    await send(other.visitor, { kind: 'deletion', about: 'Canarywords' }, ['games'])
    const [theirs] = (await ask.page(asPerson(other.person.id), [])).parts
    const account = await app.account(other.person.accounts.games ?? '')
    await app.features.closures.close(account, { kind: 'at-once' }, { kind: 'person', id: other.person.id })
    await app.settled()
    assert.equal(await keys.findOne({ _id: theirs?.id as never }), null)
    const [ended] = (await ask.page(asPerson(other.person.id), [])).parts
    assert.deepEqual([ended?.state, ended?.said[0]?.text], ['answered', undefined])
  })
})
