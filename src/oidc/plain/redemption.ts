import type { Adapter, AdapterPayload, Client } from 'oidc-provider'
import { digest, sameSecret } from '../../lib/ids.ts'
import type { GroupClient } from '../../services/index.ts'
import { alreadyRedeemed } from '../adapter.ts'
import { type ArtifactsStore, artifactId } from '../artifacts-store.ts'
import type { NewRefreshToken, RefreshTokens } from '../refresh-tokens.ts'
import { createPlainIssue, type Descent, type MadeTokens, type PlainIssueDeps, type Source } from './issue.ts'
import { isIssued, isText, type PlainTokens } from './plain-tokens.ts'
import type { Redeemed } from './read-plain.ts'

export interface PlainRedemptionDeps extends PlainIssueDeps {
  adapter: (model: string) => Adapter
  artifacts: Pick<ArtifactsStore, 'consume'>
  refreshTokens: Pick<RefreshTokens, 'find' | 'successor' | 'forget'>
}

/** Who redeems: what is declared of it, and what the library makes of that. */
export interface Redeemer {
  known: GroupClient
  client: Client
}

/** Good so far, and what is to be written at once for it. */
interface Redemption {
  source: Source
  descent: Descent
  successor: NewRefreshToken
  /** Takes what is presented, for good; false: another was first. */
  take: (kept: Promise<boolean>) => Promise<boolean>
  /** What is left of it when another was first. */
  leave: () => Promise<void>
}

const kept =
  'accountId acr amr authTime clientId exp expiresWithSession grantId iat jti kind nonce scope sessionUid sid'
const refreshFields = new Set([...kept.split(' '), 'gty', 'iiat', 'rotations'])
const codeFields = new Set([...kept.split(' '), 'codeChallenge', 'codeChallengeMethod', 'redirectUri'])

/**
 * Redeems a refresh token or a code in one wait for the disk: what spends it and what is issued for it are written at
 * once. What is issued is told after that alone, so that of a race that was lost, or of a process that died in between,
 * nothing is left that anybody knows (Z1, P15).
 */
export const createPlainRedemption = (
  { adapter, artifacts, refreshTokens, ...deps }: PlainRedemptionDeps,
  tokens: Pick<PlainTokens, 'under'>,
) => {
  const [codes, accessTokens] = [adapter('AuthorizationCode'), adapter('AccessToken')]
  const issue = createPlainIssue(deps)

  const byRefreshToken = async ({ known: { client } }: Redeemer, value: string): Promise<Redemption | undefined> => {
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
      take: (kept) => kept,
      leave: async () => {},
    }
  }

  const byCode = async (
    { known: { client } }: Redeemer,
    { code, redirectUri, verifier }: Redeemed & { grantType: 'authorization_code' },
  ): Promise<Redemption | undefined> => {
    const source = await codes.find(code)
    if (!source || !isIssued('AuthorizationCode', codeFields, source) || source.clientId !== client.id) return undefined
    const { codeChallenge, codeChallengeMethod } = source
    const isProven = isText(codeChallenge) && sameSecret(digest(verifier), codeChallenge)
    if (!isProven || codeChallengeMethod !== 'S256' || source.redirectUri !== redirectUri) return undefined
    const successor = refreshTokens.successor()
    return {
      source,
      descent: { gty: 'authorization_code', rotations: 0 },
      successor,
      take: async (kept) => {
        const [isFirst] = await Promise.all([artifacts.consume(artifactId('AuthorizationCode', code)), kept])
        return isFirst
      },
      leave: () => refreshTokens.forget(successor.value),
    }
  }

  const write = async ({ take, leave, successor }: Redemption, { access, refresh }: MadeTokens): Promise<void> => {
    const { value, payload } = access
    const [isFirst] = await Promise.all([
      take(successor.keep(refresh, refresh.exp)),
      accessTokens.upsert(value, payload, payload.exp - payload.iat!),
    ])
    if (isFirst) return
    await Promise.all([accessTokens.destroy(value), leave()])
    throw alreadyRedeemed()
  }

  /** What is answered once it is written; undefined where something is not plainly good. */
  return async (
    redeemer: Redeemer,
    asked: Redeemed,
  ): Promise<{ body: Record<string, unknown>; write: () => Promise<void> } | undefined> => {
    const { client } = redeemer
    if (!['refresh_token', asked.grantType].every((type) => client.grantTypeAllowed(type))) return undefined
    const redemption =
      asked.grantType === 'refresh_token'
        ? await byRefreshToken(redeemer, asked.refreshToken)
        : await byCode(redeemer, asked)
    const standing = redemption && (await tokens.under(redemption.source))
    const made = standing && (await issue(redemption, standing, client))
    return made && { body: made.body, write: () => write(redemption, made) }
  }
}
