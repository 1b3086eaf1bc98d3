import type { OneTimeCodes, Passwords, SignInStore, VerificationStore } from '../credentials/index.ts'
import type { Journal } from '../lib/journal.ts'
import type { PeopleStore, Person, PersonLogEntry, PersonRegistration } from '../people/index.ts'
import type { Connection } from '../storage/index.ts'
import type { Account, AccountLogEntry } from './account.ts'
import { createAccountsStore } from './accounts-store.ts'
import { createAddressChanges } from './address-changes.ts'
import { createAuthentication } from './authentication.ts'
import { boundAccountOutbox } from './bounded-outbox.ts'
import { createChangeDetails } from './change-details.ts'
import { createClosures } from './close-account.ts'
import { createConfirmAddress } from './confirm-address.ts'
import { journaledAccounts } from './journaled-accounts.ts'
import { createPersonSignIn, type PersonSignInDeps } from './person-sign-in.ts'
import type { PrincipalId } from './principal.ts'
import { createCurrentPrincipal, createReadHolder, createReadPrincipal } from './read-principal.ts'
import { createRecovery } from './recover.ts'
import { createSeparateIdentifiers } from './separate-identifiers.ts'
import { createSeparateLogins } from './separate-login.ts'
import { createSeparateSignIn } from './separate-sign-in.ts'
import { createCredentials, createSetPassword } from './set-password.ts'
import { createAssertAskerStill } from './still-signed-in.ts'
import { createWaitingRecoveries } from './waiting-recoveries.ts'

export interface AccountsDeps {
  connection: Connection
  lookupKey: Uint8Array
  journal: Journal
  people: PeopleStore
  signIns: SignInStore
  verifications: VerificationStore
  codes: OneTimeCodes
  passwords: Passwords
  registration: Pick<PersonRegistration, 'isOrphan'>
  linkVersionsOf: PersonSignInDeps['linkVersionsOf']
  /** Copies log entries to where they are read: when there is no room for more of them (model M4), or somebody looks. */
  record: (account: Account, entries: AccountLogEntry[]) => Promise<void>
  recordPerson: (person: Person, entries: PersonLogEntry[]) => Promise<void>
  endOutdated: (holder: PrincipalId) => Promise<void>
  enqueue: (id: PrincipalId) => void
}

/** The feature as a whole: its store, and each use case given what it needs. */
export const createAccounts = (deps: AccountsDeps) => {
  const { connection, lookupKey, people, signIns, verifications, codes, passwords } = deps
  const accounts = boundAccountOutbox(
    journaledAccounts(createAccountsStore(connection, lookupKey), deps.journal, lookupKey),
    deps.record,
  )
  const addresses = createSeparateIdentifiers({ accounts, signIns, lookupKey })
  const hashPassword = passwords.hash
  const separateLogins = createSeparateLogins({
    accounts,
    addresses,
    signIns,
    verifications,
    codes,
    lookupKey,
    hashPassword,
  })
  const readPrincipal = createReadPrincipal({ people, accounts })
  const recoveries = createWaitingRecoveries({
    people,
    accounts,
    readPrincipal,
    signIns,
    lookupKey,
    enqueue: deps.enqueue,
  })
  const authentication = createAuthentication({
    people,
    accounts,
    readPrincipal,
    signIns,
    lookupKey,
    passwords,
    signedIn: recoveries.signedIn,
  })
  const { holdersOf } = authentication
  const { endOutdated, enqueue } = deps
  const keepers = {
    person: createPersonSignIn({ ...deps, isOrphan: deps.registration.isOrphan }),
    account: createSeparateSignIn({ accounts, addresses, verifications }),
  }
  const addressChanges = createAddressChanges({ readPrincipal, keepers, signIns, verifications, codes })
  const credentials = createCredentials({ keepers, signIns, verifications, hashPassword })
  const setPassword = createSetPassword({ credentials, endOutdated, enqueue })

  return {
    accounts,
    readPrincipal,
    readHolder: createReadHolder(readPrincipal),
    currentPrincipal: createCurrentPrincipal({
      people,
      accounts,
      record: { person: deps.recordPerson, account: deps.record },
    }),
    separateLogins,
    credentials,
    changeDetails: createChangeDetails({ people, accounts }),
    assertAskerStill: createAssertAskerStill({ people, accounts }),
    addressChanges,
    authentication,
    setPassword,
    confirmAddress: createConfirmAddress({ readPrincipal, verifications, codes, addressChanges }),
    recoveries,
    recovery: createRecovery({
      readPrincipal,
      accounts,
      verifications,
      codes,
      setPassword,
      separateLogins,
      recoveries,
      holdersOf,
    }),
    closures: createClosures(accounts, people),
  }
}
