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
    const outcome =
      moved.state === 'done' ? { outcome: 'made' as const, account: moved.becomes } : await rollForward(moved)
    return { ...outcome, address: (await accounts.get(outcome.account))?.signIn?.address ?? draft.address }
  }

  const rollForward = async (draft: Draft): Promise<{ outcome: 'made' | 'known'; account: AccountId }> => {
    const id = draft.becomes as AccountId
    const content = draft.content as unknown as Omit<SeparateAccount, 'password'> & {
      passwordHash: string
      account: AccountId | null
      epoch?: number
    }
    const { company, passwordHash } = content
    const subject = decodeURIComponent(id.slice(company.length + 1))
    const taken = await addresses.claim(id, company, draft.address)
    if ('takenBy' in taken) {
      await drafts.done(draft._id)
      return { outcome: 'known', account: taken.takenBy }
    }
    const credential = `account:${id}:own:${draft._id.slice(0, 8)}`
    await signIns.addCredential({ _id: credential, kind: 'password', secret: passwordHash, createdAt: now() })
    const signIn = { key: taken.key, credential, address: draft.address, provenAt: now() }
    if (!content.account) await accounts.insert(newSeparateAccount(id, subject, content, signIn))
    const at = now()
    await accounts.change(id, (account) =>
      account.link || account.status !== 'open' || account.signIn?.credential === credential
        ? undefined
        : {
            set: { signIn, credentialEpoch: account.credentialEpoch + 1, credentialsChangedAt: at },
            log: [{ op: draft._id, kind: 'own-sign-in-made', at, actor: ofAccount(id), epoch: account.epoch }],
          },
    )
    await drafts.done(draft._id)
    return { outcome: 'made', account: id }
  }

  /** A new password for an account's own sign-in; everything begun under the old one is dead. */
  const setPassword = async (id: AccountId, password: string): Promise<void> => {
    const credential = `account:${id}:own:${randomId(6)}`
    const secret = await hashPassword(password)
    await signIns.addCredential({ _id: credential, kind: 'password', secret, createdAt: now() })
    const at = now()
    let former: string | undefined
    const saved = await accounts.change(id, (account) => {
      former = account.signIn?.credential
      return account.signIn
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
    if (!saved) throw new AppError('conflict', 'no-own-sign-in')
  }

  /**
   * Whose own sign-in at this company a proven recovery of its address may give a new password; undefined when the
   * address has none there, or when it has a unified sign-in, which goes first.
   */
  const recovering = async (handle: string, company: CompanyId | undefined): Promise<Account | undefined> => {
    const { address, content, state } = await codes.find(handle, 'recovery')
    if (!company || state !== 'open' || !content.proven || content.person) return undefined
    const [held] = await signIns.ownSignIns(ownSignInPrefix(lookupKey, company, address))
    const account = held && (await accounts.get(held.owner))
    return account && account.signIn?.key === held._id && account.status === 'open' ? account : undefined
  }

  return {
    beginSeparate,
    sendSeparateAgain: (handle: string, language: Account['language']): Promise<void> =>
      codes.sendAgain(handle, kind, language),
    beginWayIn,
    complete,
    sentTo: (handle: string): Promise<string> => codes.sentTo(handle, kind),

    setPassword,
    recovering,

    /** The end of a recovery that no unified sign-in answers to: the account's own password is set, once. */
    completeRecovery: async (handle: string, company: CompanyId | undefined, password: string): Promise<AccountId> => {
      const account = await recovering(handle, company)
      const draft = await codes.find(handle, 'recovery')
      if (!account || !(await drafts.complete(draft._id, account._id))) throw new AppError('gone', 'code-expired')
      await setPassword(account._id, password)
      await drafts.done(draft._id)
      return account._id
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

const ofAccount = (id: AccountId): Actor => ({ kind: 'account', id })

/** What the company was told stands as its own line: there is no link it could have come through (model M7). */
const newSeparateAccount = (
  id: AccountId,
  subject: string,
  { company, details, ownData, language }: Pick<SeparateAccount, 'company' | 'details' | 'ownData' | 'language'>,
  signIn: NonNullable<Account['signIn']>,
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
