import { type Account, holderOf, type Principal, releasedTo, samePrincipal } from '../accounts/index.ts'
import type { Company } from '../companies/index.ts'
import { type BasicClaims, claimsOf, type DetailName, type Details, detailsOfClaims } from '../details/index.ts'
import { detailsForScopes } from './catalogue.ts'

export interface ClaimsRequest {
  account: Pick<Account, '_id' | 'company' | 'status' | 'link' | 'copy'>
  company: Pick<Company, 'id' | 'release'>
  /** As granted, after the gate. */
  scopes: readonly string[]
  /** Whose the account is: says which address was proven here. */
  holder?: Pick<Principal, 'id' | 'addresses'>
  /** What the page said that a partner's application gets; the company's own stand under what was agreed for the link. */
  allowed?: readonly DetailName[]
}

type ReleasedClaims = Omit<BasicClaims, 'email' | 'phone_number'> & {
  email?: string
  email_verified?: boolean
  phone_number?: string
  phone_number_verified?: boolean
}

/**
 * What of an account a client is told: scope ∩ release policy ∩ agreed ∩ allowed. The copy is cut again here though it
 * was cut when it was made: a policy shrinks at once, a copy a moment later. Another company's account tells nothing.
 */
export const claimsFor = ({ account, company, scopes, holder, allowed }: ClaimsRequest): ReleasedClaims => {
  if (account.company !== company.id || account.status === 'closed' || account.status === 'void') return {}
  const received = account.link ? releasedTo(account, company) : detailsOfClaims(company.release.receives)
  const released: Details = {}
  for (const detail of detailsForScopes(scopes))
    if (received.includes(detail) && (allowed?.includes(detail) ?? true)) released[detail] = account.copy[detail]

  const claims = claimsOf(released, { cleared: 'omit' }) as ReleasedClaims
  if (claims.email !== undefined) claims.email_verified = provenBy(account, claims.email, holder)
  // Nothing here proves a phone; said outright, since absence reads as "ask elsewhere" (OIDC Core 5.1).
  if (claims.phone_number !== undefined) claims.phone_number_verified = false
  return claims
}

/** A company's word for an address is contact data only (T5): proven is what signs in here, and nothing else. */
const provenBy = (account: ClaimsRequest['account'], email: string, holder: ClaimsRequest['holder']): boolean =>
  holder !== undefined &&
  samePrincipal(holder.id, holderOf(account._id, account.link?.person)) &&
  holder.addresses.includes(email)
