import { readFileSync } from 'node:fs'
import { type Document, parseDocument, visit, type YAMLError } from 'yaml'
import type { Fault } from '../lib/faults.ts'

/** What `{issuer}` and `{port+1}` stand for; absent in production, where addresses are written in full. */
export interface Placeholders {
  issuer: string
  port: number
}

/** One file as plain values, or undefined with the reason among `faults`. */
export const readYaml = (
  path: string,
  name: string,
  placeholders: Placeholders | undefined,
  faults: Fault[],
): Record<string, unknown> | undefined => {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    faults.push({ where: name, says: missing ? 'is missing: write it' : 'cannot be read: let this process read it' })
    return undefined
  }
  const document = parseDocument(text, { uniqueKeys: true, prettyErrors: true })
  const wrongs = [...document.errors, ...document.warnings]
  if (wrongs.length > 0) {
    for (const wrong of wrongs) {
      const line = wrong.linePos?.[0].line
      faults.push({ where: line ? `${name}:${line}` : name, says: sentenceOf(wrong) })
    }
    return undefined
  }
  const value: unknown = valueIn(document)
  if (value === undefined) {
    faults.push({ where: name, says: 'repeats its own parts (& and *) without end: write them out' })
    return undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    faults.push({ where: name, says: 'holds no settings: write them as "name: value"' })
    return undefined
  }
  return fill(value, placeholders) as Record<string, unknown>
}

const sentenceOf = ({ code, message }: YAMLError): string =>
  code === 'MULTIPLE_DOCS'
    ? 'holds several documents: write one, without "---" between'
    : `is not YAML: ${message.split('\n')[0]?.replace(/ at line \d+.*$/, '')}`

/** undefined: one line of it stands for gigabytes, or for itself. */
const valueIn = (document: Document): unknown => {
  let holdsItself = false
  visit(document, {
    Alias: (_, alias, path) => {
      holdsItself ||= path.includes(alias.resolve(document) as never)
    },
  })
  if (holdsItself) return undefined
  try {
    return document.toJS()
  } catch (error) {
    if (error instanceof ReferenceError) return undefined
    throw error
  }
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
