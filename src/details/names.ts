export const detailNames = [
  'givenName',
  'familyName',
  'birthDate',
  'street',
  'postalCode',
  'city',
  'region',
  'country',
  'email',
  'phone',
] as const

export type DetailName = (typeof detailNames)[number]

/** A person's or account's details; null says cleared, absent says never known. */
export type Details = Partial<Record<DetailName, string | null>>

export const isDetailName = (name: string): name is DetailName => (detailNames as readonly string[]).includes(name)

/** As a form carries a list of them: their names with commas between; what is none of them is left out. */
export const namedDetails = (list: string): DetailName[] => list.split(',').filter(isDetailName)

/** How release policies and demo.json name groups of details: by their OIDC claim (OIDC Core 5.1). */
export const claimNames = ['name', 'birthdate', 'address', 'email', 'phone_number'] as const
export type ClaimName = (typeof claimNames)[number]

const byClaim: Record<ClaimName, readonly DetailName[]> = {
  name: ['givenName', 'familyName'],
  birthdate: ['birthDate'],
  address: ['street', 'postalCode', 'city', 'region', 'country'],
  email: ['email'],
  phone_number: ['phone'],
}

export const detailsOfClaims = (claims: readonly ClaimName[]): DetailName[] => claims.flatMap((claim) => byClaim[claim])
