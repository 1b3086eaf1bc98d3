/**
 * `npm run bench`: starts the product on an empty embedded database with 10,000 people in it and measures it beside
 * what the machine can do at best. Options: --people N · --seconds N · --rounds N · --only WORD,WORD (operations whose
 * name has one) · --port N · --write (docs/bench.md too) · --peers DIR (that folder's load generator against us; needs Go) ·
 * --against DIR (instead: this checkout, the one at DIR with packages of its own, and the bare library, in turn) ·
 * --other-people N (in the other one, where there are not as many: `--against .` shows what many people cost).
 * PROF=1 instead writes a CPU profile of each operation and prints its five largest costs.
 */
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { compare } from './bench/against.ts'
import { bounds } from './bench/bounds.ts'
import { fill } from './bench/fill.ts'
import { createInstallation } from './bench/installation.ts'
import { isAsked, type Measured, measure, median } from './bench/measure.ts'
import { operations } from './bench/operations.ts'
import { runPeers } from './bench/peers.ts'
import { startProduct } from './bench/product.ts'
import { profile } from './bench/profile.ts'
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
    against: { type: 'string' },
    'other-people': { type: 'string' },
  },
})
const [people, seconds, rounds, port] = [values.people, values.seconds, values.rounds, values.port].map(Number) as [
  number,
  number,
  number,
  number,
]

const say = (text: string) => process.stderr.write(`${text}\n`)

if (values.against !== undefined) {
  const asked = { people, otherPeople: Number(values['other-people'] ?? people), seconds, rounds, port }
  console.log(await compare({ ...asked, other: resolve(values.against), only: values.only, say }))
  process.exit()
}

if (process.env.PROF) {
  console.log(await profile({ people, seconds, port, only: values.only, say }))
  process.exit()
}

const { dataDir, environment, world, close } = createInstallation(port, people)
const fillSeconds = await fill(environment, people)
say(`${people} people after ${fillSeconds.toFixed(1)} s`)
const machine = await bounds(dataDir, seconds)
// Once before it counts: what the first start of an installation compiles, every later one finds.
await (await startProduct(environment)).stop()
const product = await startProduct(environment)
const idle = product.memory()
const chosen = operations(world).filter(isAsked(values.only))
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
close()
process.exit([...measured.values()].flat().some(({ errors }) => errors > 0) ? 1 : 0)
