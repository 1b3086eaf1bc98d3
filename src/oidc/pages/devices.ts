import type { ProveSignIn } from '../../accounts/index.ts'
import type { Activity } from '../../activity/index.ts'
import type { CompanyId } from '../../companies/index.ts'
import type { Config } from '../../config.ts'
import { normalizeEmail } from '../../details/index.ts'
import { cookieName, networkOf, type PageContext } from '../../http/index.ts'
import { isAppError } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import { rememberedFor, type SignInGuard } from '../../limits/index.ts'

export interface DevicesDeps {
  config: Config
  guard: SignInGuard
  prove: Pick<ProveSignIn, 'holdersOf'>
  activity: Pick<Activity, 'recordGuesses'>
  log: Log
}

/** The browsers that somebody signed in with before, each known by a cookie of its own (threats T2). */
export const createDevices = ({ config, guard, prove, activity, log }: DevicesDeps) => {
  const cookie = cookieName(config, 'device')

  const warnHolders = async (address: string, at: CompanyId | null): Promise<void> => {
    for (const holder of await prove.holdersOf(address, at)) await activity.recordGuesses(holder)
  }

  const isKnown = (ctx: PageContext, typed: string): boolean => {
    const device = ctx.cookies.get(cookie)
    return guard.isKnown({ address: spelling(typed), ...(device && { device }) })
  }

  return {
    isKnown,

    /**
     * Slows whoever guesses; a browser that the owner signed in with before is never locked out. `at`: the company
     * whose own sign-ins are tried beside the unified one.
     */
    attempt: async <T>(
      ctx: PageContext,
      typed: string,
      how: () => Promise<T | undefined>,
      at: CompanyId | null = null,
    ): Promise<T | undefined> => {
      const [address, device] = [spelling(typed), ctx.cookies.get(cookie)]
      const who = { address, network: networkOf(ctx), ...(device && { device }) }
      // Not waited for: the answer takes as long for an address that nobody has.
      const warn = () => void warnHolders(address, at).catch((error: unknown) => log.error({ error }, 'not warned'))
      return guard.attempt(who, how, warn)
    },

    /** True when this browser was not known for this address before. */
    remember: (ctx: PageContext, typed: string): boolean => {
      const known = isKnown(ctx, typed)
      const token = guard.remember(spelling(typed))
      ctx.cookies.set(cookie, token, { httpOnly: true, sameSite: 'lax', path: '/', maxAge: rememberedFor })
      return !known
    },
  }
}

export type Devices = ReturnType<typeof createDevices>

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
