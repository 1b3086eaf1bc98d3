import type { CompanyId } from '../companies/index.ts'
import { mendedPhone } from '../details/index.ts'
import type { LeftBehind } from '../lib/left-behind.ts'
import { detailsOf, type PeopleStore } from '../people/index.ts'
import type { AccountId } from './account.ts'
import type { AccountsStore } from './accounts-store.ts'

export interface WrongPhonesDeps {
  people: Pick<PeopleStore, 'pageOf'>
  accounts: Pick<AccountsStore, 'ofCompany'>
  companies: readonly CompanyId[]
}

const atOnce = 200

const isWrong = (phone: string | null | undefined): boolean => Boolean(phone && mendedPhone(phone))

/**
 * Phone numbers that earlier versions kept with a digit that is not dialled from abroad (K1), of people and of separate
 * accounts. Nobody's is changed for them: the number may be right after all, so *Details* offers its holder the mended one.
 */
export const findWrongPhones = ({ people, accounts, companies }: WrongPhonesDeps): LeftBehind => {
  const all = async <T extends { _id: string }>(
    page: (after: string) => Promise<T[]>,
    isMeant: (one: T) => boolean,
  ): Promise<number> => {
    let found = 0
    for (let after = ''; ; ) {
      const read = await page(after)
      found += read.filter(isMeant).length
      const last = read.at(-1)
      if (!last) return found
      after = last._id
    }
  }

  return {
    id: 'K1',
    says: 'phone numbers with a digit that is not dialled from abroad: their holders are offered the mended one',
    count: async () => {
      let found = await all(
        (after) => people.pageOf(after, atOnce),
        (person) => person.erasedAt === undefined && isWrong(detailsOf(person).phone),
      )
      for (const company of companies)
        found += await all(
          (after) => accounts.ofCompany(company, after as AccountId, atOnce),
          ({ status, link, copy }) => status === 'open' && !link && isWrong(copy.phone),
        )
      return found
    },
  }
}
