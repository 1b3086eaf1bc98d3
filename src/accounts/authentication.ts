import type { CompanyId } from '../companies/index.ts'
import {
  type Credential,
  type Identifier,
  restoredKey,
  type SignInStore,
  separateLoginPrefix,
  type WaitingRecovery,
} from '../credentials/index.ts'
import { soughtEmail } from '../details/index.ts'
import { emailKey, type PeopleStore, type PersonId } from '../people/index.ts'
import type { AccountId } from './account.ts'
import type { AccountsStore } from './accounts-store.ts'
import { asAccount, asPerson, type PrincipalId } from './principal.ts'
import type { ReadPrincipal } from './read-principal.ts'

/** Who proved themselves, and the epoch that their credentials stood at. */
export type AuthenticatedPrincipal = PrincipalId & { epoch: number }

/** Whose an address is, and the credential that a password is held against; null where there is none. */
interface SignInAt<Id> {
  id: Id | undefined
  credential: Credential | null
  epoch: number | undefined
  /** Only of who is found. */
  used: () => Promise<void>
}

/** What an address was found to be; it proves nothing. */
export interface LookedUp {
  unified: SignInAt<PersonId>
  own: SignInAt<AccountId>
  /** Whom it signs in. */
  holders: AuthenticatedPrincipal[]
}

export interface AuthenticationDeps {
  people: PeopleStore
  accounts: AccountsStore
  readPrincipal: ReadPrincipal
  signIns: SignInStore
  lookupKey: Uint8Array
  passwords: {
    /** One verification, also when there is nothing to verify against. */
    verify: (stored: string | undefined, password: string) => Promise<{ ok: boolean; rehash: boolean }>
    /** What to store of a password that was right, where that is not what is stored. */
    renewed: (stored: string, password: string) => Promise<string>
  }
  /** What follows a right password (H15); `identifier`: the address that it was given with. */
  signedIn: (
    of: PrincipalId,
    seen: { recovery?: WaitingRecovery | undefined },
    identifier: Identifier | null,
  ) => Promise<void>
}

/**
 * Proves an address and a password at one company: the unified sign-in first, then the account's own there, never
 * another company's. The same reads whatever is known, and every failure costs exactly two verifications (model C10),
 * so that neither answer nor time tells a stranger what exists.
 */
export const createAuthentication = (deps: AuthenticationDeps) => {
  const { people, accounts, readPrincipal, signIns, lookupKey, passwords, signedIn } = deps

  const unifiedAt = async (address: string): Promise<SignInAt<PersonId>> => {
    const key = emailKey(address)
    const [known, restored] = await Promise.all([key, restoredKey(lookupKey, key)].map(signIns.identifier))
    const identifier = known ?? restored
    const person = await people.get(identifier?.owner ?? 'nobody')
    const counts = person?.status === 'active' && identifier && person.identifiers.includes(identifier._id)
    const credential = await signIns.credential((counts && person.credentials[0]) || 'none')
    return {
      id: counts ? person._id : undefined,
      credential: counts ? credential : null,
      epoch: person?.credentialEpoch,
      used: async () => {
        if (counts) await signedIn(asPerson(person._id), person, identifier)
      },
    }
  }

  const separateLoginAt = async (company: CompanyId, address: string): Promise<SignInAt<AccountId>> => {
    const [identifier] = await signIns.separateLogins(separateLoginPrefix(lookupKey, company, address))
    const account = await accounts.get(identifier?.owner ?? 'nobody')
    const counts =
      account?.company === company &&
      account.signIn?.key === identifier?._id &&
      (account.status === 'open' || account.status === 'closing')
    const credential = await signIns.credential((counts && account.signIn?.credential) || 'none')
    return {
      id: counts ? account._id : undefined,
      credential: counts ? credential : null,
      epoch: account?.credentialEpoch,
      used: async () => {
        if (counts) await signedIn(asAccount(account._id), account, identifier ?? null)
      },
    }
  }

  const matches = async (credential: Credential | null, password: string): Promise<boolean> => {
    const { ok, rehash } = await passwords.verify(credential?.secret, password)
    if (ok && rehash && credential)
      await signIns.rehash(credential._id, credential.secret, await passwords.renewed(credential.secret, password))
    return ok && credential !== null
  }

  /**
   * Whom an address signs in, at one company or (null) nowhere but by the unified sign-in, and the epoch that their
   * credentials stand at. Proves nothing; the same reads whatever is known.
   */
  const lookUp = async (email: string, company: CompanyId | null): Promise<LookedUp> => {
    const address = soughtEmail(email)
    const [unified, own] = await Promise.all([unifiedAt(address), separateLoginAt(company ?? '-', address)])
    const holders = [
      ...(unified.id ? [{ kind: 'person', person: unified.id, epoch: unified.epoch ?? 0 } as const] : []),
      ...(own.id ? [{ kind: 'account', account: own.id, epoch: own.epoch ?? 0 } as const] : []),
    ]
    return { unified, own, holders }
  }

  return {
    lookUp,

    /**
     * `company` null: the account pages' own sign-in, which takes unified sign-ins only; the costs are the same. `epoch`:
     * what the credential that was proven stood at, and whoever signs in by it is in under no later one. `looked`: the
     * same address looked up at the same company a moment ago.
     */
    authenticate: async (
      email: string,
      password: string,
      company: CompanyId | null,
      looked?: LookedUp,
    ): Promise<AuthenticatedPrincipal | undefined> => {
      const { unified, own } = looked ?? (await lookUp(email, company))
      if ((await matches(unified.credential, password)) && unified.id) {
        await unified.used()
        return { kind: 'person', person: unified.id, epoch: unified.epoch ?? 0 }
      }
      if ((await matches(own.credential, password)) && own.id) {
        await own.used()
        return { kind: 'account', account: own.id, epoch: own.epoch ?? 0 }
      }
      return undefined
    },

    /** As `lookUp` finds them. */
    holdersOf: async (email: string, company: CompanyId | null): Promise<AuthenticatedPrincipal[]> =>
      (await lookUp(email, company)).holders,

    /** Proof of an account's own sign-in alone, before it is linked. */
    authenticateLocal: async (
      email: string,
      password: string,
      company: CompanyId,
      looked?: LookedUp,
    ): Promise<{ account: AccountId; epoch: number } | undefined> => {
      const own = looked?.own ?? (await separateLoginAt(company, soughtEmail(email)))
      const ok = await matches(own.credential, password)
      if (ok) await own.used()
      else await matches(null, password)
      return ok && own.id ? { account: own.id, epoch: own.epoch ?? 0 } : undefined
    },

    /** Fresh proof by whoever is signed in: their own password, once more. Answers the epoch that it was given under. */
    reauthenticate: async (id: PrincipalId, password: string): Promise<number | undefined> => {
      const principal = await readPrincipal(id)
      const ok = await matches(await signIns.credential(principal?.credential ?? 'none'), password)
      if (!ok) await matches(null, password)
      else if (principal) await signedIn(id, principal, await signIns.identifier(principal.signInKey ?? 'none'))
      return ok ? principal?.credentialEpoch : undefined
    },
  }
}

export type Authentication = ReturnType<typeof createAuthentication>
