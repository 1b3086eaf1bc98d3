import {
  type ClaimName,
  claimNames,
  claimsOf,
  type DetailName,
  detailNames,
  detailsOfClaims,
} from '../details/index.ts'

/** One basic detail under each of its names; its label on pages is `details.<name>`. */
export interface Word {
  detail: DetailName
  /** OpenID Connect Core 5.1. */
  claim: string
  /** RFC 7643 §4.1. */
  scim: string
  /** As `release.receives` and `release.writes` name it. */
  group: ClaimName
}

export const vocabularyOf = (scimPaths: Readonly<Record<DetailName, string>>): Word[] =>
  detailNames.map((detail) => ({
    detail,
    claim: claimOf(detail),
    scim: scimPaths[detail],
    group: claimNames.find((claim) => detailsOfClaims([claim]).includes(detail)) as ClaimName,
  }))

/** From what is really told: the claims that this detail alone makes. */
const claimOf = (detail: DetailName): string => {
  const { name: _whole, address, ...claims } = claimsOf({ [detail]: 'SE' }, { cleared: 'omit' })
  const [part] = Object.keys(address ?? {}).filter((each) => each !== 'formatted')
  return part ? `address.${part}` : (Object.keys(claims)[0] ?? '')
}
