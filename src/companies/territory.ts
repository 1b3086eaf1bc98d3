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

/** What lets details leave for a company's country: found adequate by the EU, the UK or Japan, or by the company's own means. */
export type Mechanism =
  | 'adequacy-eu'
  | 'adequacy-uk'
  | 'adequacy-jp'
  | 'standard-contractual-clauses'
  | 'binding-corporate-rules'

/**
 * Under what details reach a company or a partner, seen from where the person lives (S5, U17); of somebody outside EEA, UK and Japan,
 * or who knows where, as from the EEA. undefined: nothing leaves the territory, or nobody has written where it stands. The EEA, the UK and Japan have each found
 * the others adequate; other countries are as their company's entry says.
 */
export const transferFor = (
  { country, transfer }: Pick<Partial<Company>, 'country' | 'transfer'>,
  livesIn: string | undefined,
): Mechanism | undefined => {
  if (country === undefined) return undefined
  const from = livesIn !== undefined && (isInUk(livesIn) || livesIn === 'JP') ? livesIn : 'EEA'
  if (country === livesIn || (from === 'EEA' && isInEea(country))) return undefined
  const adequacy = ({ GB: 'adequacy-uk', JP: 'adequacy-jp', EEA: 'adequacy-eu' } as const)[from as 'GB' | 'JP' | 'EEA']
  if (!isOutside(country)) return adequacy
  return transfer === 'adequacy' ? adequacy : transfer
}
