import assert from 'node:assert/strict'
import { type AdjustableClock, adjustableClock, hour, second } from '../../src/lib/clock.ts'
import { createSecretBox } from '../../src/lib/secret-box.ts'
import { createPasswordProof } from '../../src/portal/password-proof.ts'
import type { Signed } from '../../src/portal/portal-tools.ts'

describe('the proof that a form for a new password carries', () => {
  let clock: AdjustableClock
  before(() => {
    clock = adjustableClock()
  })
  after(() => clock.reset())
  const proof = createPasswordProof(createSecretBox([new Uint8Array(32).fill(7)]))
  const signed = (uid: string, credentialEpoch: number, isFresh = true) =>
    ({ session: { uid, credentialEpoch, isFresh: () => isFresh } }) as unknown as Signed

  it('U11: lasts an hour, in the session and under the credentials it was given in, and is no text of anybody’s', () => {
    assert.equal(proof.seal(signed('a', 1, false)), undefined)
    const sealed = proof.seal(signed('a', 1))
    assert.ok(proof.holds(signed('a', 1), sealed))
    for (const other of [signed('b', 1), signed('a', 2)]) assert.ok(!proof.holds(other, sealed))
    for (const text of [undefined, '', 'x', '1.2', `${sealed}x`]) assert.ok(!proof.holds(signed('a', 1), text))
    clock.advance(hour - second)
    assert.ok(proof.holds(signed('a', 1), sealed))
    clock.advance(2 * second)
    assert.ok(!proof.holds(signed('a', 1), sealed))
  })
})
