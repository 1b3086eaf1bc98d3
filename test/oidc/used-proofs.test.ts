import assert from 'node:assert/strict'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { epochSeconds, minute } from '../../src/lib/clock.ts'
import { digest, randomId } from '../../src/lib/ids.ts'
import { createTestBrowser } from '../world/browser.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { aRelyingParty, type RelyingParty } from '../world/relying-party.ts'

/** Seconds that a proof may be dated ahead. */
const window = 300

describe('a DPoP proof that was used', () => {
  let product: TestOidc
  let service: RelyingParty
  before(async () => {
    product = await aTestOidc()
    service = await aRelyingParty(product, 'mobile-store')
  })
  after(() => product.close())

  const RealDate = globalThis.Date
  /** The process's clock, so much later. */
  const later = async <T>(milliseconds: number, act: () => Promise<T>): Promise<T> => {
    class Later extends RealDate {
      constructor(...parts: [] | [number]) {
        super(parts[0] ?? RealDate.now() + milliseconds)
      }
      static override now = () => RealDate.now() + milliseconds
    }
    globalThis.Date = Later as DateConstructor
    try {
      return await act()
    } finally {
      globalThis.Date = RealDate
    }
  }

  const aKey = async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const jwk = await exportJWK(publicKey)
    return (path: string, method: string, { iat = epochSeconds(), token }: { iat?: number; token?: string } = {}) =>
      new SignJWT({
        htm: method,
        htu: `${product.issuer}${path}`,
        jti: randomId(),
        iat,
        ...(token && { ath: digest(token) }),
      })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .sign(privateKey)
  }

  const authorization = () => `Basic ${btoa(`mobile-store:${encodeURIComponent(service.secret!)}`)}`
  const post = async (path: string, dpop: string, fields: Record<string, string>) => {
    const body = new URLSearchParams(fields)
    const answer = await fetch(product.issuer + path, {
      method: 'POST',
      headers: { authorization: authorization(), dpop },
      body,
    })
    return { status: answer.status, body: (await answer.json()) as Record<string, string> }
  }
  /** A fresh code, as the fields of its redemption. */
  const aCode = async () => {
    const person = await product.aPerson()
    await product.link(person, 'mobile')
    const { visit, asked } = await service.travel(createTestBrowser(), () => signedIn(asPerson(person)))
    return {
      grant_type: 'authorization_code',
      code: new URL(visit.next!).searchParams.get('code')!,
      redirect_uri: service.redirectUri,
      code_verifier: asked.verifier,
    }
  }

  it('O1: is not taken a second time at token, PAR and userinfo, however far ahead it was dated', async () => {
    const authentication = await aKey()
    const { body: held } = await post('/token', await authentication('/token', 'POST'), await aCode())
    assert.equal(held.token_type, 'DPoP')
    const token = held.access_token!
    const pushed = async () => Object.fromEntries((await service.request()).url.searchParams)
    const ask: Record<string, (proof: string) => Promise<{ status: number; body: Record<string, string> }>> = {
      token: async (proof) => post('/token', proof, await aCode()),
      par: async (proof) => post('/request', proof, await pushed()),
      userinfo: async (proof) => {
        const answer = await fetch(`${product.issuer}/me`, { headers: { authorization: `DPoP ${token}`, dpop: proof } })
        return { status: answer.status, body: (await answer.json()) as Record<string, string> }
      },
    }
    const at = { token: ['/token', 'POST'], par: ['/request', 'POST'], userinfo: ['/me', 'GET'] } as const
    for (const [where, [path, method]] of Object.entries(at)) {
      const proof = await authentication(path, method, {
        iat: epochSeconds() + window - 20,
        ...(where === 'userinfo' && { token }),
      })
      const first = await ask[where]!(proof)
      assert.ok(first.status < 300, `${where}: ${JSON.stringify(first.body)}`)
      // Until the last moment at which its date would still be taken.
      for (const minutes of [0, 5.5, 9.5]) {
        const again = await later(minutes * minute, async () => {
          await product.oidc.tick()
          return ask[where]!(proof)
        })
        assert.ok(again.status >= 400, `${where}, ${minutes} minutes later`)
        const fresh = await later(minutes * minute, async () =>
          ask[where]!(await authentication(path, method, where === 'userinfo' ? { token } : {})),
        )
        assert.ok(fresh.status < 300, `${where}: a proof of its own is answered`)
      }
    }
  })
})
