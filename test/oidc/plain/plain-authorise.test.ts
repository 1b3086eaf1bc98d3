import assert from 'node:assert/strict'
import fc from 'fast-check'
import { keyedDigest } from '../../../src/lib/ids.ts'
import { createArtifactsStore } from '../../../src/oidc/artifacts-store.ts'
import { createCookieSignatures } from '../../../src/oidc/cookie-signatures.ts'
import { codeRow } from '../../../src/oidc/refresh-tokens.ts'
import { type OddRequest, oddRequests, requestOf } from './authorisations.ts'
import { type SignIn, signInsOf } from './sign-ins.ts'
import { type Answered, type Asked, type TwoWays, twoWays } from './two-ways.ts'

const all = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access', 'accounts.read', 'accounts.write']

describe('the plain lane and the library authorise alike', () => {
  let both: TwoWays
  let signIns: Record<string, () => Promise<SignIn>>
  let scopesOfGames = all
  before(async function () {
    this.timeout(120_000)
    both = await twoWays(() => scopesOfGames)
    signIns = await signInsOf(both)
  })
  after(() => both.close())

  /** What is drawn anew each time is one word; of what was sent, the word says so. */
  const shown = async ({ headers, body, ...answer }: Answered, { headers: { cookie } }: Asked) => {
    const sent = String(cookie)
    const worded = (text: string) => text.replace(/[\w-]{20,}/g, (each) => (sent.includes(each) ? 'SENT' : 'DRAWN'))
    const cookies = (headers['set-cookie'] ?? []).map((each) => worded(withoutDate(each)))
    const code = new URL(headers.location ?? '/', both.plain.issuer).searchParams.get('code')
    return {
      ...answer,
      headers: { ...headers, location: headers.location && worded(headers.location), 'set-cookie': cookies },
      ends: (headers['set-cookie'] ?? []).map(endOf),
      body: worded(body),
      code: code && worded(await storedCode(code)),
    }
  }
  const storedCode = async (code: string): Promise<string> => {
    const artifacts = createArtifactsStore(both.database.connection)
    const { iat, exp, ...kept } = JSON.parse((await artifacts.get(codeRow(code)))!.payload)
    return JSON.stringify({ lives: exp - iat, ...kept })
  }

  /** Whether the lane answered; what it answers is a code. */
  const compared = async (state: string, odd: OddRequest = {}) => {
    const answer = await both.compared(async () => requestOf(both, await signIns[state]!(), odd), shown)
    assert.ok(!answer.isPlain || /[?&]code=/.test(String(answer.headers.location)), state)
    return answer
  }

  /** In which states of a sign-in the lane answers; in all others it hands on. */
  const plainly = [
    'good',
    'at its offline client',
    'at a public client',
    'at a client without PKCE',
    'with a separate account',
    'at another company',
    'that ends with the browser',
    'at a grant of more',
    'at a grant of an API as well',
    'that slid a little',
    'proven by a code',
    'without what let them in',
    'in a browser without a name',
    'with something else in the cookies',
    'signed first',
    'of somebody who is left alone',
    'with a slot of its own',
    'said to outlive its session',
    'at a client that only goes by',
  ]

  it('for whoever is signed in, of every kind and in every state', async () => {
    const plain: string[] = []
    for (const state of Object.keys(signIns)) if ((await compared(state)).isPlain) plain.push(state)
    assert.deepEqual(plain, plainly)
  }).timeout(120_000)

  it('M12, P6: what a policy has lost is asked for by name, and refused by both', async () => {
    for (const scopes of [all.filter((scope) => scope !== 'email'), ['openid'], [], all]) {
      scopesOfGames = scopes
      const { isPlain, headers } = await compared('at another company')
      assert.equal(isPlain, scopes === all)
      assert.equal(/[?&]code=/.test(String(headers.location)), scopes === all)
    }
  })

  /** What is odd and makes no difference to whether there is a code. */
  const taken = [
    ...['parameter state', 'parameter nonce', 'parameter state=a b', 'parameter nonce=a b', 'parameter prompt=none'],
    ...['parameter +prompt=none', 'parameter response_mode=query', 'parameter client_id=mobile-store'],
    ...['parameter scope=openid', 'parameter scope=email openid', 'parameter scope=openid openid email'],
    ...['parameter scope=openid offline_access', 'parameter state=å ä&ö', 'parameter state=<script>'],
    ...['parameter state=\'"`', `parameter state=${'s'.repeat(4000)}`, 'parameter state=%', 'parameter state=a+b'],
    ...['parameter state=\u0000', 'parameter nonce=å "\\', `parameter nonce=${'n'.repeat(600)}`],
    ...['header accept:', 'header accept:*/*', 'header accept:text/html', 'header accept:text/html,text/html;q=0'],
    ...['header accept:text/html,application/xhtml+xml,*/*;q=0.8', 'header sec-fetch-site:same-origin'],
    ...['header sec-fetch-site:none', 'header sec-fetch-mode:navigate', 'header dnt:1', 'header sec-gpc:1'],
    ...['header sec-fetch-site:cross-site&sec-fetch-mode:navigate', 'header x-forwarded-for:1.2.3.4'],
    ...['header x-forwarded-host:a', 'header x-http-method-override:POST', 'header accept-language:ja'],
    ...['header range:bytes=0-1', 'header if-none-match:*', 'header user-agent:Mozilla/5.0 Firefox/140.0'],
    ...['header expect:100-continue', 'method GET', 'path /auth?', 'path /auth?&'],
  ]

  it('when one part of a request is odd, each part and each oddity in turn', async () => {
    const plain: string[] = []
    for (const [part, values] of Object.entries(oddRequests(both)))
      for (const value of values)
        if ((await compared('good', { [part]: value })).isPlain) plain.push(`${part} ${value}`)
    assert.deepEqual(plain.toSorted(), taken.toSorted())
    // Its service may have it, and without a page it is not asked for.
    const asked = { parameter: 'scope=openid offline_access' }
    assert.ok((await compared('at its offline client', asked)).isPlain)
  }).timeout(120_000)

  it('whatever is asked by whoever it is: every state, parameter and header, right and wrong, together', async () => {
    const odd = oddRequests(both)
    const part = (of: keyof OddRequest, weight: number) =>
      fc.oneof({ weight, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...odd[of]) })
    const drawn = fc.tuple(
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...plainly) },
        { weight: 1, arbitrary: fc.constantFrom(...Object.keys(signIns)) },
      ),
      fc.record({
        parameter: part('parameter', 1),
        header: part('header', 3),
        method: part('method', 20),
        path: part('path', 20),
      }),
    )
    const answered = { plainly: 0, byTheLibrary: 0 }
    await fc.assert(
      fc.asyncProperty(drawn, async ([state, odds]) => {
        const { isPlain } = await compared(state, odds)
        answered[isPlain ? 'plainly' : 'byTheLibrary'] += 1
      }),
      { numRuns: 200 },
    )
    assert.ok(answered.plainly > 20 && answered.byTheLibrary > 20, JSON.stringify(answered))
  }).timeout(120_000)

  it('P10: when the signing keys are others', async () => {
    await both.plain.oidc.rotate({ atOnce: true })
    await both.library.oidc.tick()
    assert.ok((await compared('good')).isPlain)
  })

  it('Z6, P8: in production, where cookies are for TLS and this host alone', async () => {
    const config = { production: true, issuer: 'https://id.example' }
    const { database, group } = both
    const production = await twoWays(() => all, { database, group, config })
    const name = '__Host-session'
    const keys = production.plain.config.secretKeys.map((key) => keyedDigest(key, 'cookies'))
    const { sign } = createCookieSignatures(keys)
    try {
      for (const state of ['good', 'that ends with the browser']) {
        const { isPlain, headers } = await production.compared(async () => {
          const signIn = await signIns[state]!()
          const [, value] = /=([\w-]+);/.exec(signIn.cookie)!
          const cookie = `${name}=${value}; ${name}.sig=${sign(`${name}=${value}`)}`
          const asked = requestOf(production, { ...signIn, cookie })
          return { ...asked, headers: { ...asked.headers, host: 'id.example' } }
        }, shown)
        assert.ok(isPlain && headers['strict-transport-security'])
        for (const cookie of headers['set-cookie']!) assert.match(cookie, /^__Host-session.*; secure; httponly/)
      }
    } finally {
      await production.close()
    }
  })

  it('P15: whatever fails on its way is met by the library, and leaves no code, session or grant half', async () => {
    const artifacts = createArtifactsStore(both.database.connection)
    for (let failing = 1; failing <= 6; failing += 1) {
      const asked = requestOf(both, await signIns.good!())
      let looked = 0
      both.beforeEach(() => {
        looked += 1
        if (looked === failing) throw new Error('the store is gone')
      })
      const { status, headers } = await both.answerOf(both.plain.port, asked)
      both.beforeEach(() => {})
      assert.equal(looked, failing)
      assert.equal(status, 303)
      const code = new URL(headers.location!).searchParams.get('code')!
      assert.ok(await artifacts.get(codeRow(code)))
    }
  })

  it('H10, P4: whoever is refused without a page waits no longer for what the lane had looked at', async () => {
    const waits: number[] = []
    const [clock, wait] = [performance.now, globalThis.setTimeout]
    const began = performance.now()
    let ahead = 0
    performance.now = () => began + ahead
    globalThis.setTimeout = ((act: () => void, ms: number) => {
      waits.push(ms)
      return wait(act, ms)
    }) as typeof setTimeout
    const longest = async () => {
      waits.length = 0
      const { headers } = await both.answerOf(
        both.plain.port,
        requestOf(both, await signIns.unlinked!(), { parameter: 'prompt=none' }),
      )
      assert.match(String(headers.location), /error=login_required/)
      return waits.filter((ms) => ms > 0 && ms <= 61).length
    }
    try {
      assert.equal(await longest(), 1)
      both.beforeEach(() => {
        ahead = 1000
      })
      assert.equal(await longest(), 0)
    } finally {
      both.beforeEach(() => {})
      performance.now = clock
      globalThis.setTimeout = wait
    }
  })

  // Each look at the clock moves it: a driver of a database would look at it as well.
  it('H10, P4: a refusal without a page waits equally long for whoever is signed in and for nobody @embedded', async () => {
    const waits: number[] = []
    const [clock, wait] = [performance.now, globalThis.setTimeout]
    let ahead = 0
    performance.now = () => {
      ahead += 5
      return ahead
    }
    globalThis.setTimeout = ((act: () => void, ms: number) => {
      waits.push(ms)
      return wait(act, ms)
    }) as typeof setTimeout
    const waited = async (state: string) => {
      const asked = requestOf(both, await signIns[state]!(), { parameter: 'prompt=none' })
      waits.length = 0
      const { headers } = await both.answerOf(both.plain.port, asked)
      assert.match(String(headers.location), /error=login_required/)
      return waits.filter((ms) => ms > 0 && ms <= 61)
    }
    try {
      const nobody = await waited('with no cookie at all')
      assert.equal(nobody.length, 1)
      for (const state of ['unlinked', 'unsigned', 'of a cookie never given', 'that has ended'])
        assert.deepEqual(await waited(state), nobody, state)
    } finally {
      performance.now = clock
      globalThis.setTimeout = wait
    }
  })
})

const withoutDate = (cookie: string): string =>
  cookie.replace(/; expires=[^;]*/i, '; expires=').replace(/^(browser-first-\d+\.)[\w-]+/, '$1DRAWN')
/** In quarters of a day from now: two answers are not of the same second. What is over just now is 0, never -0. */
const endOf = (cookie: string): number =>
  Math.round((Date.parse(/; expires=([^;]*)/i.exec(cookie)?.[1] ?? '0') - Date.now()) / 21_600_000) + 0
