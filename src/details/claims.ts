import type { Details } from './names.ts'
import { wholeName } from './whole-name.ts'

export interface BasicClaims {
  given_name?: string | null
  family_name?: string | null
  name?: string | null
  birthdate?: string | null
  address?: Partial<
    Record<'street_address' | 'postal_code' | 'locality' | 'region' | 'country' | 'formatted', string>
  > | null
  email?: string | null
  phone_number?: string | null
}

/**
 * Details in OIDC claim names (OIDC Core 5.1, 5.1.1). With `cleared: 'null'` a cleared detail is told as null, as
 * recipients of changes need it; otherwise it is left out, as ID tokens and userinfo want it.
 */
export const claimsOf = (details: Details, { cleared }: { cleared: 'null' | 'omit' }): BasicClaims => {
  const claims: BasicClaims = {}
  const put = <K extends keyof BasicClaims>(name: K, value: BasicClaims[K] | undefined) => {
    if (value === undefined) return
    if (value === null && cleared === 'omit') return
    claims[name] = value
  }
  put('given_name', details.givenName)
  put('family_name', details.familyName)
  put('name', wholeName(details))
  put('birthdate', details.birthDate)
  put('address', addressOf(details))
  put('email', details.email)
  put('phone_number', details.phone)
  return claims
}

const addressOf = (details: Details): BasicClaims['address'] | undefined => {
  const parts = {
    street_address: details.street,
    postal_code: details.postalCode,
    locality: details.city,
    region: details.region,
    country: details.country,
  }
  const known = Object.entries(parts).filter(([, value]) => value !== undefined)
  if (known.length === 0) return undefined
  const filled = known.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return filled.length === 0 ? null : Object.fromEntries(filled)
}
