import { z } from 'zod'

/** What the person said themselves, or let be said; and what was noted while they used it. */
const provenance = z.enum(['provided', 'observed'])
/** ISO 8601, in UTC. */
const instant = z.iso.datetime()
const texts = z.array(z.string())
const holder = z.string().describe('"sign-in", or the id of the company whose account it is')
const answer = z.enum(['yes', 'no', 'objected', 'lifted'])

/**
 * The sections of an archive, in their order: one file of JSON and one of CSV each. Every row has a flat shape; absent
 * means unknown or none. The published schema is made of these. A new one comes last: an archive that is being gathered
 * knows its sections by their place.
 */
export const sections = {
  details: z.strictObject({
    provenance,
    holder,
    detail: z.string().describe('name of a basic detail, or "own:" and the name of a company’s own field'),
    value: z.string(),
    source: z.string().describe('who said the value that is in force: "you", "company" or "support"'),
  }),
  accounts: z.strictObject({
    provenance,
    company: z.string(),
    controller: z.string().describe('legal name of who is responsible for it'),
    number: z.string().describe('the account’s number at that company'),
    status: z.string(),
    openedAt: instant,
    linkedAt: instant.optional(),
    policyVersion: z.string().optional(),
    numberConfirmedAt: instant
      .optional()
      .describe('when the company reported that you confirmed your phone number to it'),
  }),
  applications: z.strictObject({
    provenance,
    company: z.string(),
    application: z.string(),
    scopes: texts,
    details: texts,
    allowedAt: instant,
  }),
  sharing: z.strictObject({
    provenance,
    company: z.string(),
    recipient: z.string(),
    notice: z
      .string()
      .optional()
      .describe(
        'told instead of details, once a request was answered: "data-corrected", "data-erased", "data-restricted"',
      ),
    details: texts,
    withdrawn: texts,
    at: instant,
    outcome: z.string(),
    basis: z.string().optional(),
    policyVersion: z.string().optional(),
  }),
  requests: z.strictObject({
    provenance,
    company: z.string(),
    kind: z.string(),
    state: z.string(),
    at: instant,
    request: z.string().describe('its number at that company'),
    by: z.string(),
    what: z.string(),
    text: z.string().optional(),
    files: texts.describe('names of what was sent along'),
  }),
  activity: z.strictObject({
    provenance,
    at: instant,
    what: z.string(),
    by: z.string(),
    company: z.string().optional(),
    service: z.string().optional(),
    details: texts,
    changes: texts.describe('detail: before → after'),
    network: z.string().optional(),
    device: z.string().optional(),
    reason: z.string().optional(),
    how: z.string().optional().describe('of a use: "signed-in", "session" or "device"'),
    times: z.string().optional().describe('of a use that was repeated in one browser within ten minutes: how often'),
    lastAt: instant.optional().describe('when the last of them was'),
    application: z.string().optional().describe('of a partner'),
    act: z.string().optional().describe('of support'),
    role: z.string().optional(),
    case: z.string().optional(),
  }),
  choices: z.strictObject({
    provenance,
    holder,
    company: z.string().optional().describe('absent: of all companies at once'),
    purpose: z.string().describe('"marketing", "group-news", "profiling" or "analytics"'),
    channel: z.string().optional(),
    answer,
    decidedAt: instant,
    policyVersion: z.string().optional(),
  }),
  receipts: z.strictObject({
    provenance,
    holder,
    at: instant,
    by: z.string().describe('"page", "letter", or what it followed from: "unlink", "restore"'),
    number: z.string(),
    company: z.string().optional().describe('absent: of all companies at once'),
    purpose: z.string().optional().describe('absent: what stood was kept as it follows from its cause'),
    channel: z.string().optional(),
    answer: answer.optional(),
    policyVersion: z.string().optional(),
  }),
  sessions: z.strictObject({
    provenance,
    kind: z.enum(['browser', 'lasting']).describe('"lasting": a television or an app that stays signed in'),
    device: z.string(),
    signedInAt: instant,
    lastUsedAt: instant.optional(),
    services: texts,
  }),
  letters: z.strictObject({
    provenance,
    at: instant,
    letter: z.string().describe('which letter went out; neither its text nor the address is kept'),
    about: z.string().optional().describe('the companies or the service that it named'),
  }),
  questions: z.strictObject({
    provenance,
    at: instant,
    company: z.string().describe('who asked whether it may write to you; a list of everybody names nobody'),
    purpose: z.string(),
    channel: z.string().optional(),
    answer: z.enum(['yes', 'no']),
  }),
}

export type SectionName = keyof typeof sections
export type Row<Name extends SectionName = SectionName> = z.output<(typeof sections)[Name]>
export const sectionNames = Object.keys(sections) as SectionName[]

/** JSON Schema (2020-12) of each file `<section>.json`; made of what rows are checked against. */
export const archiveSchema = (): unknown =>
  z.toJSONSchema(
    z.object(
      Object.fromEntries(
        sectionNames.map((name) => [name, z.strictObject({ section: z.literal(name), rows: z.array(sections[name]) })]),
      ),
    ),
  )
