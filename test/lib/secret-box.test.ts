import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { createSecretBox } from '../../src/lib/secret-box.ts'

describe('a secret at rest', () => {
  const [old, current] = [randomBytes(32), randomBytes(32)]
  const box = createSecretBox([current])

  it('opens to what was sealed, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, context) => {
        assert.equal(box.open(box.seal(text, context), context), text)
      }),
    )
  })

  it('looks different each time and shows nothing of itself', () => {
    const sealed = box.seal('a client secret', 'client:web')
    assert.notEqual(sealed, box.seal('a client secret', 'client:web'))
    assert.doesNotMatch(Buffer.from(sealed.split('.')[1]!, 'base64url').toString('latin1'), /client/)
  })

  it('does not open in another place than the one it was sealed for (§8)', () => {
    assert.throws(() => box.open(box.seal('secret', 'client:web'), 'client:television'))
  })

  it('does not open after any change of any byte (§8)', () => {
    const sealed = box.seal('secret', 'here')
    const [id, body] = sealed.split('.') as [string, string]
    const bytes = Buffer.from(body, 'base64url')
    for (let i = 0; i < bytes.length; i += 1) {
      const altered = Buffer.from(bytes)
      altered[i]! ^= 1
      assert.throws(() => box.open(`${id}.${altered.toString('base64url')}`, 'here'))
    }
    for (const odd of [
      '',
      '.',
      `${id}.`,
      `${id}.AAAA`,
      `__proto__.${body}`,
      bytes.subarray(0, 20).toString('base64url'),
    ])
      assert.throws(() => box.open(odd, 'here'), Error, odd)
  })

  it('survives a rotation: the new key seals, the old one still opens, and is asked to go', () => {
    const before = createSecretBox([old]).seal('secret', 'here')
    const rotated = createSecretBox([current, old])
    assert.equal(rotated.open(before, 'here'), 'secret')
    assert.equal(rotated.isOutdated(before), true)
    const after = rotated.seal(rotated.open(before, 'here'), 'here')
    assert.equal(rotated.isOutdated(after), false)
    assert.equal(box.open(after, 'here'), 'secret')
    assert.throws(() => box.open(before, 'here'), /not among the secret keys/)
  })

  it('refuses a short key and no key at all', () => {
    assert.throws(() => createSecretBox([]), RangeError)
    assert.throws(() => createSecretBox([randomBytes(16)]), RangeError)
  })
})
