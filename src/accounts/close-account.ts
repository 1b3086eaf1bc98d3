import type { ClosureProcess } from '../companies/index.ts'
import { day, now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import type { Actor } from '../people/index.ts'
import type { Account } from './account.ts'
import type { AccountMutation, AccountsStore } from './accounts-store.ts'

/**
 * Closing follows the company's declared process (S4-10): at once, or after days of grace in which the person can come
 * back; *by contact* is that company's own to carry out and changes nothing here. From the first moment no token, grant
 * or send of the account lives (G5). Nothing changes at any other company (G6).
 */
const beginClosure = (
  account: Account,
  closure: { process: ClosureProcess; op: string; at: number; actor: Actor },
): AccountMutation | undefined => {
  if (account.status !== 'open') return undefined
  const { process, op, at, actor } = closure
  const entry = {
    op,
    at,
    actor,
    epoch: account.epoch,
    seq: account.seq,
    person: account.link?.person,
    address: account.signIn?.address,
  }
  switch (process.kind) {
    case 'by-contact':
      return undefined
    case 'at-once':
      return {
        ...closed(account, at),
        log: [{ ...entry, kind: 'closed', ended: account.signIn, endedAddresses: keptBy(account) }],
      }
    case 'after-grace':
      return {
        set: { status: 'closing', epoch: account.epoch + 1, closing: { since: at, at: at + process.days * day } },
        log: [{ ...entry, kind: 'closing' }],
      }
  }
}

/** What dies with an account: its copy, its own data, its way in, its link. The subject stays, never to be used again. */
export const closed = (account: Account, at: number): AccountMutation => ({
  set: {
    status: 'closed',
    closedAt: at,
    epoch: account.epoch + 1,
    link: null,
    copy: {},
    own: {},
    ownData: {},
    intents: {},
    withdrawn: [],
    signIn: null,
    credentialEpoch: account.credentialEpoch + 1,
    ...(account.link && { left: { person: account.link.person, how: account.link.how } }),
  },
  unset: ['closing', 'takeBacks', ...(account.link ? [] : ['left'])],
})

/** The addresses that could have been given back to it. */
const keptBy = ({ takeBacks = [] }: Account): string[] => takeBacks.map(({ address }) => address)

export const createClosures = (accounts: AccountsStore) => ({
  /**
   * `seen`: the account as whoever closes it held it; once it is unlinked or linked anew it may be somebody else's (G6).
   * The account as it is then. AppError `closed-by-contact` where the company closes by being asked.
   */
  close: async (seen: Pick<Account, '_id' | 'epoch'>, process: ClosureProcess, actor: Actor): Promise<Account> => {
    if (process.kind === 'by-contact') throw new AppError('conflict', 'closed-by-contact')
    const op = randomId()
    const saved = await accounts.change(seen._id, (account) =>
      account.epoch === seen.epoch ? beginClosure(account, { process, op, at: now(), actor }) : undefined,
    )
    if (!saved) throw new AppError('conflict', 'not-open')
    return saved
  },

  /** The way back during the days of grace: a new epoch, so that nothing of before revives by itself. */
  comeBack: async (seen: Pick<Account, '_id' | 'epoch'>, actor: Actor): Promise<Account> => {
    const op = randomId()
    const back = await accounts.change(seen._id, (account) =>
      account.status === 'closing' && account.epoch === seen.epoch
        ? {
            // The copy has to be looked at anew, whatever version it stood at (G2).
            set: { status: 'open', epoch: account.epoch + 1, 'at.v': 0 },
            unset: ['closing'],
            log: [{ op, kind: 'closure-cancelled', at: now(), actor, epoch: account.epoch + 1 }],
          }
        : undefined,
    )
    if (!back) throw new AppError('conflict', 'not-closing')
    return back
  },

  /** Ends a closure whose days are over; the account as it is then. */
  closeDue: async (account: Account): Promise<Account> => {
    const due = (seen: Account) => seen.status === 'closing' && (seen.closing?.at ?? Number.POSITIVE_INFINITY) <= now()
    if (!due(account)) return account
    const op = randomId()
    const saved = await accounts.change(account._id, (seen) =>
      due(seen)
        ? {
            ...closed(seen, now()),
            log: [
              {
                op,
                kind: 'closed',
                at: now(),
                actor: { kind: 'system' },
                epoch: seen.epoch,
                person: seen.link?.person,
                address: seen.signIn?.address,
                ended: seen.signIn,
                endedAddresses: keptBy(seen),
              },
            ],
          }
        : undefined,
    )
    return saved ?? account
  },
})

export type Closures = ReturnType<typeof createClosures>
