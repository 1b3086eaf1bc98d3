import type { Context } from 'koa'
import type { Provider } from 'oidc-provider'
import {
  type Account,
  type AccountId,
  type AccountsStore,
  asAccount,
  asPerson,
  isLinkedTo,
  type PrincipalId,
  principalKey,
  principalOf,
} from '../accounts/index.ts'
import type { PageContext } from '../http/index.ts'
import { epochSeconds, isWithin, minute, now, second } from '../lib/clock.ts'
import { digest, randomId } from '../lib/ids.ts'
import { portalClientId } from '../services/index.ts'
import type { ArtifactsStore } from './artifacts-store.ts'
import type { Clients } from './clients.ts'
import { sessionTtl } from './configuration.ts'
import { deviceName } from './device-name.ts'
import type { EndedLogins } from './ended-logins.ts'
import type { OurGrant } from './grants.ts'
import { passwordAcr } from './interaction-policy.ts'
import { type OfflineSession, type OfflineSessionStore, offlineSessionId } from './offline-session-store.ts'
import type { BrowserSession, OfflineSessionSummary, SessionSummary } from './oidc.ts'
import { isCurrent } from './principal.ts'
import type { SessionState, SessionStore } from './session-store.ts'
import type { SessionTermination } from './session-termination.ts'
import type { SubjectResolver } from './subject-resolver.ts'

export interface SessionsDeps {
  provider: () => Provider
  production: boolean
  accounts: AccountsStore
  clients: Clients
  sessions: SessionStore
  endings: SessionTermination
  offlineSessions: OfflineSessionStore
  artifacts: Pick<ArtifactsStore, 'hasTokens'>
  ended: Pick<EndedLogins, 'mark'>
  subjects: SubjectResolver
}

const mostSessions = 20
const usedWithin = 5 * minute

