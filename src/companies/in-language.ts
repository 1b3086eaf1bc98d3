import type { Language } from '../i18n/index.ts'
import type { Localized, OtherNames } from './company.ts'

export const inLanguage = (text: Localized, language: Language): string => text[language] ?? text.en

/** A name as readers of this language know it, where it goes by another one there. */
export const nameIn = ({ name, names }: { name: string; names?: OtherNames }, language: Language): string =>
  names?.[language] ?? name
