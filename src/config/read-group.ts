import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { controllerIssues, type Operator, operatorShape } from '../companies/index.ts'
import { type ConfigIssue, type ConfigIssueAt, inFile } from '../lib/config-issues.ts'
import type { ReadDeclaration } from '../services/index.ts'
import { portalClientId, serviceIssues } from '../services/index.ts'
import { readDeclaration, readShape } from './read-declaration.ts'
import { onlyYouKnow, type Placeholders, readYaml } from './read-yaml.ts'

interface ReadGroup {
  /** Undefined when its file could not be read at all. */
  operator?: Partial<Operator> & { passwordMinimum?: number }
  declarations: ReadDeclaration[]
  issues: ConfigIssue[]
}

/** The files of a group, checked each for itself and then against each other; scopes are checked by their own folder. */
export const readGroup = (
  configDir: string,
  { issuer, port, production }: Placeholders & { production: boolean },
): ReadGroup => {
  const issues: ConfigIssue[] = []
  const placeholders = production ? undefined : { issuer, port }
  const operator = readOperator(configDir, placeholders, issues)
  const declarations = companyFiles(configDir, issues).flatMap((name) => {
    const raw = readYaml(join(configDir, name), name, placeholders, issues)
    if (!raw) return []
    const within: ConfigIssueAt[] = []
    const declaration = readDeclaration(name, raw, within)
    within.push(...serviceIssues(declaration, production))
    if (declaration.company.id && name !== `companies/${declaration.company.id}.yaml`)
      within.push({ path: ['id'], says: `is "${declaration.company.id}": write the file's name, or rename the file` })
    issues.push(...inFile(name, within))
    return [declaration]
  })
  issues.push(...takenTwice(operator, declarations))
  return { operator, declarations, issues }
}

const readOperator = (configDir: string, placeholders: Placeholders | undefined, issues: ConfigIssue[]) => {
  const name = 'operator.yaml'
  const raw = readYaml(join(configDir, name), name, placeholders, issues)
  if (!raw) return undefined
  const within: ConfigIssueAt[] = []
  const operator = readShape(operatorShape, raw, [], within) as Partial<Operator> & { passwordMinimum?: number }
  if (operator.policy) operator.policy = operator.policy.toSorted((a, b) => b.date.localeCompare(a.date))
  within.push(...controllerIssues(operator))
  issues.push(...inFile(name, within))
  return operator
}

const companyFiles = (configDir: string, issues: ConfigIssue[]): string[] => {
  let names: string[]
  try {
    names = readdirSync(join(configDir, 'companies')).sort()
  } catch {
    names = []
  }
  for (const name of names)
    if (!name.endsWith('.yaml') && !name.startsWith('.'))
      issues.push({ where: `companies/${name}`, says: 'is not read: name it after its company, ending in .yaml' })
  const found = names.filter((name) => name.endsWith('.yaml'))
  if (found.length === 0)
    issues.push({ where: 'companies/', says: 'has no company: write one, as companies/<id>.yaml' })
  return found.map((name) => `companies/${name}`)
}

/** Ids are keys of the whole group: companies with the operator, services with partners, clients, APIs. */
const takenTwice = (operator: ReadGroup['operator'], declarations: ReadDeclaration[]): ConfigIssue[] => {
  const issues: ConfigIssue[] = []
  const holders = { company: new Map<string, string>(), service: new Map(), client: new Map(), resource: new Map() }
  const take = (kind: keyof typeof holders, id: string | undefined, where: string, path: string) => {
    if (id === undefined) return
    const holder = holders[kind].get(id)
    if (holder !== undefined)
      issues.push({ where, path, says: `"${id}" is a ${kind} of ${holder} already: write another` })
    else holders[kind].set(id, where)
  }
  take('company', operator?.id, 'operator.yaml', 'id')
  holders.company.set('group', 'the store, which keeps that name')
  holders.client.set(portalClientId, 'the account pages')
  for (const { file, company, services, partners, clients, apis } of declarations) {
    take('company', company.id, file, 'id')
    const sites = [
      ...services.map((each, i) => ({ each, path: `services[${i}]` })),
      ...partners.map((each, i) => ({ each, path: `partners[${i}]` })),
    ]
    for (const { each, path } of sites) {
      take('service', each?.id, file, `${path}.id`)
      for (const [i, client] of (each?.clients ?? []).entries())
        take('client', client.id, file, `${path}.clients[${i}].id`)
    }
    for (const [i, client] of clients.entries()) take('client', client?.id, file, `clients[${i}].id`)
    for (const [i, api] of apis.entries()) take('resource', api?.resource, file, `apis[${i}].resource`)
  }
  return issues
}

/** What is still the sample's own text is told as that alone, not as everything else that such a text is not. */
export const onceEach = (issues: readonly ConfigIssue[]): ConfigIssue[] => {
  const placeOf = ({ where, path }: ConfigIssue) => `${where} ${path}`
  const unwritten = new Map(
    issues.filter(({ says }) => says.endsWith(onlyYouKnow)).map((issue) => [placeOf(issue), issue]),
  )
  return issues.filter((issue) => (unwritten.get(placeOf(issue)) ?? issue) === issue)
}
