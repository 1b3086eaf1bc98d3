import type { Details } from './names.ts'

/** Written in kanji, kana or hangul alone. */
const eastern = /^[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\s]+$/u

/**
 * Both parts as one name (OIDC Core 5.1 `name`), in the order that is the name's own and not a page's (K3): family name
 * first, without a space, where both are written in kanji, kana or hangul; else given name first. null when both are
 * cleared, undefined when none was ever known.
 */
export const wholeName = (details: Pick<Details, 'givenName' | 'familyName'>): string | null | undefined => {
  const { givenName, familyName } = details
  if (givenName === undefined && familyName === undefined) return undefined
  return (isFamilyFirst(details) ? `${familyName}${givenName}` : givenFirst(details)) || null
}

/** Whether it was told as another name before the order was the name's own: its recipients are told once more (K3). */
export const isFamilyFirst = ({ givenName, familyName }: Pick<Details, 'givenName' | 'familyName'>): boolean =>
  Boolean(givenName && familyName && eastern.test(givenName) && eastern.test(familyName))

const givenFirst = ({ givenName, familyName }: Pick<Details, 'givenName' | 'familyName'>): string =>
  [givenName, familyName].filter(Boolean).join(' ')
