import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { IntlMessageFormat } from 'intl-messageformat'
import { load } from 'js-yaml'
import { forEachLanguage, type Language, languages } from './language.ts'

/** What stands in a sentence's places. */
export type WordValues = Record<string, string | number>

/** All issues of the word files at once. */
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
 * Every text people read, as ICU messages from `<area>.<language>.yaml`; nested keys are joined with dots. A language is
 * read when its first word is asked for, and a message when it is first said: a start has no need of either.
 */
export const createTranslations = (dir: string) => {
  const read: Partial<Record<Language, Messages>> = {}
  const messagesIn = (language: Language): Messages => {
    const known = read[language]
    if (known) return known
    const issues: string[] = []
    const messages = readMessages(dir, language, issues)
    if (issues.length > 0) throw new WordsError(issues)
    read[language] = messages
    return messages
  }

  return {
    t: (language: Language, key: string, values?: WordValues): string => {
      const message = messagesIn(language).get(key)
      if (!message) throw new MissingWord(key)
      message.say ??= sayingOf(message.text, language)
      return message.say(values)
    },
    has: (key: string): boolean => messagesIn('en').has(key),
    keys: (): string[] => [...messagesIn('en').keys()],
  }
}

export type Translations = ReturnType<typeof createTranslations>

/** Throws a WordsError where a key is there twice, or missing in one language, or no valid message. */
export const checkWords = (dir: string): void => {
  const issues: string[] = []
  for (const file of readdirSync(dir).sort())
    if (!languages.some((language) => isOf(file, language)))
      issues.push(`${file}: a word file is called <area>.<${languages.join('|')}>.yaml`)
  const messages = forEachLanguage((language) => readMessages(dir, language, issues))
  for (const language of languages)
    for (const other of languages)
      for (const [key, { file, text }] of messages[other]) {
        if (!messages[language].has(key)) issues.push(`${file}: "${key}" has no words in ${language}`)
        if (language !== other) continue
        try {
          sayingOf(text, language)
        } catch (error) {
          issues.push(`${file}: "${key}" is no valid message (${(error as Error).message})`)
        }
      }
  if (issues.length > 0) throw new WordsError([...new Set(issues)])
}

interface Message {
  file: string
  text: string
  say?: (values?: WordValues) => string
}
type Messages = Map<string, Message>

const isOf = (file: string, language: Language): boolean =>
  /^[a-z0-9-]+$/.test(file.slice(0, -`.${language}.yaml`.length)) && file.endsWith(`.${language}.yaml`)

const readMessages = (dir: string, language: Language, issues: string[]): Messages => {
  const messages: Messages = new Map()
  for (const file of readdirSync(dir).sort()) {
    if (!isOf(file, language)) continue
    for (const [key, text] of entriesOf(file, readFileSync(join(dir, file), 'utf8'), issues)) {
      const before = messages.get(key)
      if (before) issues.push(`${file}: "${key}" is in ${before.file} already`)
      else messages.set(key, { file, text })
    }
  }
  return messages
}

/** What has a meaning of its own in an ICU message; most texts have none of it, and are said as they stand. */
const meaningful = /[{}'#|]/

const sayingOf = (text: string, language: Language): NonNullable<Message['say']> => {
  if (!meaningful.test(text)) return () => text
  // ignoreTag: a "<" is a character; markup never comes from words.
  const format = new IntlMessageFormat(text, language, undefined, { ignoreTag: true })
  return (values) => String(format.format(values))
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
