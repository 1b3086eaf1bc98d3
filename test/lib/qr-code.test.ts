import assert from 'node:assert/strict'
import { qrCode } from '../../src/lib/qr-code.ts'
import { scanned } from '../world/scanned.ts'

describe('a QR code', () => {
  it('is read as what it was made of', () => {
    for (const text of [
      'https://id.example/device?user_code=BCDF-GHJK',
      'otpauth://totp/Unified%20sign-in:astrid@staff.example?issuer=Unified%20sign-in&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&period=30&digits=6&algorithm=SHA1',
    ])
      for (const border of [1, 4]) assert.equal(scanned(qrCode(text, border)), text)
  })

  it('is a picture with nothing else in it, whatever the text', () => {
    const svg = qrCode('"><script>alert(1)</script>')
    assert.match(svg, /^<svg [^<>]+><rect [^<>]+\/><path [^<>]+\/><\/svg>$/)
    assert.equal(scanned(svg), '"><script>alert(1)</script>')
  })
})
