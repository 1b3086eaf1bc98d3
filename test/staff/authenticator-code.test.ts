import assert from 'node:assert/strict'
import { now } from '../../src/lib/clock.ts'
import { stepOf, totpOf } from '../../src/staff/staff-sign-in.ts'

describe('a code from an authenticator', () => {
  it('K2: is read in two groups and in wide digits, at sign-in and at joining alike', () => {
    const totp = totpOf('JBSWY3DPEHPK3PXP', 'agent@games.example')
    const at = now()
    const code = totp.generate({ timestamp: at })
    const wide = [...code].map((digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)).join('')
    const step = stepOf(totp, code, at)
    assert.equal(typeof step, 'number')
    for (const typed of [wide, `${code.slice(0, 3)} ${code.slice(3)} `]) assert.equal(stepOf(totp, typed, at), step)
    assert.equal(stepOf(totp, code.slice(1), at), undefined)
  })
})
