import type { CompanyId } from '../companies/index.ts'
import { type DetailName, type Details, normalizeEmail } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import {
  type Actor,
  type CodeProofs,
  type Draft,
  type DraftStore,
  ownSignInPrefix,
  type SignInStore,
} from '../people/index.ts'
import { type Account, type AccountId, accountIdOf, blankAccount } from './account.ts'
import type { AccountsStore } from './accounts-store.ts'
import type { OwnAddresses } from './own-addresses.ts'
import { principalKey } from './prove-sign-in.ts'

export interface OwnSignInDeps {
  accounts: AccountsStore
  addresses: OwnAddresses
  signIns: SignInStore
  drafts: DraftStore
  codes: CodeProofs
  lookupKey: Uint8Array
  hashPassword: (password: string) => Promise<string>
}

interface SeparateAccount {
  company: CompanyId
  companyName: string
  details: Details & { email: string }
  ownData: Record<string, string>
  password: string
  language: Account['language']
}

interface WantedSignIn {
  company: CompanyId
  address: string
  passwordHash: string
  /** Names the attempt: the same again is the same sign-in. */
  op: string
}

interface CompletedSignIn {
  /** known: the address has a sign-in of its own there already, which asks its password next. */
  outcome: 'made' | 'known'
  account: AccountId
  address: string
}

const kind = 'own-sign-in'

/**
 * An account with a sign-in of its own at one company (*Keep separate*, or after unlinking): its address proven by a
 * code, its password its own, nothing of it known elsewhere (S4-1).
 */
