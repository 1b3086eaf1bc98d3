import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { IntlMessageFormat } from 'intl-messageformat'
import { load } from 'js-yaml'
import { forEachLanguage, type Language, languages } from './language.ts'

/** What stands in a sentence's places. */
export type WordValues = Record<string, string | number>

/** All issues of the word files at once; the product does not start with half a language. */
export class WordsError extends Error {
  readonly issues: string[]
  constructor(issues: string[]) {
    super(`the words in views/words are not complete:\n${issues.map((issue) => `  ${issue}`).join('\n')}`)
    this.name = 'WordsError'
    this.issues = issues
  }
}

/** A word asked for that no file has: a mistake in a view or a route, never the person's. */
export class MissingWord extends Error {
  constructor(key: string) {
    super(`no word "${key}" in views/words`)
    this.name = 'MissingWord'
  }
}

/**
 * Every text people read, as ICU messages from `<area>.<language>.yaml`; nested keys are joined with dots. A key that
 * is there twice, or missing in one language, or no valid message, refuses the start.
 */
export const createTranslations = (dir: string) => {
  const issues: string[] = []
  const messages = forEachLanguage(() => new Map<string, Message>())

  for (const file of readdirSync(dir).sort()) {
    const [, tag] = /^[a-z0-9-]+\.([a-z]+)\.yaml$/.exec(file) ?? []
    const language = languages.find((each) => each === tag)
    if (!language) {
      issues.push(`${file}: a word file is called <area>.<${languages.join('|')}>.yaml`)
      continue
    }
    for (const [key, text] of entriesOf(file, readFileSync(join(dir, file), 'utf8'), issues)) {
      const before = messages[language].get(key)
      if (before) issues.push(`${file}: "${key}" is in ${before.file} already`)
      else messages[language].set(key, { file, say: sayingOf(file, key, text, language, issues) })
    }
  }
  for (const language of languages)
    for (const other of languages)
      for (const [key, { file }] of messages[other])
        if (!messages[language].has(key)) issues.push(`${file}: "${key}" has no words in ${language}`)
  if (issues.length > 0) throw new WordsError([...new Set(issues)])

  return {
    t: (language: Language, key: string, values?: WordValues): string => {
      const message = messages[language].get(key)
      if (!message) throw new MissingWord(key)
      return message.say(values)
    },
    has: (key: string): boolean => messages.en.has(key),
    keys: (): string[] => [...messages.en.keys()],
  }
}

export type Translations = ReturnType<typeof createTranslations>

interface Message {
  file: string
  say: (values?: WordValues) => string
}

/** What has a meaning of its own in an ICU message; most texts have none of it, and are said as they stand. */
const meaningful = /[{}'#|]/

const sayingOf = (file: string, key: string, text: string, language: Language, issues: string[]): Message['say'] => {
  if (!meaningful.test(text)) return () => text
  try {
    // ignoreTag: a "<" is a character; markup never comes from words.
    const format = new IntlMessageFormat(text, language, undefined, { ignoreTag: true })
    return (values) => String(format.format(values))
  } catch (error) {
    issues.push(`${file}: "${key}" is no valid message (${(error as Error).message})`)
    return () => text
  }
}

const entriesOf = (file: string, source: string, issues: string[]): [string, string][] => {
  let tree: unknown
  try {
    tree = load(source)
  } catch (error) {
    issues.push(`${file}: ${(error as Error).message.split('\n')[0]}`)
    return []
  }
  const entries: [string, string][] = []
  const walk = (node: unknown, path: string[]) => {
    if (typeof node === 'string' && path.length > 0) entries.push([path.join('.'), node])
    else if (node !== null && typeof node === 'object' && !Array.isArray(node))
      for (const [key, value] of Object.entries(node)) walk(value, [...path, key])
    else issues.push(`${file}: "${path.join('.')}" is not a text (quote numbers, yes and no)`)
  }
  walk(tree ?? {}, [])
  return entries
}
