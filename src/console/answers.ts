import type { Company, Contact } from '../companies/index.ts'
import { formatParts, type Language } from '../i18n/index.ts'
import type { ConsoleContext } from './console-deps.ts'

/** What callers ask most. What is answered is said in `views/words/answers`, and holds nothing of anybody. */
const questions = [
  'cannot-sign-in',
  'no-code',
  'why-link',
  'unlink',
  'close-one',
  'address-changed',
  'wrong-name',
  'delete-everything',
  'who-sees',
  'child',
] as const

export interface PreparedAnswer {
  id: string
  question: string
  /** To be copied into whatever the company writes with, its own contact below it. */
  text: string
}

/** In the language of the page, with this issuer's addresses and the company's own name, age and contact. */
export const answersOf = (
  { t, language }: ConsoleContext['page'],
  { name, minimumAge, contacts }: Pick<Company, 'name' | 'minimumAge' | 'contacts'>,
  issuer: string,
): PreparedAnswer[] => {
  const values = { issuer, company: name, age: minimumAge }
  const contact = t('answers.contact', { company: name, contact: reachedBy(contacts.support, language) })
  return questions.map((id) => ({
    id,
    question: t(`answers.${id}.question`),
    text: `${t(`answers.${id}.answer`, values)}\n\n${contact}`,
  }))
}

const reachedBy = ({ email, phone, url, address }: Contact, language: Language): string => {
  const ways = [email, phone, url].filter((way) => way !== undefined)
  return ways.length > 0 ? formatParts(language, ways) : address
}
