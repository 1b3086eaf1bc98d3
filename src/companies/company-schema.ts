import countries from 'i18n-iso-countries/index.js'
import { z } from 'zod'
import { claimNames, detailNames } from '../details/index.ts'
import { inEnglish, type Language, languages } from '../i18n/index.ts'
import { contrast, surfaces } from '../lib/colour.ts'
import { entries, listOf, matching, oneOf, text, wholeNumber, yesOrNo } from '../lib/config-issues.ts'
import { isOfKind, messageKinds, messageTopics } from './message-kinds.ts'

/** Keys in the store and in addresses: neither case nor colons to get wrong (model M14). */
export const id = () =>
  matching(/^[a-z][a-z0-9-]{0,39}$/, 'up to 40 of a-z, 0-9 and "-", a letter first; it can never be changed')

/** A text in the product's languages; in English always. */
export const localized = (write: string) => {
  const said = (language: Language) => text(`${write}, in ${inEnglish(language)}`)
  const others = languages.filter((language) => language !== 'en')
  return entries({ en: said('en'), ...Object.fromEntries(others.map((each) => [each, said(each).optional()])) })
}

/** What a `name` is in the other languages. */
const otherNames = (write: string) =>
  entries(
    Object.fromEntries(
      languages
        .filter((language) => language !== 'en')
        .map((each) => [each, text(`${write}, in ${inEnglish(each)}`).optional()]),
    ),
  )
    .optional()
    .describe(`${write}, where another language says it otherwise`)

/** Where people are sent to read: encrypted, and no name before the host that could pass for it. */
const webAddress = (write: string) =>
  text(write).refine((address) => URL.parse(address)?.protocol === 'https:' && !/^https:\/\/[^/?#]*@/i.test(address), {
    error: (issue) => `"${String(issue.input)}" is not an address: write ${write}`,
  })

const emailAddress = () => matching(/^[^\s@]+@[^\s@]+\.[^\s@]+$/, 'an e-mail address')

const contact = entries({
  name: text('who answers'),
  names: otherNames('who answers'),
  address: text('the postal address, in one line'),
  email: emailAddress().optional(),
  phone: text('a phone number with its country code').optional(),
  url: webAddress('an https address').optional(),
}).refine((each) => each.email ?? each.url ?? each.phone, {
  error: 'can only be reached by post: write email, phone or url as well',
})

/** WCAG 2.2 SC 1.4.3: an accent may carry words. */
const leastContrast = 4.5

const colour = (theme: keyof typeof surfaces) =>
  matching(/^#[0-9a-f]{6}$/i, 'a colour as #rrggbb').refine(
    (value) => !/^#[0-9a-f]{6}$/i.test(value) || contrast(value, surfaces[theme]) >= leastContrast,
    {
      error: (issue) =>
        `"${issue.input}" has a contrast of ${contrast(String(issue.input), surfaces[theme]).toFixed(1)} on the ${theme} page: ` +
        `write a ${theme === 'light' ? 'darker' : 'lighter'} colour, ${leastContrast} at least`,
    },
  )

const policyVersion = entries({
  version: matching(/^[A-Za-z0-9._-]{1,20}$/, 'a version such as "2020-02"'),
  date: matching(/^\d{4}-\d{2}-\d{2}$/, 'the date of its last change as YYYY-MM-DD').refine(isDate, {
    error: (issue) => `"${issue.input}" is no day: write the date of its last change as YYYY-MM-DD`,
  }),
  url: webAddress('where the policy is published, with https').optional(),
  text: localized('the policy').optional(),
  material: yesOrNo().describe('whether people are told of this version (S0)'),
}).refine((each) => each.url ?? each.text, { error: 'can be read nowhere: write text or url' })

const legalBasis = () =>
  oneOf(['contract', 'legitimate-interest', 'consent', 'legal-obligation']).describe('the legal basis (S2-d)')

const sharingPurpose = entries({
  id: id(),
  receives: listOf(oneOf(claimNames), 'which of the details it receives are for this'),
  purpose: localized('what for'),
  basis: legalBasis(),
  without: localized('what stops working for who refuses it').optional(),
})

const release = entries({
  receives: listOf(oneOf(claimNames), `which of ${claimNames.join(', ')} it may receive`),
  writes: listOf(oneOf(claimNames), 'which of them it may change, or []'),
  scopes: listOf(text('a scope'), 'the scopes its services may be granted'),
  requires: listOf(oneOf(detailNames), `without which of ${detailNames.join(', ')} no account is opened, or []`),
  purpose: localized('what for'),
  basis: legalBasis(),
  purposes: listOf(sharingPurpose, 'purposes, or leave it out')
    .optional()
    .describe('what each part of it is for: a person may refuse one and not another; absent: it is one purpose'),
  retention: localized('how long it keeps what it received'),
})

const customAttribute = entries({
  id: matching(/^[a-z][a-zA-Z0-9]{0,39}$/, 'a name such as deviceId'),
  label: localized('what the person reads'),
  reason: localized('why it is asked'),
  basis: legalBasis(),
  type: oneOf(['text', 'choice', 'choices']).describe('how it is asked: in words, one of the options, or some of them'),
  options: listOf(entries({ value: id(), label: localized('the option') }), 'the options').optional(),
  required: yesOrNo().describe('whether an account needs it'),
}).refine((field) => (field.type === 'text') === (field.options === undefined), {
  error: 'has options only when there is something to choose: write options for choice and choices, none for text',
})

