import { decodeProtectedHeader } from 'jose'
import { type Client, errors, type KoaContextWithOIDC } from 'oidc-provider'
import type { PageContext } from '../http/index.ts'
import type { Log } from '../lib/log.ts'
import { clientExemptions, type Group, type GroupClient } from '../services/index.ts'

export interface ProfilesDeps {
  group: Pick<Group, 'clients'>
  get: (clientId: string) => GroupClient | undefined
  log: Pick<Log, 'warn'>
}

/** Signed by what FAPI 2.0 Security Profile §5.4.1 leaves: PS256, ES256 and EdDSA. */
const isForbidden = (alg: unknown): boolean => typeof alg !== 'string' || alg.startsWith('RS')

/** undefined: no token at all, which the library says by itself. */
const algOf = (proof: string): unknown => {
  try {
    return decodeProtectedHeader(proof).alg
  } catch {
    return undefined
  }
}

/** What single clients are exempt from, and held to, by their entry (O13, O14). */
export const createProfiles = ({ group, get, log }: ProfilesDeps) => {
  for (const exemption of clientExemptions(group)) log.warn(exemption, 'a client is exempt by its entry')
  const entryOf = (client: Pick<Client, 'clientId'> | undefined) => get(client?.clientId ?? '')?.client
  const isFapi = (client: Pick<Client, 'clientId'> | undefined): boolean => entryOf(client)?.profile === 'fapi2'

  return {
    /**
     * Asked of a request without a challenge. The exemption is a confidential client's alone, whatever its entry says;
     * each use leaves a line. A verifier without a challenge is refused in any case (RFC 9700 §4.8.2).
     */
    requiresPkce: (ctx: KoaContextWithOIDC, client: Client): boolean => {
      if (entryOf(client)?.withoutPkce !== true || client.clientAuthMethod === 'none') return true
      const { requestId } = (ctx as unknown as PageContext).page
      log.warn({ request: requestId, client: client.clientId }, 'PKCE left out, as the client’s entry allows')
      return false
    },

    /** The assertion that a client proves itself with: FAPI 2.0 takes `aud` as a text alone (§5.3.2.1), and no RS256. */
    assertAssertion: (client: Client | undefined, aud: unknown, alg: unknown): void => {
      if (!isFapi(client)) return
      if (typeof aud !== 'string') throw new errors.InvalidClientAuth('aud must be a text under the profile fapi2')
      if (isForbidden(alg)) throw new errors.InvalidClientAuth(`alg ${alg} is not taken under the profile fapi2`)
    },

    /** The proof that a token is asked for, bound or used by: when a request is pushed, at the token, at userinfo. */
    assertProof: (ctx: KoaContextWithOIDC): void => {
      if (!isFapi(ctx.oidc.client)) return
      const alg = algOf(ctx.get('DPoP'))
      if (alg !== undefined && isForbidden(alg))
        throw new errors.InvalidDpopProof('a proof in RS256 is not taken under the profile fapi2')
    },

    /** The same of a proof at a company's API. */
    mayProve: (clientId: string, alg: unknown): boolean => !isFapi({ clientId }) || !isForbidden(alg),
  }
}

export type Profiles = ReturnType<typeof createProfiles>
