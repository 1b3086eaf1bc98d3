import type { Filled } from './read-form.ts'

/** What is never shown again. */
const secret = /password|^code$/i

/** What was written into a form, without what was typed in secret. */
export const withoutSecrets = (sent: Filled): Filled =>
  Object.fromEntries(Object.entries(sent).filter(([name]) => !secret.test(name)))
