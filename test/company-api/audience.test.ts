import assert from 'node:assert/strict'
import { asAccount, asPerson, holderOf } from '../../src/accounts/index.ts'
import { adjustableClock, day, now } from '../../src/lib/clock.ts'
import { padded } from '../../src/lib/ids.ts'
import { byPerson, changeDetails } from '../../src/people/index.ts'
import { type Channel, channels, marketingOn } from '../../src/preferences/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'

interface Answer {
  decision: boolean
  context: { reason: string; headers?: Record<string, string>; ask_again_from?: string; decided_at?: string }
}

describe('the audience door: whom a company may write to, at this moment (S2-a, S4-6, S6-a)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const door = (company: string) => `${app.issuer}/audience/${company}`
  const token = (company: string) => app.companyToken(company, 'audience.read', door(company))
  const call = async (company: string, path: string, body?: unknown, by?: string) => {
    const answer = await fetch(`${door(company)}/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${by ?? (await token(company))}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, text: await answer.text() }
  }
  const subjectOf = async (account: string) => (await app.account(account)).subject
  const asked = async (account: string, name = 'marketing', channel = 'email') => ({
    subject: { type: 'user', id: await subjectOf(account) },
    action: { name },
    resource: { type: 'channel', id: channel },
  })
  const evaluate = async (account: string, name?: string, channel?: string): Promise<Answer> => {
    const { company } = await app.account(account)
    const { status, text } = await call(company, 'evaluation', await asked(account, name, channel))
    assert.equal(status, 200, text)
    return JSON.parse(text) as Answer
  }
  const say = async (id: string, ...yes: Channel[]) => {
    const account = await app.account(id)
    const inForce = await app.features.choose.choicesOf(account)
    const was = channels.filter((each) => marketingOn(inForce, each).allowed)
    const holder = holderOf(id, account.link?.person)
    const companies = [{ company: account.company, was, now: yes }]
    await app.features.choose.save(holder, { companies, groupNews: { was: false, now: false } })
  }

  it('S6-a: answers by channel, at once, with the reason; nothing said is a no', async () => {
    const { accounts } = await app.aPerson({ links: ['games', 'mobile'] })
    const [games = '', mobile = ''] = [accounts.games, accounts.mobile]
    assert.deepEqual((await evaluate(games)).context.reason, 'not-chosen')
    await say(games, 'email')
    const yes = await evaluate(games)
    assert.deepEqual([yes.decision, yes.context.reason], [true, 'chosen'])
    assert.equal(yes.context.headers?.['List-Unsubscribe-Post'], 'List-Unsubscribe=One-Click')
    assert.match(yes.context.headers?.['List-Unsubscribe'] ?? '', new RegExp(`^<${app.issuer}/unsubscribe/[\\w.-]+>$`))
    assert.deepEqual(
      [(await evaluate(games, 'marketing', 'text')).decision, (await evaluate(mobile)).decision],
      [false, false],
    )
    await say(games)
    const no = await evaluate(games)
    assert.deepEqual([no.decision, no.context.reason], [false, 'refused'])
    const year = Date.parse(no.context.ask_again_from ?? '') - Date.parse(no.context.decided_at ?? '')
    assert.equal(year, 365 * 86_400_000, 'and nobody asks again for a year')
  })

  it('S2-a: service messages go regardless; what is declared as marketing is never asked about as service', async () => {
    const { id, accounts } = await app.aPerson({ links: ['games'] })
    const games = accounts.games ?? ''
    await app.features.choose.object(asPerson(id), 'marketing', true)
    const service = await evaluate(games, 'service')
    assert.deepEqual([service.decision, service.context.reason], [true, 'service-message'])
    assert.deepEqual((await evaluate(games)).context.reason, 'objected')
    const { subject } = await asked(games)
    const about = async (name: string, message: string, properties: object) => {
      const resource = { type: 'message', id: message, properties: { channel: 'email', ...properties } }
      const { status, text } = await call('games', 'evaluation', { subject, action: { name }, resource })
      return [status, JSON.parse(text)] as const
    }
    assert.deepEqual(
      [(await about('send', 'new-terms', {}))[1].decision, (await about('send', 'spring-offers', {}))[1].decision],
      [true, false],
    )
    for (const [name, message, properties, detail] of [
      ['service', 'spring-offers', {}, /is of the kind marketing, not service/],
      ['send', 'spring-offers', { kind: 'service' }, /declared as marketing/],
      ['service', 'summer-sale', { kind: 'service', about: 'offers' }, /about offers is not of the kind service/],
      ['send', 'nowhere', {}, /not declared/],
    ] as const) {
      const [status, answer] = await about(name, message, properties)
      assert.equal(status, 400)
      assert.match(answer.detail, detail)
      assert.ok(answer.field)
    }
  })

  it('S4-6, S6-c: news of the group are of whoever asked for them; profiling and analytics until somebody objects', async () => {
    const { account } = await app.aSeparateAccount('games')
    assert.equal((await evaluate(account, 'group-news')).decision, false)
    await app.features.choose.save(asAccount(account), { companies: [], groupNews: { was: false, now: true } })
    assert.deepEqual(
      [
        (await evaluate(account, 'group-news')).decision,
        (await evaluate(account, 'group-news', 'text')).context.reason,
      ],
      [true, 'not-on-this-channel'],
    )
    for (const name of ['profiling', 'analytics'] as const) {
      assert.equal((await evaluate(account, name)).decision, true)
      await app.features.choose.object(asAccount(account), name, true)
      assert.deepEqual((await evaluate(account, name)).context.reason, 'objected')
    }
  })

  it('an address that nobody proved here is not advertised to; nor one that the company does not have', async () => {
    const { account } = await app.aSeparateAccount('games')
    await say(account, 'email', 'text')
    assert.deepEqual((await evaluate(account, 'marketing', 'text')).context.reason, 'no-address')
    const elsewhere = {
      ...(await asked(account)),
      resource: { type: 'channel', id: 'email', properties: { address: 'b@mail.example' } },
    }
    assert.equal(JSON.parse((await call('games', 'evaluation', elsewhere)).text).context.reason, 'address-differs')
    await app.features.accounts.change(account, () => ({ set: { 'copy.email': 'other@mail.example' } }))
    assert.deepEqual((await evaluate(account)).context.reason, 'address-not-proven')
  })

  it('T14: of another company’s person it is told what it is told of nobody, letter by letter', async () => {
    const { accounts } = await app.aPerson({ links: ['mobile'] })
    await say(accounts.mobile ?? '', 'email')
    const question = await asked(accounts.mobile ?? '')
    const nobody = { ...question, subject: { type: 'user', id: 'nobody' } }
    for (const name of ['marketing', 'service', 'analytics']) {
      const theirs = await call('games', 'evaluation', { ...question, action: { name } })
      assert.deepEqual(theirs, await call('games', 'evaluation', { ...nobody, action: { name } }))
      assert.equal((JSON.parse(theirs.text) as Answer).context.reason, 'unknown-subject')
    }
    const lines = (await call('games', 'export')).text
    assert.doesNotMatch(lines, new RegExp(question.subject.id))
    assert.equal((await call('mobile', 'evaluation', question, await token('games'))).status, 401)
    const scim = await app.companyToken('games')
    assert.equal((await call('games', 'evaluation', question, scim)).status, 401, 'a token for another API is none')
  })

  it('a batch shares what its parts leave out, and is told where it is wrong', async () => {
    const { accounts } = await app.aPerson({ links: ['games'] })
    await say(accounts.games ?? '', 'text', 'push')
    const { subject, action } = await asked(accounts.games ?? '')
    const parts = ['push', 'post', 'phone'].map((id) => ({ resource: { type: 'channel', id } }))
    const { status, text } = await call('games', 'evaluations', { subject, action, evaluations: parts })
    assert.equal(status, 200)
    const { evaluations } = JSON.parse(text) as { evaluations: Answer[] }
    assert.deepEqual(
      evaluations.map(({ decision }) => decision),
      [true, false, false],
    )
    for (const [body, field] of [
      [{ subject, evaluations: parts }, /evaluations\.0\.action/],
      [{ subject, action, evaluations: [] }, /evaluations/],
      [{ subject, action, evaluations: Array(201).fill(parts[0]) }, /evaluations/],
      [{ subject, action: { name: 'spam' }, evaluations: parts }, /action\.name/],
      [{ subject, action, evaluations: parts, extra: 1 }, /extra/],
    ] as const) {
      const wrong = await call('games', 'evaluations', body)
      assert.equal(wrong.status, 400)
      assert.match(JSON.parse(wrong.text).field, field)
    }
  })

  it('the stream tells each who changed, as they stand now; asked again it goes on and leaves none out', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const games = person.accounts.games ?? ''
    const changes = async (since = '') => JSON.parse((await call('games', `changes?since=${since}`)).text)
    assert.notEqual((await changes()).changes.length, 0, 'the link is told')
    // A mark is a time at least: what came before is not told again for being near.
    const from = padded(now())
    await say(games, 'email')
    await say(games, 'push')
    const { changes: told, next } = await changes(from)
    const [mine] = told.filter((each: { subject: { id: string } }) => each.subject.id === games.split(':')[1])
    assert.deepEqual(
      mine.allowed.map(({ action, resource }: Record<string, unknown>) => [action, resource]),
      [[{ name: 'marketing' }, { type: 'channel', id: 'push' }]],
    )
    await app.features.links.unlink(person.id, 'games', { keep: 'now', actor: { kind: 'person', id: person.id } })
    await app.settled()
    const last = (await changes(next)).changes.at(-1)
    assert.deepEqual([last.subject.id, last.allowed], [games.split(':')[1], []])
  })

  it('S6-a: the stream tells of an address that came or went on each channel that needs one', async () => {
    const details = { street: 'Harbour Row 1', city: 'Visby', phone: '+46701740605' }
    for (const detail of ['street', 'phone'] as const) {
      const person = await app.aPerson({ links: ['mobile'], details: { [detail]: details[detail] } })
      const mobile = person.accounts.mobile ?? ''
      await app.settled()
      const isTold = async (what: string, act: () => Promise<unknown>) => {
        const from = padded(now())
        await act()
        await app.settled()
        const { changes } = JSON.parse((await call('mobile', `changes?since=${from}`)).text)
        const told = changes.map((each: { subject: { id: string } }) => each.subject.id)
        assert.ok(told.includes(await subjectOf(mobile)), `${detail} ${what}`)
      }
      const becomes = (value: string | null) =>
        changeDetails(app.features.people, person.id, {
          source: byPerson,
          actor: { kind: 'person', id: person.id },
          changes: [{ field: detail, value }],
        })
      await isTold('went', () => becomes(null))
      await isTold('came', () => becomes(details[detail]))
      // As a policy does that lets the company have it no more: nobody chose, and nobody changed anything.
      await isTold('was withdrawn', async () => {
        await app.features.accounts.change(mobile, ({ link, at }) => ({
          set: { link: { ...link, agreed: ['givenName', 'email'] }, at: { v: 0, r: at.r } },
        }))
        await app.features.reconciler.enqueueAccount(mobile)
      })
    }
  })

  it('S6-a: an account that is being closed is not advertised to, though its person said yes; one that is closed is nobody', async () => {
    const { id, accounts } = await app.aPerson({ links: ['mobile'] })
    const mobile = accounts.mobile ?? ''
    await say(mobile, 'email')
    assert.equal((await evaluate(mobile)).decision, true)
    const actor = { kind: 'person', id } as const
    const { closures } = app.features
    const closing = await closures.close(await app.account(mobile), { kind: 'after-grace', days: 7 }, actor)
    const of = async (name?: string) => {
      const { decision, context } = await evaluate(mobile, name)
      return [decision, context.reason]
    }
    assert.deepEqual(await of(), [false, 'stands-still'])
    assert.deepEqual(await of('service'), [true, 'service-message'], 'what the account needs is sent')
    await closures.comeBack(closing, actor)
    assert.deepEqual(await of(), [true, 'chosen'], 'and so it is once they come back')
    await closures.close(await app.account(mobile), { kind: 'at-once' }, actor)
    for (const name of ['marketing', 'service', 'profiling'])
      assert.deepEqual(await of(name), [false, 'unknown-subject'], name)
  })

  it('S6-a: a company that was away for longer than changes are kept is told so, and not that nothing changed', async () => {
    const { accounts } = await app.aPerson({ links: ['games'] })
    const { next } = JSON.parse((await call('games', 'changes')).text)
    await say(accounts.games ?? '', 'email')
    const clock = adjustableClock()
    try {
      clock.advance(29 * day)
      assert.equal((await call('games', `changes?since=${next}`)).status, 200)
      clock.advance(3 * day)
      for (const mark of [next, `${next}:x`, 'yesterday', '~', '1'.repeat(500)]) {
        const late = await call('games', `changes?since=${encodeURIComponent(mark)}`)
        const { error, field } = JSON.parse(late.text)
        assert.deepEqual([late.status, error, field], [410, 'mark-too-old', 'since'], mark)
      }
      assert.equal((await call('games', 'changes')).status, 200, 'begun anew it goes on')
    } finally {
      clock.reset()
    }
  })

  it('an export or a stream that is to go on from what can’t be read begins nothing anew', async () => {
    const { next } = JSON.parse((await call('games', 'changes')).text)
    assert.equal((await call('games', `changes?since=${next}&since=${next}`)).status, 410)
    for (const after of [`after=${'x'.repeat(500)}`, 'after=a&after=b']) {
      const { status, text } = await call('games', `export?${after}`)
      assert.deepEqual([status, JSON.parse(text).field], [400, 'after'], text.slice(0, 200))
    }
  })

  it('the export has every account once, says that it ended, and goes on from any line', async () => {
    const lines = async (after = '') =>
      (await call('games', `export?after=${after}`)).text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    const all = await lines()
    const subjects = all.slice(0, -1).map(({ subject }) => subject.id)
    assert.ok(subjects.length > 3 && new Set(subjects).size === subjects.length)
    assert.deepEqual(all.at(-1), { end: true, count: subjects.length })
    assert.deepEqual(
      (await lines(subjects[2])).slice(0, -1).map(({ subject }) => subject.id),
      subjects.slice(3),
    )
  })

  it('S6-a: an export that was cut at any byte goes on after its last whole line: nobody is missing, and nobody there twice', async () => {
    const whole = (await call('games', 'export')).text
    const membersIn = (text: string): string[] =>
      text
        .slice(0, text.lastIndexOf('\n') + 1)
        .split('\n')
        .flatMap((line) => {
          const { subject } = JSON.parse(line || '{}') as { subject?: { id: string } }
          return subject ? [subject.id] : []
        })
    const all = membersIn(whole)
    const goesOnAt = new Map<string, string[]>()
    for (let byte = 0; byte <= whole.length; byte++) {
      const had = membersIn(whole.slice(0, byte))
      const after = had.at(-1) ?? ''
      const rest = goesOnAt.get(after) ?? membersIn((await call('games', `export?after=${after}`)).text)
      goesOnAt.set(after, rest)
      assert.deepEqual([...had, ...rest], all, `cut at ${byte}`)
    }
  })

  it('every question is recorded: by which client, about whom, and what it was told', async () => {
    const { accounts } = await app.aPerson({ links: ['pictures'] })
    await evaluate(accounts.pictures ?? '')
    await call('pictures', 'export')
    const rows = await app.database.connection.collection('audienceAsks').find({}).toArray()
    const ours = rows.filter(({ company }) => company === 'pictures').sort((a, b) => a.at - b.at)
    assert.deepEqual(
      ours.map(({ client, operation, account, reason, count }) => [client, operation, account, reason, count]),
      [
        ['pictures-machine', 'evaluation', accounts.pictures, 'not-chosen', 1],
        ['pictures-machine', 'export', undefined, undefined, 1],
      ],
    )
  })
})
