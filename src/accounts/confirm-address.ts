import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import {
  type Caller,
  type CodeProofs,
  type CredentialChanges,
  type DraftStore,
  heldBy,
  type PeopleStore,
  type Person,
  type WaitingCode,
} from '../people/index.ts'
import type { AccountsStore } from './accounts-store.ts'
import type { OwnAddressChanges } from './change-own-address.ts'
import { type Proven, principalKey } from './prove-sign-in.ts'

export interface ConfirmAddressDeps {
  people: Pick<PeopleStore, 'get'>
  accounts: Pick<AccountsStore, 'get'>
  drafts: Pick<DraftStore, 'drop' | 'dropWaiting'>
  codes: Pick<CodeProofs, 'begin' | 'check' | 'waiting' | 'sendAgain'>
  credentials: Pick<CredentialChanges, 'confirmAddress'>
  ownAddresses: Pick<OwnAddressChanges, 'confirm'>
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
  const { people, accounts, drafts, codes, credentials, ownAddresses } = deps

  const standing = async (principal: Proven) => {
    const holder =
      principal.kind === 'person' ? await people.get(principal.person) : await accounts.get(principal.account)
    const ops = (holder?.takeBacks ?? []).map(({ op }) => op)
    return { held: holder ? heldBy(holder, now()) : undefined, ops, credentialEpoch: holder?.credentialEpoch ?? 0 }
  }

  return {
    /** Sends the code, and answers the handle that the browser keeps. AppError `nothing-to-confirm` (conflict). */
    begin: async (principal: Proven, language: Person['language']): Promise<string> => {
      const { held, ops, credentialEpoch } = await standing(principal)
      if (!held) throw new AppError('conflict', 'nothing-to-confirm')
      const of = principalKey(principal)
      await drafts.dropWaiting(of, kind)
      return codes.begin({
        kind,
        address: held.address,
        holder: of,
        content: { of, ops, credentialEpoch } satisfies Content,
        mail: { kind: 'former-address-code', language, values: {} },
      })
    },

    /** What the page that asks for it says. */
    waiting: (handle: string): Promise<WaitingCode> => codes.waiting(handle, kind),

    sendAgain: (handle: string, language: Person['language']): Promise<void> => codes.sendAgain(handle, kind, language),

    complete: async (principal: Proven, handle: string, code: string, caller?: Caller): Promise<void> => {
      const draft = await codes.check(handle, kind, code, caller)
      const { of, ops, credentialEpoch } = draft.content as unknown as Content
      const isTheirs = of === principalKey(principal)
      if (!isTheirs || credentialEpoch !== (await standing(principal)).credentialEpoch)
        throw new AppError('gone', 'code-expired')
      const op = `confirm:${draft._id}`
      if (principal.kind === 'person') await credentials.confirmAddress(principal.person, ops, op)
      else await ownAddresses.confirm(principal.account, ops, op)
      await drafts.drop(draft._id)
    },
  }
}

export type ConfirmAddress = ReturnType<typeof createConfirmAddress>
