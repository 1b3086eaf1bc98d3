/**
 * `node scripts/bench/archive.ts [--entries N] [--port N]`: somebody with so many entries in their trail and sharing history
 * asks for everything as a file, hands it over, and it is fetched; says how long each took, and the product's memory.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openDatabase } from '../../src/storage/index.ts'
import { createBrowser } from './browser.ts'
import { addressOf, fill, password, subjectOf } from './fill.ts'
import { createInstallation } from './installation.ts'
import { startProduct } from './product.ts'

const { values } = parseArgs({
  options: { entries: { type: 'string', default: '100000' }, port: { type: 'string', default: '3900' } },
})
const entries = Number(values.entries)
const say = (text: string) => console.log(text)

/** Of ten entries one is a letter, three say what went to whom, and six what happened. */
const addEntries = async (dataDir: string): Promise<void> => {
  const { connection, close } = await openDatabase({ dataDir, synchronous: 'NORMAL' })
  const [found] = await connection.collection('people').find({}).sort({ _id: 1 }).limit(1).toArray()
  const person = String(found?._id)
  const account = `mobile:${subjectOf('mobile', 0)}`
  const common = { company: 'mobile', account, person }
  const rowOf = (n: number) => {
    const at = Date.now() - 1000 * (entries - n)
    const time = String(at).padStart(15, '0')
    if (n % 10 < 3)
      return {
        to: 'disclosures',
        row: {
          ...common,
          _id: `${account}:000000000001:${String(n).padStart(12, '0')}:mobile-store`,
          epoch: 1,
          seq: n,
          recipient: 'mobile-store',
          fields: ['givenName', 'familyName', 'city'],
          withdrawn: [],
          at,
          policyVersion: '1',
          basis: 'contract',
          outcome: 'acknowledged',
          outcomeAt: at,
        },
      }
    const _id = `person:${person}:${time}:${n}`
    if (n % 10 === 3)
      return { to: 'events', row: { _id, at, kind: 'written-to', actor: { kind: 'system' }, mail: 'details-changed' } }
    return {
      to: 'events',
      row: {
        ...common,
        _id,
        at,
        kind: 'service-used',
        actor: { kind: 'person', id: person },
        service: 'mobile-store',
        how: 'session',
        network: '203.0.113.0/24',
        device: 'Firefox, Android',
      },
    }
  }
  for (let from = 0; from < entries; from += 1000) {
    const rows = Array.from({ length: Math.min(1000, entries - from) }, (_, i) => rowOf(from + i))
    for (const [to, of] of Map.groupBy(rows, (each) => each.to))
      await connection.collection(to).insertMany(of.map(({ row }) => row) as never)
  }
  await close()
}

const { dataDir, environment, world, close } = createInstallation(Number(values.port), 1)
await fill(environment, 1)
await addEntries(dataDir)
const heapFile = join(dataDir, 'heap.jsonl')
const probe = ['--expose-gc', '--import', join(import.meta.dirname, 'heap-probe.ts')]
const product = await startProduct({ ...environment, BENCH_HEAP_FILE: heapFile }, { flags: probe })
const browser = createBrowser()
const requests = `${world.issuer}/account/requests`
const back = await browser.go(requests, `${world.issuer}/account/callback`, { email: addressOf(0), password })
await browser.open(back.href)

/** What lives of the heap once garbage is collected, in MB. */
const living = async (): Promise<number> => {
  const lines = () => (existsSync(heapFile) ? readFileSync(heapFile, 'utf8').trim().split('\n') : [])
  const before = lines().length
  process.kill(product.pid, 'SIGUSR2')
  while (lines().length === before) await sleep(20)
  return (JSON.parse(lines().at(-1) ?? '') as { heap: number }).heap
}
const megabytes = (value: number): string => `${value.toFixed(0)} MB`

let most = 0
const watch = setInterval(() => (most = Math.max(most, product.memory())), 20)
const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
  const [began, cpu, idle] = [performance.now(), product.cpu(), product.memory()]
  most = idle
  const done = await work()
  const [seconds, processor] = [(performance.now() - began) / 1000, (product.cpu() - cpu) / 1000]
  say(`  ${what}: ${seconds.toFixed(1)} s, ${processor.toFixed(1)} s of the processor; at most ${megabytes(most)}`)
  return done
}
const tokenIn = (text: string): string => /name="csrf" value="([^"]+)"/.exec(text)?.[1] ?? ''
const readyIn = (text: string): string[] =>
  [...text.matchAll(/href="(\/account\/requests\/archive\/[^"]+)"/g)].map(([, path]) => path as string)

/** Another than those that were there. */
const gathered = async (): Promise<string> => {
  const { text } = await browser.open(requests)
  const before = readyIn(text)
  const begun = await browser.visit(`${requests}/archive`, { csrf: tokenIn(text) })
  if (!begun.location?.includes('/account/requests'))
    throw new Error(`nothing was begun: ${begun.status} ${begun.location}`)
  for (;;) {
    const ready = readyIn((await browser.open(requests)).text).find((path) => !before.includes(path))
    if (ready) return ready
    await sleep(200)
  }
}
const fetchedFrom = async (address: string): Promise<number> => {
  const answer = await fetch(address)
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}: ${await answer.text()}`)
  let length = 0
  for await (const piece of answer.body as AsyncIterable<Uint8Array>) length += piece.length
  return length
}
const handedOver = async (path: string): Promise<string> => {
  const csrf = tokenIn((await browser.open(requests)).text)
  const { text } = await browser.visit(`${world.issuer}${path}/hand-over`, { csrf })
  return /<code id="f-address">([^<]+)</.exec(text)?.[1] ?? ''
}

// The first in a process fills the database's cache as well, and has its code compiled.
for (const which of ['first', 'second', 'third']) {
  say(`the ${which} in this process: idle ${megabytes(product.memory())}, ${await living()} MB of the heap live`)
  const path = await timed(`gathered and packed ${entries} entries`, gathered)
  const bytes = await timed('fetched', async () => fetchedFrom(await handedOver(path)))
  say(`  the file: ${(bytes / 1024 / 1024).toFixed(1)} MB; ${await living()} MB of the heap live`)
  const series: string[] = []
  await timed('fetched 40 times more', async () => {
    for (let n = 0; n < 40; n += 1) {
      await fetchedFrom(await handedOver(path))
      if (n % 8 === 7) series.push(`${megabytes(product.memory())} (${await living()} live)`)
    }
  })
  say(`  after each 8: ${series.join(', ')}`)
}
clearInterval(watch)
await product.stop()
close()
process.exit()
