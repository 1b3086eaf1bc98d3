import type { Caller, OneTimeCodes, VerificationStore, WaitingCode } from '../credentials/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type CredentialChanges, heldBy, type PeopleStore, type Person } from '../people/index.ts'
import type { AccountsStore } from './accounts-store.ts'
import type { SeparateAddressChanges } from './change-separate-address.ts'
import { type PrincipalId, principalKey } from './principal.ts'

export interface ConfirmAddressDeps {
  people: Pick<PeopleStore, 'get'>
  accounts: Pick<AccountsStore, 'get'>
  verifications: Pick<VerificationStore, 'drop'>
  codes: Pick<OneTimeCodes, 'begin' | 'check' | 'waiting' | 'sendAgain'>
  credentials: Pick<CredentialChanges, 'confirmAddress'>
  separateIdentifiers: Pick<SeparateAddressChanges, 'confirm'>
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
  const { people, accounts, verifications, codes, credentials, separateIdentifiers } = deps

  const standing = async (principal: PrincipalId) => {
    const holder =
      principal.kind === 'person' ? await people.get(principal.person) : await accounts.get(principal.account)
    const ops = (holder?.takeBacks ?? []).map(({ op }) => op)
    return { held: holder ? heldBy(holder, now()) : undefined, ops, credentialEpoch: holder?.credentialEpoch ?? 0 }
  }

  return {
    /** Sends the code, and answers the handle that the browser keeps. AppError `nothing-to-confirm` (conflict). */
    begin: async (principal: PrincipalId, language: Person['language']): Promise<string> => {
      const { held, ops, credentialEpoch } = await standing(principal)
      if (!held) throw new AppError('conflict', 'nothing-to-confirm')
      const of = principalKey(principal)
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

    sendAgain: (handle: string, language: Person['language']): Promise<void> => codes.sendAgain(handle, kind, language),

    complete: async (principal: PrincipalId, handle: string, code: string, caller?: Caller): Promise<void> => {
      const verification = await codes.check(handle, kind, code, caller)
      const { of, ops, credentialEpoch } = verification.content as unknown as Content
      const isTheirs = of === principalKey(principal)
      if (!isTheirs || credentialEpoch !== (await standing(principal)).credentialEpoch)
        throw new AppError('gone', 'code-expired')
      const op = `confirm:${verification._id}`
      if (principal.kind === 'person') await credentials.confirmAddress(principal.person, ops, op)
      else await separateIdentifiers.confirm(principal.account, ops, op)
      await verifications.drop(verification._id)
    },
  }
}

export type ConfirmAddress = ReturnType<typeof createConfirmAddress>
