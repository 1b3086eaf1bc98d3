import assert from 'node:assert/strict'
import { createLog } from '../../src/lib/log.ts'
import { aTestApp, type TestApp } from '../world/app.ts'

interface Line {
  msg: string
  request: string
  rule: string
  saw?: string
}

describe('what a company’s programs are refused', () => {
  let product: TestApp
  const lines: Line[] = []
  before(async () => {
    product = await aTestApp({ log: createLog('info', { write: (line) => void lines.push(JSON.parse(line) as Line) }) })
  })
  after(() => product.close())

  it('R4: stands in the log once, under the request’s id, with the rule and nothing of anybody', async () => {
    const ada = await product.aPerson({ links: ['mobile', 'games'] })
    const { subject } = await product.account(ada.accounts.games!)
    const patch = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
    const change = (operation: object) => JSON.stringify({ schemas: [patch], Operations: [operation] })
    const users = `/scim/games/Users/${subject}`
    const own = await product.companyToken('games')
    const asked: [string, string, string, string | undefined, string][] = [
      ['GET', users, '', undefined, 'company-token'],
      ['GET', users, 'nonsense', undefined, 'company-token'],
      ['GET', users, await product.companyToken('mobile'), undefined, 'company-token'],
      ['GET', '/scim/games/Users/nobody', own, undefined, 'not-found'],
      ['PUT', users, own, '{}', 'method-not-allowed'],
      ['PATCH', users, own, change({ op: 'replace', path: 'ada@example.com', value: 'x' }), 'invalidPath'],
      [
        'PATCH',
        users,
        own,
        change({ op: 'replace', path: 'phoneNumbers.value', value: '+46701234567' }),
        'field-not-writable',
      ],
      ['POST', '/support/games/cases', '', '{}', 'invalid-token'],
      ['POST', '/support/games/cases', own, '{"agent":7}', 'invalid-body'],
      ['POST', '/support/games/nothing', own, '{}', 'not-found'],
    ]
    for (const [method, path, token, body, rule] of asked) {
      lines.length = 0
      const answer = await fetch(product.issuer + path, {
        method,
        headers: { ...(token && { authorization: `Bearer ${token}` }), 'content-type': 'application/json' },
        ...(body !== undefined && { body }),
      })
      assert.ok(answer.status >= 400, `${method} ${path}`)
      const refused = lines.filter(({ msg }) => msg === 'request refused')
      assert.deepEqual(
        refused.map((line) => [line.rule, line.request]),
        [[rule, answer.headers.get('x-request-id')]],
      )
      assert.doesNotMatch(JSON.stringify(lines), /ada@example|4670123|eyJ/)
    }
  })
})
