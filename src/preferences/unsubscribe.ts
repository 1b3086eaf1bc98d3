import type { Account, ReadAccounts } from '../accounts/index.ts'
import { AppError } from '../lib/errors.ts'
import type { Choose } from './choose.ts'
import type { Subscription, UnsubscribeTokens } from './unsubscribe-token.ts'

export interface UnsubscribeDeps {
  tokens: UnsubscribeTokens
  accounts: ReadAccounts
  choose: Pick<Choose, 'unsubscribe'>
}

/**
 * What the address in a letter ends (S6-b, RFC 8058). It is a power of its own: whoever holds the letter may end it, without
 * a sign-in, and can do nothing else. AppError `unsubscribe-unknown` (not-found) where there is nothing to end: forged, or
 * of an account that is no more; which of them is not told.
 */
export const createUnsubscribe = ({ tokens, accounts, choose }: UnsubscribeDeps) => {
  const found = async (token: string): Promise<{ account: Account; from: Subscription['from'] }> => {
    const subscription = tokens.read(token)
    const account = subscription && (await accounts.get(subscription.account))
    if (!account || account.status === 'closed' || account.status === 'void')
      throw new AppError('not-found', 'unsubscribe-unknown')
    return { account, from: subscription.from }
  }

  return {
    /** Of which company, and what; nothing is changed. */
    find: async (token: string) => {
      const { account, from } = await found(token)
      return { company: account.company, from }
    },

    /** Ends it; done again it is ended. */
    end: async (token: string) => {
      const { account, from } = await found(token)
      await choose.unsubscribe(account, from)
      return { company: account.company, from }
    },
  }
}

export type Unsubscribe = ReturnType<typeof createUnsubscribe>
