import type { CompanyId } from '../companies/index.ts'
import {
  type Credential,
  type Identifier,
  ownSignInPrefix,
  restoredKey,
  type SignInStore,
} from '../credentials/index.ts'
import { soughtEmail } from '../details/index.ts'
import { emailKey, type PeopleStore, type Person, type PersonId } from '../people/index.ts'
import type { Account, AccountId } from './account.ts'
import type { AccountsStore } from './accounts-store.ts'

/** Who proved themselves: a person by the unified sign-in, or the holder of an account with a sign-in of its own. */
export type Principal = { kind: 'person'; person: PersonId } | { kind: 'account'; account: AccountId }

/** The same, and the epoch that their credentials stood at. */
export type AuthenticatedPrincipal = Principal & { epoch: number }

/** As records name whoever proved themselves: sessions, trails, what support asked of them. It never leaves the store. */
export const principalKey = (proven: Principal): string =>
  proven.kind === 'person' ? `person:${proven.person}` : `account:${proven.account}`

/** Whose key it is. */
export const provenOf = (key: string): Principal => {
  const id = key.slice(key.indexOf(':') + 1)
  return key.startsWith('person:') ? { kind: 'person', person: id } : { kind: 'account', account: id }
}

export interface AuthenticationDeps {
  people: PeopleStore
  accounts: AccountsStore
  signIns: SignInStore
  lookupKey: Uint8Array
  passwords: {
    /** One verification, also when there is nothing to verify against. */
    verify: (stored: string | undefined, password: string) => Promise<{ ok: boolean; rehash: boolean }>
    /** What to store of a password that was right, where that is not what is stored. */
    renewed: (stored: string, password: string) => Promise<string>
  }
  /** What follows a right password (H15); `identifier`: the address that it was given with. */
  signedIn: (of: Principal, holder: Person | Account, identifier: Identifier | null) => Promise<void>
}

/**
 * Proves an address and a password at one company: the unified sign-in first, then the account's own there, never
 * another company's. The same reads whatever is known, and every failure costs exactly two verifications (model C10),
 * so that neither answer nor time tells a stranger what exists.
 */
export const createAuthentication = (deps: AuthenticationDeps) => {
  const { people, accounts, signIns, lookupKey, passwords, signedIn } = deps

  const unifiedAt = async (address: string) => {
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
      /** Only of who is found. */
      used: async () => {
        if (counts) await signedIn({ kind: 'person', person: person._id }, person, identifier)
      },
    }
  }

  const ownAt = async (company: CompanyId, address: string) => {
    const [identifier] = await signIns.separateLogins(ownSignInPrefix(lookupKey, company, address))
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
        if (counts) await signedIn({ kind: 'account', account: account._id }, account, identifier ?? null)
      },
    }
  }

  const matches = async (credential: Credential | null, password: string): Promise<boolean> => {
    const { ok, rehash } = await passwords.verify(credential?.secret, password)
    if (ok && rehash && credential)
      await signIns.rehash(credential._id, credential.secret, await passwords.renewed(credential.secret, password))
    return ok && credential !== null
  }

  return {
    /**
     * `company` null: the account pages' own sign-in, which takes unified sign-ins only; the costs are the same. `epoch`:
     * what the credential that was proven stood at, and whoever signs in by it is in under no later one.
     */
    authenticate: async (
      email: string,
      password: string,
      company: CompanyId | null,
    ): Promise<AuthenticatedPrincipal | undefined> => {
      const address = soughtEmail(email)
      const [unified, own] = await Promise.all([unifiedAt(address), ownAt(company ?? '-', address)])
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

    /**
     * Whom an address signs in, at one company or (null) nowhere but by the unified sign-in, and the epoch that their
     * credentials stand at. Proves nothing; the same reads whatever is known.
     */
    holdersOf: async (email: string, company: CompanyId | null): Promise<AuthenticatedPrincipal[]> => {
      const address = soughtEmail(email)
      const [unified, own] = await Promise.all([unifiedAt(address), ownAt(company ?? '-', address)])
      return [
        ...(unified.id ? [{ kind: 'person', person: unified.id, epoch: unified.epoch ?? 0 } as const] : []),
        ...(own.id ? [{ kind: 'account', account: own.id, epoch: own.epoch ?? 0 } as const] : []),
      ]
    },

    /** Proof of an account's own sign-in alone, before it is linked. */
    authenticateLocal: async (
      email: string,
      password: string,
      company: CompanyId,
    ): Promise<{ account: AccountId; epoch: number } | undefined> => {
      const address = soughtEmail(email)
      const own = await ownAt(company, address)
      const ok = await matches(own.credential, password)
      if (ok) await own.used()
      else await matches(null, password)
      return ok && own.id ? { account: own.id, epoch: own.epoch ?? 0 } : undefined
    },

    /** Fresh proof by whoever is signed in: their own password, once more. Answers the epoch that it was given under. */
    reauthenticate: async (principal: Principal, password: string): Promise<number | undefined> => {
      const holder =
        principal.kind === 'person' ? await people.get(principal.person) : await accounts.get(principal.account)
      const listed = holder && ('credentials' in holder ? holder.credentials[0] : holder.signIn?.credential)
      const ok = await matches(await signIns.credential(listed ?? 'none'), password)
      if (!ok) await matches(null, password)
      else if (holder) await signedIn(principal, holder, await signIns.identifier(keyOf(holder)))
      return ok ? holder?.credentialEpoch : undefined
    },
  }
}

/** The one address that signs them in. */
const keyOf = (holder: Person | Account): string =>
  ('identifiers' in holder ? holder.identifiers[0] : holder.signIn?.key) ?? 'none'

export type Authentication = ReturnType<typeof createAuthentication>
