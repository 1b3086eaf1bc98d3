import type { Account } from '../accounts/index.ts'
import { type PeopleStore, type SendMail, signInAddresses } from '../people/index.ts'
import type { Ask } from './approval-store.ts'
import { type CaseDeps, type EnteredCase, principalOf } from './enter-case.ts'

/** Writes to the holder of an account that support asks something of them. */
export type TellAsked = (account: Account) => Promise<void>

/** Where the holder of an account is written to: addresses that were proven here, never one that a company noted (T14). */
export const provenAddresses = async (people: PeopleStore, account: Account): Promise<string[]> => {
  const person = account.link && (await people.get(account.link.person))
  if (person) return signInAddresses(person)
  return account.signIn ? [account.signIn.address] : []
}

/** The address under which wrong passwords for an account are counted: the one that signs in. */
export const triedAddress = async (people: PeopleStore, account: Account): Promise<string> =>
  (await provenAddresses(people, account))[0] ?? ''

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
    principal: principalOf(account),
    company: staff.company,
    case: seen._id,
    account: account._id,
    epoch: account.epoch,
    ask,
  })
  if (fresh) await tellAsked(account)
}

export const createTellAsked =
  ({
    people,
    sendMail,
    issuer,
    company,
  }: { people: PeopleStore; sendMail: SendMail; issuer: string } & Pick<CaseDeps, 'company'>): TellAsked =>
  async (account) => {
    const values = {
      company: company(account.company)?.name ?? account.company,
      url: `${issuer}/account/security`,
    }
    for (const to of await provenAddresses(people, account))
      await sendMail({ kind: 'approval-asked', to, language: account.language, values })
  }
