import assert from 'node:assert/strict'
import { isOutside, representativeFor, showController, transferFor } from '../../src/companies/index.ts'
import { aCompany } from '../world/group.ts'

describe('the representative a person turns to (S12)', () => {
  const eu = { name: 'Example Europe B.V.', address: 'Eindhoven' }
  const uk = { name: 'Example UK Limited', address: 'Basingstoke' }
  const company = aCompany({ country: 'JP', representatives: { eu, uk } })

  for (const [country, representative] of [
    ['SE', eu],
    ['NO', eu],
    ['GB', uk],
    ['CH', undefined],
    ['JP', undefined],
    [undefined, undefined],
  ] as const)
    it(`is ${representative?.name ?? 'nobody'} for a person in ${country ?? 'a country not known'}`, () =>
      assert.equal(representativeFor(company, country), representative))

  it('is needed by companies outside the EEA and the UK only', () => {
    assert.deepEqual(['JP', 'US', 'CH'].map(isOutside), [true, true, true])
    assert.deepEqual(['SE', 'IS', 'GB'].map(isOutside), [false, false, false])
  })
})

describe('U17: where details go and whom to complain to, seen from where the person lives', () => {
  for (const [livesIn, country, transfer, mechanism] of [
    ['SE', 'DE', undefined, undefined],
    ['SE', 'GB', undefined, 'adequacy-eu'],
    [undefined, 'GB', undefined, 'adequacy-eu'],
    ['SE', 'JP', 'adequacy', 'adequacy-eu'],
    ['SE', 'US', 'standard-contractual-clauses', 'standard-contractual-clauses'],
    ['GB', 'GB', undefined, undefined],
    ['GB', 'SE', undefined, 'adequacy-uk'],
    ['GB', 'JP', 'adequacy', 'adequacy-uk'],
    ['JP', 'JP', 'adequacy', undefined],
    ['JP', 'GB', undefined, 'adequacy-jp'],
    ['US', 'US', 'standard-contractual-clauses', undefined],
  ] as const)
    it(`U17: from ${livesIn ?? 'who knows where'} to ${country}: ${mechanism ?? 'no transfer'}`, () =>
      assert.equal(transferFor({ country, ...(transfer && { transfer }) }, livesIn), mechanism))

  it('U17: names the person’s own authority first, then the company’s, and one once', () => {
    const company = aCompany({ authority: { name: 'IMY', url: 'https://imy.se/en' } })
    const namesIn = (country: string | undefined) =>
      showController(company, 'en', country).authorities.map(({ url }) => new URL(url).hostname)
    assert.deepEqual(namesIn('SE'), ['imy.se'])
    assert.deepEqual(namesIn('GB'), ['ico.org.uk', 'imy.se'])
    assert.deepEqual(namesIn('JP'), ['www.ppc.go.jp', 'imy.se'])
    assert.deepEqual(namesIn('BR'), ['imy.se'])
    assert.deepEqual(namesIn(undefined), ['imy.se'])
  })
})
