import { askingNow } from '../lib/browser-binding.ts'
import { minute } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type LimitKey, type Limits, limitRules } from '../limits/index.ts'

/** A letter that an address is sent because somebody asked for it. */
export interface Asked {
  /** What it is for: each is counted by itself, so that nobody's recovery is kept from them by another's registration. */
  kind: string
  address: string
  /** From a browser that the address signed in with before: counted apart from strangers'. */
  knownBrowser?: boolean
}

/**
 * How many letters an address may be sent in an hour for one purpose. Of strangers' the last is kept for another network,
 * so that one who goes on asking keeps nobody from registering or recovering in a new browser (H11). `codes` asks it for
 * every code; whoever sends a letter without one asks it themselves.
 */
export const createSentCodes = (limits: Pick<Limits, 'consume' | 'refund' | 'isReached'>) => {
  // The network first: what it had too much of takes nothing of what is the address's.
  const rulesOf = ({ kind, address, knownBrowser }: Asked): LimitKey[] => {
    const whose = `${kind} ${address}`
    if (knownBrowser) return [['code-sent-device', whose]]
    const network = askingNow()?.network()
    return [...(network ? [['code-sent-from', `${network} ${whose}`] as const] : []), ['code-sent-address', whose]]
  }

  return {
    /** AppError `too-many-attempts` (limited), and nothing is counted, when it would be one too many. */
    count: async (asked: Asked): Promise<void> => {
      const taken: LimitKey[] = []
      try {
        for (const rule of rulesOf(asked)) {
          await limits.consume(...rule)
          taken.push(rule)
        }
      } catch (error) {
        for (const rule of taken) await limits.refund(...rule)
        throw error
      }
    },

    /** The same AppError where the next would be one too many, before what comes ahead of the letter; counts nothing. */
    assertLeft: async (asked: Asked): Promise<void> => {
      for (const [rule, subject] of rulesOf(asked))
        if (await limits.isReached(rule, subject))
          throw new AppError('limited', 'too-many-attempts', { values: { minutes: limitRules[rule].within / minute } })
    },
  }
}
