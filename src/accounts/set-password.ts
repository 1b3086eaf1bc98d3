import type { CredentialChanges, MayRecover } from '../people/index.ts'
import type { PrincipalId } from './principal.ts'
import type { SeparateLogins } from './separate-login.ts'

interface SetPasswordDeps {
  credentials: Pick<CredentialChanges, 'setPassword'>
  separateLogins: Pick<SeparateLogins, 'setPassword'>
  /** Ends what was begun under the credentials of before, and has every service told. */
  endOutdated: (holder: PrincipalId) => Promise<void>
  enqueue: (id: PrincipalId) => void
}

interface NewPassword {
  password: string
  /** How it came about: by whoever knew the old one, or by a code to the address. */
  how: 'changed' | 'recovered'
  /** Refuses when the credentials changed since it was begun (T4). */
  epoch?: number
  /** The address that the code was sent to. */
  address?: string
  /** Of a recovery: whether it may still be, as it is written (H15); what waited is over then. */
  mayRecover?: MayRecover
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
  ({ credentials, separateLogins, endOutdated, enqueue }: SetPasswordDeps) =>
  async (
    holder: PrincipalId,
    { password, how, epoch, address, mayRecover, proveAnew }: NewPassword,
  ): Promise<number> => {
    const made =
      holder.kind === 'person'
        ? await credentials.setPassword(holder.person, password, `password-${how}`, epoch, address, mayRecover)
        : await separateLogins.setPassword(holder.account, password, epoch, mayRecover)
    await proveAnew?.(made)
    await endOutdated(holder)
    enqueue(holder)
    return made
  }

export type SetPassword = ReturnType<typeof createSetPassword>
