import type { Language } from '../i18n/index.ts'
import { authoritiesFor } from './authorities.ts'
import type { Company, Contact, Operator } from './company.ts'
import { inLanguage, nameIn } from './in-language.ts'
import { policyInForce } from './policy-in-force.ts'
import { representativeFor, transferFor } from './territory.ts'

/** Who controls an account and whom one turns to (S4-8, S4-11, S12), as every page that names a company shows it. */
export const showController = (company: Company | Operator, language: Language, country?: string) => {
  const { version, date } = policyInForce(company)
  const { privacy, support, dataProtectionOfficer } = company.contacts
  const nearest = representativeFor(company, country)
  const { eu, uk } = company.representatives
  const called = (contact: Contact) => ({ ...contact, name: nameIn(contact, language) })
  return {
    id: company.id,
    name: nameIn(company, language),
    legalName: company.legalName,
    country: company.country,
    policy: { version, date },
    privacy: called(privacy),
    support: called(support),
    officer: dataProtectionOfficer ? called(dataProtectionOfficer) : null,
    /** The one for the person's country; both where it is not known. */
    representatives: nearest
      ? [{ where: nearest === uk ? 'uk' : 'eu', ...nearest }]
      : country
        ? []
        : [...(eu ? [{ where: 'eu', ...eu }] : []), ...(uk ? [{ where: 'uk', ...uk }] : [])],
    /** The person's own first, then the company's (U17). */
    authorities: authoritiesFor(company, country),
    purpose: 'release' in company ? inLanguage(company.release.purpose, language) : null,
    basis: 'release' in company ? company.release.basis : null,
    /** The mechanism under which details reach it, seen from where the person lives (S5, U17). */
    transfer: transferFor(company, country) ?? null,
  }
}
