import assert from 'node:assert/strict'
import { isOutside, representativeFor } from '../../src/companies/index.ts'
import { aCompany } from '../support/group.ts'

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
