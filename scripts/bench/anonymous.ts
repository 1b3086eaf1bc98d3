/**
 * What requests without a sign-in leave on the disk (H7): `node scripts/bench/anonymous.ts [--requests N --port N]` starts the
 * product on an empty embedded file, sends so many of each kind, each from a browser that was never here, and says which
 * rows and bytes are left, then and a day later. In development nobody's network is counted: it is the worst case.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { parseArgs } from 'node:util'
import { startProduct } from './product.ts'

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '2000' }, port: { type: 'string', default: '3900' } },
})
const requests = Number(values.requests)
const issuer = `http://localhost:${values.port}`
const dataDir = mkdtempSync(join(tmpdir(), 'bench-'))
process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }))
const environment = {
  NODE_ENV: 'development',
  PORT: String(values.port),
  ISSUER: issuer,
  DATA_DIR: dataDir,
  SECRET_KEYS: randomBytes(32).toString('base64url'),
  LOG_LEVEL: 'silent',
}
const atOnce = 32

/** Answers the status; its browser's cookies are its own. */
const visit = async (path: string, fields?: Record<string, string>, cookie = '') => {
  const answer = await fetch(issuer + path, {
    redirect: 'manual',
    headers: { accept: 'text/html', cookie },
    ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
  })
  const cookies = answer.headers.getSetCookie().map((each) => each.split(';')[0])
  return {
    status: answer.status,
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
const begin = () => visit(`/auth?${authorization}`)
const begun = async () => {
  const { next, cookie } = await begin()
  const path = new URL(next ?? '/', issuer).pathname
  const page = await visit(path, undefined, cookie)
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  return { path, cookie: [cookie, page.cookie].filter(Boolean).join('; '), csrf }
}

const kinds: Record<string, (n: number) => Promise<unknown>> = {
  'an authorization request': begin,
  'a long one, posted': () => visit('/auth', { ...Object.fromEntries(authorization), state: 'x'.repeat(3500) }),
  'a look at a television’s page': () => visit('/device'),
  'a look at a privacy page': () => visit('/privacy/mobile'),
  'a registration form': async () => {
    const { path, cookie } = await begun()
    return visit(`${path}/create`, undefined, cookie)
  },
  'a recovery': async (n) => {
    const { path, cookie, csrf } = await begun()
    return visit(`${path}/recover`, { csrf, email: `nobody-${n}@mail.example` }, cookie)
  },
  'a wrong sign-in': async (n) => {
    const { path, cookie, csrf } = await begun()
    return visit(path, { csrf, email: `nobody-${n}@mail.example`, password: 'not the right one' }, cookie)
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

let before = await running(async () => {})
for (const [name, send] of Object.entries(kinds)) {
  const after = await running(async () => {
    let sent = 0
    const one = async () => {
      while (sent < requests) await send(sent++)
    }
    await Promise.all(Array.from({ length: atOnce }, one))
  })
  const later = await running(async () => {
    await fetch(`${issuer}/dev/clock`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ advance: 'P3D' }),
    })
    await fetch(`${issuer}/dev/idle`, { method: 'POST' })
  })
  const left = more(after.rows, before.rows).join(', ') || 'no rows'
  const kept = more(later.rows, before.rows).join(', ') || 'no rows'
  const bytes = Math.round((after.bytes - before.bytes) / requests)
  console.log(`${requests} of ${name}: ${left}; ${bytes} bytes each; after three days and a sweep ${kept}`)
  before = later
}
