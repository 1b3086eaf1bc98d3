/** Every letter, with values such as it would have. */
import { join } from 'node:path'
import { createTranslations, type Language } from '../../src/i18n/index.ts'
import type { MailKind } from '../../src/mail/index.ts'
import { leadsTo } from '../../src/mail/kinds.ts'
import { createWriteMail } from '../../src/mail/write-mail.ts'

const viewsDir = join(import.meta.dirname, '../../views')
const words = createTranslations(join(viewsDir, 'words'))
export const issuer = 'https://id.example'
export const support = 'support@id.example'
const operator = {
  id: 'sign-in',
  name: 'Unified sign-in',
  names: { sv: 'Samlad inloggning' },
  legalName: 'Example Sign-in AB',
  contacts: { support: { name: 'Sign-in support', address: 'Box 1, 223 70 Lund', email: support } },
}
const write = createWriteMail({ issuer, operator, words, viewsDir })

const everyValue: Record<string, string> = {
  code: '012345',
  company: 'Games',
  service: 'Arcade',
  case: 'K7Q-4M2',
  askedBy: 'guardian',
  where: 'pages',
  fields: 'givenName,city',
  alarm: 'own-record',
  by: 'Games',
  reason: 'a misprint',
  address: 'a…@example.com',
  when: '2025-02-03T23:05:00Z',
  until: '2025-03-01',
  device: 'Firefox on Android',
  undoUrl: `${issuer}/undo/token`,
  url: `${issuer}/account/details`,
}

const undoable =
  /^(welcome|account-(linked|opened)|(account-)?details-changed|address-changed(-again)?|(account-)?recovery-waits)$/

export const valuesOf = (kind: MailKind): Record<string, string> => {
  const { code, undoUrl, url, ...others } = everyValue as Record<string, string>
  if (/-(code|known)$/.test(kind)) return { ...others, code: code! }
  if (undoable.test(kind)) return { ...others, undoUrl: undoUrl! }
  return words.has(`mail.${kind}.link`) && leadsTo(kind) === undefined ? { ...others, url: url! } : others
}

export const letter = (kind: MailKind, language: Language = 'en', values = valuesOf(kind)) =>
  write({ kind, to: 'ada@example.com', language, values }, 15)
