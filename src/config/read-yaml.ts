import { readFileSync } from 'node:fs'
import { load, YAMLException } from 'js-yaml'
import { type ConfigIssue, type ConfigIssueAt, inFile } from '../lib/config-issues.ts'

/** What `{issuer}` and `{port+1}` stand for; absent in production, where addresses are written in full. */
export interface Placeholders {
  issuer: string
  port: number
}

/** One file as plain values, or undefined with the reason among `issues`. */
export const readYaml = (
  path: string,
  name: string,
  placeholders: Placeholders | undefined,
  issues: ConfigIssue[],
): Record<string, unknown> | undefined => {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    issues.push({ where: name, says: missing ? 'is missing: write it' : 'cannot be read: let this process read it' })
    return undefined
  }
  let value: unknown
  try {
    value = load(text)
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error
    issues.push({ where: error.mark ? `${name}:${error.mark.line + 1}` : name, says: sentenceOf(error) })
    return undefined
  }
  if (!isAsLongAsItLooks(value, text)) {
    issues.push({ where: name, says: 'repeats its own parts (& and *) without end: write them out' })
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    issues.push({ where: name, says: 'holds no settings: write them as "name: value"' })
    return undefined
  }
  issues.push(...inFile(name, unwritten(value, [])))
  return fill(value, placeholders) as Record<string, unknown>
}

export const onlyYouKnow = 'which only you know: write it'

/** Texts of `config/production.example` that nobody has written yet. */
const unwritten = (value: unknown, path: (string | number)[]): ConfigIssueAt[] => {
  if (typeof value === 'string') {
    const [sample] = /<your [^<>]*>/.exec(value) ?? []
    return sample ? [{ path, says: `has ${sample}, ${onlyYouKnow}` }] : []
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]) =>
    unwritten(part, [...path, Array.isArray(value) ? Number(key) : key]),
  )
}

const sentenceOf = ({ reason }: YAMLException): string => {
  if (reason.startsWith('expected a single document'))
    return 'holds several documents: write one, without "---" between'
  if (reason.endsWith('the input is empty')) return 'holds no settings: write them as "name: value"'
  return `is not YAML: ${reason}`
}

/** False: one line of it stands for gigabytes, or for itself. Each part that is written takes a letter at least. */
const isAsLongAsItLooks = (value: unknown, text: string): boolean => {
  const waiting = [value]
  for (let seen = 0; waiting.length > 0; seen++) {
    if (seen > text.length) return false
    const part = waiting.pop()
    if (typeof part === 'object' && part !== null) waiting.push(...Object.values(part))
  }
  return true
}

/** In production placeholders stay as they are, and the rules on addresses refuse them where they stand. */
const fill = (value: unknown, placeholders: Placeholders | undefined): unknown => {
  if (!placeholders) return value
  if (typeof value === 'string')
    return value.replace(/\{(issuer|port(?:\+(\d+))?)\}/g, (_, name: string, ahead?: string) =>
      name === 'issuer' ? placeholders.issuer : String(placeholders.port + Number(ahead ?? 0)),
    )
  if (Array.isArray(value)) return value.map((each) => fill(each, placeholders))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, fill(each, placeholders)]))
  return value
}
