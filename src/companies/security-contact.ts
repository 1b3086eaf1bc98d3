import { languages } from '../i18n/index.ts'
import { day } from '../lib/clock.ts'
import type { Contact, Operator } from './company.ts'

const byDefault = { contacts: [] as string[], policy: undefined, days: 180 }

/**
 * `security.txt` (RFC 9116): whom somebody tells of a hole that they found, before they tell others. By default the
 * operator's support; it holds for some days from each answer on, so that a site that nobody runs any more ends by itself.
 */
export const securityText = ({ security = byDefault, contacts }: Operator, issuer: string, at: number): string => {
  const reached = security.contacts.length > 0 ? security.contacts : [addressOf(contacts.support)]
  const lines = [
    ...reached.map((contact) => `Contact: ${contact}`),
    `Expires: ${new Date(at + security.days * day).toISOString().slice(0, 10)}T00:00:00Z`,
    ...(security.policy ? [`Policy: ${security.policy}`] : []),
    `Preferred-Languages: ${languages.join(', ')}`,
    `Canonical: ${issuer}/.well-known/security.txt`,
  ]
  return `${lines.join('\n')}\n`
}

const addressOf = ({ email, phone, url }: Contact): string => {
  if (email) return `mailto:${email}`
  return url ?? `tel:${(phone ?? '').replace(/[^+\d]/g, '')}`
}
