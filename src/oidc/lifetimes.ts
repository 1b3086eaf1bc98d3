import type { Client, Configuration, RefreshToken } from 'oidc-provider'
import { day, epochSeconds, hour, minute, second } from '../lib/clock.ts'
import type { OurSession } from './session-model.ts'

/** The engine counts them. */
export const seconds = (milliseconds: number): number => milliseconds / second

/** A person's session may not outlive this, however often it is used (NIST SP 800-63B-4 §2.2.3). */
const sessionAtMost = seconds(30 * day)
const sessionIdle = seconds(14 * day)
const refreshIdle = seconds(30 * day)
const offlineAtMost = seconds(180 * day)
/** Not shorter than the longest refresh token given out on a session's last day: the grant is its fence (P7). */
export const grantAtMost = sessionAtMost + offlineAtMost + seconds(day)

/** Of a token for userinfo and of an ID token, in seconds. */
export const accessTokenLifetime = seconds(10 * minute)
export const idTokenLifetime = seconds(10 * minute)
export const codeLifetime = seconds(minute)

/** Of a refresh token in seconds, by when its family began (seconds since 1970); undefined: it is the first. */
export const refreshTokenLifetime = (isOffline: boolean, iiat: number | undefined): number => {
  const lived = iiat ? epochSeconds() - iiat : 0
  return Math.max(1, Math.min(refreshIdle, (isOffline ? offlineAtMost : sessionAtMost) - lived))
}

/** How long each thing that the engine keeps is good, in seconds. */
export const lifetimes = (isOffline: (client: Client | undefined) => boolean): NonNullable<Configuration['ttl']> => ({
  AuthorizationCode: codeLifetime,
  AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? accessTokenLifetime,
  ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? seconds(5 * minute),
  DeviceCode: seconds(10 * minute),
  IdToken: idTokenLifetime,
  Interaction: seconds(hour),
  Grant: grantAtMost,
  RefreshToken: (ctx, token: RefreshToken) =>
    refreshTokenLifetime(isOffline(token.client ?? ctx?.oidc.client), token.iiat),
  Session: (_ctx, session) => sessionTtl(session as OurSession),
})

export const sessionTtl = (session: Pick<OurSession, 'accountId' | 'loginTs' | 'transient'>): number => {
  if (!session.accountId) return seconds(hour)
  const left = (session.loginTs ?? 0) + sessionAtMost - epochSeconds()
  return Math.max(1, Math.min(session.transient ? seconds(day) : sessionIdle, left))
}
