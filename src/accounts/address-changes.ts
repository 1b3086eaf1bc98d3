import type { Caller, WaitingCode } from '../credentials/index.ts'
import type { CredentialChanges, FormerAddress, Person } from '../people/index.ts'
import type { AccountsStore } from './accounts-store.ts'
import type { SeparateAddressChanges } from './change-separate-address.ts'
import { type PrincipalId, rawIdOf } from './principal.ts'

interface AddressChangeDeps {
  people: { get: (id: string) => Promise<Person | null> }
  accounts: Pick<AccountsStore, 'get'>
  credentials: CredentialChanges
  separateIdentifiers: SeparateAddressChanges
}

/** Another address that signs in, and taking that back (T3–T5): the same acts for a person and a separate account. */
export const createAddressChanges = (deps: AddressChangeDeps) => {
  const { people, accounts, credentials, separateIdentifiers } = deps
  const kinds = {
    person: {
      begin: credentials.beginAddressChange,
      complete: credentials.completeAddressChange,
      waiting: credentials.addressWaiting,
      sendAgain: credentials.sendAddressAgain,
      confirm: credentials.confirmAddress,
      takeBack: async (id: string, former: FormerAddress) => void (await credentials.takeBackAddress(id, former)),
      takesBack: async (id: string, former: FormerAddress) => {
        const person = await people.get(id)
        return person !== null && credentials.takesBack(person, former)
      },
    },
    account: {
      begin: async (id: string, email: string) => {
        const account = await accounts.get(id)
        return separateIdentifiers.begin(account!, email)
      },
      complete: separateIdentifiers.complete,
      waiting: separateIdentifiers.waiting,
      sendAgain: separateIdentifiers.sendAgain,
      confirm: separateIdentifiers.confirm,
      takeBack: async (id: string, former: FormerAddress) => void (await separateIdentifiers.takeBack(id, former)),
      takesBack: async (id: string, former: FormerAddress) => {
        const account = await accounts.get(id)
        return account !== null && separateIdentifiers.takesBack(account, former)
      },
    },
  }

  return {
    /** Sends the code to the new address and answers the handle that the browser keeps; nothing changes before it (T3). */
    begin: (id: PrincipalId, email: string): Promise<string> => kinds[id.kind].begin(rawIdOf(id), email),

    /** The epoch it is proven under; undefined to the second of two clicks, which proved nothing by itself (H1). */
    complete: (id: PrincipalId, handle: string, code: string, caller?: Caller): Promise<number | undefined> =>
      kinds[id.kind].complete(rawIdOf(id), handle, code, caller),

    /** What the page about the code says. */
    waiting: (id: PrincipalId, handle: string): Promise<WaitingCode> => kinds[id.kind].waiting(rawIdOf(id), handle),

    sendAgain: (id: PrincipalId, handle: string, language: Person['language']): Promise<void> =>
      kinds[id.kind].sendAgain(handle, language),

    /** Whoever reads the mailbox of before says that they are right: `ops` can be taken back no more (H4). */
    confirm: (id: PrincipalId, ops: readonly string[], op: string): Promise<void> =>
      kinds[id.kind].confirm(rawIdOf(id), ops, op),

    /** Whether that change may still be taken back. */
    takesBack: (id: PrincipalId, former: FormerAddress): Promise<boolean> =>
      kinds[id.kind].takesBack(rawIdOf(id), former),

    takeBack: (id: PrincipalId, former: FormerAddress): Promise<void> => kinds[id.kind].takeBack(rawIdOf(id), former),
  }
}

export type AddressChanges = ReturnType<typeof createAddressChanges>
