import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createRequests, type Odd, oddOf, unseen } from './requests.ts'
import { tokensOf } from './tokens.ts'
import { type TwoWays, twoWays } from './two-ways.ts'

const all = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access', 'accounts.read', 'accounts.write']

describe('the plain lane and the library answer alike', () => {
  let both: TwoWays
  let tokens: Record<string, string>
  let request: ReturnType<typeof createRequests>
  let scopesOfGames = all
  before(async function () {
    this.timeout(120_000)
    both = await twoWays(() => scopesOfGames)
    const made = await tokensOf(both)
    tokens = made.tokens
    request = createRequests(both, made.key)
  })
  after(() => both.close())

  /** Whether the lane answered; what it answers is good. */
  const compared = async (...of: Parameters<typeof request>) => {
    const answer = await both.compared(() => request(...of))
    assert.ok(!answer.isPlain || answer.status === 200)
    return answer
  }

  /** In which states of a token the lane answers; in all others it hands on. */
  const plainly = {
    userinfo: [
      'good',
      'another good one',
      'for its offline client',
      'of a public client',
      'of a separate account',
      'of another company',
      'with a sid',
      'dated ahead',
      'of somebody who is left alone',
      'with scopes that nobody has',
    ],
    // A grant's own scopes are nothing to it.
    introspection: [
      'for an API',
      'with an audience',
      'without openid',
      'under a grant of no scope',
      'under a grant of single claims',
      'under an empty grant',
    ],
  }

  it('at userinfo, for a token of every kind and in every state', async () => {
    const plain: string[] = []
    for (const [state, token] of Object.entries(tokens))
      if ((await compared('userinfo', token, '')).isPlain) plain.push(state)
    assert.deepEqual(plain.toSorted(), plainly.userinfo.toSorted())
  })

  it('at introspection, for a token of every kind and in every state, to everybody who may ask', async () => {
    const plain = new Set<string>()
    for (const asker of ['mobile-store', 'mobile-machine', 'games-arcade', 'leaderboard'])
      for (const [state, token] of Object.entries(tokens)) {
        const { body, isPlain } = await compared('introspection', token, asker)
        if (isPlain) plain.add(state)
        assert.ok(!isPlain || JSON.parse(body).active === true, state)
      }
    assert.deepEqual([...plain].toSorted(), [...plainly.userinfo, ...plainly.introspection].toSorted())
  }).timeout(120_000)

  it('M12, P6: what a policy has lost is told by neither, and told again when it grows back', async () => {
    const token = tokens['of another company']!
    for (const scopes of [all.filter((scope) => scope !== 'email'), ['openid'], ['profile'], [], all]) {
      scopesOfGames = scopes
      for (const at of ['userinfo', 'introspection'] as const) {
        const { body } = await compared(at, token, 'games-arcade')
        assert.equal(body.includes('email'), scopes.includes('email'))
      }
    }
  })

  it('P10: when the keys are others', async () => {
    await both.plain.oidc.rotate({ atOnce: true })
    await both.library.oidc.tick()
    assert.ok((await compared('userinfo', tokens.good!, '')).isPlain)
    assert.ok((await compared('introspection', tokens.good!, 'mobile-store')).isPlain)
    assert.ok(!(await compared('introspection', tokens['of a machine']!, 'mobile-machine')).isPlain)
  })

  const form = 'application/x-www-form-urlencoded'
  const taken = {
    userinfo: [...unseen, 'method GET', 'scheme Bearer', 'header authorization:Bearer TOKEN'],
    introspection: [
      ...[...unseen, 'method POST', 'scheme Basic', 'pair encoded', 'order turned round'],
      ...['more token_type_hint=access_token', `type ${form}`, `type ${form.toUpperCase()}`],
      `type ${form};charset=UTF-8`,
    ],
  }
  /** Of a form, which a GET has none of; and when the rest of one arrives is the wire's to say. */
  const leftOut = { userinfo: ['pair', 'more', 'order', 'pieces'], introspection: ['pieces'] }

  it('when one part of a request is odd, each part and each oddity in turn', async () => {
    for (const at of ['userinfo', 'introspection'] as const) {
      const plain: string[] = []
      for (const [part, values] of Object.entries(oddOf(both)))
        for (const value of values) {
          const { isPlain } = await compared(at, tokens.good!, 'mobile-store', { [part]: value })
          if (isPlain && !leftOut[at].includes(part)) plain.push(`${part} ${value}`)
        }
      assert.deepEqual(plain.toSorted(), taken[at].toSorted())
    }
  }).timeout(120_000)

  it('whatever is asked: every method, header and parameter, right and wrong, together', async () => {
    const odd = oddOf(both)
    const mostly = (often: string[], rare: string[]) =>
      fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...often) }, { weight: 3, arbitrary: fc.constantFrom(...rare) })
    const part = (of: keyof Odd) =>
      fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...odd[of]) })
    const drawn = fc.tuple(
      fc.constantFrom<('userinfo' | 'introspection')[]>('userinfo', 'introspection'),
      mostly(['good', 'for its offline client', 'for an API', 'another good one'], Object.keys(tokens)),
      mostly(
        ['mobile-store', 'offline', 'mobile-machine'],
        ['games-arcade', 'leaderboard', 'app', 'account', 'gone', 'bank'],
      ),
      fc.record(Object.fromEntries(Object.keys(odd).map((each) => [each, part(each as keyof Odd)]))),
    )
    const answered = { plainly: 0, byTheLibrary: 0 }
    await fc.assert(
      fc.asyncProperty(drawn, async ([at, state, asker, odds]) => {
        const { isPlain } = await compared(at, tokens[state]!, asker, odds)
        answered[isPlain ? 'plainly' : 'byTheLibrary'] += 1
      }),
      { numRuns: 200 },
    )
    assert.ok(answered.plainly > 20 && answered.byTheLibrary > 20, JSON.stringify(answered))
  }).timeout(120_000)
})
