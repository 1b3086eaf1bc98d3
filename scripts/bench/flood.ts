/**
 * What somebody who is signed in waits for while others flood the sign-in (O16): `node scripts/bench/flood.ts [--rate N
 * --seconds N --port N --root DIR]` starts the product (of the checkout at DIR, otherwise this one), begins so many whole
 * sign-ins a second, each from a network of its own, from a process of their own, whether or not the earlier ones are done,
 * and meanwhile authorises one signed-in browser again and again without asking it (`prompt=none`).
 */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { Agent } from 'undici'
import { createBrowser } from './browser.ts'
import { addressOf, fill, password } from './fill.ts'
import { createInstallation } from './installation.ts'
import type { World } from './operations.ts'
import { startProduct } from './product.ts'

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '180' },
    seconds: { type: 'string', default: '20' },
    port: { type: 'string', default: '3900' },
    root: { type: 'string' },
    flood: { type: 'string' },
  },
})
const [rate, seconds, port] = [Number(values.rate), Number(values.seconds), Number(values.port)]
const people = 1000

const authorize = ({ issuer, web }: Pick<World, 'issuer' | 'web'>, more: Record<string, string> = {}) =>
  `${issuer}/auth?${new URLSearchParams({
    client_id: web.id,
    response_type: 'code',
    redirect_uri: web.redirectUri,
    scope: 'openid profile email',
    code_challenge: createHash('sha256').update(randomBytes(32)).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  })}`

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))

/** Nobody waits for an earlier one; what the product can't take piles up there, as it would of many browsers. */
const flood = async (world: Pick<World, 'issuer' | 'web'>): Promise<void> => {
  const connections = new Agent({ connections: 2000, pipelining: 1, headersTimeout: 0 })
  let [begun, taken] = [0, 0]
  const refused = new Map<string, number>()
  process.once('SIGTERM', () => {
    const others = [...refused].map(([why, n]) => `${n} × ${why}`)
    process.stdout.write(`${begun} begun, ${[`${taken} signed in`, ...others].join(', ')}`, () => process.exit())
  })
  const one = (n: number) =>
    createBrowser({ from: `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`, connections })
      .go(authorize(world), world.web.redirectUri, { email: addressOf(n % people), password })
      .then(
        () => taken++,
        ({ message }: Error) => {
          const why = message.replace(/^\S+ /, '')
          refused.set(why, (refused.get(why) ?? 0) + 1)
        },
      )
  process.stdout.write(' ')
  const began = performance.now()
  for (;;) {
    while (begun < ((performance.now() - began) / 1000) * rate) void one(begun++)
    await pause(5)
  }
}

if (values.flood) await flood(JSON.parse(values.flood))

const { environment, world, close } = createInstallation(port, people)
await fill(environment, people)
const trusted = { ...environment, TRUSTED_PROXIES: '127.0.0.0/8,::1/128' }
const product = await startProduct(trusted, values.root ? { root: values.root } : {})
const known = createBrowser({ from: '192.0.2.1', connections: new Agent({ connections: 4, headersTimeout: 0 }) })
await known.go(authorize(world), world.web.redirectUri, { email: addressOf(1), password })

const waited = async (until: number): Promise<number[]> => {
  const all: number[] = []
  while (performance.now() < until) {
    const began = performance.now()
    await known.go(authorize(world, { prompt: 'none' }), world.web.redirectUri)
    all.push(performance.now() - began)
    await pause(20)
  }
  return all.sort((a, b) => a - b)
}
const told = (all: number[]) =>
  [0.5, 0.99, 1].map((part) => `${Math.round(all[Math.ceil(all.length * part) - 1] ?? 0)} ms`).join(', ')

const quiet = await waited(performance.now() + 5000)
const args = ['scripts/bench/flood.ts', '--rate', String(rate), '--flood', JSON.stringify(world)]
const others = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
let ends = ''
const flooding = once(others.stdout, 'data')
others.stdout.on('data', (part) => {
  ends += part
})
await flooding
await pause(3000)
const loaded = await waited(performance.now() + seconds * 1000)
const [load = 0] = loadavg()
others.kill('SIGTERM')
await once(others, 'close')
console.log(`load of the machine ${load.toFixed(1)}; SSO re-authorisation, middle, p99 and longest:`)
console.log(`quiet (${quiet.length}): ${told(quiet)}`)
console.log(`in a flood of ${rate} sign-ins a second (${loaded.length}; ${ends.trim()}): ${told(loaded)}`)
await product.stop()
close()
process.exit()
