import type { SignInStore, VerificationStore } from '../credentials/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type PrincipalId, principalKey, rawIdOf } from './principal.ts'
import type { NewCredential, SignInKeeper } from './sign-in-keeper.ts'

/** `epoch`: refuses when the credentials changed since it was begun (T4). */
type NewPassword = Omit<NewCredential, 'credential'> & { password: string }

export interface CredentialsDeps {
  keepers: Record<PrincipalId['kind'], SignInKeeper>
  signIns: Pick<SignInStore, 'addCredential' | 'dropCredential'>
  verifications: Pick<VerificationStore, 'forget'>
  hashPassword: (password: string) => Promise<string>
}

/**
 * The commit of a new password: every one of before is replaced, and what was begun under it is dead by its epoch, and
 * goes. Answers the epoch that the new one is good under. AppError `code-expired` (gone) for another epoch,
 * `person-not-found` (not-found).
 */
export const createCredentials = ({ keepers, signIns, verifications, hashPassword }: CredentialsDeps) => ({
  setPassword: async (id: PrincipalId, { password, ...wanted }: NewPassword): Promise<number> => {
    const [keeper, own] = [keepers[id.kind], rawIdOf(id)]
    const credential = keeper.credentialKey(own)
    const secret = await hashPassword(password)
    await signIns.addCredential({ _id: credential, kind: 'password', secret, createdAt: now() })
    const listed = await keeper.list(own, { ...wanted, credential })
    for (const old of listed?.ended ?? [credential]) await signIns.dropCredential(old)
    if (!listed)
      throw wanted.epoch === undefined
        ? new AppError('not-found', 'person-not-found')
        : new AppError('gone', 'code-expired')
    await verifications.forget(principalKey(id), listed.principal.addresses)
    return listed.principal.credentialEpoch
  },
})

export type Credentials = ReturnType<typeof createCredentials>

interface SetPasswordDeps {
  credentials: Credentials
  /** Ends what was begun under the credentials of before, and has every service told. */
  endOutdated: (id: PrincipalId) => Promise<void>
  enqueue: (id: PrincipalId) => void
}

/** How it came about: by whoever knew the old one, or by a code to the address. */
type AskedPassword = NewPassword & {
  /** The session that the password was typed in is proven by it anew, before what is outdated ends. */
  proveAnew?: (epoch: number) => Promise<void>
}

/**
 * A new password, changed or recovered, of a unified sign-in or of an account's own (R2): one commit raises the credential
 * epoch, so everything of before is dead. Then this browser's session is proven anew; what it had given out, every other
 * session and every sign-in that outlived one end, and all services are told: those of this browser come back without a
 * form. What follows is done again from the log after a crash. Answers the epoch that the new one is good under. AppError `code-expired` (gone) for another epoch.
 */
export const createSetPassword =
  ({ credentials, endOutdated, enqueue }: SetPasswordDeps) =>
  async (id: PrincipalId, { proveAnew, ...wanted }: AskedPassword): Promise<number> => {
    const made = await credentials.setPassword(id, wanted)
    await proveAnew?.(made)
    await endOutdated(id)
    enqueue(id)
    return made
  }

export type SetPassword = ReturnType<typeof createSetPassword>
