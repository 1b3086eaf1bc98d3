import assert from 'node:assert/strict'
import { assertFewParts } from '../../src/http/assert-few-parts.ts'
import { createUploadTurns } from '../../src/http/upload-turns.ts'
import { type AskingBrowser, askedFrom } from '../../src/lib/browser-binding.ts'
import { refuses } from '../world/desk.ts'

/** Whoever asks, from a network or signed in. */
const asking = (network: string, id?: string): AskingBrowser => ({
  key: () => 'k',
  holds: () => true,
  network: () => network,
  isSignedIn: () => id !== undefined,
  signedIn: () => {},
  signedInAs: () => (id ? { id, credentialEpoch: 1 } : undefined),
})

describe('bodies that carry files', () => {
  it('H5: strangers who never end what they send take no place of whoever is signed in, and no network all', async () => {
    const turns = createUploadTurns()
    const endless = Promise.withResolvers<string>()
    const begun: string[] = []
    const held = ['a', 'a', 'b', 'b', 'c'].map((network, n) =>
      askedFrom(asking(network), () =>
        turns(() => {
          begun.push(`${network}${n}`)
          return endless.promise
        }),
      ),
    )
    await assert.rejects(() => askedFrom(asking('a'), () => turns(async () => 'read')), refuses('busy'))
    assert.equal(begun.length, 3, 'so much memory is held by strangers, and no more')
    for (const id of ['p1', 'p2', 'p3'])
      assert.equal(await askedFrom(asking('a', id), () => turns(async () => 'read')), 'read')
    assert.equal(
      await askedFrom({ ...asking('a', 'x'), signedInAs: () => undefined }, () => turns(async () => 'read')),
      'read',
    )
    endless.resolve('read at last')
    assert.deepEqual([...new Set(await Promise.all(held))], ['read at last'])
    assert.equal(await askedFrom(asking('a'), () => turns(async () => 'read')), 'read', 'places are given back')
  })

  it('H5: one person who never ends what they send leaves places to others', async () => {
    const turns = createUploadTurns()
    const endless = Promise.withResolvers<string>()
    const held = [1, 2].map(() => askedFrom(asking('a', 'p1'), () => turns(() => endless.promise)))
    await assert.rejects(() => askedFrom(asking('b', 'p1'), () => turns(async () => 'read')), refuses('busy'))
    assert.equal(await askedFrom(asking('a', 'p2'), () => turns(async () => 'read')), 'read')
    endless.resolve('')
    await Promise.all(held)
  })

  it('H5: whoever registers a few times over takes no place of a desk', async () => {
    const turns = createUploadTurns()
    const endless = Promise.withResolvers<string>()
    const held = ['p1', 'p1', 'p2', 'p2'].map((id) => askedFrom(asking('a', id), () => turns(() => endless.promise)))
    const atDesk = { ...asking('a', 'staff'), signedInAs: () => undefined }
    assert.equal(await askedFrom(atDesk, () => turns(async () => 'read')), 'read')
    endless.resolve('')
    await Promise.all(held)
  })

  it('H5: a body of more parts, or of longer headers, than any form has is refused before it is parsed', () => {
    const type = 'multipart/form-data; boundary="b-1"'
    const part = '--b-1\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n'
    const bodyOf = (...parts: string[]) => Buffer.from(`${parts.join('')}--b-1--\r\n`)
    const refused = (body: Buffer, by = type) =>
      assert.throws(() => assertFewParts(body, by, 3), refuses('form-malformed'))
    assertFewParts(bodyOf(part, part, part), type, 3)
    assertFewParts(bodyOf(part, part), 'multipart/form-data; boundary=b-1', 3)
    assertFewParts(bodyOf(part, `${part.slice(0, -3)}${'y\r\n'.repeat(50_000)}`), type, 3)
    refused(bodyOf(part, part, part, part))
    refused(bodyOf(part.replace('\r\n\r\n', `\r\n${'a: b\r\n'.repeat(1000)}\r\n`)))
    refused(bodyOf(part), 'multipart/form-data')
  })
})
