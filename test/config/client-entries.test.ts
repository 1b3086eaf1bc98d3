import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { checkConfig } from '../../src/config/settings.ts'
import { configFilesOfEach, put } from '../world/config-files.ts'

describe('what a client’s entry may say', () => {
  const { written, issuesWith, mobileWith } = configFilesOfEach()

  it('R11: tells what is wrong with one part of a service beside what is wrong with another, in one pass', () => {
    const issues = issuesWith(({ companies }) => {
      const mobile = companies.mobile!
      put(mobile, 'services.0.description', undefined)
      put(mobile, 'services.0.url', 'http://store.example.com')
      put(mobile, 'services.0.clients.0.kind', 'website')
      put(mobile, 'services.0.clients.0.backchannelLogoutUri', 'ftp://store.example.com/out')
      put(mobile, 'services.0.clients.0.jwksUri', 'https://store.example.com/jwks')
      put(mobile, 'services.0.clients.1.ofline', true)
      put(mobile, 'services.0.clients.1.scopes', ['openid', 'nonsense'])
      put(mobile, 'services.1.clients.0.secret', { env: 'ABSENT' })
      put(mobile, 'clients.0.idTokenAlgorithm', 'HS256')
      put(mobile, 'clients.0.scopes', ['openid'])
    }).join('\n')
    for (const issue of [
      /services\[0\]\.description is missing/,
      /services\[0\]\.url "http:\/\/store\.example\.com" is not encrypted/,
      /services\[0\]\.clients\[0\]\.kind "website" is none of the choices/,
      /services\[0\]\.clients\[0\]\.backchannelLogoutUri "ftp:/,
      /services\[0\]\.clients\[0\]\.jwksUri stands beside a secret/,
      /services\[0\]\.clients\[1\] has "ofline", which is not known here: write "offline"/,
      /services\[0\]\.clients\[1\]\.scopes\[1\] "nonsense" is beyond its service/,
      /ABSENT is missing: write the secret of client/,
      /clients\[0\]\.idTokenAlgorithm "HS256" is none of the choices/,
      /clients\[0\]\.scopes\[0\] "openid" is about a person/,
    ])
      assert.match(issues, issue)
    assert.equal(issues.split('\n').length, 10, issues)
  })

  it('R11: a forgotten secret makes no site public in silence', () => {
    const [issue, ...more] = mobileWith('services.0.clients.0.secret', undefined)
    assert.match(issue ?? '', /clients\[0\]\.secret is missing for a site, which would make it public: write secret or/)
    assert.deepEqual(more, [])
  })

  const keys = { secret: undefined, jwksUri: 'https://store.example.com/jwks' }
  const exempt: [title: string, changes: Record<string, unknown>, issue: RegExp | undefined][] = [
    ['O13: PKCE left out by a site with a secret', { withoutPkce: true }, undefined],
    ['O13: PKCE left out by a site with keys', { ...keys, withoutPkce: true }, undefined],
    [
      'O13: PKCE left out by an app',
      { kind: 'native', secret: undefined, withoutPkce: true },
      /withoutPkce is for a site with a secret or keys/,
    ],
    ['O13: PKCE left out by a public site', { secret: undefined, withoutPkce: true }, /withoutPkce is for a site/],
    ['O14: the profile fapi2 of a site with keys', { ...keys, profile: 'fapi2' }, undefined],
    [
      'O14: the profile fapi2 with a secret',
      { profile: 'fapi2' },
      /profile fapi2 is for clients with keys of their own/,
    ],
    [
      'O14: the profile fapi2 without PKCE',
      { ...keys, profile: 'fapi2', withoutPkce: true },
      /against the profile fapi2/,
    ],
    [
      'O14: the profile fapi2 with RS256',
      { ...keys, profile: 'fapi2', idTokenAlgorithm: 'RS256' },
      /idTokenAlgorithm is against the profile fapi2: write ES256/,
    ],
    [
      'O14: a refresh token that an app keeps, bound to nothing',
      { kind: 'native', secret: undefined, keepsRefreshToken: true },
      /keepsRefreshToken is for a client that proves itself: write requireDpop: true/,
    ],
    [
      'O14: a refresh token that an app keeps, bound to a key',
      { kind: 'native', secret: undefined, keepsRefreshToken: true, requireDpop: true },
      undefined,
    ],
  ]
  for (const [title, changes, issue] of exempt)
    it(`${title} is ${issue ? 'refused' : 'taken'}`, () => {
      const issues = issuesWith(({ companies }) => {
        for (const [key, value] of Object.entries(changes)) put(companies.mobile!, `services.0.clients.0.${key}`, value)
      })
      if (issue) assert.match(issues.join('\n'), issue)
      else assert.deepEqual(issues, [])
    })

  it('O14: the profile fapi2 sets all that it asks', () => {
    const files = written(({ companies }) => {
      for (const [key, value] of Object.entries({ ...keys, profile: 'fapi2' }))
        put(companies.mobile!, `services.0.clients.0.${key}`, value)
    })
    const { group } = checkConfig({ CONFIG_DIR: files.dir })
    const { client } = [...group!.clients.values()].find(({ client: { profile } }) => profile === 'fapi2')!
    assert.deepEqual(
      [client.requirePushedAuthorizationRequests, client.requireDpop, client.keepsRefreshToken, client.withoutPkce],
      [true, true, true, false],
    )
  })

  it('R6: each entry that signs people in says which algorithm it has', () => {
    const files = written()
    const { dir } = files
    const entries = readdirSync(join(dir, 'companies')).flatMap((name) => {
      const company = load(readFileSync(join(dir, 'companies', name), 'utf8')) as Record<
        string,
        { clients: object[] }[]
      >
      return [...(company.services ?? []), ...(company.partners ?? [])].flatMap(({ clients }) => clients)
    }) as { id: string; idTokenAlgorithm?: string }[]
    assert.ok(entries.length > 5)
    assert.deepEqual(
      entries.filter(({ idTokenAlgorithm }) => idTokenAlgorithm === undefined).map(({ id }) => id),
      [],
    )
  })

  it('R6: a library that takes RS256 alone is set so by its entry, and no other algorithm is taken', () => {
    assert.deepEqual(mobileWith('services.0.clients.0.idTokenAlgorithm', 'RS256'), [])
    assert.match(mobileWith('services.0.clients.0.idTokenAlgorithm', 'HS256').join(), /one of ES256, RS256/)
  })
})