const message = entries({
  id: id(),
  name: localized('what it is called'),
  kind: oneOf(messageKinds).describe('what it is: sent whatever people chose, or as they chose'),
  about: oneOf(messageTopics).describe('what it is about, which says what kind it may be of (S2-a)'),
}).refine(({ kind, about }) => isOfKind(kind, about), {
  error: (issue) => {
    const { kind, about } = issue.input as { kind: string; about: string }
    return kind === 'service'
      ? `is about ${about}, which advertises: write kind: marketing`
      : `is about ${about}, which an account needs: write kind: service`
  },
})

const closure = z
  .discriminatedUnion(
    'kind',
    [
      entries({ kind: z.literal('at-once') }),
      entries({ kind: z.literal('after-grace'), days: wholeNumber(1, 90, 'days of grace, 1 to 90') }),
      entries({ kind: z.literal('by-contact') }),
    ],
    { error: 'names no process: write kind: at-once, after-grace (with days) or by-contact' },
  )
  .describe('how an account is closed (S4-10): at once, after days in which its person can come back, or by asking')

export const country = () =>
  text('the country as two letters (ISO 3166-1), such as JP').refine(
    (code) => /^[A-Z]{2}$/.test(code) && countries.isValid(code),
    {
      error: (issue) => `"${issue.input}" is no country: write it as two letters (ISO 3166-1), such as JP`,
    },
  )

const brand = entries({
  colour: colour('light'),
  colourDark: colour('dark'),
  mark: matching(/^.{1,3}$/u, 'one to three letters that stand for the company'),
})

/** What companies and the operator both declare, key by key. */
const controllerShape = {
  id: id(),
  name: text('the everyday name'),
  legalName: text('the legal name, as in the register'),
  country: country(),
  representatives: entries({
    eu: contact.optional().describe('who stands for it in the EU, when it is established outside (S12)'),
    uk: contact.optional().describe('the same in the United Kingdom'),
  }).default({}),
  authority: entries({ name: text('the supervisory authority'), url: webAddress('its address, with https') }),
  contacts: entries({
    privacy: contact.describe('who answers for privacy'),
    support: contact.describe('who helps people'),
    dataProtectionOfficer: contact.optional().describe('where there is one'),
  }),
  policy: listOf(policyVersion, 'the versions of the privacy policy').min(
    1,
    'has no version: write the policy in force',
  ),
  brand,
}

/** What lets details leave, as an entry says it; seen from where somebody lives by `transferFor`. */
export const transfer = () => oneOf(['adequacy', 'standard-contractual-clauses', 'binding-corporate-rules'])

export const companyShape = {
  ...controllerShape,
  release,
  transfer: transfer()
    .optional()
    .describe('under what data leaves the EEA and the United Kingdom (S5); needed outside them'),
  ownFields: listOf(customAttribute, 'own fields, or leave it out').default([]),
  messages: listOf(message, 'messages, or leave it out')
    .default([])
    .describe('what it writes to people; the kind decides whether their choices let it be sent'),
  minimumAge: wholeNumber(16, 99, 'an age of 16 or more (S11: no country lowers it)'),
  closure,
  childData: localized("what happens to a child's data"),
  retention: entries({
    months: wholeNumber(1, 240, 'months, 1 to 240'),
    text: localized('how long an account that nobody uses is kept'),
  }),
  requests: entries({
    answerMonths: wholeNumber(1, 1, '1: the law gives a month, and whatever is beyond it is an extension').default(1),
    extensionMonths: wholeNumber(0, 2, 'months that an extension adds, 0 to 2').default(2),
    alarmDays: wholeNumber(1, 20, 'days before the end, 1 to 20').default(7),
    keptMonths: wholeNumber(1, 60, 'months, 1 to 60').default(12),
  })
    .default({ answerMonths: 1, extensionMonths: 2, alarmDays: 7, keptMonths: 12 })
    .describe(
      'how long rights requests may take, when staff are warned, and how long what was written in them is kept',
    ),
  administrators: listOf(emailAddress(), 'e-mail addresses')
    .default([])
    .describe('e-mail addresses of the first administrators of its support'),
  reachablePrivately: listOf(
    matching(/^[a-z0-9.[\]:-]+$/i, 'a host, or an address with its port'),
    'hosts or address:port',
  )
    .default([])
    .describe('hosts or address:port that may be called though they are loopback or private'),
}

export const operatorShape = {
  ...controllerShape,
  names: otherNames('the everyday name'),
  arrangement: entries({
    kind: oneOf(['joint', 'processor']).describe('how it stands to the companies (GDPR Art. 26 or Art. 28)'),
    text: localized('the essence of the arrangement'),
  }),
  security: entries({
    contacts: listOf(
      matching(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+|tel:\+?[\d-]+)$/, 'a mailto:, https: or tel: address'),
      'whom somebody tells of a hole that they found, or leave it out for the support',
    ).default([]),
    policy: webAddress('where it stands what may be tried, with https').optional(),
    days: wholeNumber(1, 365, 'days, 1 to 365').default(180),
  })
    .default({ contacts: [], days: 180 })
    .describe('what /.well-known/security.txt says (RFC 9116); `days`: for how long, from each answer on'),
  passwordMinimum: wholeNumber(10, 15, 'the least length of a password, 10 to 15').default(10),
}

function isDate(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text)
}
