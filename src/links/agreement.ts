import type { Company } from '../companies/index.ts'
import { type DetailName, detailsOfClaims, namedDetails } from '../details/index.ts'

/**
 * The one rule of what a link lets its company have (S4-4, U1): exactly what the page that was answered showed, as far
 * as the policy still goes. What a policy came to release between the page and the press is not in it, and waits to be
 * shown (model M8). Every link and every widening of one asks this; nothing else writes `link.agreed`.
 */
export const agreedTo = (shown: readonly DetailName[], { release }: Pick<Company, 'release'>): DetailName[] =>
  detailsOfClaims(release.receives).filter((field) => shown.includes(field))

/**
 * What the page that was answered showed of what each recipient gets; its form carries it. undefined: it showed nothing
 * of that recipient, so nothing of it was agreed to (U1).
 */
export const shownIn = (
  form: Readonly<Record<string, string | undefined>>,
): { company?: DetailName[]; partner?: DetailName[] } => ({
  ...(form.shown !== undefined && { company: namedDetails(form.shown) }),
  ...(form.shownPartner !== undefined && { partner: namedDetails(form.shownPartner) }),
})
