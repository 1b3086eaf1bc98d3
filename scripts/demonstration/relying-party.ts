import { randomBytes } from 'node:crypto'
import * as client from 'openid-client'
import type { ServiceLook } from './page.ts'
import type { ServiceSettings } from './service.ts'

export interface SignedIn {
  subject: string
  sid: string | undefined
  idToken: string
  claims: Record<string, unknown>
}

interface Begun {
  verifier: string
  nonce: string
}

/** The service's own sessions, in memory: who is signed in here, by its own cookie, and who is on the way. */
export const createRelyingParty = (settings: Omit<ServiceSettings, Exclude<keyof ServiceLook, 'name' | 'issuer'>>) => {
  const sessions = new Map<string, SignedIn>()
  const begun = new Map<string, Begun>()
  const watchers = new Map<string, Set<() => void>>()
  let discovered: Promise<client.Configuration> | undefined
  const redirectUri = `${settings.url}/callback`

  const configuration = (): Promise<client.Configuration> => {
    discovered ??= client
      .discovery(
        new URL(settings.issuer),
        settings.clientId,
        undefined,
        client.ClientSecretBasic(settings.clientSecret),
        {
          execute: [client.allowInsecureRequests],
        },
      )
      .catch((error: unknown) => {
        discovered = undefined
        throw error
      })
    return discovered
  }

  const randomToken = () => randomBytes(24).toString('base64url')
  const tell = (id: string) => {
    for (const watcher of watchers.get(id) ?? []) watcher()
  }

  return {
    session: (id: string | undefined): SignedIn | undefined => (id ? sessions.get(id) : undefined),

    /** Where to, and the name under which the browser keeps that it began: each tab has its own. */
    begin: async (locale?: string): Promise<{ to: string; state: string }> => {
      const verifier = client.randomPKCECodeVerifier()
      const [state, nonce] = [client.randomState(), client.randomNonce()]
      begun.set(state, { verifier, nonce })
      const to = client.buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        scope: settings.scope,
        state,
        nonce,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...(locale && { ui_locales: locale }),
      })
      return { to: to.href, state }
    },

    /** `isOwn`: whether this very browser began what comes back (T9: nobody is signed in by another's link). */
    complete: async (url: URL, isOwn: (state: string) => boolean): Promise<{ session?: string; error?: string }> => {
      const state = url.searchParams.get('state') ?? ''
      const checks = isOwn(state) ? begun.get(state) : undefined
      if (!checks) return { error: 'unknown_state' }
      begun.delete(state)
      try {
        const current = new URL(url.pathname + url.search, settings.url)
        const tokens = await client.authorizationCodeGrant(await configuration(), current, {
          pkceCodeVerifier: checks.verifier,
          expectedState: state,
          expectedNonce: checks.nonce,
          idTokenExpected: true,
        })
        const idToken = tokens.claims()
        if (!idToken || !tokens.id_token) return { error: 'no_id_token' }
        const more = await client.fetchUserInfo(await configuration(), tokens.access_token, idToken.sub)
        // A new session id after a sign-in: one that was planted before is worth nothing.
        const session = randomToken()
        sessions.set(session, {
          subject: idToken.sub,
          sid: typeof idToken.sid === 'string' ? idToken.sid : undefined,
          idToken: tokens.id_token,
          claims: { ...idToken, ...more },
        })
        return { session }
      } catch (error) {
        if (error instanceof client.AuthorizationResponseError) return { error: error.error }
        if (error instanceof client.ResponseBodyError) return { error: error.error }
        console.error(`${settings.name}:`, error instanceof Error ? error.message : error)
        return { error: 'sign_in_failed' }
      }
    },

    /** Ends the session here and says where to go, so that it ends everywhere (OIDC RP-Initiated Logout). */
    signOut: (id: string | undefined, locale?: string): string => {
      const session = id ? sessions.get(id) : undefined
      if (!id || !session) return '/'
      sessions.delete(id)
      const to = new URL('/session/end', settings.issuer)
      to.search = new URLSearchParams({
        id_token_hint: session.idToken,
        client_id: settings.clientId,
        post_logout_redirect_uri: `${settings.url}/`,
        ...(locale && { ui_locales: locale }),
      }).toString()
      return to.href
    },

    changed: (subject: string, changed: Record<string, unknown>): void => {
      for (const [id, session] of sessions) {
        if (session.subject !== subject) continue
        for (const [name, value] of Object.entries(changed)) {
          if (value === null) delete session.claims[name]
          else session.claims[name] = value
        }
        tell(id)
      }
    },

    signedOut: ({ sid, sub }: { sid?: string; sub?: string }): void => {
      for (const [id, session] of sessions)
        if (sid ? session.sid === sid : session.subject === sub) {
          sessions.delete(id)
          tell(id)
        }
    },

    watch: (id: string | undefined, watcher: () => void): (() => void) => {
      if (!id) return () => {}
      const mine = watchers.get(id) ?? new Set()
      watchers.set(id, mine.add(watcher))
      return () => {
        mine.delete(watcher)
        if (mine.size === 0) watchers.delete(id)
      }
    },

    forget: (): void => {
      for (const id of sessions.keys()) tell(id)
      sessions.clear()
      begun.clear()
    },
  }
}
