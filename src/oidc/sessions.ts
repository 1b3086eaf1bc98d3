import type { Context } from 'koa'
import { type PrincipalId, principalIdOf, principalKey } from '../accounts/index.ts'
import type { PageContext } from '../http/index.ts'
import { epochSeconds, hour, isWithin, minute, now, second } from '../lib/clock.ts'
import { digest, randomId } from '../lib/ids.ts'
import { portalClientId } from '../services/index.ts'
import { deviceName } from './device-name.ts'
import { createEndSessions, type EndSessionsDeps } from './end-sessions.ts'
import { type ProofMethod, passwordAcr } from './interaction-policy.ts'
import { sessionTtl } from './lifetimes.ts'
import { createOfflineSessions, type OfflineSessionsDeps } from './offline-sessions.ts'
import type { BrowserSession, SessionSummary } from './oidc.ts'
import { isCurrent } from './principal.ts'
import type { SessionState } from './session-store.ts'

export interface SessionsDeps extends OfflineSessionsDeps, EndSessionsDeps {
  production: boolean
}

const usedWithin = 5 * minute
const restedFor = hour

/** Sessions as the account pages and other features see and end them. */
export const createSessions = (deps: SessionsDeps) => {
  const { clients, sessions, endings, subjects } = deps
  const offline = createOfflineSessions(deps)
  const { activeSessionsOf, ...ends } = createEndSessions(deps, offline)

  /** A proof that renews the cookie is followed, in the same request, by acts that have to find the session again. */
  const written = new WeakMap<PageContext['req'], string>()

  const cookieOf = (ctx: PageContext) => {
    const provider = deps.provider()
    const { cookies } = provider.createContext(ctx.req, ctx.res)
    cookies.secure = (ctx as unknown as Context).secure
    const options = {
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: deps.production,
      signed: true,
      overwrite: true,
    }
    const name = provider.cookieName('session')
    return {
      read: () => written.get(ctx.req) ?? cookies.get(name, { signed: true }),
      write: (value: string, expires: Date | undefined) => {
        written.set(ctx.req, value)
        cookies.set(name, value, { ...options, sameSite: 'lax', ...(expires && { expires }) })
      },
      clear: () => cookies.set(name, null, { ...options, sameSite: 'lax' }),
    }
  }

  const stateOf = async (ctx: PageContext): Promise<(SessionState & { principal: string }) | undefined> => {
    const cookie = cookieOf(ctx).read()
    const state = cookie ? await sessions.byCookie(cookie) : undefined
    return state?.principal ? { ...state, principal: state.principal } : undefined
  }

  /**
   * Being looked at keeps a session alive, written down at most every few minutes; and its cookie, after a rest: of
   * requests at once none may put back a cookie that a proof in another has just renewed.
   */
  const touch = async (ctx: PageContext, state: SessionState & { principal: string }): Promise<void> => {
    if (state.usedAt > now() - usedWithin) return
    const ttl = sessionTtl({ accountId: state.principal, loginTs: state.loginTs, transient: state.transient })
    const exp = epochSeconds() + ttl
    const change = { set: { exp }, unset: [], authorizations: {}, reauthenticated: false }
    const generation = await sessions.merge(state.uid, change, false)
    const cookie = cookieOf(ctx)
    const value = cookie.read()
    if (state.transient || generation !== state.generation || state.usedAt > now() - restedFor || !value) return
    cookie.write(value, new Date(exp * 1000))
  }

  return {
    offlineSessionsOf: offline.offlineSessionsOf,
    endOfflineSession: offline.endOfflineSession,
    ...ends,

    session: async (ctx: PageContext): Promise<BrowserSession | undefined> => {
      const state = await stateOf(ctx)
      if (!state) return undefined
      const principal = await subjects.active(principalIdOf(state.principal))
      if (!principal || !isCurrent(state, principal)) return undefined
      await touch(ctx, state)
      const signedInAt = state.loginTs ?? 0
      return {
        uid: state.uid,
        principal: principal.id,
        credentialEpoch: principal.credentialEpoch,
        signedInAt,
        isFresh: (minutes) => isWithin(minutes * minute + second, signedInAt * second),
      }
    },

    begin: async (ctx: PageContext, principal: PrincipalId, credentialEpoch: number): Promise<void> => {
      const before = await stateOf(ctx)
      if (before) await endings.endSession(before)
      const browser = digest(ctx.page.browser)
      await sessions.releaseBrowser(browser)
      const { uid } = await sessions.ofBrowser(browser, randomId())
      const [accountId, loginTs] = [principalKey(principal), epochSeconds()]
      const exp = loginTs + sessionTtl({ accountId, loginTs })
      const device = deviceName((ctx as unknown as Context).get('user-agent'))
      const set = {
        principal: accountId,
        credentialEpoch,
        loginTs,
        acr: passwordAcr,
        amr: ['pwd'],
        exp,
        device,
        browser,
      }
      const change = { set, unset: [], authorizations: {}, reauthenticated: true }
      const generation = await sessions.merge(uid, change, true)
      if (generation === undefined) return
      const cookie = randomId(32)
      await sessions.setCookiePointer(cookie, { uid, principal: accountId, exp }, generation)
      cookieOf(ctx).write(cookie, new Date(exp * 1000))
      // The page that the form leads to is theirs.
      ctx.page.owner = accountId
    },

    provenAgain: async (ctx: PageContext, credentialEpoch: number, method: ProofMethod = 'pwd'): Promise<void> => {
      const state = await stateOf(ctx)
      const principal = state && (await subjects.active(principalIdOf(state.principal)))
      if (!state || principal?.credentialEpoch !== credentialEpoch) return
      const change = {
        set: {
          loginTs: epochSeconds(),
          amr: [method],
          credentialEpoch,
          exp: epochSeconds() + sessionTtl({ accountId: state.principal, loginTs: epochSeconds() }),
        },
        unset: [],
        authorizations: {},
        reauthenticated: true,
      }
      const generation = await sessions.merge(state.uid, change, false)
      if (generation === undefined) return
      const cookie = randomId(32)
      await sessions.setCookiePointer(cookie, state, generation)
      cookieOf(ctx).write(cookie, state.transient ? undefined : new Date(change.set.exp * 1000))
    },

    sessionsOf: async (id: PrincipalId): Promise<SessionSummary[]> => {
      const principal = await subjects.active(id)
      if (!principal) return []
      const states = (await activeSessionsOf(principalKey(id))).filter((state) => isCurrent(state, principal))
      return states
        .sort((a, b) => b.usedAt - a.usedAt)
        .map((state) => ({
          uid: state.uid,
          signedInAt: state.loginTs ?? 0,
          lastUsedAt: Math.floor(state.usedAt / 1000),
          device: state.device ?? '',
          services: Object.entries(state.authorizations)
            .filter(([client]) => client !== portalClientId)
            .map(([client, { company = '' }]) => ({ clientId: client, name: clients.nameOf(client), company })),
        }))
    },

    signOut: async (ctx: PageContext): Promise<void> => {
      const state = await stateOf(ctx)
      if (state) await endings.signOut(state)
      cookieOf(ctx).clear()
    },
  }
}
