import type { Provider } from 'oidc-provider'
import { type PrincipalId, principalKey } from '../accounts/index.ts'
import type { ArtifactsStore } from './artifacts-store.ts'
import type { Clients } from './clients.ts'
import type { OurGrant } from './grants.ts'
import { type OfflineSession, type OfflineSessionStore, offlineSessionId } from './offline-session-store.ts'
import type { OfflineSessionSummary } from './oidc.ts'
import type { SessionTermination } from './session-termination.ts'
import type { SubjectResolver } from './subject-resolver.ts'

export interface OfflineSessionsDeps {
  provider: () => Provider
  clients: Clients
  endings: SessionTermination
  offlineSessions: OfflineSessionStore
  artifacts: Pick<ArtifactsStore, 'hasTokens'>
  subjects: SubjectResolver
}

/** What outlives the browser's session, by the service's declaration (P13), as the account pages see and end it. */
export const createOfflineSessions = (deps: OfflineSessionsDeps) => {
  const { clients, endings, offlineSessions, subjects } = deps

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

  const endLasting = async (each: OfflineSession): Promise<void> => {
    await endings.revokeGrant(each.grantId)
    await offlineSessions.forget(each)
  }

  return {
    endLasting,

    offlineSessionsOf: async (principal: PrincipalId): Promise<OfflineSessionSummary[]> =>
      (await lastingOf(principalKey(principal))).map((each) => ({
        id: offlineSessionId(each),
        name: clients.nameOf(each.client),
        company: clients.get(each.client)?.company ?? '',
        device: each.device ?? '',
        signedInAt: each.signedInAt,
      })),

    endOfflineSession: async (principal: PrincipalId, id: string): Promise<boolean> => {
      const theirs = (await lastingOf(principalKey(principal))).find((each) => offlineSessionId(each) === id)
      if (theirs) await endLasting(theirs)
      return theirs !== undefined
    },
  }
}

export type OfflineSessions = ReturnType<typeof createOfflineSessions>
