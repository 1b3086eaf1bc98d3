import assert from 'node:assert/strict'
import { mendedPhone, normalizeDetail, normalizeEmail, readDetail } from '../../src/details/index.ts'
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

describe('a phone number', () => {
  const is = (written: string, number: string) => assert.equal(normalizeDetail('phone', written), number, written)

  it('K1: loses the zero in brackets behind a country’s code, and the one that is dialled at home alone', () => {
    is('+46 (0)70 123 45 67', '+46701234567')
    is('0046(0)701234567', '+46701234567')
    is('+44 (0) 20 7946 0958', '+442079460958')
    is('+46 070 123 45 67', '+46701234567')
    is('+81 (0)3-1234-5678', '+81312345678')
  })

  it('K1: keeps the zero of Italy, in brackets or not', () => {
    is('+39 06 6982 1234', '+390669821234')
    is('+39 (0)6 6982 1234', '+390669821234')
  })

  it('K2: is read however keyboards and clipboards write it', () => {
    is('\u202a+46 70\u2011123 45 67\u202c', '+46701234567')
    is('＋４６７０１２３４５６７', '+46701234567')
    is('tel:+46-70-123/45\u201367', '+46701234567')
  })

  it('K1: of a mobile in Mexico loses the 1 that was dialled until 2019, and no other number a 1', () => {
    is('+52 1 55 1234 5678', '+525512345678')
    is('0052 (1) 33 1234 5678', '+523312345678')
    for (const right of ['+525512345678', '+5215512345', '+5491112345678', '+15551234567']) is(right, right)
  })

  it('K2: in Mexico is read with what was dialled before it at home until 2019', () => {
    const inMexico = (written: string) => readDetail({ phone: written }, 'phone', 'MX')
    for (const [written, number] of [
      ['044 55 1234 5678', '+525512345678'],
      ['(045) 998 123-4567', '+529981234567'],
      ['01 33 3812 3456', '+523338123456'],
      ['01 800 123 4567', '+528001234567'],
      ['55 1234 5678', '+525512345678'],
      ['+52 044 55 1234 5678', '+525512345678'],
      ['0052 (01) 33 3812 3456', '+523338123456'],
    ] as const)
      assert.deepEqual(inMexico(written), { value: number }, written)
    // The first might as well be New Jersey’s; the others were never dialled, or are numbers of nobody.
    for (const written of [
      '1 551 234 5678',
      '02 55 1234 5678',
      '044 5512 3456',
      '044 155 1234 5678',
      '01 055 123 4567',
    ])
      assert.equal(inMexico(written).value, undefined, written)
  })

  it('K1: a zero in brackets goes as well where nobody dials one at home, and stays where all do', () => {
    for (const [written, number] of [
      ['+45 (0)20 12 34 56', '+4520123456'],
      ['+52 (0)55 1234 5678', '+525512345678'],
      ['+34 (0)912 345 678', '+34912345678'],
      ['+39 (0)6 698 21234', '+390669821234'],
      ['+225 07 07 12 34 56', '+2250707123456'],
    ] as const)
      assert.deepEqual(readDetail({ phone: written }, 'phone', undefined), { value: number }, written)
    assert.equal(mendedPhone('+45020123456'), '+4520123456')
    assert.equal(readDetail({ phone: '020 12 34 56' }, 'phone', 'DK').value, undefined, 'it may be Sweden’s')
  })

  it('K1: is refused when it is none', () => {
    for (const value of ['070 123 45 67', '+0 123 456 78', 'call me', '+46', '+46 (0)', '1'.repeat(200)])
      assert.throws(
        () => normalizeDetail('phone', value),
        (error) => isAppError(error),
        value,
      )
  })

  it('K1: that was kept wrong is found, with what it should have been', () => {
    assert.equal(mendedPhone('+460701234567'), '+46701234567')
    for (const kept of ['+5215512345678', '+520445512345678', '+52015512345678'])
      assert.equal(mendedPhone(kept), '+525512345678', kept)
    for (const right of ['+46701234567', '+390669821234', '+15551234567', '+525512345678'])
      assert.equal(mendedPhone(right), undefined)
  })
})

describe('a postal code', () => {
  it('K2: in wide digits, with the long sound for a dash, is the same code', () => {
    assert.equal(normalizeDetail('postalCode', '１５０ー０００１'), '150-0001')
    assert.equal(normalizeDetail('postalCode', '150 － 0001'), '150-0001')
    assert.equal(normalizeDetail('postalCode', 'SW1A 1AA'), 'SW1A 1AA')
  })

  it('U13: is not asked about for its country’s letters, there or left out, nor in Planken', () => {
    const problem = (postalCode: string, country: string) =>
      readDetail({ postalCode }, 'postalCode', country).problem?.code
    for (const [code, country] of [
      ['LT-01103', 'LT'],
      ['01103', 'LT'],
      ['1010', 'LV'],
      ['500', 'AD'],
      ['SE-111 22', 'SE'],
      ['MTF 1234', 'MT'],
      ['9498', 'LI'],
    ] as const)
      assert.equal(problem(code, country), undefined, `${code} in ${country}`)
    for (const [code, country] of [
      ['0110', 'LT'],
      ['LT-11122', 'SE'],
      ['94980', 'LI'],
    ] as const)
      assert.equal(problem(code, country), 'postal-code-unlikely', `${code} in ${country}`)
  })
})
