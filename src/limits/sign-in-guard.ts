import { day, minute, now } from '../lib/clock.ts'
import { keyedDigest, sameSecret } from '../lib/ids.ts'
import type { Limits } from './create-limits.ts'
import { limitRules, warnAfter } from './limit-rules.ts'

interface Attempt {
  /** What was typed as the address, normalized if it can be. */
  address: string
  network: string
  /** The token that `remember` gave this browser, if any. */
  device?: string
}

/** So long a browser is known for an address after a sign-in. */
export const rememberedFor = 400 * day

/**
 * Slows whoever guesses at an address, and does not lock its owner out (threats T2, pains): a browser that the owner
 * signed in with before is counted apart. What proves right is not counted.
 */
export const createSignInGuard = ({ limits, key }: { limits: Limits; key: Uint8Array }) => {
  const macOf = (address: string, until: string) => keyedDigest(key, 'device', address, until)

  const isKnown = ({ address, device = '' }: Pick<Attempt, 'address' | 'device'>): boolean => {
    const [until = '', mac = ''] = device.split('.')
    return /^\d{1,15}$/.test(until) && Number(until) > now() && sameSecret(mac, macOf(address, until))
  }

  return {
    isKnown,

    /**
     * What `prove` answers. AppError `too-many-attempts` before it is asked, when there were too many. `guessed` is
     * called once a day at most, when strangers have failed so often that the owner should know.
     */
    attempt: async <T>(
      who: Attempt,
      prove: () => Promise<T | undefined>,
      guessed: () => void = () => {},
    ): Promise<T | undefined> => {
      const counted = isKnown(who)
        ? ([
            ['sign-in-device', `${who.address} ${who.device}`],
            ['sign-in-devices-day', who.address],
          ] as const)
        : ([
            ['sign-in-network', who.network],
            ['sign-in-address', who.address],
            ['sign-in-address-day', who.address],
          ] as const)
      let today = 0
      for (const [rule, subject] of counted) {
        const nth = await limits.take(rule, subject)
        if (rule === 'sign-in-address-day') today = nth
      }
      const proven = await prove()
      if (proven !== undefined) await Promise.all(counted.map(([rule, subject]) => limits.giveBack(rule, subject)))
      else if (today === warnAfter) guessed()
      return proven
    },

    /** The token by which this browser is known for this address, for a cookie. */
    remember: (address: string): string => {
      const until = String(now() + rememberedFor)
      return `${until}.${macOf(address, until)}`
    },

    /** Minutes for which strangers' attempts at an address are refused; 0 when they are not. */
    lockedFor: async (address: string): Promise<number> => {
      for (const rule of ['sign-in-address-day', 'sign-in-address'] as const)
        if (await limits.isReached(rule, address)) return limitRules[rule].within / minute
      return 0
    },

    unlock: async (address: string): Promise<void> => {
      for (const rule of [
        'sign-in-address',
        'sign-in-address-day',
        'sign-in-devices-day',
        'code-tried-address',
        'code-tried-device',
      ] as const)
        await limits.forgive(rule, address)
    },
  }
}

export type SignInGuard = ReturnType<typeof createSignInGuard>
