/** `oidcc-backchannel-rp-initiated-logout-certification-test-plan` (O13): each test has the name of its module and checks what that checks. */
import assert from 'node:assert/strict'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { epochSeconds } from '../../../src/lib/clock.ts'
import type { TestOidc } from '../../world/oidc.ts'
import { aLinkedPerson, aSuiteClient, aSuiteProduct, discoveryOf, suiteClient } from '../../world/suite-client.ts'

describe('OpenID conformance, back-channel logout (O13)', () => {
  let product: TestOidc
  before(async () => {
    product = await aSuiteProduct()
  })
  after(() => product.close())

  it('O13: oidcc-backchannel-logout-discovery-endpoint-verification', async () => {
    const said = await discoveryOf(product)
    assert.deepEqual(
      [said.backchannel_logout_supported, said.backchannel_logout_session_supported, said.end_session_endpoint],
      [true, true, `${product.issuer}/session/end`],
    )
  })

  it('O13: oidcc-backchannel-rp-initiated-logout: told once, of this session alone, and nobody is signed in', async () => {
    const { issuer } = product
    const person = await aLinkedPerson(product)
    const client = aSuiteClient({ product, person })
    const { browser, body, claims } = await client.flow()
    const [uri] = product.config.group.clients.get(client.id)!.client.postLogoutRedirectUris
    const sent = { id_token_hint: body.id_token!, post_logout_redirect_uri: uri!, state: 'a state that comes back' }
    const visit = await browser.visit(`${issuer}/session/end?${new URLSearchParams(sent)}`)
    assert.equal(visit.next, `${uri}?${new URLSearchParams({ state: sent.state })}`)

    await product.oidc.tick()
    const [told, ...more] = product.logouts.filter(({ service }) => service === suiteClient)
    assert.deepEqual([more, told!.besides], [[], []])
    const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`))
    const { payload, protectedHeader } = await jwtVerify(told!.token, keys, { issuer, audience: client.id })
    assert.equal(protectedHeader.alg, 'RS256')
    assert.ok(payload.jti && Math.abs(payload.iat! - epochSeconds()) < 300)
    assert.deepEqual(payload.events, { 'http://schemas.openid.net/event/backchannel-logout': {} })
    assert.deepEqual([payload.sub, payload.sid, 'nonce' in payload], [claims.sub, claims.sid, false])
    assert.ok(claims.sid)

    const silent = await client.authorize({ prompt: 'none' }, browser)
    assert.equal(silent.answer.get('error'), 'login_required')
  })
})
