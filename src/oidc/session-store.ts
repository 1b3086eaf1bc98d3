import { epochSeconds, now, second } from '../lib/clock.ts'
import { keyPart, padded } from '../lib/ids.ts'
import {
  byId,
  type Connection,
  conflict,
  optionalTexts,
  prefix,
  retryOnConflict,
  storeOf,
  storeSchema,
  trusted,
  ttl,
} from '../storage/index.ts'
import { type ArtifactsStore, artifactId } from './artifacts-store.ts'
import { principalPart } from './principal.ts'

/** One client that was reached in a session. */
export interface Authorization {
  sid?: string
  grantId?: string
  /** Its tokens outlive the browser's session, by declaration of the service (P13). */
  persistsLogout?: boolean
  company?: string
  /** Absent for the account pages. */
  account?: string
  /** As this client knows the principal: kept, since the link may be gone when logout is told. */
  sub?: string
}

/** A browser's session. Keyed by `uid`; the cookie's value is only a pointer to it (P5). */
export interface SessionState {
  uid: string
  principal?: string
  credentialEpoch?: number
  loginTs?: number
  acr?: string
  amr?: string[]
  transient?: boolean
  /** JSON. */
  state?: string
  authorizations: Record<string, Authorization>
  /** Rises when somebody proves themselves: pointers of before are dead at once. */
  generation: number
  iat: number
  exp: number
  usedAt: number
  device?: string
  /** Digest of the browser's own id: sign-ins of several tabs at once become one session. */
  browser?: string
}

interface Agreed {
  grantId: string
  sid: string
}

type Stored = Omit<SessionState, 'uid'> & { _id: string; purgeAt: string }

interface SessionUse {
  _id: string
  uid: string
  client: string
  account?: string
}

export interface SessionChange {
  set: Partial<Omit<SessionState, 'uid' | 'authorizations' | 'generation'>>
  unset: (keyof SessionState)[]
  authorizations: Record<string, Authorization | undefined>
  /** Somebody proved themselves with this write. */
  reauthenticated: boolean
}

const agreedId = (uid: string, client: string): string => `session-grant:${keyPart(uid)}:${keyPart(client)}`

type PointedTo = Pick<SessionState, 'uid' | 'principal' | 'exp'>

/** What is kept under it goes with the session. */
const pointersOf = (uid: string): string => `session:${uid}`

const longestCookie = 31 * 24 * 60 * 60

/**
 * Sessions are merged, never overwritten: a write sets the fields and the clients that this request changed, so that
 * eight tabs at once all stay in it (P5). `session-uses` finds what to sweep: `principal:company:uid:client` (P7).
 */
