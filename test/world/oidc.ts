/** A product with the provider alone: real HTTP, storage in memory, sign-in pages that finish at a word. */
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import Koa from 'koa'
import {
  type Account,
  accountIdOf,
  blankAccount,
  createAccountsStore,
  createReadPrincipal,
  type PrincipalId,
} from '../../src/accounts/index.ts'
import { createPolicyRevisions } from '../../src/companies/index.ts'
import type { Config } from '../../src/config/settings.ts'
import { detailNames } from '../../src/details/index.ts'
import { createHttp, type PageContext } from '../../src/http/index.ts'
import { createTranslations } from '../../src/i18n/index.ts'
import { day, epochSeconds, now } from '../../src/lib/clock.ts'
import { randomId } from '../../src/lib/ids.ts'
import { createLog } from '../../src/lib/log.ts'
import { createOutbound } from '../../src/lib/outbound.ts'
import { createLinkIndex, createLinks } from '../../src/links/index.ts'
import { createOidc, type InteractionResult, type Oidc, type OidcDeps } from '../../src/oidc/index.ts'
import { createPeopleStore, emailKey, type Person } from '../../src/people/index.ts'
import { createConsents } from '../../src/scopes/index.ts'
import { type Connection, type Database, heldAlone } from '../../src/storage/index.ts'
import { openTestDatabase } from './database.ts'
import { aConfig } from './group.ts'
import { close, listen } from './server.ts'

export interface ReceivedLogout {
  service: string
  token: string
  payload: Record<string, unknown>
  /** What came beside the token, by name. */
  besides: string[]
}

export interface TestOidcOptions {
  companies?: (urls: (id: string) => string) => NonNullable<Parameters<typeof aConfig>[0]>['companies']
  /** Stands between the product and its database, e.g. to slow it down. */
  wrap?: (connection: Connection) => Connection
  database?: Database
  deps?: Partial<OidcDeps>
  config?: Partial<Config>
  /** As the metrics are told of each request. */
  answered?: Parameters<typeof createHttp>[0]['answered']
}

const viewsDir = fileURLToPath(new URL('../../views', import.meta.url))

/** Where every service of the group is told of sign-outs. */
const aReceiver = async () => {
  const logouts: ReceivedLogout[] = []
  const faults = new Map<string, number>()
  const server = createServer((request, response) => {
    const service = request.url?.split('/')[1] ?? ''
    let body = ''
    request.on('data', (chunk) => (body += chunk))
    request.on('end', () => {
      const status = faults.get(service) ?? 200
      const { logout_token: token = '', ...more } = Object.fromEntries(new URLSearchParams(body))
      const besides = Object.keys(more)
      const payload = () => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
      if (status === 200 && token) logouts.push({ service, token, payload: payload(), besides })
      response.writeHead(status).end()
    })
  })
  const port = await listen(server)
  return { server, logouts, faults, url: (id: string) => `http://localhost:${port}/${id}` }
}

