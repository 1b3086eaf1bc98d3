import type { Company } from '../companies/index.ts'
import { type DetailName, detailsOfClaims, namedDetails } from '../details/index.ts'
import type { Filled } from '../http/index.ts'
import type { SignInInteraction } from '../oidc/index.ts'
import { detailsForScopes } from '../scopes/index.ts'
import { companyOf } from './steps.ts'

/** What a company gets by a link, as every page that leads to one shows it (S4-4). */
export const companyReceives = ({ release }: Pick<Company, 'release'>): DetailName[] =>
  detailsOfClaims(release.receives)

/** What an application gets of the account: what it asks for, as far as its company may have it (S3-c). */
export const applicationReceives = (interaction: SignInInteraction): DetailName[] => {
  const received = companyReceives(companyOf(interaction))
  return detailsForScopes(interaction.scopes).filter((field) => received.includes(field))
}

/**
 * What the page that was answered showed of what each recipient gets; its form carries it. undefined: it showed nothing
 * of that recipient, so nothing of it was agreed to (U1).
 */
export const shownIn = (form: Filled): { company?: DetailName[]; partner?: DetailName[] } => ({
  ...(form.shown !== undefined && { company: namedDetails(form.shown) }),
  ...(form.shownPartner !== undefined && { partner: namedDetails(form.shownPartner) }),
})
