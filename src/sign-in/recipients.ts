import type { Company } from '../companies/index.ts'
import { type DetailName, detailsOfClaims } from '../details/index.ts'
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
