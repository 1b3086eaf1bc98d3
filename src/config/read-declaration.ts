import { z } from 'zod'
import { type Company, companyIssues, companyShape } from '../companies/index.ts'
import { type ConfigIssueAt, fitting, unknownKey } from '../lib/config-issues.ts'
import type { ReadClient, ReadDeclaration } from '../services/index.ts'
import { apiSchema, clientSchema, partnerSchema, serviceSchema, withProfile } from '../services/index.ts'

const lists = ['services', 'partners', 'clients', 'apis']

/** Reads part by part, so that an issue in one hides no issue in another. */
export const readDeclaration = (
  file: string,
  raw: Record<string, unknown>,
  issues: ConfigIssueAt[],
): ReadDeclaration => {
  const company = readShape(companyShape, raw, lists, issues) as Partial<Company>
  company.policy = company.policy?.toSorted((a, b) => b.date.localeCompare(a.date))
  if (company.policy === undefined) delete company.policy
  const id = company.id ?? ''
  const items = <T, R>(key: string, schema: z.ZodType<T>, made: (item: Partial<T>) => R): (R | undefined)[] => {
    const list = raw[key] ?? []
    if (!Array.isArray(list)) {
      issues.push({ path: [key], says: 'is not a list: write each after "- "' })
      return []
    }
    return list.map((each, i) => {
      const item = inParts(schema, each, [key, i], issues)
      return item === undefined ? undefined : made(item)
    })
  }

  const declaration: ReadDeclaration = {
    file,
    company,
    services: items('services', serviceSchema, (service) => ({ ...service, company: id, clients: scoped(service) })),
    partners: items('partners', partnerSchema, (partner) => ({ ...partner, company: id, clients: scoped(partner) })),
    clients: items('clients', clientSchema, (client) =>
      withProfile({ ...client, scopes: 'scopes' in client ? client.scopes : [] }),
    ),
    apis: items('apis', apiSchema, ({ resource, scopes = [] }) => ({
      ...(resource !== undefined && { resource }),
      company: id,
      scopes: scopes.map(({ name }) => name),
      labels: Object.fromEntries(scopes.map(({ name, label }) => [name, label])),
    })),
  }
  issues.push(...companyIssues(company))
  return declaration
}

/** The parts of an object that fit; the rest and the unknown keys go into `issues`. */
export const readShape = (
  shape: z.core.$ZodLooseShape,
  raw: Record<string, unknown>,
  otherKeys: string[],
  issues: ConfigIssueAt[],
): Record<string, unknown> => {
  const known = [...Object.keys(shape), ...otherKeys]
  for (const key of Object.keys(raw)) if (!known.includes(key)) issues.push({ path: [], says: unknownKey(key, known) })
  const read: Record<string, unknown> = {}
  for (const [key, schema] of Object.entries(shape)) {
    const value = fitting(schema as z.ZodType, raw[key], [key], issues)
    if (value !== undefined) read[key] = value
  }
  return read
}

/**
 * An item as far as it can be read, so that rules on one part of it speak beside what is wrong with another: a faulty
 * part is there without a value. undefined: it is no group of settings.
 */
const inParts = <T>(
  schema: z.ZodType<T>,
  raw: unknown,
  path: (string | number)[],
  issues: ConfigIssueAt[],
): Partial<T> | undefined => {
  const whole = fitting(schema, raw, path, issues)
  if (whole !== undefined || !(schema instanceof z.ZodObject) || typeof raw !== 'object' || raw === null) return whole
  const written = raw as Record<string, unknown>
  const parts = Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([key, part]) => {
    const list = written[key]
    // Told with the whole already.
    if (key === 'clients' && Array.isArray(list))
      return [[key, list.map((each) => inParts(clientSchema, each, [], []) ?? {})]]
    const read = part.safeParse(list)
    return read.success && read.data === undefined ? [] : [[key, read.data]]
  })
  return Object.fromEntries(parts) as Partial<T>
}

/** A client may have what its service may have, unless its own entry says less. */
const scoped = ({ scopes, clients = [] }: { scopes?: string[]; clients?: Partial<z.infer<typeof clientSchema>>[] }) =>
  clients.map((client): ReadClient => withProfile({ ...client, scopes: 'scopes' in client ? client.scopes : scopes }))
