import {
  type AccountsStore,
  createAddressChanges,
  createCredentials,
  createPersonSignIn,
  createReadPrincipal,
  createSeparateIdentifiers,
  createSeparateSignIn,
} from '../../src/accounts/index.ts'
import type { OneTimeCodes, SignInStore, VerificationStore } from '../../src/credentials/index.ts'
import { createRegistration, type PeopleStore } from '../../src/people/index.ts'

interface SignInParts {
  people: PeopleStore
  accounts: AccountsStore
  signIns: SignInStore
  verifications: VerificationStore
  codes: OneTimeCodes
  lookupKey: Uint8Array
  hashPassword: (password: string) => Promise<string>
}

/** What both kinds of principal do with their sign-in, on the stores of one process. */
export const signInsOn = (parts: SignInParts) => {
  const { people, accounts, signIns, lookupKey } = parts
  const registration = createRegistration(parts)
  const addresses = createSeparateIdentifiers({ accounts, signIns, lookupKey })
  const keepers = {
    person: createPersonSignIn({ ...parts, isOrphan: registration.isOrphan, linkVersionsOf: async () => [] }),
    account: createSeparateSignIn({ ...parts, addresses }),
  }
  return {
    registration,
    addresses,
    addressChanges: createAddressChanges({
      ...parts,
      keepers,
      readPrincipal: createReadPrincipal({ people, accounts }),
    }),
    credentials: createCredentials({ ...parts, keepers }),
  }
}
