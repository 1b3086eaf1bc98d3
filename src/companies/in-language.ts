import type { Language } from '../i18n/index.ts'
import type { Localized } from './company.ts'

export const inLanguage = (text: Localized, language: Language): string => text[language] ?? text.en
