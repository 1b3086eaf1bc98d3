/**
 * `node scripts/bench/audience-export.ts [--people N] [--port N]`: streams one company's whole audience from a product of
 * its own, filled with so many people, and says its memory on the way, and how long others waited meanwhile.
 */
import { parseArgs } from 'node:util'
import { request } from './browser.ts'
import { fill } from './fill.ts'
import { createInstallation } from './installation.ts'
import { startProduct } from './product.ts'

/** Marketing on five channels, news of the group, profiling and analytics: a line of the export has them all. */
const decisionsEach = 8
const company = 'mobile'

const { values } = parseArgs({
  options: { people: { type: 'string', default: '125000' }, port: { type: 'string', default: '3900' } },
})
const people = Number(values.people)
const say = (text: string) => console.log(text)

const { environment, world, close } = createInstallation(Number(values.port), people)
say(`${people} people after ${(await fill(environment, people)).toFixed(0)} s`)
const product = await startProduct(environment)
const { id, secret } = world.machines[company]!
const resource = `${world.issuer}/audience/${company}`
const { text } = await request(`${world.issuer}/token`, {
  method: 'POST',
  headers: {
    'content-type': 'application/x-www-form-urlencoded',
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  },
  body: new URLSearchParams({ grant_type: 'client_credentials', resource, scope: 'audience.read' }).toString(),
})
const { access_token } = JSON.parse(text) as { access_token: string }

say(`idle: ${product.memory().toFixed(0)} MB`)
let [longest, done] = [0, false]
const others = (async () => {
  while (!done) {
    const began = performance.now()
    await request(`${world.issuer}/health/live`)
    longest = Math.max(longest, performance.now() - began)
  }
})()
const [began, cpu] = [performance.now(), product.cpu()]
const answer = await fetch(`${resource}/export`, { headers: { authorization: `Bearer ${access_token}` } })
if (!answer.ok) throw new Error(`export: ${answer.status} ${await answer.text()}`)
let [lines, last] = [0, Buffer.alloc(0)]
const marks = [0.1, 0.5, 1].map((share) => ({ share, at: Math.floor(share * people) }))
for await (const piece of answer.body as AsyncIterable<Uint8Array>) {
  for (const byte of piece) if (byte === 10) lines += 1
  last = Buffer.concat([last, piece]).subarray(-100)
  while (marks[0] && lines >= marks[0].at)
    say(
      `${(marks.shift()?.share ?? 0) * 100} % of ${people * decisionsEach} decisions: ${product.memory().toFixed(0)} MB`,
    )
}
const seconds = (performance.now() - began) / 1000
done = true
await others
if (!last.toString().endsWith(`{"end":true,"count":${people}}\n`)) throw new Error(`it ended with ${last}`)
say(
  `${seconds.toFixed(0)} s, ${((product.cpu() - cpu) / 1000).toFixed(0)} s of the processor; somebody else waited ${longest.toFixed(0)} ms at most`,
)
await product.stop()
close()
process.exit()
