import assert from 'node:assert/strict'
import { readCustomAttributes } from '../../src/companies/index.ts'
import { aCompany } from '../world/group.ts'

const nickname = {
  id: 'nickname',
  type: 'text',
  required: false,
  label: { en: 'Nickname' },
  reason: { en: 'For games.' },
}

describe('what a company asks for itself', () => {
  const company = aCompany({ id: 'games', ownFields: [nickname as never] })

  it('H3: is told at its field when it is too long, before it is composed', () => {
    for (const long of ['x'.repeat(201), `a${'\u0315\u0300'.repeat(200)}`, `a${'\u0315\u0300'.repeat(30_000)}`]) {
      const { values, problems } = readCustomAttributes(company, { 'own.nickname': long })
      assert.deepEqual(values, {})
      assert.deepEqual(problems, { 'own.nickname': { code: 'too-long', values: { most: 200 } } })
    }
    const { values } = readCustomAttributes(company, { 'own.nickname': ' A\u0308lva ' })
    assert.deepEqual(values, { nickname: 'Älva' })
  })
})
