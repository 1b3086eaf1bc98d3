import { day, hour, minute } from '../lib/clock.ts'
import { isOfSite } from './site.ts'

interface Rule {
  most: number
  within: number
  /** Counted per network, in IPv6 per site as well: let go for loopback in development, where everybody shares one. */
  network?: true
  /** Most from one customer's /48 in IPv6; three times as many where it isn't said. */
  site?: number
  /** The window before counts in full: `most` holds in any span of `within`, not only on average. */
  strict?: true
}

/** How often what may be tried. Generous to people, hopeless for guessing. */
export const limitRules = {
  /** Wrong passwords for one address, from browsers that it was never signed in with. */
  'sign-in-address': { most: 10, within: 15 * minute },
  /** NIST SP 800-63B §3.2.2: no more than a hundred in a row; only recovery or a known browser goes on. */
  'sign-in-address-day': { most: 100, within: day, strict: true },
  /** The same from a browser that its owner signed in with before: counted apart, so strangers lock nobody out. */
  'sign-in-device': { most: 10, within: 15 * minute },
  /** From all such browsers of one address together: whoever knew a former password may have kept many. */
  'sign-in-devices-day': { most: 100, within: day, strict: true },
  'sign-in-network': { most: 100, within: 15 * minute, network: true },
  /** Letters for one purpose to one address (H11). */
  'code-sent-address': { most: 6, within: hour },
  /** The same, asked for from one network or one customer's many: one fewer, so that the last is left to another. */
  'code-sent-from': { most: 5, site: 5, within: hour, network: true },
  /** Asked for from a browser that its owner signed in with before: strangers who ask keep nobody from their way back. */
  'code-sent-device': { most: 6, within: hour },
  'code-sent-network': { most: 40, within: hour, network: true },
  'code-tried-network': { most: 100, within: hour, network: true },
  /** Wrong codes for one mailbox, whatever they were sent for: asking for a new code buys no more than that. */
  'code-tried-address': { most: 100, within: day, strict: true },
  'code-tried-device': { most: 100, within: day, strict: true },
  'registration-network': { most: 40, within: hour, network: true },
  /** By strangers, for a registration or a recovery: judging costs more than anything else that they may ask for (H5). */
  'password-judged-network': { most: 200, within: hour, network: true },
  /** After a birth date under the limit, the same browser tries no other for a day or two (S11, U14). */
  'under-age-browser': { most: 1, within: day, strict: true },
  /** Sign-ins, pushed requests and devices' codes that lie there unfinished; a school shares one address (H7). */
  'begun-network': { most: 2000, within: hour, network: true },
  'device-code-network': { most: 20, within: 15 * minute, network: true },
  /** Changes of details by a company or its support, of one account: letters go out about them (H9). */
  'company-write-account': { most: 30, within: hour },
  /** Of all its accounts: a move of a whole register, not a flood. */
  'company-write': { most: 6000, within: hour },
  'support-find': { most: 240, within: hour },
  /** By one ticket system for all the agents it names, and by all who work for one company (H26). */
  'support-find-system': { most: 1200, within: hour },
  'support-find-company': { most: 6000, within: hour },
  /** Archives of everything that is held of somebody: each is read whole. */
  export: { most: 20, within: day },
  /** For somebody who died, with papers, by whoever says so; and all that reach one company. */
  'executor-network': { most: 12, within: day, network: true },
  'executor-company': { most: 200, within: day },
  /** Requests by law, and words in them, by one person: a desk answers each. */
  'rights-request': { most: 20, within: day },
  'rights-message': { most: 60, within: day },
  /** By support, of one account: each time some more guesses are looked at, within those of the day. */
  unlocked: { most: 6, within: day, strict: true },
  /** Codes that support sends or has sent again, for one account or one address of a newcomer: each may be guessed at. */
  'support-code': { most: 10, within: day, strict: true },
  'staff-code': { most: 10, within: 15 * minute },
  'staff-code-day': { most: 100, within: day, strict: true },
} as const satisfies Record<string, Rule>

/** So many wrong passwords in a day from strangers' browsers, and the owner is written to (security §3). */
export const warnAfter = 10

export type LimitRule = keyof typeof limitRules
export const ruleOf = (name: LimitRule): Rule => limitRules[name]

const networksPerSite = 3
export const mostOf = (name: LimitRule, subject: string): number => {
  const { most, site = networksPerSite * most } = ruleOf(name)
  return isOfSite(subject) ? site : most
}
