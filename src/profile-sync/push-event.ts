import type { LifecycleKind } from '../accounts/index.ts'
import type { Company, CompanyId } from '../companies/index.ts'
import { epochSeconds } from '../lib/clock.ts'
import { randomId } from '../lib/ids.ts'
import type { CopyDelivery, Delivery, LifecycleDelivery, Push } from './deliver-events.ts'

/** CAEP 1.0 §3.2: the claims of the subject changed. */
export const claimsChange = 'https://schemas.openid.net/secevent/caep/event-type/token-claims-change'

export interface PushDeps {
  issuer: string
  /** Signs as the provider does; answers a compact JWS. */
  sign: (payload: Record<string, unknown>, header: { typ: string }) => Promise<string>
  company: (id: CompanyId) => Company | undefined
  request: (call: {
    url: string
    method: 'POST'
    headers: Record<string, string>
    body: string
    allowed: string[]
    signal: AbortSignal
  }) => Promise<{ status: number; body: string }>
}

/**
 * Pushes one delivery as a signed security event token (RFC 8417, RFC 8935). A new token at each attempt; the receiver
 * goes by `version` (`epoch.seq`) and drops what is not newer than what it has.
 */
export const createPush =
  ({ issuer, company, sign, request }: PushDeps): Push =>
  async (delivery, signal) => {
    const { recipient } = delivery
    const token = await sign(eventOf(issuer, delivery), { typ: 'secevent+jwt' })
    const answer = await request({
      url: recipient.endpoint,
      method: 'POST',
      headers: { 'content-type': 'application/secevent+jwt', accept: 'application/json' },
      body: token,
      allowed: company(recipient.company)?.reachablePrivately ?? [],
      signal,
    })
    // A proxy's page with status 200 is nobody's word: the acknowledgement is 202 and empty (RFC 8935 §2.2).
    const isSuccess = answer.status >= 200 && answer.status < 300
    if (isSuccess) return answer.status === 202 || answer.body === '' ? { status: answer.status } : { failed: 'no-202' }
    const why = errorOf(answer.body)
    return { status: answer.status, ...(why && { why }) }
  }

const eventOf = (issuer: string, delivery: Delivery) => ({
  iss: issuer,
  jti: randomId(),
  iat: epochSeconds(),
  aud: delivery.recipient.audience,
  sub_id: { format: 'iss_sub', iss: issuer, sub: delivery.subject },
  events: 'lifecycle' in delivery ? lifecycleEvent(issuer, delivery) : copyEvent(delivery),
})

const copyEvent = ({ claims, version, withdrawn }: CopyDelivery) => ({
  [claimsChange]: {
    claims,
    version,
    event_timestamp: epochSeconds(),
    ...(withdrawn.length > 0 && { withdrawn }),
  },
})

/** A type of our own: where somebody stands to a company has no name in CAEP that says so. */
export const lifecycleType = (issuer: string, kind: LifecycleKind): string => `${issuer}/event-type/${kind}`

const lifecycleEvent = (issuer: string, { lifecycle, version, at }: LifecycleDelivery) => ({
  [lifecycleType(issuer, lifecycle)]: { version, event_timestamp: epochSeconds(at) },
})

/** RFC 8935 §2.3: a receiver's error is JSON with a short code; anything else it says is not repeated. */
const errorOf = (body: string): string | undefined => {
  try {
    const { err } = JSON.parse(body) as { err?: unknown }
    return typeof err === 'string' && /^[a-z_]{1,40}$/.test(err) ? err : undefined
  } catch {
    return undefined
  }
}
