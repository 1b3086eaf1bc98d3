import Negotiator from 'negotiator'

export const languages = ['en', 'sv', 'ja'] as const
export type Language = (typeof languages)[number]

/** Each in its own words: whoever can't read the page can still find theirs. */
export const languageNames: Record<Language, string> = { en: 'English', sv: 'Svenska', ja: '日本語' }

export const isLanguage = (tag: unknown): tag is Language => languages.includes(tag as Language)

/** Several things in one sentence, as the language joins them. */
export const formatList = (language: Language, items: readonly string[]): string =>
  new Intl.ListFormat(language === 'en' ? 'en-GB' : language, { type: 'conjunction' }).format(items)

/** The first of ours in a list of BCP 47 tags as `ui_locales` carries them (OIDC Core 3.1.2.1), best first. */
export const languageOfTags = (tags: string): Language | undefined =>
  tags
    .slice(0, 200)
    .split(/[\s,]+/)
    .map((tag) => tag.toLowerCase().split('-')[0])
    .find(isLanguage)

export const languageOfHeader = (acceptLanguage: string | undefined): Language | undefined => {
  if (!acceptLanguage) return undefined
  const wanted = new Negotiator({ headers: { 'accept-language': acceptLanguage.slice(0, 500) } }).languages()
  return wanted.map((tag) => tag.toLowerCase().split('-')[0]).find(isLanguage)
}
