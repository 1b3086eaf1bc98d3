import { type AccountsStore, type Authentication, personOf } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { LeftBehind } from '../lib/left-behind.ts'
import type { LinkIndex } from './link-index.ts'

export interface SecondAccountsDeps {
  accounts: Pick<AccountsStore, 'ofCompany' | 'get'>
  index: Pick<LinkIndex, 'find' | 'keepInSight'>
  holdersOf: Authentication['holdersOf']
  companies: readonly CompanyId[]
}

const atOnce = 200

/**
 * People with two accounts at one company that earlier versions made without being told to: one that they left fell out
 * of sight when a second was made (U2), and one under the very address that they registered with was not named (U3).
 * Nothing is joined: two accounts at one company are their holder's to choose between. Mending U2 puts the one that left
 * back on the list of its person, who is offered to go on with it there.
 */
export const findSecondAccounts = (deps: SecondAccountsDeps): LeftBehind[] => {
  const { accounts, index, holdersOf, companies } = deps

  const each = async (act: (account: Awaited<ReturnType<typeof accounts.ofCompany>>[number]) => Promise<boolean>) => {
    let found = 0
    for (const company of companies)
      for (let after = ''; ; ) {
        const page = await accounts.ofCompany(company, after, atOnce)
        for (const account of page) if (account.status === 'open' && !account.link && (await act(account))) found++
        const last = page.at(-1)
        if (!last) break
        after = last._id
      }
    return found
  }

  const outOfSight = (mends: boolean) =>
    each(async ({ _id, company, left }) => {
      const entry = left && (await index.find(left.person, company))
      if (!entry || entry.account === _id || entry.former?.includes(_id)) return false
      return mends ? index.keepInSight(entry, _id) : true
    })

  return [
    {
      id: 'U2',
      says: 'accounts that their person left, out of sight since a second one was made',
      count: () => outOfSight(false),
      mend: () => outOfSight(true),
    },
    {
      id: 'U3',
      says: 'separate accounts whose address is that of somebody with a second account at the same company',
      count: () =>
        each(async ({ company, signIn, left }) => {
          const [holder] = signIn && !left ? await holdersOf(signIn.address, null) : []
          const person = personOf(holder)
          if (person === undefined) return false
          const entry = await index.find(person, company)
          const linked = entry && (await accounts.get(entry.account))
          return linked?.link?.person === person && linked.link.how === 'new'
        }),
    },
  ]
}
