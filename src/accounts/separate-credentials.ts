import type { CompanyId } from '../companies/index.ts'
import type { SignInStore } from '../credentials/index.ts'
import { now } from '../lib/clock.ts'
import { randomId } from '../lib/ids.ts'
import type { Actor } from '../people/index.ts'
import type { Account, AccountId } from './account.ts'
import type { AccountsStore } from './accounts-store.ts'
import type { SeparateIdentifiers } from './separate-identifiers.ts'
import type { MayRecover } from './sign-in-keeper.ts'

export interface SeparateCredentialDeps {
  accounts: AccountsStore
  addresses: SeparateIdentifiers
  signIns: SignInStore
  hashPassword: (password: string) => Promise<string>
}

export type SignIn = NonNullable<Account['signIn']>

interface WantedSignIn {
  company: CompanyId
  address: string
  passwordHash: string
  /** Names the attempt: the same again is the same sign-in. */
  op: string
}

/** The account as it was when a way in was asked for, and in which language its holder is written to from then on. */
type Given = Pick<Account, '_id' | 'epoch'> & { language?: Account['language'] | undefined }

export interface MadeSignIn {
  /** known: the address has a sign-in of its own there already, which asks its password next. */
  outcome: 'made' | 'known'
  account: AccountId
  /** What the sign-in stands at as it is made; whoever signs in by it is in under no later one. */
  credentialEpoch: number
}

/** Address and password of an account's own sign-in: powerless until the account lists them, gone once it does not. */
export const createSeparateCredentials = (deps: SeparateCredentialDeps) => {
  const { accounts, addresses, signIns, hashPassword } = deps

  /**
   * Makes a sign-in for an account: the address is taken, the password written down, and `commit` has the account list
   * both, and answers the epoch under which it does. undefined: the account is another by now (T11), and nothing is left of what was made.
   */
  const make = async (
    id: AccountId,
    { company, address, passwordHash, op }: WantedSignIn,
    commit: (signIn: SignIn) => Promise<number | undefined>,
  ): Promise<MadeSignIn | undefined> => {
    const taken = await addresses.claim(id, company, address)
    if ('takenBy' in taken) return { outcome: 'known', account: taken.takenBy, credentialEpoch: 0 }
    const credential = `account:${id}:own:${op.slice(0, 8)}`
    await signIns.addCredential({ _id: credential, kind: 'password', secret: passwordHash, createdAt: now() })
    const committed = await commit({ key: taken.key, credential, address, provenAt: now() })
    const account = await accounts.get(id)
    const listed = account?.signIn
    if (listed?.credential === credential)
      return { outcome: 'made', account: id, credentialEpoch: committed ?? account?.credentialEpoch ?? 0 }
    await signIns.dropCredential(credential)
    if (listed?.key !== taken.key) await addresses.release({ _id: id, company }, address)
    return undefined
  }

  /** Lists it, once: not after another link or unlink, and not where another way in was made meanwhile. */
  const list = async (
    { _id: id, epoch, language }: Given,
    signIn: SignIn,
    op: string,
    mayRecover?: MayRecover,
  ): Promise<number | undefined> => {
    const at = now()
    const listed = await accounts.change(id, (account) =>
      mayHaveWayIn(account) && account.epoch === epoch && mayRecover?.(account) !== false
        ? {
            set: {
              signIn,
              credentialEpoch: account.credentialEpoch + 1,
              credentialsChangedAt: at,
              ...(language && { language }),
            },
            unset: mayRecover ? ['recovery'] : [],
            log: [{ op, kind: 'own-sign-in-made', at, actor: ofAccount(id), epoch }],
          }
        : undefined,
    )
    return listed?.credentialEpoch
  }

  return {
    make,
    list,

    /**
     * A way in for an account that has none since a link ended; its address was proven a moment ago. Answers the epoch it
     * is good under; undefined: the account is another by now.
     */
    giveWayIn: async (
      account: Given & Pick<Account, 'company'>,
      address: string,
      password: string,
      mayRecover?: MayRecover,
    ): Promise<number | undefined> => {
      const { _id, company } = account
      const op = randomId()
      const wanted = { company, address, passwordHash: await hashPassword(password), op }
      const made = await make(_id, wanted, (signIn) => list(account, signIn, op, mayRecover))
      return made?.outcome === 'made' ? made.credentialEpoch : undefined
    },

    /** What a link or a closure made powerless is taken away. Idempotent. */
    forget: async (
      account: Pick<Account, '_id' | 'company'>,
      signIn: Account['signIn'],
      kept: readonly string[] = [],
    ): Promise<void> => {
      for (const address of kept) await addresses.release(account, address)
      if (!signIn) return
      await addresses.release(account, signIn.address)
      await signIns.dropCredential(signIn.credential)
    },
  }
}

/** Linking ended its own credentials, and nobody has given it any since the link ended. */
export const mayHaveWayIn = ({ status, link, signIn }: Pick<Account, 'status' | 'link' | 'signIn'>): boolean =>
  status === 'open' && link === null && signIn === null

export const ofAccount = (id: AccountId): Actor => ({ kind: 'account', id })
