import type { Caller, OneTimeCodes, SignInStore, VerificationStore, WaitingCode } from '../credentials/index.ts'
import { normalizeEmail } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type FormerAddress, onlyThose, overTakeBacks, type Person, type Span } from '../people/index.ts'
import { type PrincipalId, principalKey, rawIdOf } from './principal.ts'
import type { ReadPrincipal } from './read-principal.ts'
import type { HasTakeBacks, SignInKeeper, TakeBacksLeft } from './sign-in-keeper.ts'

export interface AddressChangeDeps {
  readPrincipal: ReadPrincipal
  keepers: Record<PrincipalId['kind'], SignInKeeper>
  signIns: Pick<SignInStore, 'dropCredential'>
  verifications: Pick<VerificationStore, 'finish'>
  codes: Pick<OneTimeCodes, 'begin' | 'check' | 'waiting' | 'sendAgain' | 'unlessOvertaken'>
}

const expired = () => new AppError('gone', 'code-expired')

/**
 * Another address for signing in and for contact together, for a person and a separate account alike (T3–T5): nothing
 * before its code, nothing of what was begun before another change of the sign-in or of its links, and the address of
 * before is told and can take it back. No company and no support desk comes through here.
 */
export const createAddressChanges = (deps: AddressChangeDeps) => {
  const { readPrincipal, keepers, signIns, verifications, codes } = deps

  return {
    /**
     * Sends the code to the new address and answers the handle that the browser keeps. One waits at a time: in whatever
     * browser another was begun, its code is worth nothing any more (T4). `language`: of the page where it is asked for.
     * AppError `person-not-found` (not-found).
     */
    begin: async (id: PrincipalId, email: string, language?: Person['language']): Promise<string> => {
      const principal = await readPrincipal(id)
      if (!principal?.isActive) throw new AppError('not-found', 'person-not-found')
      const { codeKind, bindingOf } = keepers[id.kind]
      return codes.begin({
        kind: codeKind,
        address: normalizeEmail(email),
        holder: principalKey(id),
        isOnlyOne: true,
        content: await bindingOf(rawIdOf(id)),
        mail: { kind: 'address-code', language: language ?? principal.language, values: {} },
      })
    },

    /**
     * Moves sign-in and contact address in one write, and answers the epoch it is proven under; undefined to the second
     * of two clicks, which proved nothing by itself (H1). AppError `address-taken`, `address-taken-there` (conflict),
     * `code-expired`, `code-overtaken` (gone): another change was begun after it.
     */
    complete: async (id: PrincipalId, handle: string, code: string, caller?: Caller): Promise<number | undefined> => {
      const keeper = keepers[id.kind]
      const { codeKind } = keeper
      const check = () => codes.check(handle, codeKind, code, caller)
      const verification = await codes.unlessOvertaken(handle, codeKind, principalKey(id), check)
      const { _id: by, address, content: binding, outcome, state } = verification
      const own = rawIdOf(id)
      if (state !== 'open' && outcome?.[id.kind] === own) return undefined
      if (binding[id.kind] !== own || !(await keeper.isBound(own, binding))) throw expired()
      const moved = await keeper.move(own, { address, binding, op: `address:${by}`, by })
      if (!moved) {
        // The other click of two has moved it a moment ago.
        if ((await readPrincipal(id))?.addresses.includes(address)) return undefined
        throw expired()
      }
      await verifications.finish(by, 'open', { [id.kind]: own })
      return moved.credentialEpoch
    },

    /** What the page about the code says. */
    waiting: (id: PrincipalId, handle: string): Promise<WaitingCode> =>
      codes.waiting(handle, keepers[id.kind].codeKind, principalKey(id)),

    /** AppError `code-overtaken` (gone), too. */
    sendAgain: (id: PrincipalId, handle: string, language: Person['language']): Promise<void> => {
      const { codeKind } = keepers[id.kind]
      const send = () => codes.sendAgain(handle, codeKind, language)
      return codes.unlessOvertaken(handle, codeKind, principalKey(id), send)
    },

    /** Whoever reads the mailbox of before says that they are right: `ops` can be taken back no more (H4). */
    confirm: (id: PrincipalId, ops: readonly string[], op: string): Promise<void> =>
      keepers[id.kind].keepTakeBacks(rawIdOf(id), (seen) => leftWithout(seen, ops), op),

    /** What may no longer be taken back goes, and the addresses kept for it are free again. Idempotent. */
    settle: (id: PrincipalId): Promise<void> =>
      keepers[id.kind].keepTakeBacks(rawIdOf(id), (seen) => overTakeBacks(seen, now())),

    /** Whether that change may still be taken back. */
    takesBack: (id: PrincipalId, former: FormerAddress): Promise<boolean> =>
      keepers[id.kind].takesBack(rawIdOf(id), former),

    /**
     * Whoever reads the mailbox that signed in until then takes the change back, without signing in (T5): the address
     * signs in again and alone, and the details are those of then. Whoever changed it knew the password: that ends, and
     * so does every session. Answers from when until when all that was begun goes with it. AppError `undo-too-late` (gone).
     */
    takeBack: async (id: PrincipalId, former: FormerAddress): Promise<Span> => {
      const moved = await keepers[id.kind].moveBack(rawIdOf(id), former)
      if (!moved) throw new AppError('gone', 'undo-too-late')
      for (const credential of moved.ended) await signIns.dropCredential(credential)
      const { since, until } = moved
      return { since, until }
    },
  }
}

export type AddressChanges = ReturnType<typeof createAddressChanges>

const leftWithout = ({ takeBacks = [] }: HasTakeBacks, ops: readonly string[]): TakeBacksLeft | undefined => {
  const left = takeBacks.filter(({ op }) => !ops.includes(op))
  return left.length === takeBacks.length ? undefined : onlyThose(left)
}
