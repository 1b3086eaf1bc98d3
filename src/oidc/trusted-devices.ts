import { type Authentication, type LookedUp, type PrincipalId, principalKey } from '../accounts/index.ts'
import type { Activity } from '../activity/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { Config } from '../config/index.ts'
import { normalizeEmail } from '../details/index.ts'
import { clientNetwork, cookieName, type PageContext } from '../http/index.ts'
import { isAppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { type BruteForceProtection, trustedFor } from '../limits/index.ts'

export interface TrustedDevicesDeps {
  config: Config
  bruteForceProtection: BruteForceProtection
  authentication: Pick<Authentication, 'lookUp' | 'holdersOf'>
  activity: Pick<Activity, 'recordGuesses'>
  log: Log
}

/** The browsers that somebody signed in with before, each known by a cookie of its own (threats T2). */
export const createTrustedDevices = ({
  config,
  bruteForceProtection,
  authentication,
  activity,
  log,
}: TrustedDevicesDeps) => {
  const cookie = cookieName(config, 'device')

  const warnHolders = async (address: string, at: CompanyId | null): Promise<void> => {
    for (const holder of await authentication.holdersOf(address, at)) await activity.recordGuesses(holder)
  }

  const trustedOf = ({ holders }: Pick<LookedUp, 'holders'>) =>
    holders.map((holder) => ({ key: principalKey(holder), epoch: holder.epoch }))

  /** With whom the address signs in now, where this browser brings something to be known by. */
  const asked = async (ctx: PageContext, typed: string, at: CompanyId | null) => {
    const [address, device] = [spelling(typed), ctx.cookies.get(cookie)]
    const looked = device ? await authentication.lookUp(typed, at) : undefined
    return { looked, who: { address, ...(device && looked && { device, holders: trustedOf(looked) }) } }
  }

  return {
    isTrusted: async (ctx: PageContext, typed: string, at: CompanyId | null): Promise<boolean> =>
      bruteForceProtection.isTrusted((await asked(ctx, typed, at)).who),

    /**
     * Slows whoever guesses; a browser that the owner signed in with under the credentials of today is never locked out.
     * `at`: the company whose own sign-ins are tried beside the unified one. `how` is handed what the address was found
     * to be, where this browser was looked at for it.
     */
    attempt: async <T>(
      ctx: PageContext,
      typed: string,
      how: (looked?: LookedUp) => Promise<T | undefined>,
      at: CompanyId | null = null,
    ): Promise<T | undefined> => {
      const { looked, who: asking } = await asked(ctx, typed, at)
      const who = { ...asking, network: clientNetwork(ctx) }
      // Not waited for: the answer takes as long for an address that nobody has.
      const warn = () => void warnHolders(who.address, at).catch((error: unknown) => log.error({ error }, 'not warned'))
      return bruteForceProtection.attempt(who, () => how(looked), warn)
    },

    /**
     * Trusts this browser with this address, beside whoever else uses it, until their credentials change (H6). True when
     * it was not known for them before. `epoch`: what they proved themselves under with this address a moment ago, after
     * which nothing is looked up: a recovery since makes the trust nothing.
     */
    trust: async (
      ctx: PageContext,
      typed: string,
      holder: PrincipalId & { epoch?: number },
      at: CompanyId | null,
    ): Promise<boolean> => {
      const [address, device, key] = [spelling(typed), ctx.cookies.get(cookie), principalKey(holder)]
      const { epoch } = holder
      const now =
        epoch === undefined
          ? trustedOf(await authentication.lookUp(typed, at)).find((each) => each.key === key)
          : { key, epoch }
      if (!now) return true
      const value = bruteForceProtection.trust(address, now, device)
      ctx.cookies.set(cookie, value, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: trustedFor })
      return !bruteForceProtection.isTrusted({ address, holders: [now], ...(device && { device }) })
    },
  }
}

export type TrustedDevices = ReturnType<typeof createTrustedDevices>

/** Of what is no address at all: enough to count it by. */
const longestSpelling = 254

/** One count per mailbox: another spelling of an address buys no further guesses (security §3). */
const spelling = (typed: string): string => {
  try {
    return normalizeEmail(typed.trim())
  } catch (error) {
    if (!isAppError(error)) throw error
    return typed.slice(0, longestSpelling).trim().toLowerCase()
  }
}
