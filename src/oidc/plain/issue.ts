import type { AdapterPayload, Client } from 'oidc-provider'
import { epochSeconds } from '../../lib/clock.ts'
import type { GrantFence } from '../grant-fence.ts'
import type { SigningAlgorithm } from '../keys-store.ts'
import { accessTokenLifetime, idTokenLifetime, refreshTokenLifetime } from '../lifetimes.ts'
import type { NewRefreshToken } from '../refresh-tokens.ts'
import type { ScopeEnforcement } from '../scope-enforcement.ts'
import type { SubjectResolver } from '../subject-resolver.ts'
import type { Issued, Standing } from './plain-tokens.ts'

export interface PlainIssueDeps {
  issuer: string
  fence: Pick<GrantFence, 'lost'>
  doors: Pick<ScopeEnforcement, 'assertIssuable'>
  subjects: Pick<SubjectResolver, 'subjectFor'>
  sign: (payload: Record<string, unknown>, algorithm: SigningAlgorithm) => Promise<string>
}

/** A code or a refresh token, by what those that are issued for it take over; times in seconds since 1970. */
export interface Source extends Issued {
  acr?: string
  amr?: string[]
  authTime?: number
  nonce?: string
  sid?: string
  sessionUid?: string
  expiresWithSession?: boolean
}

/** How what is issued came about, as the library notes it. */
export interface Descent {
  /** The grant types that led to it, with spaces between. */
  gty: string
  /** How many refresh tokens were before this one. */
  rotations: number
  /** When the first of them was issued; undefined: it is this one. */
  iiat?: number
}

/** What is presented, and what is to follow it. */
export interface Presented {
  source: Source
  descent: Descent
  successor: NewRefreshToken
  /** What the family's access tokens are for; undefined: it has none yet. */
  access?: string | undefined
}

/** All that a good request is given, made before anything of it is written. */
export interface MadeTokens {
  /** What the access token is for. */
  access: string
  /** As its successor is kept. */
  refresh: AdapterPayload & { exp: number }
  /** As the library writes it. */
  body: Record<string, unknown>
}

/** Makes an access token for userinfo, the next refresh token and an ID token; undefined where less is left than asked for. */
export const createPlainIssue =
  ({ issuer, fence, doors, subjects, sign }: PlainIssueDeps) =>
  async (
    { source, descent, successor, access }: Presented,
    { grant, held }: Standing,
    client: Client,
  ): Promise<MadeTokens | undefined> => {
    const granted = grant.openid?.scope
    // What a policy has lost since is cut by the library (P6).
    if (typeof granted !== 'string' || fence.lost(held.client, granted).length > 0) return undefined
    const asked = source.scope.split(' ')
    const scope = granted
      .split(' ')
      .filter((each) => asked.includes(each))
      .join(' ')
    // Those of one family are for one thing: where its grant has grown since, the new one has a row, as the library's have.
    if (access !== undefined && access !== scope) return undefined
    const { accountId, clientId, grantId, sessionUid, sid, expiresWithSession, acr, amr, authTime, nonce } = source
    const issued = { clientId, accountId, grantId, sessionUid, sid, expiresWithSession, gty: descent.gty }
    doors.assertIssuable(clientId, scope)

    const iat = epochSeconds()
    const { iiat = iat, ...descends } = descent
    const exp = iat + refreshTokenLifetime(held.client.client.offline, iiat)
    // It ends with its family, and is to be good for as long as any.
    if (exp < iat + accessTokenLifetime) return undefined
    const proof = { acr, amr, authTime, nonce }
    const refresh = { ...issued, ...descends, iiat, ...proof, kind: 'RefreshToken', iat, exp, scope: source.scope }
    const sub = subjects.subjectFor(accountId, held.client, held.account)
    // When and how they proved themselves is in every one (P14); of a person's details userinfo tells.
    const said = { sub, acr, amr, auth_time: authTime, nonce, sid, aud: clientId }
    const claims = { ...said, exp: iat + idTokenLifetime, iat, iss: issuer }
    return {
      access: scope,
      refresh,
      body: {
        access_token: successor.accessToken(iat),
        expires_in: accessTokenLifetime,
        ...(asked.includes('openid') && {
          id_token: await sign(claims, client.idTokenSignedResponseAlg as SigningAlgorithm),
        }),
        refresh_token: successor.value,
        scope,
        token_type: 'Bearer',
      },
    }
  }
