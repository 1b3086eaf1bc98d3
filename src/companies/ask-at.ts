import type { Contact } from './company.ts'

/** Whom to ask, in a sentence: a name, and the shortest way there. */
export const askAt = ({ name, email, phone, url, address }: Contact): string =>
  `${name} (${email ?? phone ?? url ?? address})`
