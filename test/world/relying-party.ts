/** A service as others write them: openid-client, and nothing of ours. */
import * as client from 'openid-client'
import { clientSecret } from '../../src/config/settings.ts'
import type { InteractionResult } from '../../src/oidc/index.ts'
import type { TestBrowser, Visit } from './browser.ts'
import { handedOver } from './browser.ts'
import type { TestOidc } from './oidc.ts'

export interface Request {
  url: URL
  verifier: string
  state: string
  nonce: string
}

export const aRelyingParty = async (product: TestOidc, id: string) => {
  const declared = product.config.group.clients.get(id)!.client
  const secret = clientSecret(product.config, id)
  const config = await client.discovery(
    new URL(product.issuer),
    id,
    { id_token_signed_response_alg: declared.idTokenAlgorithm },
    secret ? client.ClientSecretBasic(secret) : client.None(),
    { execute: [client.allowInsecureRequests] },
  )
  const redirectUri = declared.redirectUris[0] ?? ''

  const request = async (more: Record<string, string> = {}): Promise<Request> => {
    const verifier = client.randomPKCECodeVerifier()
    const [state, nonce] = [client.randomState(), client.randomNonce()]
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: 'openid profile email',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...more,
    })
    return { url, verifier, state, nonce }
  }

  const isBack = (url: URL): boolean => url.href.startsWith(redirectUri)

  const redeem = async (visit: Visit, { verifier, state, nonce }: Request, parameters: Record<string, string> = {}) =>
    client.authorizationCodeGrant(
      config,
      new URL(visit.next!),
      { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce },
      parameters,
    )

  return {
    id,
    secret,
    config,
    redirectUri,
    request,
    isBack,
    redeem,

    /** Begins at the service and answers every page that asks; ends at the last page before the service. */
    travel: async (
      browser: TestBrowser,
      answers: (page: { prompt: string; reasons: string[]; uid: string }) => InteractionResult | undefined,
      more: Record<string, string> = {},
    ): Promise<{ visit: Visit; asked: Request; pages: string[] }> => {
      const asked = await request(more)
      const pages: string[] = []
      let visit = await browser.follow(asked.url.href, isBack)
      for (let steps = 0; steps < 6 && new URL(visit.url).pathname.startsWith('/sign-in/'); steps++) {
        const page = JSON.parse(visit.text) as { prompt: string; reasons: string[]; uid: string }
        pages.push(page.prompt)
        const answer = answers(page)
        if (!answer) return { visit, asked, pages }
        const finished = await browser.submit(visit.url, { result: JSON.stringify(answer) })
        if (!finished.next || isBack(new URL(finished.next))) return { visit: finished, asked, pages }
        visit = await browser.follow(finished.next, isBack)
      }
      return { visit, asked, pages }
    },

    errorOf: (visit: Visit) => handedOver(visit).get('error'),
  }
}

export type RelyingParty = Awaited<ReturnType<typeof aRelyingParty>>
