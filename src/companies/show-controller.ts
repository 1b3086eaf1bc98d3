import type { Language } from '../i18n/index.ts'
import type { Company, Operator } from './company.ts'
import { inLanguage } from './in-language.ts'
import { policyInForce } from './policy-in-force.ts'
import { representativeFor } from './territory.ts'

/** Who controls an account and whom one turns to (S4-8, S4-11, S12), as every page that names a company shows it. */
export const showController = (company: Company | Operator, language: Language, country?: string) => {
  const { version, date } = policyInForce(company)
  const { privacy, support, dataProtectionOfficer } = company.contacts
  const nearest = representativeFor(company, country)
  const { eu, uk } = company.representatives
  return {
    id: company.id,
    name: company.name,
    legalName: company.legalName,
    country: company.country,
    policy: { version, date },
    privacy,
    support,
    officer: dataProtectionOfficer ?? null,
    /** The one for the person's country; both where it is not known. */
    representatives: nearest
      ? [{ where: nearest === uk ? 'uk' : 'eu', ...nearest }]
      : country
        ? []
        : [...(eu ? [{ where: 'eu', ...eu }] : []), ...(uk ? [{ where: 'uk', ...uk }] : [])],
    authority: company.authority,
    purpose: 'release' in company ? inLanguage(company.release.purpose, language) : null,
    basis: 'release' in company ? company.release.basis : null,
    /** The mechanism under which details reach it in its country (S5). */
    transfer: ('transfer' in company && company.transfer) || null,
  }
}
