import { join } from 'node:path'
import { nameIn, type Operator } from '../companies/index.ts'
import { type DetailName, nameDetails } from '../details/index.ts'
import { createViews } from '../http/index.ts'
import { formatDate, formatInstant, type Language, type Translations } from '../i18n/index.ts'
import { isToStaff, leadsTo, type MailKind } from './kinds.ts'

export interface Mail {
  kind: MailKind
  to: string
  /** Whose it is, as records name them: it waits no longer than they are there. */
  of?: string
  language: Language
  values: Record<string, string>
}

export interface WrittenMail {
  subject: string
  text: string
  html: string
}

export interface WriteMailDeps {
  issuer: string
  operator: Pick<Operator, 'id' | 'name' | 'legalName'> & { contacts: Pick<Operator['contacts'], 'support'> }
  words: Translations
  viewsDir: string
}

/**
 * Turns a kind and its values into a letter: `mail.<kind>.{subject,body,link}`, one layout, text and HTML alike. Each says
 * whom to write to, and has a code to type or leads to where its reader acts (U16).
 */
export const createWriteMail = ({ issuer, operator, words, viewsDir }: WriteMailDeps) => {
  const views = createViews(join(viewsDir, 'mail'), [])
  const { email, phone, url, address: post } = operator.contacts.support
  const support = email ?? url ?? phone ?? post
  const pages = {
    security: `${issuer}/account/security`,
    services: `${issuer}/account/services`,
    contact: `${issuer}/privacy/${operator.id}`,
  }

  /** `minutes`: how long a code in it is still good for. */
  return ({ kind, language, values }: Mail, minutes: number): WrittenMail => {
    const t = (key: string, given = {}) => words.t(language, key, given)
    const name = nameIn(operator, language)
    const shown: Record<string, string | number> = { operator: name, minutes, support }
    for (const [name, value] of Object.entries(values)) shown[name] = harmless(readable(name, value, language, words))
    const unlinked = Object.fromEntries(
      Object.entries(shown).map(([name, value]) => [name, ours.includes(name) ? value : withoutLinks(String(value))]),
    )
    const linkTo = (address: string, label: string) => ({ address, label, above: t('layout.label', { label }) })
    const page = leadsTo(kind)
    const address = values.undoUrl ?? values.url ?? (page && pages[page])
    if (address !== undefined && !address.startsWith(`${issuer}/`)) throw new Error(`a ${kind} mail leads elsewhere`)

    const data = {
      language,
      subject: t(`mail.${kind}.subject`, shown),
      heading: t(`mail.${kind}.subject`, unlinked),
      paragraphs: t(`mail.${kind}.body`, unlinked)
        .trim()
        .split(/\n\s*\n/),
      reason: unlinked.reason ? t('mail.reason', { reason: unlinked.reason }) : undefined,
      dates: ['when', 'until'].flatMap((name) => (shown[name] ? [String(shown[name])] : [])),
      code: values.code,
      link:
        address === undefined
          ? undefined
          : linkTo(isToStaff(kind) ? address : spokenIn(language, address), t(`mail.${kind}.link`)),
      footer: t('mail.footer', { operator: name, legalName: operator.legalName }),
      contact: t('mail.contact'),
      between: t('layout.between'),
      support: { email: email ?? '', other: email ? (phone ?? '') : support },
      host: new URL(issuer).host,
      operator: name,
    }
    return { subject: data.subject, text: `${views.render('text', data).trim()}\n`, html: views.render('html', data) }
  }
}

/** The page behind a link speaks the language of its letter (K5). */
const spokenIn = (language: Language, address: string): string => {
  const page = new URL(address)
  page.searchParams.set('lang', language)
  return page.href
}

/** What is said in our own words. */
const ours = ['minutes', 'support', 'when', 'until', 'alarm', 'fields']

const readable = (name: string, value: string, language: Language, words: Translations): string => {
  if (name === 'when') return formatInstant(language, value)
  if (name === 'until') return formatDate(language, value)
  if (name === 'alarm') return words.t(language, `console.alarms.${value}`)
  if (name !== 'fields') return value
  return nameDetails(value.split(',') as DetailName[], language, (key) => words.t(language, key))
}

/** What others wrote stays one line of visible text: no header of its own, no line that looks like ours. */
const harmless = (value: string): string =>
  value
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 500)

/**
 * Mail programs make links of whatever looks like one: a company's words in a letter of ours would lead where it likes
 * (H9). What nobody sees, after each sign that an address is put together with, keeps them text.
 */
const withoutLinks = (value: string): string => value.replace(/[.:@/\\](?=\S)/g, '$&\u200b')
