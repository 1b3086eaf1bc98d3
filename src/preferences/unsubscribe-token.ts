import { z } from 'zod'
import type { AccountId } from '../accounts/index.ts'
import type { SecretBox } from '../lib/secret-box.ts'
import { channels } from './preference.ts'

const context = 'unsubscribe'
const held = z.strictObject({ account: z.string(), from: z.enum([...channels, 'group-news']) })

/** What the address in a letter ends: one company's marketing on one channel, or news of the group. */
export type Subscription = z.output<typeof held>

/**
 * The address that a company puts into its letter. It says by itself, sealed, whose and what it ends: no row is kept for a
 * letter that is sent, and it ends nothing else. Letters are kept for years: it is sealed under a key that stays whatever secret key comes or goes.
 */
export const createUnsubscribeTokens = (box: Pick<SecretBox, 'seal' | 'open'>) => ({
  of: (account: AccountId, from: Subscription['from']): string => box.seal(JSON.stringify({ account, from }), context),

  /** undefined: nobody here made it. */
  read: (token: string): Subscription | undefined => {
    try {
      return held.parse(JSON.parse(box.open(token, context)))
    } catch {
      return undefined
    }
  },
})

export type UnsubscribeTokens = ReturnType<typeof createUnsubscribeTokens>
