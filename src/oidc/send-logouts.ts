import { createCircuits } from '../lib/circuits.ts'
import { day, hour, minute, now, second } from '../lib/clock.ts'
import { isRefusal, nextTry } from '../lib/delivery-rules.ts'
import { createDispatcher, type Heard } from '../lib/dispatcher.ts'
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

/** After the nth answer that was no. */
const answered = { waits: [10 * second, minute, 5 * minute, 30 * minute, 2 * hour, 6 * hour, 12 * hour] }
/** Of a service that does not answer; a day long, then it is given up. */
const silent = { waits: [10 * second, minute], repeats: true, lasts: day }
const attemptTimeout = 5 * second
/** A claim outlives the attempt, so that no other process tells the same meanwhile. */
const claimedFor = 30 * second
/** At one service. */
const atOnce = 4

/**
 * Tells services that a session ended (OpenID Connect Back-Channel Logout 1.0). Signed anew at each attempt, since a
 * logout token is good for two minutes. Each service has places of its own: one that hangs holds up no other (P13).
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
  const deliver = async (logout: Logout, stopped: AbortSignal): Promise<Heard> => {
    const known = get(logout.client)
    const url = known?.client.backchannelLogoutUri
    if (!known || !url) {
      await logouts.settle(logout._id, 'gave-up', 0)
      return 'untried'
    }
    const claimed = await logouts.claim(logout, now() + claimedFor)
    if (!claimed) return 'untried'
    const status = await post(known, url, logout, stopped)
    if (status >= 200 && status < 300) {
      await logouts.settle(logout._id, 'acknowledged', status)
      return 'answered'
    }
    if (stopped.aborted) {
      await logouts.postpone(claimed, now(), 0)
      return 'untried'
    }
    const isAnswer = (status >= 300 && status < 400) || isRefusal(status)
    const next = nextTry(isAnswer ? answered : silent, { tries: logout.attempts, at: logout.at }, now())
    if (next === undefined) {
      log.warn({ client: logout.client, status }, 'a service could not be told of a sign-out')
      await logouts.settle(logout._id, 'gave-up', status)
    } else await logouts.postpone(claimed, next, status)
    return isAnswer ? 'answered' : 'silent'
  }

  /** The answer's status; 0: none came. */
  const post = async (
    { client, company }: GroupClient,
    url: string,
    { sub, sid }: Logout,
    signal: AbortSignal,
  ): Promise<number> => {
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
        signal,
      })
      return status
    } catch {
      return 0
    }
  }

  const lanes = createCircuits({ first: atOnce, onWell: () => dispatcher.wake() })
  const dispatcher = createDispatcher({ name: 'sign-outs', outbox: logouts, lanes, deliver, log })

  return {
    wake: dispatcher.wake,

    /** Settles when nothing is due, nor on its way. */
    drain: dispatcher.idle,

    /** How many could be told now and are not yet; those that wait for another time do not count. */
    pending: dispatcher.pending,

    /** Ends within seconds; what is not told by then is told after the next start. */
    stop: dispatcher.stop,
  }
}
