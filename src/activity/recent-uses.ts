import { type PrincipalId, principalKey } from '../accounts/index.ts'
import { isWithin, minute } from '../lib/clock.ts'
import { keepNewest } from '../lib/keep-newest.ts'
import type { SignInEvent } from './event.ts'

/** Uses of a service in one browser that follow each other are one record for so long from the first. */
const together = 10 * minute
const atMost = 10_000

interface Recorded {
  id: string
  at: number
}

const keyOf = ({ holder, account, service, partner, browser, device, network }: SignInEvent): string =>
  JSON.stringify([principalKey(holder), account, service, partner, browser, device, network])
const beginningOf = (holder: PrincipalId): string => `[${JSON.stringify(principalKey(holder))},`

/**
 * Which record of a moment ago a use joins: of the same sign-in, account, service and browser, where the session was
 * enough. A proof that was given stands by itself. In memory: after a restart, and in another process, the next use is a
 * record of its own, and none is lost.
 */
export const createRecentUses = () => {
  const recent = new Map<string, Recorded>()

  return {
    joins: ({ kind, how, browser }: SignInEvent): boolean =>
      kind === 'service-used' && how === 'session' && browser !== undefined,

    find: (use: SignInEvent): string | undefined => {
      const found = recent.get(keyOf(use))
      return found && isWithin(together, found.at) ? found.id : undefined
    },

    keep: (use: SignInEvent, recorded: Recorded): void => {
      keepNewest(recent, keyOf(use), recorded, atMost)
    },

    /** Nothing of whoever is no more stays in memory (S10). */
    forget: (holder: PrincipalId): void => {
      for (const key of recent.keys()) if (key.startsWith(beginningOf(holder))) recent.delete(key)
    },
  }
}
