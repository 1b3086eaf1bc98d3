import { day, minute, now } from '../lib/clock.ts'
import { keyedDigest, sameSecret } from '../lib/ids.ts'
import type { LimitKey, Limits } from './create-limits.ts'
import { type LimitRule, limitRules, warnAfter } from './limit-rules.ts'

/** Whom an address signs in, and the epoch that their credentials stand at. */
export interface TrustedHolder {
  key: string
  epoch: number
}

interface Asked {
  /** What was typed as the address, normalized if it can be. */
  address: string
  /** What `trust` gave this browser, for one or several people. */
  device?: string
  /** None where the browser brought nothing to be known by. */
  holders?: readonly TrustedHolder[]
}

interface Attempt extends Asked {
  network: string
}

interface Wrong {
  count: number
  /** Milliseconds since 1970. */
  since: number
  /** From strangers' browsers nothing is looked at any more today. */
  isTooMany: boolean
}

/** So long a browser is known for an address after a sign-in. */
export const trustedFor = 400 * day
/** A family's. */
const peoplePerBrowser = 10
const between = '~'

/**
 * Slows whoever guesses at an address, and does not lock its owner out (T2): a browser that the owner
 * signed in with under the credentials of today is counted apart; a new password or address, or a recovery, ends that
 * (H6). What proves right is not counted.
 */
export const createBruteForceProtection = ({ limits, key }: { limits: Limits; key: Uint8Array }) => {
  const macOf = (address: string, holder: TrustedHolder, until: string) =>
    keyedDigest(key, 'device', address, holder.key, String(holder.epoch), until)

  const isFor = (token: string, address: string, holder: TrustedHolder): boolean => {
    const [until = '', mac = ''] = token.split('.')
    return /^\d{1,15}$/.test(until) && Number(until) > now() && sameSecret(mac, macOf(address, holder, until))
  }

  const tokensOf = (device: string): string[] => (device ? device.split(between).slice(0, peoplePerBrowser) : [])

  const knownBy = ({ address, device = '', holders = [] }: Asked): string | undefined =>
    tokensOf(device).find((token) => holders.some((holder) => isFor(token, address, holder)))

  return {
    isTrusted: (who: Asked): boolean => knownBy(who) !== undefined,

    /**
     * What `prove` answers. AppError `too-many-attempts` before it is asked, when there were too many. `guessed` is
     * called once a day at most, when strangers have failed so often that the owner should know.
     */
    attempt: async <T>(
      who: Attempt,
      prove: () => Promise<T | undefined>,
      guessed: () => void = () => {},
    ): Promise<T | undefined> => {
      const token = knownBy(who)
      const counted: LimitKey[] = token
        ? [
            ['sign-in-device', `${who.address} ${token}`],
            ['sign-in-devices-day', who.address],
          ]
        : [
            ['sign-in-network', who.network],
            ['sign-in-address', who.address],
            ['sign-in-address-day', who.address],
          ]
      const { found, nth } = await limits.judged(counted, prove)
      if (!token && found === undefined && nth.at(-1) === warnAfter) guessed()
      return found
    },

    /**
     * What this browser is known by from now on, for a cookie, beside whom it was known for before: for this address,
     * while the credentials of `holder` stand.
     */
    trust: (address: string, holder: TrustedHolder, device = ''): string => {
      const until = String(now() + trustedFor)
      const others = tokensOf(device).filter((token) => !isFor(token, address, holder))
      return [`${until}.${macOf(address, holder, until)}`, ...others].slice(0, peoplePerBrowser).join(between)
    },

    /** Minutes for which strangers' attempts at an address are refused; 0 when they are not. */
    lockedFor: async (address: string): Promise<number> => {
      for (const rule of ['sign-in-address-day', 'sign-in-address'] as const)
        if (await limits.isReached(rule, address)) return limitRules[rule].within / minute
      return 0
    },

    /** Wrong passwords and codes of the last day or two, from strangers' browsers and known ones alike. */
    wrongOf: async (address: string): Promise<{ passwords: Wrong; codes: Wrong }> => {
      const of = async (strangers: LimitRule, known: LimitRule): Promise<Wrong> => {
        const counted = await Promise.all([strangers, known].map((rule) => limits.counted(rule, address)))
        const some = counted.filter(({ count }) => count > 0)
        return {
          count: some.reduce((sum, { count }) => sum + count, 0),
          since: Math.min(...some.map(({ since }) => since)),
          isTooMany: await limits.isReached(strangers, address),
        }
      }
      return {
        passwords: await of('sign-in-address-day', 'sign-in-devices-day'),
        codes: await of('code-tried-address', 'code-tried-device'),
      }
    },

    /**
     * For whoever asks on the telephone: they need not wait for the quarter of an hour to pass. What is counted for the
     * day stands, for passwords and codes alike, so that nobody is talked into more guesses than a stranger has (T15).
     */
    ease: (address: string): Promise<void> => limits.reset('sign-in-address', address),

    /** All of it begins anew: for staff, whom an administrator of theirs knows. */
    unlock: async (address: string): Promise<void> => {
      for (const rule of [
        'sign-in-address',
        'sign-in-address-day',
        'sign-in-devices-day',
        'code-tried-address',
        'code-tried-device',
      ] as const)
        await limits.reset(rule, address)
    },
  }
}

export type BruteForceProtection = ReturnType<typeof createBruteForceProtection>
