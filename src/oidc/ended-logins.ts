import { epochSeconds, hour, now, second } from '../lib/clock.ts'
import { type ArtifactsStore, artifactId } from './artifacts-store.ts'
import type { GivenLogin } from './provider.ts'

/** Longer than a sign-in can be under way. */
const keptFor = 2 * (hour / second)

/**
 * A "not before" for sign-ins under way (H20): whoever ends everything else of theirs ends the proofs as well that were
 * given before and not resumed yet, in whatever browser. Proven anew it goes on.
 */
export const createEndedLogins = (artifacts: Pick<ArtifactsStore, 'put' | 'get'>) => {
  const idOf = (principal: string): string => artifactId('NotBefore', principal)

  return {
    mark: async (principal: string): Promise<void> =>
      artifacts.put(idOf(principal), { payload: String(now()), exp: epochSeconds() + keptFor }),

    /** A proof of before there were such marks is ended: it says not when it was given. */
    isEnded: async ({ accountId, at = 0 }: GivenLogin): Promise<boolean> => {
      const marked = await artifacts.get(idOf(accountId))
      return marked !== undefined && at <= Number(marked.payload)
    },
  }
}

export type EndedLogins = ReturnType<typeof createEndedLogins>
