import type { Connection } from '../storage/index.ts'
import { createBounceAddress } from './bounce-address.ts'
import { createBounceStore } from './bounce-store.ts'
import { type Refusal, refusals } from './delivery-report.ts'

export interface BouncesDeps {
  connection: Connection
  /** Of digests and MACs; it stays when secret keys are replaced. */
  lookupKey: Uint8Array
  /** An address with a `*` in its local part; absent: letters are sent as ever, and no bounce is read. */
  pattern: string | undefined
  /** For the metrics. */
  counted?: (outcome: 'bounced' | 'bounce-refused') => void
}

type Outcome = 'marked' | 'known' | 'outdated' | 'expired' | 'forged' | Refusal

const sentences: Record<Outcome, string> = {
  marked: 'marked: letters to that address come back',
  known: 'known already, nothing changed',
  outdated: 'not taken: a code sent to that address was used since, or whose it was is no more',
  expired: 'not taken: the letter is more than 30 days old',
  forged: 'not taken: names no letter of ours',
  ...refusals,
}

/**
 * **Bounces**: what comes back as a message after a mail server had taken the letter. It speaks of a mailbox alone: a mark
 * is shown to whoever signs in with it and to their support, and no rule of sign-in, sharing or recovery asks for it.
 */
export const createBounces = ({ connection, lookupKey, pattern, counted = () => {} }: BouncesDeps) => {
  const store = createBounceStore(connection)
  const address = createBounceAddress(lookupKey)

  const outcomeOf = async (word: string): Promise<Outcome> => {
    if (Object.hasOwn(refusals, word)) return word as Refusal
    const letter = address.read(word)
    return typeof letter === 'string' ? letter : store.mark(letter)
  }

  return {
    /** What a letter leaves under; undefined: the sender itself. Without an owner it is known by its address alone. */
    senderOf: (of: string | undefined, to: string, at: number): string | undefined =>
      pattern?.replace('*', () => address.issue(of ?? to, to, at)),

    /** What `readReport` says of each message. Answers a line for each outcome; done again it changes nothing. */
    read: async (words: readonly string[]): Promise<string> => {
      const found = new Map<Outcome, number>()
      for (const word of words) {
        const outcome = await outcomeOf(word)
        if (outcome === 'marked') counted('bounced')
        else if (outcome !== 'known') counted('bounce-refused')
        found.set(outcome, (found.get(outcome) ?? 0) + 1)
      }
      return [...found].map(([outcome, count]) => `${count} ${sentences[outcome]}`).join('\n') || 'No message.'
    },

    /** Since when letters to one of these come back; milliseconds since 1970. */
    since: async (addresses: readonly string[]): Promise<number | undefined> =>
      pattern === undefined || addresses.length === 0 ? undefined : store.since(addresses.map(address.addressOf)),

    /** A code that was sent there came back from its reader. */
    proven: async (to: string): Promise<void> => {
      if (pattern !== undefined) await store.outdate(address.addressOf(to))
    },

    /** Of somebody who is no more nothing is kept, and nothing is marked again. */
    forget: (of: string, addresses: readonly string[]): Promise<void> =>
      store.forget(address.whoseOf(of), addresses.map(address.addressOf)),

    sweep: store.purge,
  }
}

export type Bounces = ReturnType<typeof createBounces>
