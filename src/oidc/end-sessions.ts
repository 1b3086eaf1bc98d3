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
} from '../accounts/index.ts'
import { portalClientId } from '../services/index.ts'
import type { EndedLogins } from './ended-logins.ts'
import type { OurGrant } from './grants.ts'
import type { OfflineSessionStore } from './offline-session-store.ts'
import type { OfflineSessions } from './offline-sessions.ts'
import { isCurrent } from './principal.ts'
import type { SessionState, SessionStore } from './session-store.ts'
import type { SessionTermination } from './session-termination.ts'
import type { SubjectResolver } from './subject-resolver.ts'

export interface EndSessionsDeps {
  provider: () => Provider
  accounts: AccountsStore
  sessions: SessionStore
  endings: SessionTermination
  offlineSessions: OfflineSessionStore
  ended: Pick<EndedLogins, 'mark'>
  subjects: SubjectResolver
}

const mostSessions = 20

/** What ends which sessions: another password, an unlink, support, a sign-in too many, time. Each may be done again. */
export const createEndSessions = (deps: EndSessionsDeps, { endLasting }: Pick<OfflineSessions, 'endLasting'>) => {
  const { accounts, sessions, endings, offlineSessions, subjects } = deps

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

  const isUnderThese = async (grantId: string | undefined, credentialEpoch: number): Promise<boolean> => {
    const grant = grantId ? ((await deps.provider().Grant.find(grantId)) as OurGrant | undefined) : undefined
    return grant?.credentialEpoch === credentialEpoch
  }

  return {
    activeSessionsOf,
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
          if (await endings.endIn(use.uid, ({ account: at }) => at === id)) await sessions.forgetUse(use._id)
        }
      }
    },

    endClient: async (principal: PrincipalId, company: string, client: string): Promise<void> => {
      const key = principalKey(principal)
      for (const use of await sessions.usesOf(key, company)) {
        if (use.client !== client) continue
        if (await endings.endIn(use.uid, (_authorization, name) => name === client)) await sessions.forgetUse(use._id)
      }
      for (const each of await offlineSessions.of(key)) if (each.client === client) await endLasting(each)
    },

    endBrowser: async (company: string, browser: string): Promise<void> => {
      const session = await sessions.inBrowser(browser)
      if (!session?.principal) return
      if (!(await endings.endIn(session.uid, (at) => at.company === company))) return
      for (const use of await sessions.usesOf(session.principal, company))
        if (use.uid === session.uid) await sessions.forgetUse(use._id)
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
