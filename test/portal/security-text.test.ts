import assert from 'node:assert/strict'
import { securityText } from '../../src/companies/index.ts'
import { day } from '../../src/lib/clock.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { anOperator } from '../world/group.ts'

const fieldsOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/: (.*)/s).slice(0, 2))

describe('somebody who found a hole', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  it('reads at /.well-known/security.txt whom to tell, and until when that holds (RFC 9116)', async () => {
    const answer = await fetch(`${app.issuer}/.well-known/security.txt`)
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('content-type'), 'text/plain; charset=utf-8')
    const said = Object.fromEntries(fieldsOf(await answer.text())) as Record<string, string>
    assert.deepEqual(Object.keys(said), ['Contact', 'Expires', 'Preferred-Languages', 'Canonical'])
    assert.equal(said.Contact, `mailto:${app.config.group.operator.contacts.support.email}`)
    assert.equal(said.Canonical, `${app.issuer}/.well-known/security.txt`)
    const left = Date.parse(said.Expires ?? '') - Date.now()
    assert.ok(left > 170 * day && left < 365 * day, 'less than a year, as the standard asks')
  })

  it('reads the contacts that the operator names, in their order, and the policy', () => {
    const contacts = ['mailto:security@example.com', 'https://example.com/report']
    const operator = anOperator({ security: { contacts, policy: 'https://example.com/rules', days: 30 } })
    const text = securityText(operator, 'https://id.example.com', Date.UTC(2026, 0, 1, 5))
    assert.deepEqual(fieldsOf(text), [
      ['Contact', contacts[0]],
      ['Contact', contacts[1]],
      ['Expires', '2026-01-31T00:00:00Z'],
      ['Policy', 'https://example.com/rules'],
      ['Preferred-Languages', 'en, sv, ja'],
      ['Canonical', 'https://id.example.com/.well-known/security.txt'],
    ])
  })
})
