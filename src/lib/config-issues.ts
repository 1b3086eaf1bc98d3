/**
 * What is wrong in files that people write by hand: each issue a line with the place, what is wrong and what to write,
 * and all of them at once, so that nobody mends and restarts ten times.
 */
import { z } from 'zod'

export interface ConfigIssue {
  /** A file or the name of an environment variable. */
  where: string
  /** Place within the file: `services[0].clients[1].redirectUris[0]`. */
  path?: string
  /** What is wrong, a colon, what to write. */
  says: string
}

/** An issue within what is being read; the reader knows the file. */
export type ConfigIssueAt = Pick<ConfigIssue, 'says'> & { path: (string | number)[] }

export class ConfigurationError extends Error {
  readonly issues: string[]
  constructor(issues: ConfigIssue[]) {
    const lines = issues.map(lineOf)
    super(lines.join('\n'))
    this.name = 'ConfigurationError'
    this.issues = lines
  }
}

const lineOf = ({ where, path, says }: ConfigIssue): string => (path ? `${where}: ${path} ${says}` : `${where} ${says}`)

const pathOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`
    return text === '' ? String(part) : `${text}.${String(part)}`
  }, '')

export const inFile = (where: string, issues: ConfigIssueAt[]): ConfigIssue[] =>
  issues.map(({ path, says }) => ({ where, path: pathOf(path), says }))

/** The value if it fits the schema; what is wrong with it goes into `issues`, under `path`. */
export const fitting = <T>(
  schema: z.ZodType<T>,
  value: unknown,
  path: (string | number)[],
  issues: ConfigIssueAt[],
): T | undefined => {
  // Each is asked once or twice: making code for it costs more than it saves.
  const result = schema.safeParse(value, { jitless: true })
  if (result.success) return result.data
  for (const issue of result.error.issues)
    issues.push({ path: [...path, ...issue.path] as (string | number)[], says: issue.message })
  return undefined
}

const missingOr = (wrong: string, write: string) => (issue: { input?: unknown }) =>
  issue.input === undefined || issue.input === null ? `is missing: write ${write}` : `${wrong}: write ${write}`

/** A text that says something; `write` completes "write …". */
export const text = (write: string) =>
  z
    .string({ error: missingOr('is not a text', write) })
    .trim()
    .min(1, `is empty: write ${write}`)

export const matching = (pattern: RegExp, write: string) =>
  text(write).regex(pattern, { error: (issue) => `"${String(issue.input)}" does not fit: write ${write}` })

export const oneOf = <const T extends readonly [string, ...string[]]>(names: T) =>
  z.enum(names, {
    error: (issue) => missingOr(`"${String(issue.input)}" is none of the choices`, `one of ${names.join(', ')}`)(issue),
  })

export const wholeNumber = (least: number, most: number, write: string) =>
  z
    .int({ error: missingOr('is not a whole number', write) })
    .min(least, `is below ${least}: write ${write}`)
    .max(most, `is above ${most}: write ${write}`)

export const yesOrNo = () => z.boolean({ error: 'is neither yes nor no: write true or false' })

export const listOf = <T extends z.ZodType>(item: T, write: string) =>
  z.array(item, { error: missingOr('is not a list', `${write}, each on a line of its own after "- "`) })

/** An object that knows its keys: an unknown one is a slip of the pen, never silently ignored. */
export const entries = <T extends z.core.$ZodLooseShape>(shape: T) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => unknownKey(key, Object.keys(shape))).join('; ')
        : missingOr('is not a group of settings', `${Object.keys(shape).join(', ')} below it`)(issue),
  })

export const unknownKey = (key: string, known: string[]): string => {
  const near = nearest(key, known)
  return `has "${key}", which is not known here: ${near ? `write "${near}"` : `known are ${known.join(', ')}`}`
}

/** What was probably meant, if anything is near enough. */
export const nearest = (word: string, known: Iterable<string>): string | undefined => {
  let best: { name: string; distance: number } | undefined
  for (const name of known) {
    const distance = editDistance(word.toLowerCase(), name.toLowerCase())
    if (!best || distance < best.distance) best = { name, distance }
  }
  return best && best.distance <= Math.max(2, Math.floor(word.length / 3)) ? best.name : undefined
}

const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}
