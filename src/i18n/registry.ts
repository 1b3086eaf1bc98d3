/**
 * The languages that the product speaks, by the tag that its word files and everything stored carry. To add one: a line
 * here, and its words in `views/words`. `name`: in its own words, so that whoever cannot read the page still finds
 * theirs; `english`: as the configuration's messages call it; `locale`: whose way of writing dates and lists it has;
 * `largestFirst`: its readers write the family name before the given one, and an address from the postal code down (K3).
 */
export const registry = {
  en: { name: 'English', english: 'English', locale: 'en-GB', largestFirst: false },
  sv: { name: 'Svenska', english: 'Swedish', locale: 'sv-SE', largestFirst: false },
  ja: { name: '日本語', english: 'Japanese', locale: 'ja-JP', largestFirst: true },
} as const
