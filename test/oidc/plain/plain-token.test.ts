import assert from 'node:assert/strict'
import fc from 'fast-check'
import { artifactId } from '../../../src/oidc/artifacts-store.ts'
import { Died } from '../../world/dying.ts'
import { type Redeemable, redeemablesOf } from './redeemables.ts'
import { createRequests, type Odd, oddOf, unseen } from './requests.ts'
import { type Answered, type TwoWays, twoWays } from './two-ways.ts'

const all = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access', 'accounts.read', 'accounts.write']

type Tokens = Record<'access_token' | 'refresh_token' | 'id_token', string>
type Claims = Record<string, unknown>

interface Row {
  _id: string
  payload: string
  exp: number
  purgeAt: string
  number: number
  grantId?: string
}

const partOf = (jwt: string, n: number): Claims =>
  JSON.parse(Buffer.from(jwt.split('.')[n] ?? '', 'base64url').toString()) as Claims

describe('the plain lane and the library redeem alike', () => {
  let both: TwoWays
  let held: Awaited<ReturnType<typeof redeemablesOf>>
  let request: ReturnType<typeof createRequests>
  let scopesOfGames = all
  before(async function () {
    this.timeout(120_000)
    both = await twoWays(() => scopesOfGames)
    held = await redeemablesOf(both)
    request = createRequests(both, held.key)
  })
  after(() => both.close())

  const agoOf = (claims: Claims) => {
    const at = Math.floor(Date.now() / 1000)
    return Object.fromEntries(
      Object.entries(claims).map(([name, value]) => {
        if (name === 'grantId') return [name, typeof value]
        if (!['iat', 'exp', 'iiat'].includes(name) || typeof value !== 'number') return [name, value]
        // Seconds pass between the two.
        return [name, Math.round((value - at) / 20) * 20 + 0]
      }),
    )
  }

  /** What was issued, without what no two have in common: times as how far from now, and each value by its shape. */
  const shownOf = async ({ body, status, headers, log, writes }: Answered, isPlain: boolean) => {
    const answer = (headers['content-type']?.includes('json') ? JSON.parse(body || '{}') : {}) as Partial<Tokens>
    const rest = { status, headers, log, writes: isPlain ? [] : writes.toSorted() }
    if (!answer.access_token) return { ...rest, body }
    const { access_token, refresh_token = '', id_token, ...said } = answer
    // One of a family is longer than one with a row.
    rest.headers = { ...headers, 'content-length': String(Number(headers['content-length']) - access_token.length) }
    // There is none where a client keeps the refresh token that it presented.
    const row = await both.plain.database.connection
      .collection<Row>('artifacts')
      .findOne({ _id: familyOf(refresh_token) })
    const access = (await held.accessToken(access_token))!
    const kept = { access: agoOf(access), ...(row && keptOf(row, access)) }
    const jwt = id_token && [partOf(id_token, 0), Object.entries(agoOf(partOf(id_token, 1)))]
    // A signature is as long as any other; the numbers within are.
    return { ...rest, said, order: Object.keys(answer), shape: refresh_token.replace(/^[\w-]{66}/, ''), jwt, kept }
  }
  const keptOf = ({ payload, exp, purgeAt, grantId, number }: Row, access: Claims) => {
    const refresh = JSON.parse(payload) as Claims
    assert.deepEqual([grantId, access.grantId, exp], [refresh.grantId, refresh.grantId, refresh.exp])
    assert.ok(Number(purgeAt) / 1000 > exp)
    return { number, refresh: agoOf(refresh) }
  }
  const familyOf = (token: string) => artifactId('RefreshFamily', token.slice(0, 22))

  /** Whether the lane answered; what it answers is good. */
  const compared = async (make: () => Promise<Redeemable>, odd?: Odd) => {
    const asked = async (way: 'plain' | 'library') => {
      const { form, asker } = await make()
      const { body, ...answer } = await both.ask(way, await request('token', form, asker, odd))
      const { refresh_token, code } = Object.fromEntries(new URLSearchParams(form))
      // A page that is answered names the address that was asked.
      return { ...answer, body: body.replaceAll(refresh_token || code || form, 'PRESENTED') }
    }
    const { isPlain, ...one } = await asked('plain')
    const { isPlain: _none, ...other } = await asked('library')
    // One row, where the library writes two or three.
    if (isPlain) assert.deepEqual(one.writes, ['updateOne artifacts'])
    assert.deepEqual(await shownOf(one, isPlain), await shownOf(other, isPlain))
    assert.ok(!isPlain || one.status === 200, one.body)
    return { isPlain, ...one }
  }

  const alike = [
    'good',
    'good for a grant of its own',
    'good for its offline client',
    'of a separate account',
    'of another company',
    'without openid',
    'with scopes that nobody has',
    'with less than its grant',
    'under a grant of single claims',
    'with a sid',
    'without a nonce',
    'without how they proved themselves',
    'dated ahead',
    'of somebody who is left alone',
  ]
  const plainly = {
    refresh: [...alike, 'replaced before', 'of a family that is nearly too old', 'by another grant type'],
    code: [
      ...alike,
      'of a client kept without rotation',
      'of a client that asks again',
      'of a client that may leave PKCE out',
    ],
  }

  for (const kind of ['refresh', 'code'] as const)
    it(`a ${kind === 'code' ? 'code' : 'refresh token'} of every kind and in every state`, async () => {
      const plain: string[] = []
      for (const [state, make] of Object.entries(held[kind])) {
        try {
          if ((await compared(make)).isPlain) plain.push(state)
        } catch (cause) {
          throw new Error(state, { cause })
        }
      }
      assert.deepEqual(plain.toSorted(), plainly[kind].toSorted())
    }).timeout(120_000)

  const kinds = ['refresh', 'code'] as const

  it('M12, P6: when a policy has lost something since, and when it grows back', async () => {
    const plain: string[] = []
    for (const scopes of [all.filter((scope) => scope !== 'email'), ['openid'], ['profile'], [], all]) {
      scopesOfGames = scopes
      for (const kind of kinds) {
        const { body, isPlain } = await compared(held[kind]['of another company']!)
        assert.equal(body.includes('email'), scopes.includes('email'))
        if (isPlain) plain.push(`${kind} ${scopes.length}`)
      }
    }
    assert.deepEqual(plain, ['refresh 8', 'code 8'])
  })

  it('P10: when the keys are others, signed with the new one', async () => {
    const kidOf = async (kind: 'refresh' | 'code') => {
      const { body, isPlain } = await compared(held[kind].good!)
      assert.ok(isPlain)
      return partOf((JSON.parse(body) as Tokens).id_token, 0).kid
    }
    const before = await kidOf('refresh')
    await both.plain.oidc.rotate({ atOnce: true })
    await both.library.oidc.tick()
    const [first, second] = [await kidOf('refresh'), await kidOf('code')]
    assert.ok(first === second && first !== before)
  })

  const form = 'application/x-www-form-urlencoded'
  const taken = [
    ...[...unseen, 'method POST', 'scheme Basic', 'pair encoded', 'order turned round', `type ${form}`],
    ...[`type ${form.toUpperCase()}`, `type ${form};charset=UTF-8`],
  ]
  const odds = () => {
    const { more, ...others } = oddOf(both)
    const scopes = ['openid', 'openid email', 'openid profile email phone', 'nonsense', '', '%20', 'offline_access']
    return {
      ...others,
      more: [
        ...[...more, ...scopes.map((scope) => `scope=${scope}`), 'resource=https%3A%2F%2Fapi.example', 'resource='],
        ...[`resource=${both.plain.issuer}/scim/mobile`, 'grant_type=refresh_token', 'grant_type=client_credentials'],
        ...['refresh_token=a', 'code=a', 'code_verifier=a', 'redirect_uri=a', 'authorization_details=[]'],
      ],
    }
  }

  for (const kind of kinds)
    it(`when one part of a request by ${kind} is odd, each part and each oddity in turn`, async () => {
      const plain: string[] = []
      for (const [part, values] of Object.entries(odds()))
        for (const value of values) {
          const { isPlain } = await compared(held[kind]['good for its offline client']!, { [part]: value })
          // When the rest of a form arrives is the wire's to say.
          if (isPlain && part !== 'pieces') plain.push(`${part} ${value}`)
        }
      assert.deepEqual(plain.toSorted(), taken.toSorted())
    }).timeout(120_000)

  it('whatever is presented: every state, method, header and parameter, right and wrong, together', async () => {
    const odd = odds()
    const mostly = (often: string[], rare: string[]) =>
      fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...often) }, { weight: 1, arbitrary: fc.constantFrom(...rare) })
    const part = (of: keyof Odd) =>
      fc.oneof({ weight: 8, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...odd[of]) })
    const drawn = fc.oneof(
      ...kinds.map((kind) =>
        fc.tuple(
          fc.constant(kind),
          mostly(alike, Object.keys(held[kind])),
          fc.record(Object.fromEntries(Object.keys(odd).map((each) => [each, part(each as keyof Odd)]))),
        ),
      ),
    )
    const answered = { plainly: 0, byTheLibrary: 0 }
    await fc.assert(
      fc.asyncProperty(drawn, async ([kind, state, odds]) => {
        const { isPlain } = await compared(held[kind][state]!, odds)
        answered[isPlain ? 'plainly' : 'byTheLibrary'] += 1
      }),
      { numRuns: 150 },
    )
    assert.ok(answered.plainly > 15 && answered.byTheLibrary > 15, JSON.stringify(answered))
  }).timeout(120_000)

  const rowsUnder = async (grantId: unknown) => {
    const rows = await both.plain.database.connection
      .collection<{ _id: string }>('artifacts')
      .find({ grantId: grantId as never })
      .toArray()
    return rows.map(({ _id }) => _id.split(':')[0]).sort()
  }
  const presented = async (kind: 'refresh' | 'code') => {
    const { form, asker } = await held[kind]['good for a grant of its own']!()
    const fields = new URLSearchParams(form)
    const token = fields.get('refresh_token') ?? ''
    const id = familyOf(token || (fields.get('code') ?? ''))
    const { grantId } = JSON.parse((await held.artifacts.get(id))!.payload) as { grantId: string }
    const ask = async (way: 'plain' | 'library') => both.ask(way, await request('token', form, asker))
    return { grantId, ask }
  }

  for (const kind of kinds) {
    it(`Z1: of eight that redeem by one ${kind} at the same moment, one gets tokens; of the others nothing is left`, async () => {
      const raced = async (way: 'plain' | 'library') => {
        const { ask, grantId } = await presented(kind)
        // All have read that it is good before the first of them writes: who reads later has what is spent.
        const together = Promise.withResolvers<void>()
        let arrived = 0
        both.meanwhile.act = (operation) => {
          if (operation !== 'updateOne') return undefined
          arrived += 1
          if (arrived === 8) together.resolve()
          return together.promise
        }
        const answers = await Promise.all(Array.from({ length: 8 }, () => ask(way)))
        both.meanwhile.act = undefined
        const won = answers.filter(({ status }) => status === 200)
        assert.equal(won.length, 1)
        const lost = answers.filter(({ status }) => status !== 200)
        const refused = lost.map(({ status, body, headers: { 'content-length': _length, ...headers } }) => ({
          ...{ status, headers, error: (JSON.parse(body) as { error: string }).error },
        }))
        const { refresh_token } = JSON.parse(won[0]!.body) as Tokens
        const rows = await rowsUnder(grantId)
        const next = new URLSearchParams({ grant_type: 'refresh_token', refresh_token })
        const { status } = await both.ask(way, await request('token', next.toString(), 'offline'))
        return { refused, rows, status }
      }
      const [{ rows, ...plain }, library] = [await raced('plain'), await raced('library')]
      assert.deepEqual(plain, { refused: library.refused, status: 200 })
      assert.deepEqual(rows, ['RefreshFamily'])
      assert.deepEqual(library.rows, ['AccessToken', ...(kind === 'code' ? ['RefreshFamily'] : []), 'RefreshFamily'])
    })

    it(`Z1: wherever the process dies under a ${kind}, it is good still, and is answered as the library answers`, async () => {
      let died = 0
      for (let operations = 0; ; operations++) {
        const dying = async (way: 'plain' | 'library') => {
          const { ask } = await presented(kind)
          let left = operations
          both.meanwhile.act = () => {
            left -= 1
            if (left < 0) throw new Died()
          }
          const { status, body } = await ask(way)
          both.meanwhile.act = undefined
          return { status, error: (JSON.parse(body) as { error?: string }).error, ask }
        }
        const [{ ask, ...plain }, { ask: _asked, ...library }] = [await dying('plain'), await dying('library')]
        if (plain.status === 200) break
        assert.deepEqual(plain, library, `${operations}`)
        died += 1
        assert.equal((await ask('plain')).status, 200, 'of what was not answered nothing was written')
      }
      assert.ok(died > 4, `${died}`)
    })

    it(`a write that fails once under a ${kind} is told as the library tells it, and nothing is done again`, async () => {
      const failing = async (way: 'plain' | 'library') => {
        const { ask, grantId } = await presented(kind)
        let failed = 0
        both.meanwhile.act = (operation) => {
          if (/^find(One)?$/.test(operation) || failed > 0) return
          failed += 1
          throw new Error('the disk is full')
        }
        const { status, body } = await ask(way)
        both.meanwhile.act = undefined
        return { status, error: (JSON.parse(body) as { error?: string }).error, grant: await isThere(grantId) }
      }
      const isThere = async (grantId: string) => (await held.artifacts.get(artifactId('Grant', grantId))) !== undefined
      const plain = await failing('plain')
      assert.deepEqual(plain, await failing('library'))
      assert.deepEqual(plain, { status: 500, error: 'server_error', grant: true })
    })
  }
})
