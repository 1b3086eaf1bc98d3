import type { Company, Contact } from './company.ts'

const eea = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK'.split(' '),
)

const isInEea = (country: string): boolean => eea.has(country)
const isInUk = (country: string): boolean => country === 'GB'

/** Under the GDPR or the UK GDPR by where it stands; others need representatives and a transfer mechanism (S5, S12). */
export const isOutside = (country: string): boolean => !isInEea(country) && !isInUk(country)

/** Whom a person in `country` turns to in place of a company that stands elsewhere (S12). */
export const representativeFor = (
  company: Pick<Company, 'representatives'>,
  country: string | undefined,
): Contact | undefined => {
  if (country === undefined) return undefined
  if (isInUk(country)) return company.representatives.uk
  return isInEea(country) ? company.representatives.eu : undefined
}
