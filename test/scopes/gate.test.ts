import assert from 'node:assert/strict'
import { evaluateScopes, scopesOf } from '../../src/scopes/index.ts'
import type { Group } from '../../src/services/index.ts'
import { aGroup } from '../world/group.ts'

const group = aGroup()
const asked = (clientId: string, scope: string, at: Group = group) =>
  evaluateScopes(scope.split(' '), { group: at, client: at.clients.get(clientId)! })

/** The same files after the company's policy lost these scopes; the service and its client still name them. */
const withoutScopes = (company: string, lost: string[]): Group => {
  const before = group.companies.get(company)!
  const release = { ...before.release, scopes: before.release.scopes.filter((scope) => !lost.includes(scope)) }
  return { ...group, companies: new Map(group.companies).set(company, { ...before, release }) }
}

describe('the one gate for scopes (P6)', () => {
  const cases: [title: string, client: string, scope: string, expected: ReturnType<typeof evaluateScopes>][] = [
    [
      'gives a service what it declared',
      'mobile-store',
      'openid profile phone',
      { granted: ['openid', 'profile', 'phone'], refused: [], unknown: [] },
    ],
    [
      'refuses a scope of the group that the company’s policy lacks',
      'games-arcade',
      'openid phone',
      { granted: ['openid'], refused: ['phone'], unknown: [] },
    ],
    [
      'ignores a word that nobody declared (OIDC Core 3.1.2.1)',
      'games-arcade',
      'openid horoscope',
      { granted: ['openid'], refused: [], unknown: ['horoscope'] },
    ],
    [
      'refuses a website the API of its own company, which only its machine may ask for',
      'games-arcade',
      'openid accounts.write',
      { granted: ['openid'], refused: ['accounts.write'], unknown: [] },
    ],
    [
      'gives a machine its company’s API',
      'games-machine',
      'accounts.read accounts.write',
      { granted: ['accounts.read', 'accounts.write'], refused: [], unknown: [] },
    ],
    [
      'refuses a machine every person',
      'games-machine',
      'openid email',
      { granted: [], refused: ['openid', 'email'], unknown: [] },
    ],
    [
      'refuses a partner what its host company’s own services have',
      'leaderboard',
      'openid address offline_access',
      { granted: ['openid'], refused: ['address', 'offline_access'], unknown: [] },
    ],
    [
      'gives the account pages nothing but a sign-in',
      'account',
      'openid email',
      { granted: ['openid'], refused: ['email'], unknown: [] },
    ],
    [
      'is not fooled by case, by names that objects have, or by asking twice',
      'pictures-cinema',
      'openid openid OPENID constructor __proto__ toString',
      { granted: ['openid'], refused: [], unknown: ['OPENID', 'constructor', '__proto__', 'toString'] },
    ],
  ]
  for (const [title, client, scope, expected] of cases)
    it(title, () => assert.deepEqual(asked(client, scope), expected))

  it('refuses by name what a policy has lost, and narrows to the rest what is held from before', () => {
    const shrunk = withoutScopes('mobile', ['phone', 'address'])
    const { granted, refused } = asked('mobile-store', 'openid email phone', shrunk)
    assert.deepEqual(granted, ['openid', 'email'])
    assert.deepEqual(refused, ['phone'])
    assert.deepEqual(scopesOf(shrunk, shrunk.clients.get('mobile-store')!), [
      'openid',
      'profile',
      'email',
      'offline_access',
    ])
  })

  it('leaves the other companies as they were when one policy shrinks', () => {
    const shrunk = withoutScopes('mobile', ['email'])
    assert.deepEqual(asked('games-arcade', 'openid email', shrunk), asked('games-arcade', 'openid email'))
  })

  it('gives nothing to a client of a company that is no more', () => {
    const gone = { ...group, companies: new Map([...group.companies].filter(([id]) => id !== 'games')) }
    assert.deepEqual(asked('games-arcade', 'openid', gone).granted, [])
  })
})
