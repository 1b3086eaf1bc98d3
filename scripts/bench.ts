/**
 * `npm run bench`: starts the product on an empty embedded database with 10,000 people in it and measures it beside
 * what the machine can do at best. Options: --people N · --seconds N · --rounds N · --only WORD (operations whose name
 * has it) · --port N · --write (docs/bench.md too) · --peers DIR (that folder's load generator against us; needs Go).
 */
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bounds } from './bench/bounds.ts'
import { fill } from './bench/fill.ts'
import { type Measured, measure, median } from './bench/measure.ts'
import { operations, type World } from './bench/operations.ts'
import { runPeers } from './bench/peers.ts'
import { startProduct } from './bench/product.ts'
import { tableOf } from './bench/report.ts'

const { values } = parseArgs({
  options: {
    people: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    port: { type: 'string', default: '3900' },
    only: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
    peers: { type: 'string' },
  },
})
const [people, seconds, rounds, port] = [values.people, values.seconds, values.rounds, values.port].map(Number) as [
  number,
  number,
  number,
  number,
]

const dataDir = mkdtempSync(join(tmpdir(), 'bench-'))
process.once('exit', () => rmSync(dataDir, { recursive: true, force: true }))
const secretKey = randomBytes(32)
const issuer = `http://localhost:${port}`
const environment = {
  NODE_ENV: 'development',
  PORT: String(port),
  ISSUER: issuer,
  DATA_DIR: dataDir,
  SECRET_KEYS: secretKey.toString('base64url'),
  LOG_LEVEL: 'error',
}
const client = (id: string) => ({
  id,
  secret: createHmac('sha256', secretKey).update(`client:${id}`).digest('base64url'),
})
const world: World = {
  issuer,
  people,
  web: { ...client('mobile-spare'), redirectUri: `http://localhost:${port + 9}/callback` },
  machines: {
    mobile: client('mobile-machine'),
    games: client('games-machine'),
    pictures: client('pictures-machine'),
  },
}

/** The services that changes are told to: they acknowledge and do no more. */
const receivers = [1, 2, 3, 4].map((n) =>
  createServer((request, response) => {
    request.resume().once('end', () => response.writeHead(202).end())
  }).listen(port + n, 'localhost'),
)

const say = (text: string) => process.stderr.write(`${text}\n`)
const fillSeconds = await fill(environment, people)
say(`${people} people after ${fillSeconds.toFixed(1)} s`)
const machine = await bounds(dataDir, seconds)
// Once before it counts: what the first start of an installation compiles, every later one finds.
await (await startProduct(environment)).stop()
const product = await startProduct(environment)
const idle = product.memory()
const chosen = operations(world).filter(({ name }) => name.includes(values.only))
const measured = new Map<string, Measured[]>()
for (let round = 1; round <= rounds; round += 1)
  for (const operation of chosen) {
    const result = await measure(operation, { seconds, cpu: product.cpu })
    measured.set(operation.name, [...(measured.get(operation.name) ?? []), result])
    const { name, perSecond, p99, errors, firstError = '' } = result
    say(`${round} ${name}: ${perSecond.toFixed(1)}/s, p99 ${p99.toFixed(1)} ms, ${errors} errors ${firstError}`)
  }
const loaded = product.memory()
const table = tableOf({
  at: new Date().toISOString().slice(0, 10),
  people,
  seconds,
  rounds,
  fillSeconds,
  startMilliseconds: product.startMilliseconds,
  memory: { idle, loaded },
  bounds: machine,
  operations: [...measured.values()].map(median),
})
console.log(table)
if (values.write) writeFileSync(join(import.meta.dirname, '../docs/bench.md'), `# Speed\n\n${table}`)
if (values.peers) await runPeers(values.peers, world, { pid: product.pid, dataDir, seconds, rounds })
await product.stop()
for (const receiver of receivers) receiver.close()
process.exit([...measured.values()].flat().some(({ errors }) => errors > 0) ? 1 : 0)
