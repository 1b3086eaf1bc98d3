import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { createCookieSignatures } from '../../src/oidc/cookie-signatures.ts'

interface Signer {
  sign: (data: string) => string
  index: (data: string, signature: string) => number
}
/** Of the provider's own packages: whatever it signed before an upgrade is still taken. */
const Keygrip = createRequire(createRequire(import.meta.url).resolve('koa'))('keygrip') as new (
  keys: string[],
) => Signer

const keys = ['the key of today', 'the key of before']
const ours = createCookieSignatures(keys)
const theirs = new Keygrip(keys)

describe('signatures of cookies', () => {
  it('are those that browsers had before, and are taken from either', () => {
    for (const data of [
      'session=a',
      'interaction=',
      `session=${'ö'.repeat(3000)}`,
      ...Array.from({ length: 50 }, String),
    ]) {
      assert.equal(ours.sign(data), theirs.sign(data))
      assert.equal(ours.index(data, theirs.sign(data)), 0)
      assert.equal(theirs.index(data, ours.sign(data)), 0)
    }
  })

  it('hold under a key that was rotated out, which is told, and under no other key, cookie or length', () => {
    const [, before = ''] = keys
    const old = new Keygrip([before]).sign('session=a')
    assert.equal(ours.index('session=a', old), 1)
    assert.equal(ours.verify('session=a', old), true)
    const strange = new Keygrip(['the key of others']).sign('session=a')
    for (const signature of [strange, '', old.slice(0, -1), `${old}=`, 'ä'.repeat(old.length)])
      assert.equal(ours.verify('session=a', signature), false, signature)
    assert.equal(ours.verify('session=b', old), false)
  })
})
