import type { CompanyId } from '../companies/index.ts'
import { type DetailName, type Details, normalizeEmail } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import {
  type Caller,
  type CodeProofs,
  type Draft,
  type DraftStore,
  ownSignInPrefix,
  type SignInStore,
  type WaitingCode,
} from '../people/index.ts'
import { type Account, type AccountId, accountIdOf, blankAccount } from './account.ts'
import type { AccountsStore } from './accounts-store.ts'
import type { OwnAddresses } from './own-addresses.ts'
import { createOwnCredentials, type MadeSignIn, ofAccount, type SignIn } from './own-credentials.ts'
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

interface CompletedSignIn extends MadeSignIn {
  /** The address that was proven: never another one that the account has by now. */
  address: string
}

/** A new account, and a way back into one that lost its own: neither's code is good at the other's page. */
const [kind, wayIn] = ['own-sign-in', 'way-in'] as const
const firstEpoch = 1

/**
 * An account with a sign-in of its own at one company (*Keep separate*, or after unlinking): its address proven by a
 * code, its password its own, nothing of it known elsewhere (S4-1).
 */
export const createOwnSignIns = (deps: OwnSignInDeps) => {
  const { accounts, signIns, drafts, codes, lookupKey, hashPassword } = deps
  const { make, list, setPassword, giveWayIn, forget } = createOwnCredentials(deps)

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
      kind: wayIn,
      address,
      holder: principalKey({ kind: 'account', account: account._id }),
      content: { company: account.company, account: account._id, epoch: account.epoch, language: account.language },
      mail: { kind: 'way-in-code', language: account.language, values: { company: companyName } },
    })
  }

  /** Makes the account, once; the second of two clicks is told the same. `known`: the address has one there already. */
  const complete = async (handle: string, code: string, caller?: Caller): Promise<CompletedSignIn> => {
    const draft = await codes.check(handle, kind, code, caller)
    if (draft.state === 'open')
      await drafts.complete(draft._id, accountIdOf(draft.content.company as string, randomId()))
    return made(draft)
  }

  /** Makes the way in, as `complete` makes an account. `of`: whose it must be, where whoever asks says so. */
  const completeWayIn = async (
    handle: string,
    code: string,
    password: string,
    { of, ...caller }: Caller & { of?: AccountId } = {},
  ): Promise<CompletedSignIn> => {
    const draft = await codes.check(handle, wayIn, code, caller)
    const account = (draft.content.account ?? draft.becomes) as AccountId
    if (of !== undefined && account !== of) throw new AppError('gone', 'code-expired')
    if (draft.state === 'open') {
      await drafts.setContent(draft._id, 'passwordHash', await hashPassword(password))
      await drafts.complete(draft._id, account)
    }
    return made(draft)
  }

  const made = async (draft: Draft): Promise<CompletedSignIn> => {
    const moved = await drafts.find(draft._id, draft.kind)
    const outcome = moved?.state === 'completing' ? await rollForward(moved) : moved?.outcome
    if (!outcome) throw new AppError('gone', 'code-expired')
    return outcome as unknown as CompletedSignIn
  }

  const rollForward = async (draft: Draft): Promise<CompletedSignIn | undefined> => {
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
      return firstEpoch
    })
    const outcome = made && { ...made, address: draft.address }
    await drafts.done(draft._id, principalKey({ kind: 'account', account: id }), outcome)
    return outcome
  }

  return {
    beginSeparate,
    sendAgain: (handle: string, language: Account['language']): Promise<void> =>
      codes.sendAgain(handle, kind, language),
    beginWayIn,
    complete,
    completeWayIn,
    waiting: (handle: string): Promise<WaitingCode> => codes.waiting(handle, kind),
    /** What was written before the code was sent, for whoever wants to correct it; never the password. */
    filledIn: async (handle: string): Promise<{ details: Details; ownData: Record<string, string> }> => {
      const { details = {}, ownData = {} } = (await codes.begun(handle, kind)).content as Partial<SeparateAccount>
      return { details, ownData }
    },
    wayInWaiting: (handle: string): Promise<WaitingCode> => codes.waiting(handle, wayIn),
    sendWayInAgain: (handle: string, language: Account['language']): Promise<void> =>
      codes.sendAgain(handle, wayIn, language),

    setPassword,
    giveWayIn,
    forget,

    settleDue: async (): Promise<number> => {
      const due = [...(await drafts.due(kind, now())), ...(await drafts.due(wayIn, now()))]
      for (const draft of due) await rollForward(draft)
      return due.length
    },
  }
}

export type OwnSignIns = ReturnType<typeof createOwnSignIns>

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
    credentialEpoch: firstEpoch,
    credentialsChangedAt: at,
    log: [{ n: 1, op: id, kind: 'opened', at, actor: ofAccount(id), epoch: 1, fields }],
    n: 1,
  }
}
