/**
 * What requests without a sign-in leave on the disk (H7): `node scripts/bench/anonymous.ts [--requests N --networks N
 * --only WORD --port N]` starts the product on an empty embedded file, sends so many of each kind from so many networks
 * (one: what the limits let through; as many as requests: the worst case), each from a browser that was never here, and
 * says which rows and how much are left, then, after three hours and after three days.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { startProduct } from './product.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '2000' },
    networks: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
    port: { type: 'string', default: '3900' },
  },
})
const [requests, networks] = [Number(values.requests), Number(values.networks)]
const issuer = `http://localhost:${values.port}`
const dataDir = mkdtempSync(join(tmpdir(), 'bench-'))
process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }))
const secretKey = randomBytes(32)
const environment = {
  NODE_ENV: 'development',
  PORT: String(values.port),
  ISSUER: issuer,
  DATA_DIR: dataDir,
  SECRET_KEYS: secretKey.toString('base64url'),
  LOG_LEVEL: 'silent',
  // The networks are said as a proxy says them: loopback itself is not counted in development.
  TRUSTED_PROXIES: '127.0.0.0/8,::1/128',
}
const atOnce = 32

interface Sent {
  from: string
  fields?: Record<string, string>
  cookie?: string
  authorization?: string
}
/** How often which status was answered to one kind. */
const answers = new Map<number, number>()
/** Its browser's cookies are its own. */
const visit = async (path: string, { from, fields, cookie = '', authorization }: Sent) => {
  const answer = await fetch(issuer + path, {
    redirect: 'manual',
    headers: { accept: 'text/html', cookie, 'x-forwarded-for': from, ...(authorization && { authorization }) },
    ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
  })
  const cookies = answer.headers.getSetCookie().map((each) => each.split(';')[0])
  answers.set(answer.status, (answers.get(answer.status) ?? 0) + 1)
  return {
    next: answer.headers.get('location'),
    cookie: cookies.join('; '),
    text: await answer.text(),
  }
}

const authorization = new URLSearchParams({
  client_id: 'account',
  redirect_uri: `${issuer}/account/callback`,
  response_type: 'code',
  scope: 'openid',
  code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  code_challenge_method: 'S256',
})
const partner = new URLSearchParams({
  ...Object.fromEntries(authorization),
  client_id: 'scoreboard',
  redirect_uri: `http://localhost:${Number(values.port) + 5}/callback`,
})
/** Clients that prove themselves answer for what they begin: no network of theirs is counted. */
const proofOf = (id: string): string => {
  const secret = createHmac('sha256', secretKey).update(`client:${id}`).digest('base64url')
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
}
const spare = { client_id: 'mobile-spare', redirect_uri: `http://localhost:${Number(values.port) + 9}/callback` }

const begin = (from: string) => visit(`/auth?${authorization}`, { from })
/** The first page of a sign-in, or nothing where no more of them may be begun. */
const begun = async (from: string) => {
  const { next, cookie } = await begin(from)
  const path = new URL(next ?? '/', issuer).pathname
  if (!path.startsWith('/sign-in/')) return undefined
  const page = await visit(path, { from, cookie })
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  return { path, from, cookie: [cookie, page.cookie].filter(Boolean).join('; '), csrf }
}

const kinds: Record<string, (from: string, n: number) => Promise<unknown>> = {
  'an authorization request': begin,
  'a long one, posted': (from) =>
    visit('/auth', { from, fields: { ...Object.fromEntries(authorization), state: 'x'.repeat(3500) } }),
  'a request pushed by a service': (from) =>
    visit('/request', {
      from,
      authorization: proofOf(spare.client_id),
      fields: { ...Object.fromEntries(authorization), ...spare },
    }),
  'a code for a television': (from) =>
    visit('/device/auth', {
      from,
      authorization: proofOf('mobile-television'),
      fields: { client_id: 'mobile-television', scope: 'openid' },
    }),
  'a look at a television’s page': (from) => visit('/device', { from }),
  'a look at a privacy page': (from) => visit('/privacy/mobile', { from }),
  'a partner’s request': (from) => visit(`/auth?${partner}`, { from }),
  'a look at a link page': async (from) => {
    const sent = await begun(from)
    return sent && visit(`${sent.path}/link`, sent)
  },
  'a registration form': async (from) => {
    const sent = await begun(from)
    return sent && visit(`${sent.path}/create`, sent)
  },
  'a recovery': async (from, n) => {
    const sent = await begun(from)
    const fields = { csrf: sent?.csrf ?? '', email: `nobody-${n}@mail.example` }
    return sent && visit(`${sent.path}/recover`, { ...sent, fields })
  },
  'a wrong sign-in': async (from, n) => {
    const sent = await begun(from)
    const fields = { csrf: sent?.csrf ?? '', email: `nobody-${n}@mail.example`, password: 'not the right one' }
    return sent && visit(sent.path, { ...sent, fields })
  },
}

const standing = () => {
  const file = join(dataDir, 'unified.sqlite')
  const database = new DatabaseSync(file, { readOnly: true })
  const rows = database.prepare('SELECT collection, count(*) AS n FROM documents GROUP BY collection').all()
  database.close()
  return {
    rows: new Map(rows.map(({ collection, n }) => [String(collection), Number(n)])),
    bytes: statSync(file).size,
  }
}
const more = (after: Map<string, number>, before: Map<string, number>) =>
  [...after].flatMap(([name, n]) => (n === (before.get(name) ?? 0) ? [] : [`${name} ${n - (before.get(name) ?? 0)}`]))

const running = async (act: () => Promise<void>) => {
  const product = await startProduct(environment)
  await act()
  await product.stop()
  return standing()
}

const after = (advance: string) =>
  running(async () => {
    await fetch(`${issuer}/dev/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ advance }),
    })
    await fetch(`${issuer}/dev/idle`, { method: 'POST' })
  })
/** Each kind from networks of its own. */
const networkOf = (kind: number, n: number) => `10.${kind}.${(n % networks) >> 8}.${(n % networks) & 255}`

let before = await running(async () => {})
for (const [kind, [name, send]] of Object.entries(kinds).entries()) {
  if (!name.includes(values.only)) continue
  answers.clear()
  const sent = await running(async () => {
    let begun = 0
    const one = async () => {
      for (let n = begun++; n < requests; n = begun++) await send(networkOf(kind, n), n)
    }
    await Promise.all(Array.from({ length: atOnce }, one))
  })
  const [hours, days] = [await after('PT3H'), await after('P3D')]
  const [left, swept, gone] = [sent, hours, days].map(({ rows }) => more(rows, before.rows).join(', ') || 'no rows')
  const megabytes = ((sent.bytes - before.bytes) / 1e6).toFixed(1)
  console.log(
    `${requests} of ${name} from ${networks} networks (${[...answers].map(([status, n]) => `${status}: ${n}`).join(', ')}): ${left}; ${megabytes} MB; after three hours ${swept}; after three days ${gone}`,
  )
  before = days
}
