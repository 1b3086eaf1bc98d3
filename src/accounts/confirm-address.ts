import type { Caller, OneTimeCodes, VerificationStore, WaitingCode } from '../credentials/index.ts'
import { AppError } from '../lib/errors.ts'
import type { Person } from '../people/index.ts'
import type { AddressChanges } from './address-changes.ts'
import { type PrincipalId, principalKey } from './principal.ts'
import type { ReadPrincipal } from './read-principal.ts'

export interface ConfirmAddressDeps {
  readPrincipal: ReadPrincipal
  verifications: Pick<VerificationStore, 'drop'>
  codes: Pick<OneTimeCodes, 'begin' | 'check' | 'waiting' | 'sendAgain' | 'unlessOvertaken'>
  addressChanges: Pick<AddressChanges, 'confirm'>
}

interface Content {
  of: string
  /** The changes that it confirms: one made since waits for a code of its own. */
  ops: string[]
  /** A proof dies with the credentials it was begun under (T11). */
  credentialEpoch: number
}

const kind = 'former-address'

/**
 * A code at the address that signed in before ends the time in which its change may be taken back (H4): whoever has both
 * mailboxes need not wait for it. It is for this and for nothing else (T11).
 */
export const createConfirmAddress = (deps: ConfirmAddressDeps) => {
  const { readPrincipal, verifications, codes, addressChanges } = deps

  return {
    /** Sends the code, and answers the handle that the browser keeps. AppError `nothing-to-confirm` (conflict). */
    begin: async (id: PrincipalId, language: Person['language']): Promise<string> => {
      const { held, takeBacks = [], credentialEpoch = 0 } = (await readPrincipal(id)) ?? {}
      if (!held) throw new AppError('conflict', 'nothing-to-confirm')
      const of = principalKey(id)
      const ops = takeBacks.map(({ op }) => op)
      return codes.begin({
        kind,
        address: held.address,
        holder: of,
        isOnlyOne: true,
        content: { of, ops, credentialEpoch } satisfies Content,
        mail: { kind: 'former-address-code', language, values: {} },
      })
    },

    /** What the page that asks for it says. */
    waiting: (handle: string): Promise<WaitingCode> => codes.waiting(handle, kind),

    sendAgain: (id: PrincipalId, handle: string, language: Person['language']): Promise<void> =>
      codes.unlessOvertaken(handle, kind, principalKey(id), () => codes.sendAgain(handle, kind, language)),

    complete: async (id: PrincipalId, handle: string, code: string, caller?: Caller): Promise<void> => {
      const check = () => codes.check(handle, kind, code, caller)
      const verification = await codes.unlessOvertaken(handle, kind, principalKey(id), check)
      const { of, ops, credentialEpoch } = verification.content as unknown as Content
      const isTheirs = of === principalKey(id)
      if (!isTheirs || credentialEpoch !== (await readPrincipal(id))?.credentialEpoch)
        throw new AppError('gone', 'code-expired')
      await addressChanges.confirm(id, ops, `confirm:${verification._id}`)
      await verifications.drop(verification._id)
    },
  }
}

export type ConfirmAddress = ReturnType<typeof createConfirmAddress>