export const createSessionStore = (connection: Connection, artifacts: ArtifactsStore) => {
  const sessions = storeOf<Stored>(
    connection,
    storeSchema<Stored>({
      _id: String,
      principal: String,
      credentialEpoch: Number,
      loginTs: Number,
      acr: String,
      amr: optionalTexts,
      transient: Boolean,
      state: String,
      authorizations: {},
      generation: Number,
      iat: Number,
      exp: Number,
      usedAt: Number,
      device: String,
      browser: String,
      ...ttl.field,
    }),
    'sessions',
  )
  const uses = storeOf<SessionUse>(
    connection,
    storeSchema<SessionUse>({ _id: String, uid: String, client: String, account: String }),
    'session-uses',
  )

  const presented = ({ _id, purgeAt: _purgeAt, ...stored }: Stored): SessionState => ({
    ...stored,
    uid: _id,
    authorizations: Object.fromEntries(
      Object.entries(stored.authorizations ?? {}).map(([client, value]) => [decodeURIComponent(client), value]),
    ),
  })

  const get = async (uid: string): Promise<SessionState | undefined> => {
    const stored = await byId(sessions, uid)
    return stored && stored.exp > epochSeconds() ? presented(stored) : undefined
  }

  const useId = (principal: string, company: string, uid: string, client: string) =>
    [principalPart(principal), company, keyPart(uid), keyPart(client)].join(':')

  return {
    get,

    byCookie: async (cookie: string): Promise<SessionState | undefined> => {
      const pointer = await artifacts.get(artifactId('cookie', cookie))
      if (!pointer) return undefined
      const { uid, generation } = JSON.parse(pointer.payload) as { uid: string; generation: number }
      const session = await get(uid)
      return session?.generation === generation ? session : undefined
    },

    /** Answers the generation it stands at, or undefined when the session was ended meanwhile: it stays ended. */
    merge: async (uid: string, change: SessionChange, begin: boolean): Promise<number | undefined> => {
      const set: Record<string, unknown> = { ...change.set, usedAt: now() }
      if (change.set.exp !== undefined) set.purgeAt = padded(change.set.exp * 1000)
      const unset: Record<string, ''> = Object.fromEntries(change.unset.map((field) => [field, '']))
      for (const [client, value] of Object.entries(change.authorizations)) {
        const path = `authorizations.${keyPart(client)}`
        if (value) set[path] = value
        else unset[path] = ''
      }
      const stored = await sessions.findOneAndUpdate(
        { _id: uid },
        {
          $set: set,
          ...(Object.keys(unset).length > 0 && { $unset: unset }),
          ...(begin ? { $setOnInsert: { generation: 1, iat: epochSeconds() } } : {}),
          ...(!begin && change.reauthenticated && { $inc: { generation: 1 } }),
        },
        { upsert: begin, returnDocument: 'after' },
      )
      if (!stored) return undefined
      if (stored.principal) await recordUses(stored.principal, uid, change)
      return stored.generation
    },

    /** A client leaves it as it was seen there; true when it did. What it began anew since stays. */
    leave: async (uid: string, client: string, { grantId, sid }: Authorization): Promise<boolean> => {
      const path = `authorizations.${keyPart(client)}`
      const as = (value: string | undefined) => value ?? trusted({ $exists: false })
      const { modifiedCount } = await sessions.updateOne(
        { _id: uid, [path]: trusted({ $exists: true }), [`${path}.grantId`]: as(grantId), [`${path}.sid`]: as(sid) },
        { $unset: { [path]: '' } },
      )
      return modifiedCount === 1
    },

    /**
     * Lives no longer than what it points to (H7): nobody's session for its hour, anew each time that is written, and a
     * principal's for as long as a session can be used.
     */
    setCookiePointer: async (cookie: string, { uid, principal, exp }: PointedTo, generation: number): Promise<void> => {
      await artifacts.put(artifactId('cookie', cookie), {
        payload: JSON.stringify({ uid, generation }),
        exp: principal ? epochSeconds() + longestCookie : exp,
        ...(principal && { grantId: pointersOf(uid) }),
      })
    },

    /** A request already on its way with the old cookie is still known by it for half a minute. */
    pointBriefly: async (cookie: string, uid: string, generation: number): Promise<void> => {
      await artifacts.put(artifactId('cookie', cookie), {
        payload: JSON.stringify({ uid, generation }),
        exp: epochSeconds() + 30,
      })
    },

    /** The session that this browser has now. */
    inBrowser: async (browser: string): Promise<SessionState | undefined> => {
      const pointer = await artifacts.get(`browser:${browser}`)
      return pointer ? get((JSON.parse(pointer.payload) as { uid: string }).uid) : undefined
    },

    /** The session begun in this browser, or the one that begins now for all of its tabs. */
    ofBrowser: async (browser: string, fresh: string): Promise<{ uid: string; session?: SessionState }> => {
      const _id = `browser:${browser}`
      const payload = JSON.stringify({ uid: fresh, at: now() })
      const exp = epochSeconds() + longestCookie
      if (await artifacts.putOnce(_id, payload, exp)) return { uid: fresh }
      const pointer = await artifacts.get(_id)
      const known = pointer && (JSON.parse(pointer.payload) as { uid: string; at: number })
      const session = known && (await get(known.uid))
      if (session) return { uid: session.uid, session }
      // Another tab's sign-in is being written; after that long it came to nothing.
      if (known && known.at > now() - 20 * second) return { uid: known.uid }
      await artifacts.put(_id, { payload, exp })
      return { uid: fresh }
    },

    /**
     * The one grant and `sid` of a client in a session, whichever of its tabs asks first: a code of another grant would
     * be refused, and a service told of the end of a `sid` that it never heard of. `isGood`: what was agreed on before
     * still holds.
     */
    claimGrant: async (
      uid: string,
      client: string,
      mine: Agreed,
      isGood: (other: Agreed) => Promise<boolean>,
    ): Promise<Agreed> => {
      const _id = agreedId(uid, client)
      const [payload, exp] = [JSON.stringify(mine), epochSeconds() + longestCookie]
      return retryOnConflict(async () => {
        if (await artifacts.putOnce(_id, payload, exp)) return mine
        const held = await artifacts.get(_id)
        if (!held) {
          await artifacts.delete(_id)
          return conflict
        }
        const other = JSON.parse(held.payload) as Agreed
        if (await isGood(other)) return other
        return (await artifacts.replace(_id, held.payload, payload, exp)) ? mine : conflict
      })
    },

    releaseBrowser: async (browser: string): Promise<void> => artifacts.delete(`browser:${browser}`),

    delete: async (session: SessionState): Promise<void> => {
      const { principal, uid, browser } = session
      await sessions.deleteOne({ _id: uid })
      await artifacts.deleteOfGrant(pointersOf(uid))
      if (browser) await artifacts.delete(`browser:${browser}`)
      await Promise.all(Object.keys(session.authorizations).map((client) => artifacts.delete(agreedId(uid, client))))
      if (!principal) return
      const ids = Object.entries(session.authorizations).map(([client, { company = '-' }]) =>
        useId(principal, company, uid, client),
      )
      await uses.deleteMany({ _id: trusted({ $in: [...ids, useId(principal, '-', uid, '-')] }) })
    },

    /** Where a principal is signed in; with a company, only what reached it. */
    usesOf: async (principal: string, company?: string): Promise<SessionUse[]> =>
      uses.find(prefix(company ? `${principalPart(principal)}:${company}:` : `${principalPart(principal)}:`), {
        sort: { _id: 1 },
      }),

    forgetUse: async (id: string): Promise<void> => {
      await uses.deleteOne({ _id: id })
    },

    expired: async (limit: number): Promise<SessionState[]> => {
      const found = await sessions.find({ purgeAt: trusted({ $lte: padded(now()) }) }, { sort: { purgeAt: 1 }, limit })
      return found.map(presented)
    },
  }

  async function recordUses(principal: string, uid: string, change: SessionChange): Promise<void> {
    const rows: SessionUse[] = Object.entries(change.authorizations).flatMap(([client, value]) =>
      value?.grantId
        ? [
            {
              _id: useId(principal, value.company ?? '-', uid, client),
              uid,
              client,
              ...(value.account && { account: value.account }),
            },
          ]
        : [],
    )
    if (change.set.principal) rows.push({ _id: useId(principal, '-', uid, '-'), uid, client: '-' })
    await Promise.all(rows.map(({ _id, ...row }) => uses.updateOne({ _id }, { $set: row }, { upsert: true })))
  }
}

export type SessionStore = ReturnType<typeof createSessionStore>
