import { type ArtifactsStore, artifactId } from './artifacts-store.ts'
import type { LogoutStore } from './logout-store.ts'
import type { OfflineSessionStore } from './offline-session-store.ts'
import type { Authorization, SessionState, SessionStore } from './session-store.ts'

export interface SessionTerminationDeps {
  sessions: SessionStore
  artifacts: ArtifactsStore
  offlineSessions: Pick<OfflineSessionStore, 'keep'>
  logouts: LogoutStore
  /** Whether this client declared where it is told of a sign-out. */
  takesLogouts: (client: string) => boolean
  /** Something waits to be sent. */
  wake: () => void
  onSignedOut: (ended: { principal: string; device?: string }) => Promise<void>
}

/**
 * The one way a session, or a client's part in one, ends: first every service is put down to be told, then the tokens
 * die, then the record goes. Stopped in the middle, it is done again from the record that is still there (P13).
 */
export const createSessionTermination = ({
  sessions,
  artifacts,
  offlineSessions,
  logouts,
  takesLogouts,
  wake,
  onSignedOut,
}: SessionTerminationDeps) => {
  const revokeGrant = async (grantId: string): Promise<void> => {
    await artifacts.delete(artifactId('Grant', grantId))
    await artifacts.deleteOfGrant(grantId)
  }

  const tell = async (client: string, { sid, sub }: Authorization): Promise<void> => {
    if (!sid || !sub || !takesLogouts(client)) return
    await logouts.enqueue({ client, sub, sid })
    wake()
  }

  /** `always`: also what was declared to outlive the session; else it is kept where its holder finds it. */
  const endAuthorization = async (
    { principal, device, loginTs = 0 }: SessionState,
    client: string,
    authorization: Authorization,
    always: boolean,
  ): Promise<void> => {
    const { grantId, persistsLogout } = authorization
    await tell(client, authorization)
    if (!grantId) return
    if (always || !persistsLogout || !principal) return revokeGrant(grantId)
    await offlineSessions.keep({ principal, client, grantId, ...(device && { device }), signedInAt: loginTs })
  }

  const endSession = async (session: SessionState, { always = false } = {}): Promise<void> => {
    for (const [client, authorization] of Object.entries(session.authorizations))
      await endAuthorization(session, client, authorization, always)
    await sessions.delete(session)
  }

  /** What somebody ends themselves stands in their trail, as what others ended does (S1-b). */
  const signOut = async (session: SessionState): Promise<void> => {
    await endSession(session)
    const { principal, device } = session
    if (principal) await onSignedOut({ principal, ...(device && { device }) })
  }

  /**
   * Some clients leave a session, as those of one account; the person stays signed in elsewhere. False when one of them was
   * signed in to anew meanwhile: that goes on, and what it is found by stays.
   */
  const endIn = async (
    uid: string,
    isEnded: (authorization: Authorization, client: string) => boolean,
  ): Promise<boolean> => {
    const session = await sessions.get(uid)
    if (!session) return true
    let haveLeft = true
    for (const [client, authorization] of Object.entries(session.authorizations)) {
      if (!isEnded(authorization, client)) continue
      await endAuthorization(session, client, authorization, true)
      if (!(await sessions.leave(uid, client, authorization))) haveLeft = false
    }
    return haveLeft
  }

  return { revokeGrant, endAuthorization, endSession, signOut, endIn }
}

export type SessionTermination = ReturnType<typeof createSessionTermination>
