import type { WaitingRecovery } from '../credentials/index.ts'
import type { FormerAddress, Span } from '../people/index.ts'
import type { Principal } from './principal.ts'

/** Of a recovery, asked of the very holder that is written: whether what waits lets it (H15). */
export type MayRecover = (seen: { recovery?: WaitingRecovery | undefined }) => boolean

/** Changes of address that may be taken back, as they stand in the document. */
export interface HasTakeBacks {
  takeBacks?: readonly FormerAddress[] | undefined
}

/** What is left of them: fields of the document, its own mutation takes them as they are. */
export interface TakeBacksLeft {
  set?: { takeBacks: readonly FormerAddress[] }
  unset?: string[]
}

/** A code came back from the new address. */
export interface ProvenMove {
  address: string
  /** What the code was bound to when it was begun. */
  binding: Readonly<Record<string, unknown>>
  op: string
  /** The verification that does it: it alone stays of what was begun. */
  by: string
}

export interface NewCredential {
  /** Key of the password that is to count. */
  credential: string
  how: 'changed' | 'recovered'
  /** Refuses when the credentials changed since it was begun (T4). */
  epoch?: number | undefined
  /** The address that a recovery just proved. */
  address?: string | undefined
  mayRecover?: MayRecover | undefined
}

/**
 * How one kind of principal keeps its sign-in: what differs between the two, and nothing else. What both do is made of it
 * in `address-changes.ts` and `set-password.ts`. Each write is one compare-and-set on the document that decides, raises the
 * credential epoch, and so ends whatever was begun under the one before (T2, T4).
 */
export interface SignInKeeper {
  /** Of the code to a new address, as verifications are stored. */
  codeKind: 'address-change' | 'own-address'
  /** What a code to a new address is bound to (T4). */
  bindingOf: (id: string) => Promise<Record<string, unknown>>
  /** Whether that still stands, as far as the write itself does not see it. */
  isBound: (id: string, binding: ProvenMove['binding']) => Promise<boolean>
  /** Makes it the one address that signs in, and the contact with it. undefined: what it was bound to is another by now. */
  move: (id: string, move: ProvenMove) => Promise<Principal | undefined>
  takesBack: (id: string, former: FormerAddress) => Promise<boolean>
  /**
   * The address signs in again and alone, and the details are those of then. Answers from when until when all that was
   * begun goes with it; `ended`: the passwords that do.
   */
  moveBack: (id: string, former: FormerAddress) => Promise<(Span & { ended: readonly string[] }) | undefined>
  /** Writes what is left of the changes that may be taken back; addresses that were kept for others are free then. */
  keepTakeBacks: (
    id: string,
    decide: (seen: HasTakeBacks) => TakeBacksLeft | undefined,
    /** Says so in the log: its holder confirmed them. */
    confirmedBy?: string,
  ) => Promise<void>
  /** Key of a password that is about to be listed. */
  credentialKey: (id: string) => string
  /** Lists it as the only one. undefined: it is another by now, or nobody's. */
  list: (id: string, wanted: NewCredential) => Promise<{ principal: Principal; ended: readonly string[] } | undefined>
}
