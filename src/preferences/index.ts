/**
 * **Preferences** (preferenser för marknadskommunikation): who may be written to, on which channel and what for, and what
 * is objected to (S4-6, S4-7, S6-a to S6-c). Always opt-in: what was never decided is a no. Decided by whoever signs in,
 * kept through links and their ends, strictest wins. Owns what each principal decided and what companies hear of it.
 */

export { type Audience, type Decision, isWrittenAt, type Member, purposes, type Question } from './audience.ts'
export type { Choose } from './choose.ts'
export { createPreferences } from './create-preferences.ts'
export { type Channel, channels, type Objection, objections, type Receipt } from './preference.ts'
export { afterRestore, askAgainFrom, goesOn, groupNews, marketingOn } from './preference-rules.ts'
export { createPreferencesStore } from './preferences-store.ts'
export type { Share } from './share.ts'
export type { Unsubscribe } from './unsubscribe.ts'
