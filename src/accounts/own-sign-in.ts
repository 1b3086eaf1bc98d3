import type { CompanyId } from '../companies/index.ts'
import { type DetailName, type Details, normalizeEmail } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import { type CodeProofs, type Draft, type DraftStore, ownSignInPrefix, type SignInStore } from '../people/index.ts'
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
  address: string
}

const kind = 'own-sign-in'

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

  const doneBefore = async (id: AccountId): Promise<MadeSignIn | undefined> =>
    (await accounts.get(id))?.signIn ? { outcome: 'made', account: id } : undefined

  const rollForward = async (draft: Draft): Promise<MadeSignIn | undefined> => {
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

  return {
    beginSeparate,
    sendSeparateAgain: (handle: string, language: Account['language']): Promise<void> =>
      codes.sendAgain(handle, kind, language),
    beginWayIn,
    complete,
    sentTo: (handle: string): Promise<string> => codes.sentTo(handle, kind),

    setPassword,
    giveWayIn,
    forget,

    settleDue: async (): Promise<number> => {
      const due = await drafts.due(kind, now())
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
    credentialEpoch: 1,
    credentialsChangedAt: at,
    log: [{ n: 1, op: id, kind: 'opened', at, actor: ofAccount(id), epoch: 1, fields }],
    n: 1,
  }
}
