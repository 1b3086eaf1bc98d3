import type { Context } from 'koa'
import { Provider, type Session } from 'oidc-provider'
import { epochSeconds } from '../lib/clock.ts'
import type { Authorization, SessionChange, SessionState, SessionStore } from './session-store.ts'
import type { SessionTermination } from './session-termination.ts'

/** What this request found in the store; undefined fields of it were absent there. */
const found = Symbol('found')

/** A sign-in in another tab a moment ago is no new strength: its cookie stays good (P5). */
const sameMoment = 30

interface Found {
  state: SessionState
  cookie: string
}

/** oidc-provider's session with what ours adds. */
export type OurSession = Session & {
  /** Whether saving it for so many seconds writes nothing; its end is there from then on. */
  isUnchanged(ttl: number): boolean
  credentialEpoch?: number
  browser?: string
  device?: string
  authorizations?: Record<string, Authorization>
  oldId?: string
  touched?: boolean
  destroyed?: boolean
  [found]?: Found
}

type SessionClass = (new (
  payload?: object,
) => OurSession) & {
  get: (ctx: Context) => Promise<OurSession>
}

export interface SessionModelDeps {
  sessions: SessionStore
  endings: SessionTermination
  /** What this browser's sign-in under way continues or begins. */
  joining: (ctx: Context) => { uid: string; session?: SessionState; browser: string; device: string } | undefined
  /** A principal's session began. */
  onBegin: (principal: string) => void
}

/**
 * Keeps parallel requests of one browser in one session (P5): reads find the document by `uid`, writes merge, and a
 * cookie that is not known any more is left alone instead of being overwritten by an empty session.
 */
export const createSessionModel = (base: unknown, { sessions, endings, joining, onBegin }: SessionModelDeps) => {
  const BaseSession = base as SessionClass
  class Session extends BaseSession {
    static async find(cookie: string): Promise<OurSession | undefined> {
      const state = typeof cookie === 'string' ? await sessions.byCookie(cookie) : undefined
      return state && restore(state, cookie)
    }

    static async findByUid(uid: string): Promise<OurSession | undefined> {
      const state = await sessions.get(uid)
      return state && restore(state, '')
    }

    static override async get(ctx: Context): Promise<OurSession> {
      const session = await BaseSession.get.call(Session, ctx)
      const joined = joining(ctx)
      if (session[found]) {
        if (joined) Object.assign(session, { browser: joined.browser, device: joined.device })
        return session
      }
      const begun = joined?.session ? restore(joined.session, '') : joined ? new Session({ uid: joined.uid }) : session
      if (joined) Object.assign(begun, { browser: joined.browser, device: joined.device })
      // Not saved unless something is put into it: its empty cookie never replaces a good one.
      if (!begun[found]) Object.defineProperty(begun, 'new', { value: true })
      ;(ctx as Context & { oidc?: { entity: (key: string, value: unknown) => void } }).oidc?.entity('Session', begun)
      return begun
    }

    override loginAccount(details: Parameters<OurSession['loginAccount']>[0]): void {
      super.loginAccount(details)
      const login = Provider.ctx?.oidc.entities.Interaction?.result?.login as { credentialEpoch?: number } | undefined
      this.credentialEpoch = login?.credentialEpoch
    }

    override isUnchanged(ttl: number): boolean {
      const before = this[found]
      this.exp = epochSeconds() + ttl
      if (!before || (this.jti !== before.cookie && before.cookie !== '')) return false
      return isOnlyTime(changeOf(before.state, this), before.state)
    }

    override async save(ttl: number): Promise<string> {
      if (this.isUnchanged(ttl)) return this.jti
      const before = this[found]
      const change = changeOf(before?.state, this)

      const generation = await sessions.merge(this.uid, change, !before)
      if (generation === undefined) return this.jti
      for (const [client, value] of Object.entries(change.authorizations)) {
        const gone = before?.state.authorizations[client]
        if (before && !value && gone) await endings.endAuthorization(before.state, client, gone, false)
      }
      const isMoved = this.jti !== before?.cookie
      if (isMoved || !this.accountId)
        await sessions.setCookiePointer(
          this.jti,
          { uid: this.uid, principal: this.accountId, exp: this.exp },
          generation,
        )
      if (isMoved && before?.cookie && !change.reauthenticated)
        await sessions.pointBriefly(before.cookie, this.uid, generation)
      if (change.set.principal) onBegin(change.set.principal)
      remember(this, { state: { ...stateOf(this), generation }, cookie: this.jti })
      this.touched = false
      return this.jti
    }

    override async destroy(): Promise<void> {
      const state = await sessions.get(this.uid)
      if (state) await endings.signOut(state)
      this.destroyed = true
    }
  }

  const restore = (state: SessionState, cookie: string): OurSession => {
    const { principal, state: slot, authorizations, usedAt: _usedAt, generation: _generation, ...rest } = state
    const session = new Session({
      ...rest,
      ...(cookie && { jti: cookie }),
      ...(principal && { accountId: principal }),
      ...(slot && { state: JSON.parse(slot) }),
      authorizations: copied(authorizations),
    })
    const { credentialEpoch, browser, device } = state
    Object.assign(session, { credentialEpoch, browser, device })
    remember(session, { state, cookie })
    return session
  }

  return Session
}

