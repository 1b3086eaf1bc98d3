import type { AdapterPayload, Client } from 'oidc-provider'
import { digest, sameSecret } from '../../lib/ids.ts'
import type { GroupClient } from '../../services/index.ts'
import { alreadyRedeemed } from '../adapter.ts'
import type { RefreshTokens } from '../refresh-tokens.ts'
import { createPlainIssue, type Descent, type MadeTokens, type PlainIssueDeps, type Presented } from './issue.ts'
import { isIssued, isText, type PlainTokens } from './plain-tokens.ts'
import type { Redeemed } from './read-plain.ts'

export interface PlainRedemptionDeps extends PlainIssueDeps {
  refreshTokens: Pick<RefreshTokens, 'find' | 'findCode' | 'successor'>
}

/** Who redeems: what is declared of it, and what the library makes of that. */
export interface Redeemer {
  known: GroupClient
  client: Client
}

const kept =
  'accountId acr amr authTime clientId exp expiresWithSession grantId iat jti kind nonce scope sessionUid sid'
const refreshFields = new Set([...kept.split(' '), 'gty', 'iiat', 'rotations'])
const codeFields = new Set([...kept.split(' '), 'codeChallenge', 'codeChallengeMethod', 'redirectUri'])

/**
 * Redeems a refresh token or a code by one compare-and-set of one row, the family's: it spends what is presented and keeps
 * what is issued. That is told after it alone, so that of a race that was lost, or of a process that died in between,
 * nothing is left (Z1, P15).
 */
export const createPlainRedemption = (
  { refreshTokens, ...deps }: PlainRedemptionDeps,
  tokens: Pick<PlainTokens, 'under'>,
) => {
  const issue = createPlainIssue(deps)

  const byRefreshToken = async ({ known: { client } }: Redeemer, value: string): Promise<Presented | undefined> => {
    // Those that are not replaced, and those that may be asked with again.
    if (client.keepsRefreshToken || client.retriesRefresh) return undefined
    const found = await refreshTokens.find(value)
    if (!found?.place) return undefined
    const source = found.payload as AdapterPayload & Partial<Descent>
    if (!isIssued('RefreshToken', refreshFields, source) || source.clientId !== client.id) return undefined
    const { gty, iiat, rotations } = source
    if (!isText(gty) || typeof iiat !== 'number' || typeof rotations !== 'number') return undefined
    return {
      source,
      descent: { gty: /refresh_token$/.test(gty) ? gty : `${gty} refresh_token`, iiat, rotations: rotations + 1 },
      successor: refreshTokens.successor(found.place),
      access: found.access,
    }
  }

  const byCode = async (
    { known: { client } }: Redeemer,
    { code, redirectUri, verifier }: Redeemed & { grantType: 'authorization_code' },
  ): Promise<Presented | undefined> => {
    const found = await refreshTokens.findCode(code)
    if (!found?.place) return undefined
    const source = found.payload
    if (!isIssued('AuthorizationCode', codeFields, source) || source.clientId !== client.id) return undefined
    const { codeChallenge, codeChallengeMethod } = source
    const isProven = isText(codeChallenge) && sameSecret(digest(verifier), codeChallenge)
    if (!isProven || codeChallengeMethod !== 'S256' || source.redirectUri !== redirectUri) return undefined
    return {
      source,
      descent: { gty: 'authorization_code', rotations: 0 },
      successor: refreshTokens.successor(found.place),
    }
  }

  const write = async ({ successor }: Presented, { access, refresh }: MadeTokens): Promise<void> => {
    if (!(await successor.keep(refresh, refresh.exp, access))) throw alreadyRedeemed()
  }

  /** What is answered once it is written; undefined where something is not plainly good. */
  return async (
    redeemer: Redeemer,
    asked: Redeemed,
  ): Promise<{ body: Record<string, unknown>; write: () => Promise<void> } | undefined> => {
    const { client } = redeemer
    if (!['refresh_token', asked.grantType].every((type) => client.grantTypeAllowed(type))) return undefined
    const presented =
      asked.grantType === 'refresh_token'
        ? await byRefreshToken(redeemer, asked.refreshToken)
        : await byCode(redeemer, asked)
    const standing = presented && (await tokens.under(presented.source))
    const made = standing && (await issue(presented, standing, client))
    return made && { body: made.body, write: () => write(presented, made) }
  }
}