export const createOwnSignIns = (deps: OwnSignInDeps) => {
  const { accounts, addresses, signIns, drafts, codes, lookupKey, hashPassword } = deps

  const codeMail = async (company: CompanyId, address: string): Promise<'separate-known' | 'separate-code'> => {
    const [known] = await signIns.ownSignIns(ownSignInPrefix(lookupKey, company, address))
    return known ? 'separate-known' : 'separate-code'
  }

  /** Sends the code; the account is made when it comes back. */
  const beginSeparate = async (wanted: SeparateAccount): Promise<string> => {
    const { company, companyName, details, ownData, password, language } = wanted
    const address = normalizeEmail(details.email)
    const [passwordHash, mail] = await Promise.all([hashPassword(password), codeMail(company, address)])
    return codes.begin({
      kind,
      address,
      content: {
        company,
        details: { ...details, email: address },
        ownData,
        passwordHash,
        language,
        account: null,
      },
      mail: { kind: mail, language, values: { company: companyName } },
    })
  }

  /** A way back in for an account that lost its own by being linked and unlinked: to the address it had before. */
  const beginWayIn = async (account: Account, companyName: string, personAddress: string): Promise<string> => {
    const address = account.left?.formerAddress ?? personAddress
    return codes.begin({
      kind,
      address,
      holder: principalKey({ kind: 'account', account: account._id }),
      content: { company: account.company, account: account._id, epoch: account.epoch, language: account.language },
      mail: { kind: 'way-in-code', language: account.language, values: { company: companyName } },
    })
  }

  /** Makes the account, or the way in, once; asked again it answers the same. `known`: the address has one there already. */
  const complete = async (handle: string, code: string, password?: string): Promise<CompletedSignIn> => {
    const draft = await codes.check(handle, kind, code)
    const passwordHash = password ? await hashPassword(password) : undefined
    if (passwordHash && draft.state === 'open') await drafts.setContent(draft._id, 'passwordHash', passwordHash)
    const becomes = (draft.content.account as string | null) ?? accountIdOf(draft.content.company as string, randomId())
    if (draft.state === 'open') await drafts.complete(draft._id, becomes)
    const moved = await drafts.find(draft._id, kind)
    if (!moved?.becomes) throw new AppError('gone', 'code-expired')
    const made = moved.state === 'done' ? await doneBefore(moved.becomes) : await rollForward(moved)
    if (!made) throw new AppError('gone', 'code-expired')
    return { ...made, address: (await accounts.get(made.account))?.signIn?.address ?? draft.address }
  }

  const doneBefore = async (id: AccountId): Promise<Made | undefined> =>
    (await accounts.get(id))?.signIn ? { outcome: 'made', account: id } : undefined

  const rollForward = async (draft: Draft): Promise<Made | undefined> => {
    const id = draft.becomes as AccountId
    const content = draft.content as unknown as Omit<SeparateAccount, 'password'> & {
      passwordHash: string
      account: AccountId | null
      epoch: number
    }
    const { company, passwordHash } = content
    const wanted = { company, address: draft.address, passwordHash, op: draft._id }
    const made = await make(id, wanted, async (signIn) => {
      if (content.account) return list(id, content.epoch, signIn, draft._id)
      const subject = decodeURIComponent(id.slice(company.length + 1))
      await accounts.insert(newSeparateAccount(id, subject, content, signIn))
    })
    await drafts.done(draft._id)
    return made
  }

  /**
   * Makes a sign-in for an account: the address is taken, the password written down, and `commit` has the account list
   * both. undefined: the account is another by now (T11), and nothing is left of what was made.
   */
  const make = async (
    id: AccountId,
    { company, address, passwordHash, op }: WantedSignIn,
    commit: (signIn: SignIn) => Promise<unknown>,
  ): Promise<Made | undefined> => {
    const taken = await addresses.claim(id, company, address)
    if ('takenBy' in taken) return { outcome: 'known', account: taken.takenBy }
    const credential = `account:${id}:own:${op.slice(0, 8)}`
    await signIns.addCredential({ _id: credential, kind: 'password', secret: passwordHash, createdAt: now() })
    await commit({ key: taken.key, credential, address, provenAt: now() })
    const listed = (await accounts.get(id))?.signIn
    if (listed?.credential === credential) return { outcome: 'made', account: id }
    await signIns.dropCredential(credential)
    if (listed?.key !== taken.key) await addresses.release({ _id: id, company }, address)
    return undefined
  }

  /** Lists it, once: not after another link or unlink, and not where another way in was made meanwhile. */
  const list = async (id: AccountId, epoch: number, signIn: SignIn, op: string): Promise<void> => {
    const at = now()
    await accounts.change(id, (account) =>
      mayHaveWayIn(account) && account.epoch === epoch
        ? {
            set: { signIn, credentialEpoch: account.credentialEpoch + 1, credentialsChangedAt: at },
            log: [{ op, kind: 'own-sign-in-made', at, actor: ofAccount(id), epoch }],
          }
        : undefined,
    )
  }

  /**
   * A new password for an account's own sign-in; everything begun under the old one is dead. `epoch` refuses when the
   * credentials changed since the act was begun.
   */
  const setPassword = async (id: AccountId, password: string, epoch?: number): Promise<void> => {
    const credential = `account:${id}:own:${randomId(6)}`
    const secret = await hashPassword(password)
    await signIns.addCredential({ _id: credential, kind: 'password', secret, createdAt: now() })
    const at = now()
    let former: string | undefined
    const saved = await accounts.change(id, (account) => {
      former = account.signIn?.credential
      return account.signIn && (epoch ?? account.credentialEpoch) === account.credentialEpoch
        ? {
            set: {
              'signIn.credential': credential,
              credentialEpoch: account.credentialEpoch + 1,
              credentialsChangedAt: at,
            },
            log: [{ op: credential, kind: 'own-sign-in-made', at, actor: ofAccount(id), epoch: account.epoch }],
          }
        : undefined
    })
    await signIns.dropCredential(saved ? (former ?? 'none') : credential)
    if (!saved)
      throw epoch === undefined ? new AppError('conflict', 'no-own-sign-in') : new AppError('gone', 'code-expired')
  }

  return {
    beginSeparate,
    sendSeparateAgain: (handle: string, language: Account['language']): Promise<void> =>
      codes.sendAgain(handle, kind, language),
    beginWayIn,
    complete,
    sentTo: (handle: string): Promise<string> => codes.sentTo(handle, kind),

    setPassword,

    /** A way in for an account that has none since a link ended; its address was proven a moment ago. */
    giveWayIn: async (
      account: Pick<Account, '_id' | 'company' | 'epoch'>,
      address: string,
      password: string,
    ): Promise<boolean> => {
      const { _id, company, epoch } = account
      const op = randomId()
      const wanted = { company, address, passwordHash: await hashPassword(password), op }
      return (await make(_id, wanted, (signIn) => list(_id, epoch, signIn, op)))?.outcome === 'made'
    },

    /** What a link or a closure made powerless is taken away. Idempotent. */
    forget: async (account: Pick<Account, '_id' | 'company'>, signIn: Account['signIn']): Promise<void> => {
      if (!signIn) return
      await addresses.release(account, signIn.address)
      await signIns.dropCredential(signIn.credential)
    },

    settleDue: async (): Promise<number> => {
      const due = await drafts.due(kind, now())
      for (const draft of due) await rollForward(draft)
      return due.length
    },
  }
}

export type OwnSignIns = ReturnType<typeof createOwnSignIns>

type SignIn = NonNullable<Account['signIn']>
type Made = Omit<CompletedSignIn, 'address'>

/** Linking ended its own credentials, and nobody has given it any since the link ended. */
export const mayHaveWayIn = ({ status, link, signIn }: Pick<Account, 'status' | 'link' | 'signIn'>): boolean =>
  status === 'open' && link === null && signIn === null

const ofAccount = (id: AccountId): Actor => ({ kind: 'account', id })

/** What the company was told stands as its own line: there is no link it could have come through (model M7). */
const newSeparateAccount = (
  id: AccountId,
  subject: string,
  { company, details, ownData, language }: Pick<SeparateAccount, 'company' | 'details' | 'ownData' | 'language'>,
  signIn: SignIn,
): Account => {
  const at = now()
  const fields = Object.keys(details) as DetailName[]
  return {
    ...blankAccount({ _id: id, company, subject, status: 'open', epoch: 1, language, createdAt: at }),
    own: details,
    copy: details,
    seq: 1,
    ownData,
    signIn,
    credentialEpoch: 1,
    credentialsChangedAt: at,
    log: [{ n: 1, op: id, kind: 'opened', at, actor: ofAccount(id), epoch: 1, fields }],
    n: 1,
  }
}
