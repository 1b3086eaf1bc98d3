import { calculateJwkThumbprint, decodeProtectedHeader } from 'jose'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { epochSeconds } from '../lib/clock.ts'
import { createSecretBox } from '../lib/secret-box.ts'
import type { GroupClient } from '../services/index.ts'
import { type ArtifactsStore, artifactId } from './artifacts-store.ts'
import type { RefreshTokens } from './refresh-tokens.ts'

/** Seconds in which a client may ask again with the refresh token that it has just spent. */
const retriedWithin = 10
/** Milliseconds for which the answer of the request that was first is waited for. */
const answeredWithin = 3000
const lookEvery = 20

export interface RetriedRefreshDeps {
  artifacts: Pick<ArtifactsStore, 'get' | 'put'>
  refreshTokens: Pick<RefreshTokens, 'find'>
  get: (clientId: string) => GroupClient | undefined
}

/** What a stored refresh token says of itself, as far as it is looked at here. */
interface Spent {
  clientId?: string
  jkt?: string
}

interface Answered {
  asked: string
  answer: { refresh_token: string }
}

/**
 * The same answer again for a client that asks twice with one refresh token, where its entry declares that it does
 * (`retriesRefresh`): several of its processes refresh at once, or an answer was lost. Never a second pair: the answer
 * is kept for ten seconds, sealed under a key made from the presented token, so that the store alone opens nothing, and
 * only until the newer refresh token is used. The client authenticates again, or shows the same DPoP key; the scope and
 * the resource are the same. For everybody else a spent token ends its grant (RFC 9700 §4.14.2).
 */
export const createRetriedRefresh = ({ artifacts, refreshTokens, get }: RetriedRefreshDeps) => {
  const askedAgain = new WeakSet<object>()

  /** Declared, and known to be the same one: by its secret or key, or by the key that the token is bound to. */
  const mayRetry = ({ clientId = '', jkt }: Spent): boolean => {
    const { retriesRefresh, secret, jwksUri } = get(clientId)?.client ?? {}
    return retriesRefresh === true && (secret !== undefined || jwksUri !== undefined || jkt !== undefined)
  }
  const boxOf = (token: string) => createSecretBox([Buffer.from(token)])
  const keptUnder = (token: string) => artifactId('RefreshAnswer', token)

  const askedWith = async (ctx: KoaContextWithOIDC): Promise<string> => {
    const proof = ctx.get('DPoP')
    const key = proof ? decodeProtectedHeader(proof).jwk : undefined
    const { scope, resource } = ctx.oidc.params ?? {}
    return JSON.stringify([scope, resource, key && (await calculateJwkThumbprint(key))])
  }

  /** What was answered to this token, while the newer one has not been used. */
  const kept = async (token: string): Promise<Answered | 'used' | undefined> => {
    const found = await artifacts.get(keptUnder(token))
    if (!found) return undefined
    const { sealed } = JSON.parse(found.payload) as { sealed: string }
    const before = JSON.parse(boxOf(token).open(sealed, keptUnder(token))) as Answered
    const newer = await refreshTokens.find(before.answer.refresh_token)
    return !newer || newer.consumed !== undefined ? 'used' : before
  }

  const waitFor = async (token: string): Promise<Awaited<ReturnType<typeof kept>>> => {
    const end = performance.now() + answeredWithin
    for (;;) {
      const found = await kept(token)
      if (found || performance.now() > end) return found
      await new Promise((resolve) => setTimeout(resolve, lookEvery))
    }
  }

  return {
    /** Whether a token that was spent at `consumed` (seconds) is presented by a client that may ask again. */
    isRetry: async (ctx: object, token: string, spent: Spent, consumed: number): Promise<boolean> => {
      if (!mayRetry(spent) || consumed + retriedWithin <= epochSeconds()) return false
      if ((await kept(token)) === 'used') return false
      askedAgain.add(ctx)
      return true
    },

    /** Another request with the same token was first, at the same moment. */
    lost: (ctx: object): void => {
      askedAgain.add(ctx)
    },

    /** Whether the request under way asks again; every check of a first one has passed when this is looked at. */
    isAskedAgain: (ctx: object): boolean => askedAgain.has(ctx),

    /** Around the token endpoint: keeps what was answered, and answers it to who asks again. */
    around: async (ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> => {
      await next()
      const { params, entities } = ctx.oidc ?? {}
      const token = params?.refresh_token
      if (typeof token !== 'string' || !entities.RefreshToken || !mayRetry(entities.RefreshToken)) return
      const answer = ctx.body as { refresh_token?: string }
      if (ctx.status === 200 && entities.RotatedRefreshToken && answer.refresh_token) {
        const asked = await askedWith(ctx)
        await artifacts.put(keptUnder(token), {
          payload: JSON.stringify({
            sealed: boxOf(token).seal(JSON.stringify({ asked, answer }), keptUnder(token)),
          }),
          exp: epochSeconds() + retriedWithin,
          ...(entities.Grant?.jti && { grantId: entities.Grant.jti }),
        })
      } else if (askedAgain.has(ctx)) {
        const before = await waitFor(token)
        if (before === undefined || before === 'used' || before.asked !== (await askedWith(ctx))) return
        ctx.status = 200
        ctx.body = before.answer
      }
    },
  }
}

export type RetriedRefresh = ReturnType<typeof createRetriedRefresh>
