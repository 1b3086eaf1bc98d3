import assert from 'node:assert/strict'
import { sectionNames } from '../../src/portability/archive-schema.ts'
import type { Export } from '../../src/portability/exports-store.ts'
import { createOpenArchive } from '../../src/portability/open-archive.ts'
import { createPackArchive } from '../../src/portability/pack-archive.ts'
import { filesIn } from './unzip.ts'

describe('an archive while its file is made and fetched (S9)', () => {
  const perSection = 30
  const pages = perSection * sectionNames.length
  const made = { _id: 'x', at: 0, pages, rows: pages, accounts: [] } as unknown as Export
  const keys = { open: async (_: string, sealed: string) => sealed, seal: async (_: string, text: string) => text }
  /** What no compression makes shorter, so that there are pieces. */
  const noise = (n: number) => Array.from({ length: 200 }, (_, i) => Math.sin(n * 200 + i).toString(36)).join('')
  const stores = () => {
    const pieces = new Map<string, string>()
    const reads = { pages: 0, pieces: 0 }
    return {
      pieces,
      reads,
      exports: {
        page: async (_id: string, n: number) => {
          reads.pages += 1
          return {
            _id: `x:${n}`,
            section: Math.floor(n / perSection),
            sealed: JSON.stringify([{ n, noise: noise(n) }]),
          }
        },
        putPiece: async (_id: string, packing: string, n: number, sealed: string) => {
          pieces.set(`${packing}:${n}`, sealed)
        },
        piece: async (_id: string, packing: string, n: number) => {
          reads.pieces += 1
          const sealed = pieces.get(`${packing}:${n}`)
          return sealed === undefined ? null : { _id: `x:${packing}:${n}`, sealed }
        },
        dropPieces: async () => pieces.clear(),
      },
    }
  }

  it('S9: lets whoever waits have a turn between two pages, and reads no page twice, but to find its place', async () => {
    const { exports, reads } = stores()
    let [turns, done] = [0, false]
    const others = (async () => {
      while (!done) {
        await new Promise(setImmediate)
        turns += 1
      }
    })()
    const packed = await createPackArchive({ exports, keys })(made, () => false)
    done = true
    await others
    const perPass = 2 * pages
    assert.ok(reads.pages > perPass && reads.pages < 2 * perPass, `${reads.pages} reads of ${pages} pages`)
    assert.ok(turns >= perPass, `${turns} turns`)
    assert.ok(packed)
    const bytes: Uint8Array[] = []
    const { read, size } = createOpenArchive({ exports, keys })(made, packed)
    for await (const piece of await read({ from: 0, to: size - 1 })) bytes.push(piece as Uint8Array)
    const given = [...filesIn(Buffer.concat(bytes))].flatMap(([name, content]) =>
      name.endsWith('.json') && !/schema|manifest/.test(name)
        ? (JSON.parse(content.toString()) as { rows: { n: number }[] }).rows.map(({ n }) => n)
        : [],
    )
    assert.deepEqual(given, [...Array(pages).keys()], 'each page once as JSON, in order')
  })

  it('S9: of whoever goes on, only the pieces are read that are still to be given', async () => {
    const { exports, pieces, reads } = stores()
    const packed = await createPackArchive({ exports, keys })(made, () => false)
    assert.ok(packed && pieces.size >= 5, `${pieces.size} pieces`)
    const { read, size } = createOpenArchive({ exports, keys })(made, packed)
    let length = 0
    for await (const piece of await read({ from: size - 10, to: size - 1 })) length += (piece as Uint8Array).length
    assert.equal(length, 10)
    assert.ok(reads.pieces <= 2, `${reads.pieces} of ${pieces.size} pieces`)
  })

  it('S9: what was broken off by a stop leaves no piece of a file behind', async () => {
    const { exports, pieces } = stores()
    let asked = 0
    const packed = await createPackArchive({ exports, keys })(made, () => {
      asked += 1
      return asked > 2
    })
    assert.deepEqual([packed, pieces.size], [undefined, 0])
  })
})
