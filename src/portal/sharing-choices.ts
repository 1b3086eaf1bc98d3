import type { Account } from '../accounts/index.ts'
import { type Company, inLanguage, mayRefuse, purposesOf } from '../companies/index.ts'
import { detailsOfClaims } from '../details/index.ts'
import type { Language } from '../i18n/index.ts'
import { digest } from '../lib/ids.ts'

/** Names a link on a page; an id leaves no store. */
export const linkName = ({ link }: Pick<Account, 'link'>): string =>
  link ? digest(`link:${link.id}`).slice(0, 22) : ''

/** What somebody let a company have, purpose by purpose: on which ground, since when, by which choice (S2-d, S4-4). */
export const sharingChoices = (account: Account, company: Company, language: Language) => {
  const { link } = account
  if (!link) return undefined
  const purposes = purposesOf(company).map((purpose) => {
    const chosen = link.purposes?.[purpose.id]
    const allowed = !mayRefuse(purpose) || (chosen?.yes ?? true)
    return {
      id: purpose.id,
      label: inLanguage(purpose.purpose, language),
      without: purpose.without ? inLanguage(purpose.without, language) : '',
      basis: purpose.basis,
      mayRefuse: mayRefuse(purpose),
      allowed,
      by: chosen ? (chosen.yes ? 'chosen' : 'refused') : 'link',
      since: chosen?.at ?? link.since,
      fields: detailsOfClaims(purpose.receives).filter((field) => link.agreed.includes(field)),
    }
  })
  const { id, name, legalName } = company
  return { company: { id, name, legalName }, link: linkName(account), paused: link.paused, purposes }
}
