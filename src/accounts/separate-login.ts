import type { CompanyId } from '../companies/index.ts'
import {
  type Caller,
  type OneTimeCodes,
  type SignInStore,
  separateLoginPrefix,
  type Verification,
  type VerificationStore,
  type WaitingCode,
} from '../credentials/index.ts'
import { type DetailName, type Details, normalizeEmail } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import { type Account, type AccountId, accountIdOf, blankAccount } from './account.ts'
import type { AccountsStore } from './accounts-store.ts'
import { principalKey } from './principal.ts'
import { createSeparateCredentials, type MadeSignIn, ofAccount, type SignIn } from './separate-credentials.ts'
import type { SeparateIdentifiers } from './separate-identifiers.ts'

export interface OwnSignInDeps {
  accounts: AccountsStore
  addresses: SeparateIdentifiers
  signIns: SignInStore
  verifications: VerificationStore
  codes: OneTimeCodes
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
export const createSeparateLogins = (deps: OwnSignInDeps) => {
  const { accounts, signIns, verifications, codes, lookupKey, hashPassword } = deps
  const { make, list, giveWayIn, forget } = createSeparateCredentials(deps)

  const codeMail = async (company: CompanyId, address: string): Promise<'separate-known' | 'separate-code'> => {
    const [known] = await signIns.separateLogins(separateLoginPrefix(lookupKey, company, address))
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

  /**
   * A way back in for an account that lost its own by being linked and unlinked: to the address it had before. From then on
   * it is written to in the `language` of the page where it is given.
   */
  const beginWayIn = async (
    account: Account,
    companyName: string,
    personAddress: string,
    language = account.language,
  ): Promise<string> => {
    const address = account.left?.formerAddress ?? personAddress
    return codes.begin({
      kind: wayIn,
      address,
      holder: principalKey({ kind: 'account', account: account._id }),
      content: { company: account.company, account: account._id, epoch: account.epoch, language },
      mail: { kind: 'way-in-code', language, values: { company: companyName } },
    })
  }

  /** Makes the account, once; the second of two clicks is told the same. `known`: the address has one there already. */
  const complete = async (handle: string, code: string, caller?: Caller): Promise<CompletedSignIn> => {
    const verification = await codes.check(handle, kind, code, caller)
    if (verification.state === 'open')
      await verifications.complete(verification._id, accountIdOf(verification.content.company as string, randomId()))
    return made(verification)
  }

  /** Makes the way in, as `complete` makes an account. `of`: whose it must be, where whoever asks says so. */
  const completeWayIn = async (
    handle: string,
    code: string,
    password: string,
    { of, ...caller }: Caller & { of?: AccountId } = {},
  ): Promise<CompletedSignIn> => {
    const verification = await codes.check(handle, wayIn, code, caller)
    const account = (verification.content.account ?? verification.becomes) as AccountId
    if (of !== undefined && account !== of) throw new AppError('gone', 'code-expired')
    if (verification.state === 'open') {
      await verifications.setContent(verification._id, 'passwordHash', await hashPassword(password))
      await verifications.complete(verification._id, account)
    }
    return made(verification)
  }

  const made = async (verification: Verification): Promise<CompletedSignIn> => {
    const moved = await verifications.find(verification._id, verification.kind)
    const outcome = moved?.state === 'completing' ? await rollForward(moved) : moved?.outcome
    if (!outcome) throw new AppError('gone', 'code-expired')
    return outcome as unknown as CompletedSignIn
  }

  const rollForward = async (verification: Verification): Promise<CompletedSignIn | undefined> => {
    const id = verification.becomes as AccountId
    const content = verification.content as unknown as Omit<SeparateAccount, 'password'> & {
      passwordHash: string
      account: AccountId | null
      epoch: number
    }
    const { company, passwordHash } = content
    const wanted = { company, address: verification.address, passwordHash, op: verification._id }
    const made = await make(id, wanted, async (signIn) => {
      const { epoch, language } = content
      if (content.account) return list({ _id: id, epoch, language }, signIn, verification._id)
      const subject = decodeURIComponent(id.slice(company.length + 1))
      await accounts.insert(newSeparateAccount(id, subject, content, signIn))
      return firstEpoch
    })
    const outcome = made && { ...made, address: verification.address }
    await verifications.done(verification._id, principalKey({ kind: 'account', account: id }), outcome)
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

    giveWayIn,
    forget,

    settleDue: async (): Promise<number> => {
      const due = [...(await verifications.due(kind, now())), ...(await verifications.due(wayIn, now()))]
      for (const verification of due) await rollForward(verification)
      return due.length
    },
  }
}

export type SeparateLogins = ReturnType<typeof createSeparateLogins>

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
