import { join } from 'node:path'
import { z } from 'zod'
import { id } from '../companies/index.ts'
import { detailNames, normalizeDetail } from '../details/index.ts'
import { languages } from '../i18n/index.ts'
import {
  type ConfigIssue,
  type ConfigIssueAt,
  ConfigurationError,
  entries,
  fitting,
  inFile,
  listOf,
  matching,
  oneOf,
  text,
} from '../lib/config-issues.ts'
import type { Group } from '../services/index.ts'
import { readYaml } from './read-yaml.ts'

const staffRoles = ['support', 'support-lead', 'privacy', 'developer', 'analyst', 'administrator'] as const

const email = () => matching(/^[^\s@]+@[^\s@]+\.example$/, 'an address under .example, where nobody is written to')
const password = () => text('a password').min(10, 'is short: write 10 characters or more')

const details = entries(
  Object.fromEntries(detailNames.map((name) => [name, text('a value').optional()])) as Record<
    (typeof detailNames)[number],
    z.ZodOptional<z.ZodString>
  >,
).refine(
  (given) =>
    detailNames.every((name) => {
      try {
        return normalizeDetail(name, given[name] ?? null) === (given[name] ?? null)
      } catch {
        return false
      }
    }),
  {
    error: 'is not in normal form: write e-mail in lower case, phone as +46…, country as SE, birth date as YYYY-MM-DD',
  },
)

const separateAccount = entries({
  company: id(),
  email: email(),
  password: password(),
  details,
  ownData: z.record(z.string(), z.string()).default({}),
})

const person = entries({
  /** Of the unified sign-in; absent, with its password, for who has none. */
  email: email().optional(),
  password: password().optional(),
  language: oneOf(languages),
  details: details.optional(),
  links: listOf(id(), 'companies').default([]),
  ownData: z.record(id(), z.record(z.string(), z.string())).default({}),
  separate: listOf(separateAccount, 'accounts of their own').default([]),
}).refine((each) => (each.email === undefined) === (each.password === undefined), {
  error: 'has one of email and password: write both, or none for somebody without a unified sign-in',
})

const staff = entries({
  company: id(),
  roles: listOf(oneOf(staffRoles), `some of ${staffRoles.join(', ')}`).min(1, 'has no role: write one'),
  email: email(),
  password: password().min(15, 'is short for staff: write 15 characters or more'),
  totpSecret: matching(/^[A-Z2-7]{32}$/, '32 characters of Base32'),
})

const demonstrationSchema = entries({
  people: listOf(person, 'people'),
  staff: listOf(staff, 'staff'),
  /** Services and partner applications that `npm start` runs; absent: every one with a client for `{url}/callback`. */
  services: listOf(id(), 'ids of services').optional(),
  /** Clients without a service behind them, for programs that others try the provider with. */
  spareClients: listOf(id(), 'ids of clients'),
})

/** Whom development starts with; production never reads it. */
export type Demonstration = z.infer<typeof demonstrationSchema>

export const loadDemonstration = (configDir: string): Demonstration => {
  const name = 'demonstration.yaml'
  const issues: ConfigIssue[] = []
  const within: ConfigIssueAt[] = []
  const raw = readYaml(join(configDir, name), join(configDir, name), undefined, issues)
  const demonstration = raw && fitting(demonstrationSchema, raw, [], within)
  issues.push(...inFile(join(configDir, name), within))
  if (!demonstration) throw new ConfigurationError(issues)
  return demonstration
}

/**
 * The services of the demonstration, each with the client it signs people in by: what `npm start` runs, waits for and
 * tells of the clock. A service of one's own in the same configuration is left alone.
 */
export const demonstrationServices = ({ services, partners }: Group, demonstration: Pick<Demonstration, 'services'>) =>
  [...services.values(), ...partners.values()]
    .filter(({ id }) => demonstration.services?.includes(id) ?? true)
    .flatMap((service) => {
      const client = service.clients.find(({ redirectUris }) => redirectUris.includes(`${service.url}/callback`))
      return client ? [{ service, client }] : []
    })
