import assert from 'node:assert/strict'
import { endpointIssue, redirectIssue } from '../../src/services/index.ts'

describe('addresses that a code may be sent to', () => {
  const production = { production: true }
  const development = { production: false }

  describe('in production', () => {
    const taken: [kind: 'web' | 'native', address: string][] = [
      ['web', 'https://games.example.com/callback'],
      ['web', 'https://games.example.com/callback?from=sign-in'],
      ['web', 'https://games.example.com'],
      ['web', 'https://xn--bcher-kva.example.com/'],
      ['web', 'https://games.example.com:8443/callback'],
      ['native', 'https://app.games.example.com/callback'],
      ['native', 'com.example.games:/callback'],
      ['native', 'http://127.0.0.1/callback'],
      ['native', 'http://[::1]/callback'],
    ]
    for (const [kind, address] of taken)
      it(`Z4: takes ${address} for ${kind}`, () => assert.equal(redirectIssue(address, kind, production), undefined))

    const refused: [kind: 'web' | 'native', address: string, why: RegExp][] = [
      ['web', 'http://games.example.com/callback', /not encrypted/],
      ['web', 'http://localhost/callback', /production refuses/],
      ['web', 'http://127.0.0.1:3001/callback', /production refuses/],
      ['web', 'https://localhost/callback', /not public/],
      ['web', 'https://127.0.0.1/callback', /by its number/],
      ['web', 'https://[::1]/callback', /by its number/],
      ['web', 'https://10.0.0.1/callback', /by its number/],
      ['web', 'https://intranet/callback', /not public/],
      ['web', 'https://games.internal/callback', /not public/],
      ['web', 'https://games.example.com./callback', /ends in a dot/],
      ['web', 'https://a@evil.example.com/callback', /name or password/],
      ['web', 'https://games.example.com@evil.example.com/callback', /name or password/],
      ['web', 'https://@evil.example.com/callback', /name or password/],
      ['web', 'https://games.example.com/callback#top', /fragment/],
      ['web', 'https://games.example.com/callback#', /fragment/],
      ['web', 'https://*.example.com/callback', /wildcard/],
      ['web', 'https://games.example.com/*', /wildcard/],
      ['web', 'https://games.example.com/{path}', /wildcard/],
      ['web', 'http://localhost:{port+1}/callback', /placeholder/],
      ['web', 'https://games.example.com/a/../callback', /dot segments/],
      ['web', 'https://games.example.com/a/..;/callback', /dot segments/],
      ['web', 'https://games.example.com/%2e%2e/callback', /dot segments/],
      ['web', 'https://games.example.com/a%2Fcallback', /encoded slash/],
      ['web', 'https://games.example.com/./callback', /dot segments/],
      ['web', 'https://games.example.com\\@evil.example.com/', /no address has/],
      ['web', 'HTTPS://games.example.com/callback', /browser writes it: write https:/],
      ['web', 'https://GAMES.example.com/callback', /browser writes it/],
      ['web', 'https://games.example.com:443/callback', /browser writes it/],
      ['web', 'https:games.example.com/callback', /browser writes it/],
      ['web', 'https:///games.example.com/callback', /browser writes it/],
      ['web', 'https://bücher.example.com/', /ASCII/],
      ['web', 'https://games.example.com/call back', /ASCII/],
      ['web', ' https://games.example.com/callback', /ASCII/],
      ['web', 'https://games.example.com/\tcallback', /ASCII/],
      ['web', 'javascript:alert(1)', /only a native app/],
      ['web', 'com.example.games:/callback', /only a native app/],
      ['web', '//games.example.com/callback', /no address/],
      ['web', '/callback', /no address/],
      ['web', '', /ASCII|no address/],
      ['web', `https://games.example.com/${'a'.repeat(2000)}`, /longer/],
      ['native', 'javascript:alert(1)', /any app could take/],
      ['native', 'JavaScript:alert(1)', /./],
      ['native', 'data:text/html,hello', /any app could take/],
      ['native', 'games:/callback', /any app could take/],
      ['native', 'com.example.games://callback', /any app could take/],
      ['native', 'http://games.example.com/callback', /not encrypted/],
    ]
    for (const [kind, address, why] of refused)
      it(`Z4: refuses ${JSON.stringify(address.slice(0, 60))} for ${kind}`, () =>
        assert.match(redirectIssue(address, kind, production) ?? 'taken', why))
  })

  it('may be on this machine in development, and nowhere else unencrypted', () => {
    assert.equal(redirectIssue('http://localhost:3001/callback', 'web', development), undefined)
    assert.equal(redirectIssue('http://127.0.0.1:3001/callback', 'web', development), undefined)
    assert.match(redirectIssue('http://games.example.com/callback', 'web', development) ?? '', /not encrypted/)
    assert.match(redirectIssue('http://localhost.evil.example/callback', 'web', development) ?? '', /not encrypted/)
  })
})

describe('addresses that the provider calls', () => {
  const production = { production: true }

  it('T22: are public and encrypted in production', () => {
    assert.equal(endpointIssue('https://games.example.com/events', production), undefined)
    for (const address of [
      'http://games.example.com/events',
      'https://169.254.169.254/latest',
      'https://10.0.0.7/events',
      'https://metadata.google.internal/',
      'https://localhost/events',
      'https://[fd00::1]/events',
      'ftp://games.example.com/events',
    ])
      assert.ok(endpointIssue(address, production), address)
  })

  it('T22: may be private when their company declared the host, by name or with its port', () => {
    const declared = { production: true, reachablePrivately: ['10.0.0.7:8443', 'events.internal'] }
    assert.equal(endpointIssue('https://10.0.0.7:8443/events', declared), undefined)
    assert.equal(endpointIssue('https://events.internal/events', declared), undefined)
    assert.ok(endpointIssue('https://10.0.0.7/events', declared))
    assert.ok(endpointIssue('http://events.internal/events', declared))
  })
})
