import { z } from 'zod'

/** What the person said themselves, or let be said; and what was noted while they used it. */
const provenance = z.enum(['provided', 'observed'])
/** ISO 8601, in UTC. */
const instant = z.iso.datetime()
const texts = z.array(z.string())

/**
 * The sections of an archive, in their order: one file of JSON and one of CSV each. Every row has a flat shape; absent
 * means unknown or none. The published schema is made of these.
 */
export const sections = {
  details: z.strictObject({
    provenance,
    holder: z.string().describe('"sign-in", or the id of the company whose account it is'),
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
    by: z.string(),
    what: z.string(),
    text: z.string().optional(),
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
