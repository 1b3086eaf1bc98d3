import assert from 'node:assert/strict'
import { normalizeDetail, normalizeEmail } from '../../src/details/index.ts'
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

describe('a name', () => {
  const refused = (value: string) =>
    assert.throws(
      () => normalizeDetail('familyName', value),
      (error) => isAppError(error, 'invalid-name'),
      value,
    )

  it('H9: is no way to somewhere else', () => {
    for (const value of [
      'See https://evil.example',
      'javascript:alert(1)',
      'mailto:eve',
      'www.evil.example',
      'ｗｗｗ．evil.example',
      'ada@evil.example',
      'ada＠evil.example',
      'evil.example/prize',
      'evil．example／prize',
    ])
      refused(value)
  })

  it('H9: is whatever else people are called', () => {
    for (const value of [
      'J.R.R. Tolkien',
      'S:t Clair',
      'Kumar a/l Raman',
      'von Krusenstjerna',
      'O’Neil',
      'M.-L.',
      'Nguyễn',
      '山田',
      'd.o.b',
    ])
      assert.equal(normalizeDetail('givenName', value), value)
  })
})
