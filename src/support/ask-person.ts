import type { Account, PrincipalId } from '../accounts/index.ts'
import { normalizeEmail } from '../details/index.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import type { MailKind } from '../mail/index.ts'
import type { Ask } from './approval-store.ts'
import type { Case } from './case.ts'
import { type CaseDeps, type EnteredCase, holderIn, holderKey, nameOf } from './enter-case.ts'

/** Writes to the holder of an account that support asks something of them. */
export type TellAsked = (account: Account) => Promise<void>

/** Writes to the holder that somebody else showed papers about them. */
export type TellPapers = (account: Account, seen: Case) => Promise<void>

/** A letter to every address that the holder proved here, in their language, and into their list of letters. */
export type WriteTo = (holder: PrincipalId, kind: MailKind, values: Record<string, string>) => Promise<void>

/** An address as a form gave it, in normal form; what is wrong with it is told at its field. */
export const readAddress = (text: string, field: string): string => {
  try {
    return normalizeEmail(text.trim())
  } catch (error) {
    if (!isAppError(error)) throw error
    throw new AppError(error.kind, error.code, { values: { ...error.values, field } })
  }
}

/** A case's name in a letter with a code: its digits are parted, so that the code is the only number of six. */
export const inLetter = (name: string): string => name.replace(/\d{4}(?=\d)/g, '$&-')

/** Puts a question on the person's own signed-in page, and writes to them that it is there. */
export const askPerson = async (
  { approvals, tellAsked }: Pick<CaseDeps, 'approvals'> & { tellAsked: TellAsked },
  { staff, seen }: EnteredCase,
  account: Account,
  ask: Ask,
): Promise<void> => {
  const fresh = await approvals.ask({
    principal: holderKey(account),
    company: staff.company,
    case: seen._id,
    account: account._id,
    epoch: account.epoch,
    ask,
  })
  if (fresh) await tellAsked(account)
}

export const createTellHolder = ({
  writeTo,
  issuer,
  company,
}: Pick<CaseDeps, 'company'> & { writeTo: WriteTo; issuer: string }): {
  tellAsked: TellAsked
  tellPapers: TellPapers
} => {
  const tell = (account: Account, kind: 'approval-asked' | 'papers-shown', more: Record<string, string> = {}) => {
    const name = company(account.company)?.name ?? account.company
    return writeTo(holderIn(account), kind, { company: name, url: `${issuer}/account/security`, ...more })
  }
  return {
    tellAsked: (account) => tell(account, 'approval-asked'),
    tellPapers: (account, seen) =>
      tell(account, 'papers-shown', { case: inLetter(nameOf(seen)), askedBy: seen.askedBy }),
  }
}
