import assert from 'node:assert/strict'
import { sectionNames } from '../../src/portability/archive-schema.ts'
import type { Export } from '../../src/portability/exports-store.ts'
import { createOpenArchive } from '../../src/portability/open-archive.ts'

describe('an archive while it is fetched (S9)', () => {
  it('S9: lets whoever waits have a turn between two pages, and reads no page that it does not give, but to find its place', async () => {
    const perSection = 30
    const pages = perSection * sectionNames.length
    const made = { _id: 'x', at: 0, pages, rows: pages, accounts: [] } as unknown as Export
    let reads = 0
    const { open } = createOpenArchive({
      exports: {
        page: async (_id, n) => {
          reads += 1
          return { _id: `x:${n}`, section: Math.floor(n / perSection), sealed: JSON.stringify([{ n }]) }
        },
      },
      keys: { open: async (_subject, sealed) => sealed },
    })
    const { read, size } = await open(made)
    const [measured, perPass] = [reads, 2 * pages]
    assert.ok(measured > perPass && measured < 2 * perPass, `${measured} reads of ${pages} pages, as JSON and as CSV`)
    let [turns, done] = [0, false]
    const others = (async () => {
      while (!done) {
        await new Promise(setImmediate)
        turns += 1
      }
    })()
    let text = ''
    for await (const piece of await read({ from: 0, to: size - 1 })) text += String(piece)
    done = true
    await others
    assert.ok(turns >= perPass, `${turns} turns`)
    const given = [...text.matchAll(/\{"n":(\d+)\}/g)].map(([, n]) => Number(n))
    assert.deepEqual(given, [...Array(pages).keys()], 'each page once as JSON, in order')
  })
})
