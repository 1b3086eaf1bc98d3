/** What is measured, as the outside does it: whole flows, with every answer checked. */
import { createHash, randomBytes } from 'node:crypto'
import { createBrowser, formHeaders, request } from './browser.ts'
import { addressOf, password, subjectOf } from './fill.ts'
import type { Operation } from './measure.ts'

export interface World {
  issuer: string
  people: number
  web: { id: string; secret: string; redirectUri: string }
  machines: Record<string, { id: string; secret: string }>
}

interface Tokens {
  access_token: string
  refresh_token?: string
  id_token?: string
}

type Browser = ReturnType<typeof createBrowser>

export const operations = (world: World): Operation<never>[] => {
  const { issuer, web, people, machines } = world

  const token = async (client: { id: string; secret: string }, fields: Record<string, string>): Promise<Tokens> => {
    const authorization = `Basic ${Buffer.from(`${encodeURIComponent(client.id)}:${encodeURIComponent(client.secret)}`).toString('base64')}`
    const { status, text } = await request(`${issuer}/token`, {
      method: 'POST',
      headers: { ...formHeaders, authorization },
      body: new URLSearchParams(fields).toString(),
    })
    if (status !== 200) throw new Error(`token endpoint: ${status} ${text.slice(0, 120)}`)
    return JSON.parse(text)
  }

  const authorizeUrl = (more: Record<string, string>): string => {
    const query = new URLSearchParams({
      client_id: web.id,
      response_type: 'code',
      redirect_uri: web.redirectUri,
      nonce: randomBytes(12).toString('base64url'),
      code_challenge_method: 'S256',
      ...more,
    })
    return `${issuer}/auth?${query}`
  }

  const flow = async (browser: Browser, signIn?: { email: string; password: string }): Promise<Tokens> => {
    const [verifier, state] = [randomBytes(32).toString('base64url'), randomBytes(12).toString('base64url')]
    const start = authorizeUrl({
      scope: 'openid profile email offline_access',
      state,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      ...(!signIn && { prompt: 'none' }),
    })
    const back = await browser.go(start, web.redirectUri, signIn)
    const code = back.searchParams.get('code')
    if (!code || back.searchParams.get('state') !== state) throw new Error(`no code: ${back.search}`)
    const fields = { grant_type: 'authorization_code', code, redirect_uri: web.redirectUri, code_verifier: verifier }
    const tokens = await token(web, fields)
    if (!tokens.id_token) throw new Error('no ID token')
    return tokens
  }

  const anybody = () => Math.floor(Math.random() * people)
  const signedIn = async (worker: number) => {
    const browser = createBrowser()
    const tokens = await flow(browser, { email: addressOf(worker % people), password })
    return { browser, tokens }
  }
  type SignedIn = Awaited<ReturnType<typeof signedIn>>

  const tokenFor = async (company: string, resource: string, scope: string): Promise<string> =>
    (await token(machines[company]!, { grant_type: 'client_credentials', resource, scope })).access_token
  const machineToken = (company: string): Promise<string> =>
    tokenFor(company, `${issuer}/scim/${company}`, 'accounts.read accounts.write')
  const everyCompany = async () =>
    new Map(await Promise.all(Object.keys(machines).map(async (id) => [id, await machineToken(id)] as const)))

  const givenNameAt = async (company: string, n: number, bearer: string): Promise<string> => {
    const { status, text } = await request(`${issuer}/scim/${company}/Users/${subjectOf(company, n)}`, {
      headers: { authorization: `Bearer ${bearer}` },
    })
    if (status !== 200) throw new Error(`GET ${company}: ${status} ${text.slice(0, 120)}`)
    return JSON.parse(text).name.givenName
  }

  const defined: Operation<never>[] = []
  const define = <W>(operation: Operation<W>) => defined.push(operation as unknown as Operation<never>)

  define({
    name: 'whole password login',
    atOnce: 8,
    prepare: async () => undefined,
    run: async () => void (await flow(createBrowser(), { email: addressOf(anybody()), password })),
  })
  define({
    name: 'SSO re-authorisation',
    atOnce: 16,
    prepare: signedIn,
    run: async ({ browser }: SignedIn) => void (await flow(browser)),
  })
  define({
    name: 'refresh',
    atOnce: 32,
    prepare: signedIn,
    run: async (worker: SignedIn) => {
      const { refresh_token = '' } = worker.tokens
      worker.tokens = await token(web, { grant_type: 'refresh_token', refresh_token })
    },
  })
  define({
    name: 'client credentials',
    atOnce: 32,
    prepare: async () => undefined,
    run: async () => void (await machineToken('mobile')),
  })
  define({
    name: 'userinfo',
    atOnce: 32,
    prepare: signedIn,
    run: async ({ tokens }: SignedIn) => {
      const { status, text } = await request(`${issuer}/me`, {
        headers: { authorization: `Bearer ${tokens.access_token}` },
      })
      if (status !== 200 || !text.includes('"sub"')) throw new Error(`userinfo: ${status} ${text.slice(0, 120)}`)
    },
  })
  define({
    name: 'introspection',
    atOnce: 32,
    prepare: signedIn,
    run: async ({ tokens }: SignedIn) => {
      const authorization = `Basic ${Buffer.from(`${web.id}:${web.secret}`).toString('base64')}`
      const { text } = await request(`${issuer}/token/introspection`, {
        method: 'POST',
        headers: { ...formHeaders, authorization },
        body: new URLSearchParams({ token: tokens.access_token }).toString(),
      })
      if (!text.includes('"active":true')) throw new Error(`introspection: ${text.slice(0, 120)}`)
    },
  })
  const audienceToken = () => tokenFor('mobile', `${issuer}/audience/mobile`, 'audience.read')
  const anybodyByEmail = () => ({
    subject: { type: 'user', id: subjectOf('mobile', anybody()) },
    action: { name: 'marketing' },
    resource: { type: 'channel', id: 'email' },
  })
  const decide = async (bearer: string, ending: string, question: object, expected: number): Promise<void> => {
    const { status, text } = await request(`${issuer}/audience/mobile/${ending}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: JSON.stringify(question),
    })
    if (status !== 200 || text.split('"not-chosen"').length !== expected + 1)
      throw new Error(`decision: ${status} ${text.slice(0, 120)}`)
  }
  define({
    name: 'audience decision',
    atOnce: 32,
    prepare: audienceToken,
    run: (bearer: string) => decide(bearer, 'evaluation', anybodyByEmail(), 1),
  })
  define({
    name: 'ten audience decisions in one question',
    atOnce: 8,
    prepare: audienceToken,
    run: (bearer: string) =>
      decide(bearer, 'evaluations', { evaluations: Array.from({ length: 10 }, anybodyByEmail) }, 10),
  })
  define({
    name: 'profile change until all linked copies agree',
    atOnce: 4,
    prepare: async (worker: number) => ({ n: worker, bearers: await everyCompany() }),
    run: async (worker: { n: number; bearers: Map<string, string> }) => {
      worker.n = (worker.n + 4) % people
      const { n, bearers } = worker
      const wanted = `Bench ${randomBytes(6).toString('hex')}`
      const { status, text } = await request(`${issuer}/scim/mobile/Users/${subjectOf('mobile', n)}`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${bearers.get('mobile')}`, 'content-type': 'application/scim+json' },
        body: JSON.stringify({
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [{ op: 'replace', path: 'name.givenName', value: wanted }],
        }),
      })
      if (status !== 200) throw new Error(`PATCH: ${status} ${text.slice(0, 120)}`)
      for (const [company, bearer] of bearers)
        while ((await givenNameAt(company, n, bearer)) !== wanted)
          await new Promise((resolve) => setTimeout(resolve, 2))
    },
  })
  const aPage = (name: string, prepare: (worker: number) => Promise<{ browser: Browser; address: string }>) =>
    define({
      name,
      atOnce: 8,
      prepare,
      run: async ({ browser, address }: { browser: Browser; address: string }) => {
        const { status, text } = await browser.open(address)
        if (status !== 200 || !text.includes('</html>')) throw new Error(`${name}: ${status} ${text.slice(0, 120)}`)
      },
    })
  aPage('sign-in page', async () => {
    const browser = createBrowser()
    const code_challenge = randomBytes(32).toString('base64url')
    const { here } = await browser.open(authorizeUrl({ scope: 'openid', code_challenge }))
    return { browser, address: here }
  })
  for (const path of accountPages)
    aPage(`page /account${path}`, async (worker) => {
      const browser = createBrowser()
      const first = `${issuer}/account/details`
      await browser.go(first, first, { email: addressOf(worker % people), password })
      return { browser, address: `${issuer}/account${path}` }
    })
  define({
    name: 'form with a long text, refused',
    atOnce: 4,
    prepare: () =>
      createBrowser().form(authorizeUrl({ scope: 'openid', code_challenge: randomBytes(32).toString('base64url') })),
    run: async (send: (fields: Record<string, string>) => Promise<{ status: number }>) => {
      const { status } = await send({ email: `${longText}@mail.example`, password })
      if (status !== 400) throw new Error(`a long text: ${status}`)
    },
  })
  return defined
}

/** The first page of one's account leads to another one where it is not there yet. */
const accountPages = ['', '/details', '/sharing']

/** Marks upon one letter, near the most that a form may carry: what composes it takes the square of their number (H3). */
const longText = `a${'\u0315\u0300'.repeat(5000)}`
