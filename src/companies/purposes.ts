import type { ClaimName } from '../details/index.ts'
import type { Company, ReleasePolicy, SharingPurpose } from './company.ts'

type Policy = Pick<Company, 'release'>

/** The one purpose of a policy that names no more. */
const whole = ({ receives, purpose, basis }: ReleasePolicy): SharingPurpose => ({
  id: 'account',
  receives,
  purpose,
  basis,
})

/** What a company receives details for, each with its own basis (S2-d). */
export const purposesOf = ({ release }: Policy): SharingPurpose[] =>
  release.purposes && release.purposes.length > 0 ? release.purposes : [whole(release)]

/** What the law orders is no choice. */
export const mayRefuse = ({ basis }: SharingPurpose): boolean => basis !== 'legal-obligation'

/** What a company may receive of somebody who refused some of its purposes: what any of the others needs (S4-4). */
export const receivedFor = (company: Policy, refused: readonly string[]): ClaimName[] => {
  const kept = purposesOf(company).filter((each) => !refused.includes(each.id) || !mayRefuse(each))
  return company.release.receives.filter((claim) => kept.some(({ receives }) => receives.includes(claim)))
}