/** Sessions as the account pages and other features see and end them. */
export const createSessions = (deps: SessionsDeps) => {
  const { accounts, clients, sessions, endings, offlineSessions, subjects } = deps

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

  /** Being looked at keeps a session alive, written down at most every few minutes. */
  const touch = async (state: SessionState & { principal: string }): Promise<void> => {
    if (state.usedAt > now() - usedWithin) return
    const ttl = sessionTtl({ accountId: state.principal, loginTs: state.loginTs, transient: state.transient })
    const set = { exp: epochSeconds() + ttl }
    await sessions.merge(state.uid, { set, unset: [], authorizations: {}, reauthenticated: false }, false)
  }

  const uidsOf = async (principal: string): Promise<string[]> => [
    ...new Set((await sessions.usesOf(principal)).map(({ uid }) => uid)),
  ]

  const activeSessionsOf = async (principal: string): Promise<SessionState[]> => {
    const states = await Promise.all((await uidsOf(principal)).map((uid) => sessions.get(uid)))
    return states.filter((state) => state?.principal === principal).map((state) => state!)
  }

  const endUid = async (uid: string): Promise<void> => {
    const state = await sessions.get(uid)
    if (state) await endings.endSession(state)
  }

  /** Whether a token of it could still be used: its grant stands as it was made, and something is under it. */
  const isAlive = async ({ grantId }: OfflineSession): Promise<boolean> => {
    const grant = (await deps.provider().Grant.find(grantId)) as OurGrant | undefined
    if (!grant?.accountId) return false
    const { accountId: principal, account, epoch, credentialEpoch, browser, endings } = grant
    const stands = await subjects.validateGrant({ principal, account, epoch, credentialEpoch, browser, endings })
    return stands !== undefined && (await deps.artifacts.hasTokens(grantId))
  }

  const lastingOf = async (principal: string): Promise<OfflineSession[]> => {
    const living: OfflineSession[] = []
    for (const each of await offlineSessions.of(principal))
      if (await isAlive(each)) living.push(each)
      else await offlineSessions.forget(each)
    return living
  }

  const isUnderThese = async (grantId: string | undefined, credentialEpoch: number): Promise<boolean> => {
    const grant = grantId ? ((await deps.provider().Grant.find(grantId)) as OurGrant | undefined) : undefined
    return grant?.credentialEpoch === credentialEpoch
  }

  const endLasting = async (each: OfflineSession): Promise<void> => {
    await endings.revokeGrant(each.grantId)
    await offlineSessions.forget(each)
  }

  return {
    session: async (ctx: PageContext): Promise<BrowserSession | undefined> => {
      const state = await stateOf(ctx)
      if (!state) return undefined
      const principal = await subjects.active(principalOf(state.principal))
      if (!principal || !isCurrent(state, principal)) return undefined
      await touch(state)
      const signedInAt = state.loginTs ?? 0
      return {
        uid: state.uid,
        principal: principal.id,
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
    },

    provenAgain: async (ctx: PageContext, credentialEpoch: number): Promise<void> => {
      const state = await stateOf(ctx)
      const principal = state && (await subjects.active(principalOf(state.principal)))
      if (!state || principal?.credentialEpoch !== credentialEpoch) return
      const change = {
        set: {
          loginTs: epochSeconds(),
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

    offlineSessionsOf: async (principal: PrincipalId): Promise<OfflineSessionSummary[]> =>
      (await lastingOf(principalKey(principal))).map((each) => ({
        id: offlineSessionId(each),
        name: clients.nameOf(each.client),
        device: each.device ?? '',
        signedInAt: each.signedInAt,
      })),

    endOfflineSession: async (principal: PrincipalId, id: string): Promise<boolean> => {
      const theirs = (await lastingOf(principalKey(principal))).find((each) => offlineSessionId(each) === id)
      if (theirs) await endLasting(theirs)
      return theirs !== undefined
    },

    endSession: endUid,

    endOthers: async (principal: PrincipalId, exceptUid?: string): Promise<void> => {
      // First: what is begun and not resumed yet has no session to be found by.
      await deps.ended.mark(principalKey(principal))
      for (const state of await activeSessionsOf(principalKey(principal)))
        if (state.uid !== exceptUid) await endings.endSession(state, { always: true })
      for (const each of await offlineSessions.of(principalKey(principal))) await endLasting(each)
    },

    endOutdated: async (id: PrincipalId): Promise<void> => {
      const key = principalKey(id)
      const epoch = (await subjects.active(id))?.credentialEpoch ?? -1
      for (const state of await activeSessionsOf(key)) {
        if (state.credentialEpoch !== epoch) await endings.endSession(state, { always: true })
        else {
          const outdated = new Set<string>()
          for (const [client, { grantId }] of Object.entries(state.authorizations))
            if (grantId && !(await isUnderThese(grantId, epoch))) outdated.add(client)
          if (outdated.size > 0) await endings.endIn(state.uid, (_authorization, client) => outdated.has(client))
        }
      }
      for (const each of await offlineSessions.of(key))
        if (!(await isUnderThese(each.grantId, epoch))) await endLasting(each)
    },

    endAccount: async (id: AccountId, { livingToo = false } = {}): Promise<void> => {
      const account = await accounts.get(id)
      const own = asAccount(id)
      const principal = livingToo ? undefined : await subjects.active(own)
      for (const state of await activeSessionsOf(principalKey(own)))
        if (principal && isCurrent(state, principal)) await endDeadParts(state, account)
        else await endings.endSession(state, { always: true })
      const people = new Set([account?.link?.person, account?.left?.person].filter((person) => person !== undefined))
      for (const person of people) {
        for (const use of await sessions.usesOf(principalKey(asPerson(person)), account?.company)) {
          if (use.account !== id) continue
          // Linked again meanwhile: what lives there now is under the new epoch.
          if (
            !livingToo &&
            account &&
            isLinkedTo(account, person) &&
            (await isUnder(use.uid, use.client, account.epoch))
          )
            continue
          await endings.endIn(use.uid, ({ account: at }) => at === id)
          await sessions.forgetUse(use._id)
        }
      }
    },

    endClient: async (principal: PrincipalId, company: string, client: string): Promise<void> => {
      const key = principalKey(principal)
      for (const use of await sessions.usesOf(key, company)) {
        if (use.client !== client) continue
        await endings.endIn(use.uid, (_authorization, name) => name === client)
        await sessions.forgetUse(use._id)
      }
      for (const each of await offlineSessions.of(key)) if (each.client === client) await endLasting(each)
    },

    endBrowser: async (company: string, browser: string): Promise<void> => {
      const session = await sessions.inBrowser(browser)
      if (!session?.principal) return
      await endings.endIn(session.uid, (at) => at.company === company)
      for (const use of await sessions.usesOf(session.principal, company))
        if (use.uid === session.uid) await sessions.forgetUse(use._id)
    },

    signOut: async (ctx: PageContext): Promise<void> => {
      const state = await stateOf(ctx)
      if (state) await endings.endSession(state)
      cookieOf(ctx).clear()
    },

    /** Twenty at most: who signs in once more signs out where they have not been for longest (security §4). */
    limit: async (principal: string): Promise<SessionState[]> => {
      const states = (await activeSessionsOf(principal)).sort((a, b) => b.usedAt - a.usedAt)
      const ended = states.slice(mostSessions)
      for (const state of ended) await endings.endSession(state)
      return ended
    },

    /** No index deletes sessions: services are told of those that ran out as of all others (P13). */
    sweep: async (): Promise<void> => {
      for (;;) {
        const expired = await sessions.expired(100)
        for (const state of expired) await endings.endSession(state)
        if (expired.length === 0) break
      }
      await offlineSessions.purge()
    },
  }

  /** Its own sign-in goes on, or its days of grace run: only what its services were given before ends. */
  async function endDeadParts({ uid, authorizations }: SessionState, account: Account | null): Promise<void> {
    const dead = new Set<string>()
    for (const client of Object.keys(authorizations)) {
      const lives = account?.status === 'open' && (await isUnder(uid, client, account.epoch))
      if (client !== portalClientId && !lives) dead.add(client)
    }
    if (dead.size > 0) await endings.endIn(uid, (_authorization, client) => dead.has(client))
  }

  async function isUnder(uid: string, client: string, epoch: number): Promise<boolean> {
    const grantId = (await sessions.get(uid))?.authorizations[client]?.grantId
    const grant = grantId ? await deps.provider().Grant.find(grantId) : undefined
    return (grant as { epoch?: number } | undefined)?.epoch === epoch
  }
}
