import type { ServerResponse } from 'node:http'
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose'

export interface ReceiverDeps {
  issuer: string
  audience: { events: string; logouts: string }
  jwksUri: string
  /** The whole released copy of one account, and how new it is. */
  changed: (subject: string, claims: Record<string, unknown>, version: string) => void
  signedOut: (who: { sid?: string; sub?: string }) => void
}

export interface Received {
  at: string
  kind: 'event' | 'logout'
  payload: JWTPayload
}

interface Event {
  claims?: Record<string, unknown>
  version?: string
}

const claimsChange = 'https://schemas.openid.net/secevent/caep/event-type/token-claims-change'
const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout'
const modes = ['off', 'hang', 'refuse', '500', 'html']

/** Receives security event tokens (RFC 8935) and logout tokens (OIDC Back-Channel Logout 2.4–2.6), or fails on demand. */
export const createReceiver = ({ issuer, audience, jwksUri, changed, signedOut }: ReceiverDeps) => {
  const keys = createRemoteJWKSet(new URL(jwksUri))
  const newest = new Map<string, [epoch: number, seq: number]>()
  const seen = new Set<string>()
  let received: Received[] = []
  let mode = 'off'
  const hanging = new Set<ServerResponse>()

  const end = (response: ServerResponse, status: number, body?: unknown): void => {
    response.writeHead(status, body === undefined ? {} : { 'content-type': 'application/json' })
    response.end(body === undefined ? undefined : JSON.stringify(body))
  }

  /** True when it has answered, or never will. */
  const failed = (response: ServerResponse): boolean => {
    switch (mode) {
      case 'hang':
        hanging.add(response)
        return true
      case 'refuse':
        response.destroy()
        return true
      case '500':
        end(response, 500, { err: 'server_error' })
        return true
      case 'html':
        response.writeHead(502, { 'content-type': 'text/html' })
        response.end('<!doctype html><title>Bad gateway</title>')
        return true
      default:
        return false
    }
  }

  const isNewer = (subject: string, text: string): boolean => {
    const [epoch = 0, seq = 0] = text.split('.').map(Number)
    const before = newest.get(subject)
    if (before && (epoch < before[0] || (epoch === before[0] && seq <= before[1]))) return false
    newest.set(subject, [epoch, seq])
    return true
  }

  const note = (kind: Received['kind'], payload: JWTPayload): void => {
    received = [{ at: new Date().toISOString(), kind, payload }, ...received].slice(0, 500)
  }

  return {
    received: (): Received[] => received,
    mode: (): string => mode,
    fail: (wanted: string): boolean => {
      if (!modes.includes(wanted)) return false
      mode = wanted
      return true
    },
    forget: (): void => {
      received = []
      newest.clear()
      seen.clear()
      mode = 'off'
      for (const response of hanging) response.destroy()
      hanging.clear()
    },

    event: async (response: ServerResponse, token: string): Promise<void> => {
      if (failed(response)) return
      try {
        const { payload } = await jwtVerify(token.trim(), keys, {
          issuer,
          audience: audience.events,
          typ: 'secevent+jwt',
        })
        const [type = '', event] = Object.entries((payload.events ?? {}) as Record<string, Event>)[0] ?? []
        // An account was linked, unlinked or closed: whoever has to go from here is signed out by a logout token. Or its company
        // corrected or erased on request: nothing is kept here but the claims, and the copy follows.
        const isOwn = type.startsWith(`${issuer}/event-type/`)
        const subject = (payload.sub_id as { sub?: string } | undefined)?.sub
        const claims = type === claimsChange ? event?.claims : undefined
        if (!event?.version || !subject || !(claims || isOwn))
          return end(response, 400, { err: 'invalid_request', description: 'no event that is understood here' })
        note('event', payload)
        // What is not newer is acknowledged and dropped: it came late.
        if (isNewer(subject, event.version) && claims) changed(subject, claims, event.version)
        end(response, 202)
      } catch (error) {
        end(response, 400, {
          err: 'authentication_failed',
          description: error instanceof Error ? error.message : 'refused',
        })
      }
    },

    logout: async (response: ServerResponse, body: string): Promise<void> => {
      if (failed(response)) return
      const token = new URLSearchParams(body).get('logout_token') ?? ''
      try {
        const { payload } = await jwtVerify(token, keys, {
          issuer,
          audience: audience.logouts,
          typ: 'logout+jwt',
          requiredClaims: ['iat', 'exp', 'jti'],
          clockTolerance: 10,
        })
        const events = payload.events as Record<string, unknown> | undefined
        const { jti = '', sub, sid, nonce } = payload as JWTPayload & { sid?: string; nonce?: string }
        // With a nonce it could be an ID token that somebody got hold of.
        if (!events?.[logoutEvent] || nonce !== undefined || seen.has(jti) || (!sub && !sid))
          return end(response, 400, { error: 'invalid_request' })
        seen.add(jti)
        note('logout', payload)
        signedOut({ ...(sid && { sid }), ...(sub && { sub }) })
        end(response, 200)
      } catch {
        end(response, 400, { error: 'invalid_request' })
      }
    },
  }
}
