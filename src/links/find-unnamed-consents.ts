import type { AccountId, AccountsStore } from '../accounts/index.ts'
import type { DetailName } from '../details/index.ts'
import { second } from '../lib/clock.ts'
import type { LeftBehind } from '../lib/left-behind.ts'
import type { PersonId } from '../people/index.ts'
import type { Consents } from '../scopes/index.ts'

export interface UnnamedConsentsDeps {
  accounts: Pick<AccountsStore, 'get'>
  consents: Pick<Consents, 'unnamed' | 'name'>
  /** What partners' applications were let have of an account, from the sharing history. */
  letPartnersHave: (
    account: AccountId,
  ) => Promise<{ at: number; person: PersonId; recipient: string; fields: DetailName[] }[]>
  /** The partner whose application this client is; undefined for one that the configuration no longer has. */
  partnerOf: (client: string) => string | undefined
}

const atOnce = 200

/**
 * What partners' applications were allowed before it was kept which details their page named (U1): each gets what its
 * scopes have come to release. Mended by the sharing history, which has what the page named: nothing else is told it
 * from then on, and the rest is asked for at the next sign-in. Where the history has nothing, all of it is.
 */
export const findUnnamedConsents = (deps: UnnamedConsentsDeps): LeftBehind => {
  const { accounts, consents } = deps
  type Unnamed = Awaited<ReturnType<typeof consents.unnamed>>[number]

  /** Under the link that stands: what another person let it have of the account is not theirs (T18). */
  const namedFor = async ({ account, client, since }: Unnamed): Promise<DetailName[]> => {
    const [partner, person] = [deps.partnerOf(client), (await accounts.get(account))?.link?.person]
    // The history has full seconds.
    const rows = (await deps.letPartnersHave(account)).filter(
      (row) => row.recipient === partner && row.person === person && row.at > since - second,
    )
    return [...new Set(rows.flatMap(({ fields }) => fields))]
  }

  const each = async (act: (consent: Unnamed) => Promise<boolean>): Promise<number> => {
    let found = 0
    for (let after = ''; ; ) {
      const page = await consents.unnamed(after, atOnce)
      for (const consent of page) if (await act(consent)) found++
      const last = page.at(-1)
      if (!last) return found
      after = last.id
    }
  }

  return {
    id: 'U1-partners',
    says: 'permissions of partners’ applications that do not say which details their page named',
    count: () => each(async () => true),
    mend: () => each(async (consent) => consents.name(consent.id, await namedFor(consent), consent.at)),
  }
}
