import type { Account, AccountId, AccountsStore } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { DetailName } from '../details/index.ts'
import { now, second } from '../lib/clock.ts'
import { randomId } from '../lib/ids.ts'
import type { LeftBehind } from '../lib/left-behind.ts'
import type { PersonId } from '../people/index.ts'
import { agreeToLess } from './link-rules.ts'

export interface OversharedDeps {
  accounts: Pick<AccountsStore, 'ofCompany' | 'change'>
  /** Companies whose accounts partners' applications work with: only there could it happen. */
  companies: readonly CompanyId[]
  /** What partners' applications were let have of an account, from the sharing history. */
  letPartnersHave: (account: AccountId) => Promise<{ at: number; person: PersonId; fields: DetailName[] }[]>
  /** What the person let the company have later, by a page that named it. */
  agreedLater: (person: PersonId, account: AccountId, since: number) => Promise<DetailName[]>
  enqueueAccount: (account: AccountId) => Promise<void>
}

/** The press that linked also allowed the partner: the history has both within moments, the second to the full second. */
const onePress = 10 * second
const atOnce = 200

/**
 * Links that were made by the old page of a partner's application, which named what the partner gets and agreed to all
 * that its company may receive (U1). Found by the sharing history; mended by cutting `agreed` to what was shown, with
 * `withdrawn` told to the company and the person's own trail saying so. What is left is asked at the next sign-in.
 * Each step is idempotent, and a link made since is never touched.
 */
export const findOvershared = (deps: OversharedDeps): LeftBehind => {
  const shownFor = async ({ _id, link }: Account): Promise<DetailName[] | undefined> => {
    if (!link || link.shown) return undefined
    const isOfThePress = ({ at, person }: { at: number; person: PersonId }) =>
      person === link.person && at > link.since - second && at < link.since + onePress
    const [press] = (await deps.letPartnersHave(_id)).filter(isOfThePress).sort((a, b) => a.at - b.at)
    return press && [...press.fields, ...(await deps.agreedLater(link.person, _id, link.since))]
  }

  const each = async (act: (account: Account, shown: DetailName[]) => Promise<void>): Promise<number> => {
    let found = 0
    for (const company of deps.companies)
      for (let after = ''; ; ) {
        const page = await deps.accounts.ofCompany(company, after, atOnce)
        for (const account of page) {
          const shown = await shownFor(account)
          if (!shown || account.link?.agreed.every((field) => shown.includes(field))) continue
          found++
          await act(account, shown)
        }
        const last = page.at(-1)
        if (!last) break
        after = last._id
      }
    return found
  }

  return {
    id: 'U1',
    says: 'links through a partner’s page that agreed to more than it showed',
    count: () => each(async () => {}),
    mend: () =>
      each(async ({ _id, link }, shown) => {
        const cut = { op: randomId(), link: link?.id ?? '', shown, at: now() }
        if (await deps.accounts.change(_id, (seen) => agreeToLess(seen, cut))) await deps.enqueueAccount(_id)
      }),
  }
}