/** The library changes its own in place. */
const copied = (authorizations: Record<string, Authorization>): Record<string, Authorization> =>
  Object.fromEntries(Object.entries(authorizations).map(([client, value]) => [client, { ...value }]))

/** Not enumerable: it is no part of what is stored, and the library's proxy must not take it for a change. */
const remember = (session: OurSession, value: Found): void => {
  const held = session[found]
  if (held) Object.assign(held, value)
  else Object.defineProperty(session, found, { value: { ...value }, enumerable: false })
}

const stateOf = (session: OurSession): Omit<SessionState, 'generation'> => ({
  uid: session.uid,
  principal: session.accountId,
  credentialEpoch: session.credentialEpoch,
  loginTs: session.loginTs,
  acr: session.acr,
  amr: session.amr,
  transient: session.transient,
  state: session.state && JSON.stringify(session.state),
  authorizations: copied(session.authorizations ?? {}),
  iat: session.iat,
  exp: session.exp,
  usedAt: 0,
  device: session.device,
  browser: session.browser,
})

const plainFields = [
  'principal',
  'credentialEpoch',
  'loginTs',
  'acr',
  'amr',
  'transient',
  'state',
  'device',
  'browser',
] as const

/** What this request made of it, against what it found: only that is written. */
const changeOf = (before: SessionState | undefined, session: OurSession): SessionChange => {
  const after = stateOf(session)
  const change: SessionChange = { set: { exp: after.exp }, unset: [], authorizations: {}, reauthenticated: false }
  for (const field of plainFields) {
    const [was, is] = [before?.[field], after[field]]
    if (JSON.stringify(was) === JSON.stringify(is)) continue
    if (is === undefined) change.unset.push(field)
    else Object.assign(change.set, { [field]: is })
  }
  const clients = new Set([...Object.keys(before?.authorizations ?? {}), ...Object.keys(after.authorizations)])
  for (const client of clients) {
    const [was, is] = [before?.authorizations[client], after.authorizations[client]]
    if (JSON.stringify(was) !== JSON.stringify(is)) change.authorizations[client] = is
  }
  const { principal, loginTs, acr, credentialEpoch } = change.set
  change.reauthenticated =
    principal !== undefined ||
    acr !== undefined ||
    credentialEpoch !== undefined ||
    (loginTs !== undefined && loginTs - (before?.loginTs ?? 0) > sameMoment)
  return change
}

/** Sliding is worth a write only every ten minutes. */
const isOnlyTime = (change: SessionChange, before: SessionState): boolean =>
  Object.keys(change.set).every((field) => field === 'exp') &&
  change.unset.length === 0 &&
  Object.keys(change.authorizations).length === 0 &&
  Math.abs((change.set.exp ?? 0) - before.exp) < 600
