import assert from 'node:assert/strict'
import { normalizeEmail } from '../../src/details/index.ts'
import { isAppError } from '../../src/lib/errors.ts'

describe('an address', () => {
  it('H3: is measured again after one sign became many, before a domain is made of it', () => {
    const many = '\ufdfa'.repeat(100)
    assert.throws(
      () => normalizeEmail(`ada@${many}.example`),
      (error) => isAppError(error, 'too-long'),
    )
  })
})
