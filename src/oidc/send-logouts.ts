import { hour, minute, now, second } from '../lib/clock.ts'
import { randomId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import type { Outbound } from '../lib/outbound.ts'
import type { GroupClient } from '../services/index.ts'
import type { Logout, LogoutStore } from './logout-store.ts'

export interface SendLogoutsDeps {
  issuer: string
  logouts: LogoutStore
  get: (clientId: string) => GroupClient | undefined
  reachablePrivately: (company: string) => readonly string[]
  outbound: Outbound
  /** Signs with the algorithm this client checks. */
  sign: (payload: Record<string, unknown>, header: { typ: string }, algorithm: 'ES256' | 'RS256') => Promise<string>
  log: Log
}

/** How long after the nth attempt the next one comes; after the last, it is given up. */
const waits = [10 * second, minute, 5 * minute, 30 * minute, 2 * hour, 6 * hour, 12 * hour]
const attemptTimeout = 5 * second
const atOnce = 50

/**
 * Tells services that a session ended (OpenID Connect Back-Channel Logout 1.0). Signed anew at each attempt, since a
 * logout token is good for two minutes; one service that hangs holds up no other (P13).
 */
export const createSendLogouts = ({
  issuer,
  logouts,
  get,
  reachablePrivately,
  outbound,
  sign,
  log,
}: SendLogoutsDeps) => {
  let onTheirWay = 0

  const attempt = async (logout: Logout): Promise<void> => {
    const known = get(logout.client)
    const url = known?.client.backchannelLogoutUri
    if (!known || !url) return logouts.settle(logout._id, 'gave-up', 0)
    const wait = waits[logout.attempts]
    if (!(await logouts.claim(logout, now() + (wait ?? hour)))) return undefined
    onTheirWay++
    const status = await post(known, url, logout).finally(() => onTheirWay--)
    if (status >= 200 && status < 300) return logouts.settle(logout._id, 'acknowledged', status)
    if (wait === undefined) {
      log.warn({ client: logout.client, status }, 'a service could not be told of a sign-out')
      return logouts.settle(logout._id, 'gave-up', status)
    }
    return logouts.answered(logout._id, status)
  }

  const post = async ({ client, company }: GroupClient, url: string, { sub, sid }: Logout): Promise<number> => {
    const issuedAt = Math.floor(now() / second)
    const payload = {
      iss: issuer,
      aud: client.id,
      iat: issuedAt,
      exp: issuedAt + 120,
      jti: randomId(),
      sub,
      sid,
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    }
    const token = await sign(payload, { typ: 'logout+jwt' }, client.idTokenAlgorithm)
    try {
      const { status } = await outbound.request({
        url,
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ logout_token: token }).toString(),
        allowed: [...reachablePrivately(company)],
        timeout: attemptTimeout,
      })
      return status
    } catch {
      return 0
    }
  }

  /** One after the other at each service, all services beside one another. */
  const round = async (): Promise<number> => {
    const due = await logouts.due(now(), atOnce)
    const byClient = Map.groupBy(due, ({ client }) => client)
    await Promise.all([...byClient.values()].map((rows) => inTurn(rows, attempt)))
    return due.length
  }

  let draining: Promise<void> | undefined
  const untilNothingIsDue = async (): Promise<void> => {
    while ((await round()) > 0);
  }

  return {
    /** Until nothing is due, nor on its way: one drain at a time, and whoever asks waits for what was asked before. */
    drain: async (): Promise<void> => {
      while (draining) await draining
      draining = untilNothingIsDue()
      try {
        await draining
      } finally {
        draining = undefined
      }
    },
    pending: async (): Promise<number> => (await logouts.due(now(), atOnce)).length + onTheirWay,
  }
}

const inTurn = async <T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> => {
  for (const item of items) await act(item)
}
