import type { Account } from '../accounts/index.ts'
import { type Company, policyInForce } from '../companies/index.ts'
import { type DetailName, detailsOfClaims, readDetails } from '../details/index.ts'
import type { AgeGate, PersonId } from '../people/index.ts'
import { shownIn } from './agreement.ts'
import type { MakeUnified } from './make-unified.ts'
import { lackingIn } from './needed-details.ts'

interface UnifiedOfferDeps {
  makeUnified: Pick<MakeUnified, 'addressStatus' | 'make'>
  ageGate: Pick<AgeGate, 'refuses' | 'isTooYoung' | 'triedUntil'>
}

/** The page as its holder sent it back; they proved the account a moment ago. */
interface Answer {
  account: Account
  company: Company
  form: Readonly<Record<string, string | undefined>>
  /** undefined: the account's own is known to be good enough, and goes along; else what was typed, '' for nothing. */
  password: string | undefined
  browser: string
}

/** What the page shows, whichever entry point it is asked at. */
interface Offer {
  addressStatus: Awaited<ReturnType<MakeUnified['addressStatus']>>
  address: string
  lacking: DetailName[]
  companyReceives: DetailName[]
  policyVersion: string
}

type Outcome =
  | { made: { person: PersonId; credentialEpoch: number } }
  /** By the form's field. */
  | { problems: Record<string, { code: string; values?: Record<string, string | number> }> }
  /** `age`: the least, in whole years; `until`: this browser tries no other date before (U14). */
  | { tooYoung: { age: number; until: number | undefined } }

/**
 * The offer to make a unified sign-in of a separate account (U4), one for every page that makes it: what the account
 * lacks, the age its company asks for (S11), the password and what is shared (U1) are settled on one page, and nothing is
 * made before all of it is right.
 */
export const createUnifiedOffer = ({ makeUnified, ageGate }: UnifiedOfferDeps) => ({
  shown: async (account: Account, company: Company): Promise<Offer> => ({
    addressStatus: await makeUnified.addressStatus(account),
    address: account.signIn?.address ?? '',
    lacking: lackingIn(account, company),
    companyReceives: detailsOfClaims(company.release.receives),
    policyVersion: policyInForce(company).version,
  }),

  /** AppError as `MakeUnified.make`. */
  accept: async ({ account, company, form, password, browser }: Answer): Promise<Outcome> => {
    const { details, problems } = readDetails(form, lackingIn(account, company), account.copy.country)
    const { minimumAge } = company
    const isRefused = await ageGate.refuses(browser, details.birthDate, minimumAge)
    if (isRefused || ageGate.isTooYoung(account.copy.birthDate, minimumAge))
      return { tooYoung: { age: minimumAge, until: await ageGate.triedUntil(browser) } }
    if (password === '') problems.password = { code: 'required' }
    const { company: shown } = shownIn(form)
    if (!shown) problems.form = { code: 'link-page-stale' }
    if (!shown || Object.keys(problems).length > 0) return { problems }
    const { policyVersion } = form
    const made = await makeUnified.make({ account, company, details, password, policyVersion, shown })
    return made ? { made } : { problems: { form: { code: 'link-page-stale' } } }
  },
})

export type UnifiedOffer = ReturnType<typeof createUnifiedOffer>
