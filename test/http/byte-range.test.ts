import assert from 'node:assert/strict'
import { rangeIn } from '../../src/http/byte-range.ts'

describe('a range of bytes (RFC 9110 §14.1.2)', () => {
  it('is the one that is asked for, as far as there is any', () => {
    for (const [header, expected] of [
      ['bytes=0-0', { from: 0, to: 0 }],
      ['bytes=4-', { from: 4, to: 9 }],
      ['bytes=4-400', { from: 4, to: 9 }],
      ['bytes=-3', { from: 7, to: 9 }],
      ['bytes=-300', { from: 0, to: 9 }],
      ['bytes=10-', 'beyond'],
      ['bytes=-0', 'beyond'],
      ['bytes=5-4', undefined],
      ['bytes=-', undefined],
      ['bytes=0-1,3-4', undefined],
      ['bytes=a-b', undefined],
      [`bytes=${'9'.repeat(400)}-`, undefined],
      ['lines=0-1', undefined],
      ['', undefined],
    ] as const)
      assert.deepEqual(rangeIn(header, 10), expected, header)
  })
})
