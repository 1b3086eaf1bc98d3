/**
 * The **basic details** (grundläggande kontouppgifter): the ten fields that linked accounts keep in step, and nothing
 * else ever is. This folder owns their names, their normal form and what counts as a valid value, and how OIDC, SCIM
 * and the release policies call them. It knows neither people nor companies.
 *
 * Absent is not null: an absent field is left alone, null clears it, and clearing propagates.
 */

export { type BasicClaims, claimsOf } from './claims.ts'
export { assertNamed, isAnswered, neverCleared } from './kept.ts'
export {
  type ClaimName,
  claimNames,
  type DetailName,
  type Details,
  detailNames,
  detailsOfClaims,
  isDetailName,
  namedDetails,
} from './names.ts'
export { detailLengths, normalizeDetail, normalizeEmail, soughtEmail } from './normal-form.ts'
export { detailsInOrder, nameDetails } from './order.ts'
export { callingCode, mendedPhone } from './phone.ts'
export { isFilledIn, missing, readDetail, readDetails } from './read-details.ts'
export { isFamilyFirst, wholeName } from './whole-name.ts'
