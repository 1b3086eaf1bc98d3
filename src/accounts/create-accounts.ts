import type { Journal } from '../lib/journal.ts'
import type { CodeProofs, CredentialChanges, DraftStore, Passwords, PeopleStore, SignInStore } from '../people/index.ts'
import type { Connection } from '../storage/index.ts'
import type { Account, AccountLogEntry } from './account.ts'
import { createAccountsStore } from './accounts-store.ts'
import { boundAccountLog } from './bound-log.ts'
import { createOwnAddressChanges } from './change-own-address.ts'
import { createClosures } from './close-account.ts'
import { createConfirmAddress } from './confirm-address.ts'
import { journaledAccounts } from './journaled-accounts.ts'
import { createOwnAddresses } from './own-addresses.ts'
import { createOwnDetails } from './own-details.ts'
import { createOwnSignIns } from './own-sign-in.ts'
import { createProveSignIn, type Proven } from './prove-sign-in.ts'
import { createRecovery } from './recover.ts'
import { createSetPassword } from './set-password.ts'

export interface AccountsDeps {
  connection: Connection
  lookupKey: Uint8Array
  journal: Journal
  people: PeopleStore
  signIns: SignInStore
  drafts: DraftStore
  codes: CodeProofs
  passwords: Passwords
  credentials: CredentialChanges
  /** Copies log entries to where they are read, when there is no room for more of them (model M4). */
  record: (account: Account, entries: AccountLogEntry[]) => Promise<void>
  endOutdated: (holder: Proven) => Promise<void>
  wake: (holder: Proven) => void
}

/** The feature as a whole: its store, and each use case given what it needs. */
export const createAccounts = (deps: AccountsDeps) => {
  const { connection, lookupKey, people, signIns, drafts, codes, passwords, credentials } = deps
  const accounts = boundAccountLog(
    journaledAccounts(createAccountsStore(connection, lookupKey), deps.journal, lookupKey),
    deps.record,
  )
  const addresses = createOwnAddresses({ accounts, signIns, lookupKey })
  const hashPassword = passwords.hash
  const ownSignIns = createOwnSignIns({ accounts, addresses, signIns, drafts, codes, lookupKey, hashPassword })
  const prove = createProveSignIn({ people, accounts, signIns, lookupKey, passwords })
  const { holdersOf } = prove
  const ownAddresses = createOwnAddressChanges({ accounts, addresses, signIns, drafts, codes })
  const { endOutdated, wake } = deps
  const setPassword = createSetPassword({ credentials, ownSignIns, endOutdated, wake })

  return {
    accounts,
    ownSignIns,
    ownAddresses,
    ownDetails: createOwnDetails(accounts),
    prove,
    setPassword,
    confirmAddress: createConfirmAddress({ people, accounts, drafts, codes, credentials, ownAddresses }),
    recovery: createRecovery({ people, accounts, drafts, codes, setPassword, ownSignIns, holdersOf }),
    closures: createClosures(accounts),
  }
}
