import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { TestApp } from '../world/app.ts'
import { type Asked, broken, twoDoors } from '../world/two-doors.ts'

interface Odd {
  method?: string
  path?: string
  token?: string
  scheme?: string
  header?: string
  body?: string
}

describe('an account that its company reads is the same with the plain lane and without it', () => {
  let both: Awaited<ReturnType<typeof twoDoors>>
  let app: TestApp
  let tokens: Record<string, string>
  let subjects: Record<string, string>
  before(async function () {
    this.timeout(120_000)
    both = await twoDoors({ readsAgain: true })
    app = both.plain
    tokens = {
      good: await app.companyToken('games'),
      'to read alone': await app.companyToken('games', 'accounts.read'),
      'of another company': await app.companyToken('mobile'),
      'for the audience': await app.companyToken('games', 'audience.read', `${app.issuer}/audience/games`),
    }
    Object.assign(tokens, broken(tokens.good!))
    const linked = await app.aPerson({ links: ['games', 'mobile'] })
    const separate = await app.aSeparateAccount('games')
    const closing = await app.aPerson({ links: ['games'] })
    const closed = await app.aSeparateAccount('games')
    await app.features.accounts.change(closing.accounts.games!, () => ({ set: { status: 'closing' } }))
    await app.features.accounts.change(closed.account, () => ({ set: { status: 'closed' } }))
    const subjectOf = async (id: string) => (await app.account(id)).subject
    subjects = {
      linked: await subjectOf(linked.accounts.games!),
      separate: await subjectOf(separate.account),
      closing: await subjectOf(closing.accounts.games!),
      closed: await subjectOf(closed.account),
      'of another company': await subjectOf(linked.accounts.mobile!),
      nobody: 'nobody',
    }
    await app.settled()
  })
  after(() => both.close())

  const asking = (odd: Odd = {}, subject = 'linked'): Asked => {
    const { method = 'GET', scheme = 'Bearer', body = '' } = odd
    const path = odd.path ?? `/scim/games/Users/${subjects[subject]}`
    const [name, ...value] = (odd.header ?? '').split(':')
    return {
      method,
      path,
      headers: {
        ...(scheme !== 'none' && { authorization: `${scheme} ${tokens[odd.token ?? 'good']}` }),
        ...(body && { 'content-length': String(body.length) }),
        ...(name && { [name]: value.join(':') }),
      },
      body: [body],
    }
  }

  it('S4-8, T14: whoever it is; who is not there, or not theirs, is nobody', async () => {
    const answers: Record<string, [boolean, number | undefined]> = {}
    for (const subject of Object.keys(subjects))
      for (const token of ['good', 'to read alone']) {
        const { isPlain, status, operations } = await both.compared(asking({ token }, subject))
        answers[subject] = [isPlain, status]
        if (isPlain) assert.deepEqual(operations, ['findOne accounts'])
      }
    assert.deepEqual(answers, {
      linked: [true, 200],
      separate: [true, 200],
      closing: [true, 200],
      closed: [false, 404],
      'of another company': [false, 404],
      nobody: [false, 404],
    })
  })

  /** Headers that make no difference to what is answered. */
  const harmless = [
    ...['cookie:a=b', 'origin:https://elsewhere.example', 'accept:text/html', 'te:trailers', 'if-match:*'],
    ...['x-forwarded-for:1.2.3.4', 'x-http-method-override:PATCH', 'accept-language:sv', 'range:bytes=0-1'],
    ...['x-forwarded-host:elsewhere.example', 'if-modified-since:Mon, 30 Nov 2026 00:00:00 GMT'],
  ]
  /** Of all oddities; whatever else is odd is the row's to answer. */
  const taken = ['token to read alone', ...harmless.map((each) => `header ${each}`)]
  const oddities = (): Record<keyof Odd, string[]> => {
    const good = `/scim/games/Users/${subjects.linked}`
    return {
      method: ['HEAD', 'OPTIONS', 'PUT', 'POST', 'DELETE'],
      path: [
        ...[`${good}/`, `${good}?`, `${good}?a=b`, `/${good}`, `${good}#a`, `${good}.`, good.replace('games', 'GAMES')],
        ...[good.replace('Users', 'users'), good.replace('games', '%67ames'), good.replace('games', 'nowhere')],
        ...[good.replace('games', 'mobile'), `/scim/games/../games/Users/${subjects.linked}`, '/scim/games/Users'],
        ...[`/scim/games/Users/${'a'.repeat(101)}`, '/scim/games/Users/%', '/scim/games/Users/__proto__'],
      ],
      token: Object.keys(tokens).filter((each) => each !== 'good'),
      scheme: ['bearer', 'Bearer ', 'DPoP', 'Basic', 'Token', 'none'],
      header: [
        ...harmless,
        ...['if-none-match:*', 'if-none-match:W/"1.1"', 'if-none-match:"elsewhere"', 'expect:100-continue', 'dpop:a'],
        ...['content-length:0', 'host:elsewhere.example', `host:${new URL(app.issuer).host.toUpperCase()}`],
      ],
      body: ['{}', 'a=b'],
    }
  }

  it('T14, H22: when one part of a request is odd, each part and each oddity in turn', async () => {
    const plain: string[] = []
    for (const [part, values] of Object.entries(oddities()))
      for (const value of values) {
        const { isPlain, status } = await both.compared(asking({ [part]: value }))
        assert.ok(!isPlain || status === 200)
        if (isPlain) plain.push(`${part} ${value}`)
      }
    assert.deepEqual(plain.toSorted(), taken.toSorted())
  }).timeout(120_000)

  it('whatever is asked, several oddities together', async () => {
    const odd = oddities()
    const part = (of: keyof Odd) =>
      fc.oneof({ weight: 6, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...odd[of]) })
    const drawn = fc.record(Object.fromEntries(Object.keys(odd).map((each) => [each, part(each as keyof Odd)])))
    await fc.assert(
      fc.asyncProperty(drawn, fc.constantFrom(...Object.keys(subjects)), async (odds, subject) => {
        const { isPlain, status } = await both.compared(asking(odds as Odd, subject))
        assert.ok(!isPlain || status === 200)
      }),
      { numRuns: 150 },
    )
  }).timeout(120_000)

  it('one that cannot be read is answered 500', async () => {
    both.fail('accounts')
    const { status, isPlain } = await both.compared(asking()).finally(() => both.fail(''))
    assert.deepEqual([status, isPlain], [500, false])
    assert.equal((await both.compared(asking())).status, 200)
  })

  it('what was changed is there for the very next who reads it', async () => {
    const rename = async (givenName: string) =>
      app.features.accounts.change(`games:${subjects.separate}`, () => ({ set: { 'copy.givenName': givenName } }))
    for (const name of ['Eve', 'Adam']) {
      await rename(name)
      assert.equal(JSON.parse((await both.compared(asking({}, 'separate'))).text).name.givenName, name)
    }
  })
})
