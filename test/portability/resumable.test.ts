import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type AdjustableClock, minute, now } from '../../src/lib/clock.ts'
import { padded, randomId } from '../../src/lib/ids.ts'
import { pieceLength } from '../../src/portability/pack-archive.ts'
import type { TestApp } from '../world/app.ts'
import { documentOf, partsOf } from '../world/pages.ts'
import { aTimedApp } from '../world/timed-app.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'
import { filesIn } from './unzip.ts'

describe('an archive that was broken off goes on (S9)', () => {
  let app: TestApp
  let clock: AdjustableClock
  before(async () => {
    ;({ app, clock } = await aTimedApp())
  })
  after(() => app.close())

  const cookieOf = (visitor: Visitor) =>
    [...visitor.cookiesAt('localhost')].map(([name, value]) => `${name}=${value}`).join('; ')
  /** What no compression makes small, so that the file is several pieces long. */
  const manyUses = async (person: string): Promise<void> => {
    const row = (n: number) => ({
      _id: `person:${person}:${padded(now() - n)}:${n}`,
      at: now() - n,
      kind: 'service-used',
      actor: { kind: 'person', id: person },
      company: 'games',
      service: 'games-arcade',
      how: 'session',
      device: randomId(120),
    })
    const rows = Array.from({ length: 1500 }, (_, n) => row(n))
    await app.database.connection.collection('events').insertMany(rows as never)
  }
  const made = async (fill?: (person: string) => Promise<void>) => {
    const person = await app.aPerson({ links: ['games'] })
    await fill?.(person.id)
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const page = await visitor.act('/account/requests', {}, '/account/requests/archive')
    const path = partsOf(page, 'export')[0]?.getAttribute('href') ?? ''
    return { visitor, path, address: app.issuer + path }
  }
  const handedOver = async ({ visitor, path }: { visitor: Visitor; path: string }): Promise<string> => {
    const shown = await visitor.act('/account/requests', {}, `${path}/hand-over`)
    return documentOf(shown).querySelector('#f-address')?.text ?? ''
  }
  const fetched = async (address: string, headers: Record<string, string> = {}, method = 'GET') => {
    const answer = await fetch(address, { method, headers, redirect: 'manual' })
    const tag = answer.headers.get('etag') ?? ''
    return { status: answer.status, headers: answer.headers, tag, bytes: Buffer.from(await answer.arrayBuffer()) }
  }
  /** The first bytes; the connection is cut in the middle. */
  const brokenOffAt = async (address: string, byte: number, headers: Record<string, string> = {}) => {
    const cut = new AbortController()
    const answer = await fetch(address, { headers, signal: cut.signal })
    const pieces: Uint8Array[] = []
    let length = 0
    for await (const piece of answer.body as AsyncIterable<Uint8Array>) {
      pieces.push(piece)
      length += piece.length
      if (length >= byte) break
    }
    cut.abort()
    return { tag: answer.headers.get('etag') ?? '', first: Buffer.concat(pieces).subarray(0, byte) }
  }

  it('S9: an export interrupted at any byte goes on from there, and is the same bytes', async () => {
    const { visitor, address } = await made()
    const cookie = cookieOf(visitor)
    const whole = await fetched(address, { cookie })
    const { length } = whole.bytes
    assert.deepEqual([whole.status, whole.headers.get('accept-ranges')], [200, 'bytes'])
    assert.equal(whole.headers.get('content-length'), String(length))
    assert.match(whole.tag, /^"[\w-]{43}"$/, 'strong')
    for (const byte of [1, 17, 31, 4096, Math.floor(length / 2), length - 23, length - 1]) {
      const { first, tag } = await brokenOffAt(address, byte, { cookie })
      const rest = await fetched(address, { cookie, range: `bytes=${byte}-`, 'if-range': tag })
      assert.equal(rest.status, 206, String(byte))
      assert.equal(rest.headers.get('content-range'), `bytes ${byte}-${length - 1}/${length}`)
      assert.ok(Buffer.concat([first, rest.bytes]).equals(whole.bytes), `from byte ${byte} on`)
    }
    assert.ok(filesIn(whole.bytes).has('manifest.json'))
  })

  it('S9: cut at any bytes, again and again, across its pieces, what was had and what came after are the whole', async () => {
    const { visitor, address } = await made(manyUses)
    const cookie = cookieOf(visitor)
    const { bytes, tag } = await fetched(address, { cookie })
    assert.ok(bytes.length > 4 * pieceLength, `several pieces: ${bytes.length}`)
    const edges = Array.from({ length: 4 }, (_, n) => [-1, 0, 1].map((by) => (n + 1) * pieceLength + by)).flat()
    const anywhere = fc.oneof(fc.integer({ min: 1, max: bytes.length - 1 }), fc.constantFrom(...edges))
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(anywhere, { minLength: 1, maxLength: 4 }), async (cuts) => {
        let had = Buffer.alloc(0)
        for (const cut of cuts.toSorted((a, b) => a - b)) {
          const range = { range: `bytes=${had.length}-`, 'if-range': tag }
          const { first } = await brokenOffAt(address, cut - had.length, { cookie, ...(had.length > 0 && range) })
          had = Buffer.concat([had, first])
          assert.equal(had.length, cut)
        }
        const rest = await fetched(address, { cookie, range: `bytes=${had.length}-`, 'if-range': tag })
        assert.equal(rest.status, 206)
        assert.ok(Buffer.concat([had, rest.bytes]).equals(bytes))
      }),
      { numRuns: 25 },
    )
  })

  it('S9: what is no part of these bytes is the whole, or refused with how long it is', async () => {
    const { visitor, address } = await made()
    const cookie = cookieOf(visitor)
    const { bytes, tag } = await fetched(address, { cookie })
    const beyond = await fetched(address, { cookie, range: `bytes=${bytes.length}-` })
    assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, `bytes */${bytes.length}`])
    assert.match(beyond.bytes.toString(), new RegExp(`has ${bytes.length} bytes`))
    const others: Record<string, string>[] = [
      { range: 'bytes=0-9,20-29' },
      { range: 'rows=0-9' },
      { range: 'bytes=10-', 'if-range': '"another"' },
      { range: 'bytes=10-', 'if-range': `W/${tag}` },
    ]
    for (const headers of others) {
      const answer = await fetched(address, { cookie, ...headers })
      assert.deepEqual([answer.status, answer.bytes.equals(bytes)], [200, true], JSON.stringify(headers))
    }
    const last = await fetched(address, { cookie, range: 'bytes=-22' })
    assert.deepEqual([last.status, last.bytes.equals(bytes.subarray(-22))], [206, true])
    const looked = await fetched(address, { cookie, range: 'bytes=5-' }, 'HEAD')
    assert.deepEqual([looked.status, looked.headers.get('content-length')], [200, String(bytes.length)])
  })

  it('S9: a part is for whoever may have the whole, and for nobody else', async () => {
    const { visitor, address } = await made()
    const { tag } = await fetched(address, { cookie: cookieOf(visitor) })
    const headers = { range: 'bytes=5-', 'if-range': tag }
    assert.equal((await fetched(address, headers)).status, 303)
    const other = await made()
    assert.equal((await fetched(address, { ...headers, cookie: cookieOf(other.visitor) })).status, 404)
  })

  it('S9: whoever takes nothing by such an address, or comes second, learns no tag to go on with unseen', async () => {
    const address = await handedOver(await made())
    const beyond = await fetched(address, { range: 'bytes=999999999-' })
    assert.deepEqual([beyond.status, beyond.tag], [416, ''])
    const both = await Promise.all([fetched(address), fetched(address), fetched(address)])
    assert.deepEqual(both.map(({ status }) => status).sort(), [200, 410, 410])
    for (const { status, tag } of both) assert.equal(tag !== '', status === 200)
  })

  it('S9: another controller that was interrupted goes on for a quarter of an hour; nobody else begins', async () => {
    const archive = await made()
    const { bytes } = await fetched(archive.address, { cookie: cookieOf(archive.visitor) })
    const address = await handedOver(archive)
    assert.equal((await fetched(address, { range: `bytes=${bytes.length}-` })).status, 416)
    const { first, tag } = await brokenOffAt(address, 1000)
    assert.equal((await fetched(address)).status, 410, 'it was taken')
    assert.equal((await fetched(address, { range: 'bytes=1000-' })).status, 410, 'whoever had none of it')
    assert.equal((await fetched(address, { range: 'bytes=0-', 'if-range': '"guessed"' })).status, 410)
    const rest = await fetched(address, { range: 'bytes=1000-', 'if-range': tag })
    assert.equal(rest.status, 206)
    assert.ok(Buffer.concat([first, rest.bytes]).equals(bytes))
    clock.advance(16 * minute)
    assert.equal((await fetched(address, { range: 'bytes=1000-', 'if-range': tag })).status, 410)
  })
})