export const aTestOidc = async (options: TestOidcOptions = {}) => {
  const receiver = await aReceiver()
  const app = new Koa({ proxy: true })
  const handler: { current?: ReturnType<typeof http.answerPlainly> } = {}
  const server = createServer((request, response) => handler.current?.(request, response))
  const port = await listen(server)
  const issuer = `http://localhost:${port}`
  const ids = ['mobile-store', 'mobile-cloud', 'games-arcade', 'leaderboard', 'pictures-cinema']
  const config: Config = aConfig({
    issuer,
    port,
    urls: Object.fromEntries(ids.map((id) => [id, receiver.url(id)])),
    ...(options.companies && { companies: options.companies(receiver.url) }),
    ...options.config,
  })
  const database = options.database ?? (await openTestDatabase())
  const connection = options.wrap?.(database.connection) ?? database.connection
  const log = createLog(process.env.TEST_LOG ?? 'silent')

  const people = createPeopleStore(connection)
  const accounts = createAccountsStore(connection, config.secretKeys[0]!)
  const consents = createConsents(connection)
  const revisions = createPolicyRevisions(connection)
  await revisions.load(config.group.companies.values())
  const links = createLinks({
    people,
    accounts,
    index: createLinkIndex(connection),
    holdersOf: async () => [],
    revisionOf: (company: string) => revisions.revisionOf(company),
    applyIntents: async () => {},
    abortSends: () => {},
  } as Parameters<typeof createLinks>[0])
  const outbound = createOutbound({ log })
  const oidc: Oidc = await createOidc({
    config,
    connection,
    lease: heldAlone,
    accounts,
    readPrincipal: createReadPrincipal({ people, accounts }),
    accountOf: links.accountOf,
    consents,
    outbound,
    limits: {
      consume: async () => 0,
      refund: async () => {},
      judged: async (_rules, look) => ({ found: await look(), nth: [] }),
    },
    log,
    ...options.deps,
  })

  const http = createHttp({
    config,
    log,
    words: createTranslations(`${viewsDir}/words`),
    viewsDir,
    answered: options.answered,
  })
  for (const middleware of http.middleware) app.use(middleware as unknown as Koa.Middleware)
  app.use(testPages(oidc) as unknown as Koa.Middleware)
  app.use(oidc.middleware as unknown as Koa.Middleware)
  app.on('error', () => {})
  app.silent = true
  handler.current = http.answerPlainly(oidc.plainly, app.callback())

  /** A person with the unified sign-in. */
  const aPerson = async (email = `${randomId(6).toLowerCase()}@example.com`): Promise<Person> => {
    const at = now() - day
    const field = (value: string) => ({ person: { value, v: 1, at, op: 'test' } })
    const person: Person = {
      _id: randomId(),
      s: 1,
      rev: 1,
      v: 1,
      status: 'active',
      fields: {
        givenName: field('Ada'),
        familyName: field('Berg'),
        email: field(email),
        birthDate: field('1990-01-02'),
      },
      identifiers: [emailKey(email)],
      credentials: [],
      credentialEpoch: 1,
      credentialsChangedAt: at,
      language: 'en',
      createdAt: at,
      applied: {},
      log: [],
      n: 0,
    }
    await people.insert(person)
    return person
  }

  const link = (person: Person, company: string): Promise<Account> =>
    links.linkNewAccount(person._id, {
      company: config.group.companies.get(company)!,
      actor: { kind: 'person', id: person._id },
      policyVersion: '1',
      shown: detailNames,
    })

  /** An account with a sign-in of its own, at that company alone. */
  const aSeparateAccount = async (company: string, more: Partial<Account> = {}): Promise<Account> => {
    const subject = randomId()
    const address = `${subject.toLowerCase()}@example.com`
    const account: Account = {
      ...blankAccount({
        _id: accountIdOf(company, subject),
        company,
        subject,
        status: 'open',
        epoch: 1,
        language: 'en',
        createdAt: now(),
      }),
      own: { email: address, givenName: 'Bo' },
      copy: { email: address, givenName: 'Bo' },
      seq: 1,
      signIn: { key: `own:${company}:test:${subject}`, credential: 'none', address, provenAt: now() },
      credentialEpoch: 1,
      credentialsChangedAt: now(),
      offeredLinkAt: now(),
      ...more,
    }
    await accounts.insert(account)
    return account
  }

  return {
    issuer,
    server,
    port,
    config,
    connection,
    database,
    oidc,
    people,
    accounts,
    links,
    consents,
    outbound,
    logouts: receiver.logouts,
    faults: receiver.faults,
    serviceUrl: receiver.url,
    aPerson,
    aSeparateAccount,
    link,
    close: async () => {
      await oidc.stop()
      outbound.close()
      await close(server)
      await close(receiver.server)
      if (!options.database) await database.close()
    },
  }
}

export type TestOidc = Awaited<ReturnType<typeof aTestOidc>>

export const asPerson = ({ _id }: Person): PrincipalId => ({ kind: 'person', person: _id })
export const asAccount = ({ _id }: Account): PrincipalId => ({ kind: 'account', account: _id })

/** What a sign-in page would send when this principal has just proven themselves. */
export const signedIn = (
  principal: PrincipalId,
  more: { provenAt?: number; remember?: boolean; credentialEpoch?: number } = {},
): InteractionResult => ({
  signedIn: principal,
  credentialEpoch: 1,
  provenAt: epochSeconds(),
  ...more,
})

/** GET shows the interaction as JSON; POST finishes it with the JSON in `result`; `/account` shows the session. */
const testPages = (oidc: Oidc) => async (ctx: PageContext & Koa.Context, next: () => Promise<void>) => {
  if (ctx.path === '/account/session') {
    const session = await oidc.session(ctx)
    ctx.body = session ? { ...session, fresh: session.isFresh(15) } : {}
    return
  }
  if (ctx.path === '/account/sign-out' && ctx.method === 'POST') {
    await oidc.signOut(ctx)
    ctx.body = {}
    return
  }
  if (ctx.path === '/account/proven' && ctx.method === 'POST') {
    await oidc.provenAgain(ctx, Number(ctx.query.epoch ?? 1))
    ctx.body = {}
    return
  }
  if (!ctx.path.startsWith('/sign-in/')) return next()
  if (ctx.path.endsWith('/switch')) {
    ctx.body = await oidc.switchPerson(ctx)
    return
  }
  const interaction = await oidc.interaction(ctx)
  if (ctx.method === 'GET') {
    ctx.body = { ...interaction, browser: ctx.page.browser }
    return
  }
  const chunks: Buffer[] = []
  for await (const chunk of ctx.req) chunks.push(chunk as Buffer)
  const result = JSON.parse(new URLSearchParams(Buffer.concat(chunks).toString()).get('result')!) as InteractionResult
  await oidc.finish(ctx, interaction, result)
}
