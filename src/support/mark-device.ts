import type { Account, AccountsStore } from '../accounts/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { keyedDigest } from '../lib/ids.ts'
import type { MarkStore } from './mark-store.ts'

export interface FlaggedDevicesDeps {
  accounts: AccountsStore
  marks: MarkStore
  lookupKey: Uint8Array
  /** The browsers in which an account was used of late at its company's services, newest first. */
  browsersOf: (account: Account) => Promise<{ browser: string; device: string; seenAt: number }[]>
  /** Ends what a browser has at one company's services. */
  endBrowser: (company: string, browser: string) => Promise<void>
}

/** A browser that was seen at a company's services, as that company's support knows it. */
export interface SeenDevice {
  /** Its own at each company: two companies cannot tell that they speak of the same. */
  id: string
  device: string
  seenAt: number
  isMarked: boolean
}

/**
 * Browsers held for misused, at one company: what they have at its services ends, and nobody signs in there from them,
 * with whatever account, until the mark is cleared. At other companies nothing changes (S4-8).
 */
export const createFlaggedDevices = ({ accounts, marks, lookupKey, browsersOf, endBrowser }: FlaggedDevicesDeps) => {
  const idOf = (company: string, browser: string) => keyedDigest(lookupKey, 'support-device', company, browser)

  /** AppError `device-unknown`: only what was seen with this account can be marked. */
  const browserIn = async (account: Account, id: string): Promise<string> => {
    const found = (await browsersOf(account)).find(({ browser }) => idOf(account.company, browser) === id)
    if (!found) throw new AppError('conflict', 'device-unknown')
    return found.browser
  }

  return {
    seenWith: async (account: Account): Promise<SeenDevice[]> =>
      Promise.all(
        (await browsersOf(account)).map(async ({ browser, device, seenAt }) => ({
          id: idOf(account.company, browser),
          device,
          seenAt,
          isMarked: await marks.isMarked(account.company, browser),
        })),
      ),

    browserIn,

    /** The mark first: what is ended then does not begin anew. */
    mark: async ({ _id, company }: Account, browser: string): Promise<void> => {
      await marks.mark(company, browser)
      await accounts.change(_id, ({ endedBrowsers }) => ({
        set: { [`endedBrowsers.${browser}`]: Math.max(now(), (endedBrowsers?.[browser] ?? 0) + 1) },
      }))
      await endBrowser(company, browser)
    },

    clear: ({ company }: Account, browser: string): Promise<void> => marks.clear(company, browser),
  }
}

export type FlaggedDevices = ReturnType<typeof createFlaggedDevices>
