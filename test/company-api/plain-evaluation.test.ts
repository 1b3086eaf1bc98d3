import assert from 'node:assert/strict'
import fc from 'fast-check'
import { holderOf } from '../../src/accounts/index.ts'
import type { TestApp } from '../world/app.ts'
import { type Asked, broken, twoDoors } from '../world/two-doors.ts'

interface Odd {
  method?: string
  path?: string
  token?: string
  scheme?: string
  type?: string
  header?: string
  body?: string
  pieces?: string
}

describe('a decision at the audience door is the same with the plain lane and without it', () => {
  let both: Awaited<ReturnType<typeof twoDoors>>
  let app: TestApp
  let tokens: Record<string, string>
  let subjects: Record<string, string>
  before(async function () {
    this.timeout(120_000)
    both = await twoDoors()
    app = both.plain
    const door = (company: string) => `${app.issuer}/audience/${company}`
    tokens = {
      good: await app.companyToken('games', 'audience.read', door('games')),
      'at the very address': await app
        .companyToken('games', 'audience.read', `${door('games')}/evaluation`)
        .catch(() => ''),
      'to write': await app.companyToken('games', 'audience.write', door('games')),
      'for accounts': await app.companyToken('games'),
      'of another company': await app.companyToken('mobile', 'audience.read', door('mobile')),
    }
    Object.assign(tokens, broken(tokens.good!))
    const linked = await app.aPerson({ links: ['games', 'mobile'] })
    const separate = await app.aSeparateAccount('games')
    const nobody = await app.aSeparateAccount('games')
    for (const [id, yes] of [
      [linked.accounts.games ?? '', 'email'],
      [separate.account, 'email'],
    ] as const) {
      const account = await app.account(id)
      const companies = [{ company: 'games', was: [], now: [yes] }]
      const saved = { companies, groupNews: { was: false, now: true } }
      await app.features.choose.save(holderOf(id, account.link?.person), saved)
    }
    const subjectOf = async (id: string) => (await app.account(id)).subject
    subjects = {
      linked: await subjectOf(linked.accounts.games ?? ''),
      separate: await subjectOf(separate.account),
      'who said nothing': await subjectOf(nobody.account),
      'of another company': await subjectOf(linked.accounts.mobile ?? ''),
      nobody: 'nobody',
    }
    await app.settled()
  })
  after(() => both.close())

  const question = (subject: string, name = 'marketing', channel = 'email', address?: string) => ({
    subject: { type: 'user', id: subject },
    action: { name },
    resource: { type: 'channel', id: channel, ...(address && { properties: { address } }) },
  })

  const asking = (odd: Odd = {}, body: object = question(subjects.linked ?? '')): Asked => {
    const { method = 'POST', path = '/audience/games/evaluation', scheme = 'Bearer', type = 'application/json' } = odd
    const text = method === 'GET' || method === 'HEAD' ? '' : (odd.body ?? JSON.stringify(body))
    const token = tokens[odd.token ?? 'good'] ?? odd.token
    const headers: Record<string, string> = {
      ...(scheme !== 'none' && { authorization: `${scheme} ${token}` }),
      ...(type && { 'content-type': type }),
      ...(text && { 'content-length': String(Buffer.byteLength(text)) }),
    }
    const [name, ...value] = (odd.header ?? '').split(':')
    if (name) headers[name] = value.join(':')
    if (name === 'transfer-encoding') delete headers['content-length']
    const half = Math.ceil(text.length / 2)
    return { method, path, headers, body: odd.pieces ? [text.slice(0, half), text.slice(half)] : [text] }
  }

  it('S2-a, T14: about everybody, for everything, on every channel, each with its record before the answer', async () => {
    const reasons = new Set<string>()
    for (const subject of Object.values(subjects))
      for (const name of ['service', 'marketing', 'group-news', 'profiling', 'analytics'])
        for (const channel of ['email', 'text', 'post', 'push'])
          for (const address of [undefined, 'b@mail.example']) {
            const body = question(subject, name, channel, address)
            const { isPlain, status, text, operations, rows } = await both.compared(asking({}, body))
            assert.deepEqual([isPlain, status], [true, 200], text)
            assert.equal(operations.at(-1), 'insertMany audienceAsks')
            assert.equal(rows.length, 1)
            reasons.add(JSON.parse(text).context.reason)
          }
    assert.ok(reasons.has('chosen') && reasons.has('unknown-subject') && reasons.size >= 6, [...reasons].join())
  }).timeout(120_000)

  /** What is odd and makes no difference to what is answered; all else is the row's to answer. */
  const taken = [
    ...['token at the very address', 'type application/json;charset=UTF-8', 'type APPLICATION/JSON'],
    ...[
      'header cookie:a=b',
      'header origin:https://elsewhere.example',
      'header accept:text/html',
      'header te:trailers',
    ],
    ...['header x-forwarded-for:1.2.3.4', 'header x-http-method-override:GET', 'header if-none-match:*'],
    ...['header x-forwarded-host:elsewhere.example', 'header accept-language:sv', 'header range:bytes=0-1'],
    ...['body twice', 'body message', 'body context', 'body spaced'],
  ]
  const bodies = (): Record<string, string> => {
    const plain = question(subjects.linked ?? '')
    const text = JSON.stringify(plain)
    const nested = (depth: number) => JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`)
    const of = (changed: object) => JSON.stringify({ ...plain, ...changed })
    return {
      twice: text.replace('{"subject"', '{"action":{"name":"service"},"subject"'),
      message: of({
        action: { name: 'send' },
        resource: { type: 'message', id: 'spring-offers', properties: { channel: 'email' } },
      }),
      context: of({ context: { time: 'now' } }),
      spaced: `  ${JSON.stringify(plain, null, 2)}\n`,
      'unknown message': of({
        action: { name: 'send' },
        resource: { type: 'message', id: 'nowhere', properties: { channel: 'email' } },
      }),
      'send by a channel': of({ action: { name: 'send' } }),
      'proto at the top': text.replace('{"subject"', '{"__proto__":{"a":1},"subject"'),
      'proto within': text.replace('"id":', '"__proto__":{"id":"a"},"id":'),
      constructor: of({ constructor: {} }),
      'no subject': of({ subject: undefined }),
      'an empty subject': of({ subject: { type: 'user', id: '' } }),
      'a long subject': of({ subject: { type: 'user', id: 'a'.repeat(301) } }),
      'an operator': of({ subject: { type: 'user', id: { $ne: '' } } }),
      'a list': of({ subject: [plain.subject] }),
      'another purpose': of({ action: { name: 'spam' } }),
      deep: of({ context: nested(20) }),
      deeper: of({ context: nested(300) }),
      'a long text': of({ context: { a: 'a'.repeat(2001) } }),
      large: of({ context: { a: 'a'.repeat(70_000) } }),
      'a megabyte': of({ context: { a: 'a'.repeat(1_100_000) } }),
      'no object': '[]',
      nothing: 'null',
      none: '',
      'no JSON': '{',
      'a mark': `\uFEFF${text}`,
      'more after it': `${text}{}`,
    }
  }
  const oddities = (): Record<keyof Odd, string[]> => ({
    method: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'PATCH', 'DELETE'],
    path: [
      ...['/audience/mobile/evaluation', '/audience/nowhere/evaluation', '/audience/games/evaluation/'],
      ...['/audience/games/evaluation?', '/audience/games/evaluation?a=b', '/audience/games/Evaluation'],
      ...['/audience/GAMES/evaluation', '/audience/%67ames/evaluation', '//audience/games/evaluation'],
      ...[
        '/audience/games/evaluations',
        '/audience/games/../games/evaluation',
        `/audience/${'a'.repeat(101)}/evaluation`,
      ],
    ],
    token: Object.keys(tokens).filter((each) => each !== 'good'),
    scheme: ['bearer', 'Bearer ', 'DPoP', 'Basic', 'Token', 'none'],
    type: [
      '',
      'application/scim+json',
      'APPLICATION/JSON',
      'application/json;charset=UTF-8',
      'application/json;a=b',
      'text/plain',
    ],
    header: [
      ...['cookie:a=b', 'origin:https://elsewhere.example', 'accept:text/html', 'te:trailers', 'expect:100-continue'],
      ...['x-forwarded-for:1.2.3.4', 'x-http-method-override:GET', 'if-none-match:*', 'accept-language:sv'],
      ...['x-forwarded-host:elsewhere.example', 'range:bytes=0-1', 'dpop:a', 'transfer-encoding:chunked'],
      ...['content-encoding:gzip', 'host:elsewhere.example', `host:${new URL(app.issuer).host.toUpperCase()}`],
    ],
    body: Object.keys(bodies()),
    pieces: ['two'],
  })
  const withBody = (odd: Odd): Odd => ({ ...odd, ...(odd.body !== undefined && { body: bodies()[odd.body] }) }) as Odd

  it('T14, H22: when one part of a request is odd, each part and each oddity in turn', async () => {
    const plain: string[] = []
    for (const [part, values] of Object.entries(oddities()))
      for (const value of values) {
        const { isPlain, status } = await both.compared(asking(withBody({ [part]: value })))
        assert.ok(!isPlain || status === 200)
        // When the rest of one arrives is the wire's to say.
        if (isPlain && part !== 'pieces') plain.push(`${part} ${value}`)
      }
    assert.deepEqual(plain.toSorted(), taken.toSorted())
  }).timeout(120_000)

  it('whatever is asked, several oddities together', async () => {
    const odd = oddities()
    const part = (of: keyof Odd) =>
      fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...odd[of]) })
    const drawn = fc.record(Object.fromEntries(Object.keys(odd).map((each) => [each, part(each as keyof Odd)])))
    await fc.assert(
      fc.asyncProperty(drawn, async (odds) => {
        const { isPlain, status } = await both.compared(asking(withBody(odds as Odd)))
        assert.ok(!isPlain || status === 200)
      }),
      { numRuns: 150 },
    )
  }).timeout(120_000)

  it('a decision that cannot be read or put on record is answered 500, and is not made a second time', async () => {
    for (const collection of ['accounts', 'preferences', 'audienceAsks']) {
      both.fail(collection)
      const { status, operations, rows, isPlain } = await both.compared(asking()).finally(() => both.fail(''))
      assert.deepEqual([status, isPlain, rows], [500, false, []])
      assert.ok(operations.some((each) => each.endsWith(collection)))
      assert.equal(operations.filter((each) => each === 'findOne accounts').length, 1)
    }
    assert.equal((await both.compared(asking())).status, 200)
  })

  it('what takes effect counts for the very next question', async () => {
    const account = await app.account(`games:${subjects.linked}`)
    const said = async () => JSON.parse((await both.compared(asking())).text).context.reason
    assert.equal(await said(), 'chosen')
    await app.features.choose.object(holderOf(account._id, account.link?.person), 'marketing', true)
    assert.equal(await said(), 'objected')
  })
})
