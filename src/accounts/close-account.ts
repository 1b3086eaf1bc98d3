import type { ClosureProcess } from '../companies/index.ts'
import { assertSignedInStill } from '../lib/browser-binding.ts'
import { day, now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import {
  type Actor,
  formerAddressFirst,
  type Held,
  isTakenBack,
  type PeopleStore,
  type Person,
} from '../people/index.ts'
import type { Account, AccountLogEntry } from './account.ts'
import type { AccountMutation, AccountsStore } from './accounts-store.ts'
import { closureHeldAt, returnHeldAt } from './held.ts'

/**
 * Closing follows the company's declared process (S4-10): at once, or after days of grace in which the person can come
 * back; *by contact* is that company's own to carry out and changes nothing here. From the first moment no token, grant
 * or send of the account lives (G5). Nothing changes at any other company (G6).
 */
export const beginClosure = (
  account: Account,
  closure: {
    process: ClosureProcess
    op: string
    at: number
    actor: Actor
    held: Held | undefined
    /** Credential epoch of the person that it is linked to. */
    under?: number | undefined
  },
): AccountMutation | undefined => {
  if (account.status !== 'open') return undefined
  const { process, op, at, actor, held, under } = closure
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
      if (held) return standStill(account, { ...entry, kind: 'closing' }, { planned: at, held, under })
      return {
        ...closed(account, at),
        log: [{ ...entry, kind: 'closed', ended: account.signIn, endedAddresses: keptBy(account) }],
      }
    case 'after-grace':
      return standStill(account, { ...entry, kind: 'closing' }, { planned: at + process.days * day, held, under })
  }
}

const standStill = (
  account: Account,
  entry: Omit<AccountLogEntry, 'n'>,
  { planned, held, under }: { planned: number; held: Held | undefined; under: number | undefined },
): AccountMutation => {
  const at = Math.max(planned, held?.until ?? 0)
  const closing = { since: entry.at, at, ...(held && { planned, under }) }
  return { set: { status: 'closing', epoch: account.epoch + 1, closing }, log: [entry] }
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
  unset: ['closing', 'leaving', 'takeBacks', 'recovery', ...(account.link ? [] : ['left'])],
})

/** The addresses that could have been given back to it. */
const keptBy = ({ takeBacks = [] }: Account): string[] => takeBacks.map(({ address }) => address)

/**
 * What a closure waits for (H4) is looked up here, in the one place that closes: no caller can leave it out, and the rule
 * is asked of the very account that is written.
 */
export const createClosures = (accounts: AccountsStore, people: Pick<PeopleStore, 'get'>) => {
  /** The epoch rises with a link: whose it was when this was read, it still is where it stands at the same. */
  const personBehind = async (account: Account | null): Promise<Person | null> =>
    account?.link ? people.get(account.link.person) : null

  /** What it waits for ended sooner, or goes on: the days that the person reads are those that count. */
  const putOff = (account: Account, at: number): Promise<Account | undefined> | undefined =>
    account.closing?.at === at
      ? undefined
      : accounts.change(account._id, ({ closing }) => (closing ? { set: { 'closing.at': at } } : undefined))

  /** A new epoch, so that nothing of before revives by itself. */
  const begunAgain = async (
    seen: Pick<Account, '_id' | 'epoch'>,
    actor: Actor,
    assertMay: (account: Account) => void,
  ): Promise<Account> => {
    const op = randomId()
    const back = await accounts.change(seen._id, (account) => {
      if (!(account.status === 'closing' || account.leaving) || account.epoch !== seen.epoch) return undefined
      assertMay(account)
      return comingBack(account, { op, at: now(), actor })
    })
    if (!back) throw new AppError('conflict', 'not-closing')
    return back
  }

  const begin = async (
    seen: Pick<Account, '_id' | 'epoch'>,
    process: ClosureProcess,
    actor: Actor,
    holder: Person | null,
  ): Promise<Account> => {
    const op = randomId()
    const saved = await accounts.change(seen._id, (account) => {
      const at = now()
      assertSignedInStill(holder ?? account)
      const [held, under] = [closureHeldAt(account, holder, at), holder?.credentialEpoch]
      return account.epoch === seen.epoch ? beginClosure(account, { process, op, at, actor, held, under }) : undefined
    })
    if (!saved) throw new AppError('conflict', 'not-open')
    return saved
  }

  return {
    /**
     * `seen`: the account as whoever closes it held it; once it is unlinked or linked anew it may be somebody else's (G6).
     * The account as it is then. AppError `closed-by-contact` where the company closes by being asked.
     */
    close: async (seen: Pick<Account, '_id' | 'epoch'>, process: ClosureProcess, actor: Actor): Promise<Account> => {
      if (process.kind === 'by-contact') throw new AppError('conflict', 'closed-by-contact')
      return begin(seen, process, actor, await personBehind(await accounts.get(seen._id)))
    },

    /** At once, and nothing of its person holds it: it is the mailbox of before that says it never was theirs (U16). */
    closeByLetter: (seen: Pick<Account, '_id' | 'epoch'>, actor: Actor): Promise<Account> =>
      begin(seen, { kind: 'at-once' }, actor, null),

    /**
     * The way back while it stands still, for its holder. AppError `not-closing`, `former-address-first` (conflict): it was
     * ended before a change of the address that may be taken back (H4).
     */
    comeBack: async (seen: Pick<Account, '_id' | 'epoch'>, actor: Actor): Promise<Account> => {
      const holder = await personBehind(await accounts.get(seen._id))
      return begunAgain(seen, actor, (account) => {
        assertSignedInStill(holder ?? account)
        const held = returnHeldAt(account, holder, now())
        if (held) throw formerAddressFirst(held)
      })
    },

    /** The same for whoever reads the mailbox of before and takes all of it back. AppError `not-closing` (conflict). */
    callOff: (seen: Pick<Account, '_id' | 'epoch'>, actor: Actor): Promise<Account> =>
      begunAgain(seen, actor, () => {}),

    /** Ends a closure whose days are over, and begins again what was taken back (H4); the account as it is then. */
    closeDue: async (account: Account): Promise<Account> => {
      const begun = account.closing ?? account.leaving
      if (!begun) return account
      const holder = await personBehind(account)
      if (holder && isTakenBack(holder, begun)) return begunAgain(account, { kind: 'system' }, () => {})
      if (account.status !== 'closing') return account
      const endsAt = (seen: Account): number => {
        const { closing } = seen
        if (closing?.planned === undefined) return closing?.at ?? Number.POSITIVE_INFINITY
        return Math.max(closing.planned, closureHeldAt(seen, holder, now())?.until ?? 0)
      }
      const due = (seen: Account) => seen.status === 'closing' && endsAt(seen) <= now()
      if (!due(account)) return (await putOff(account, endsAt(account))) ?? account
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
  }
}

/** As it was before its person began to leave it; the copy has to be looked at anew, whatever version it stood at (G2). */
const comingBack = (account: Account, entry: Pick<AccountLogEntry, 'op' | 'at' | 'actor'>): AccountMutation => {
  const epoch = account.epoch + 1
  const kind = account.status === 'closing' ? ('closure-cancelled' as const) : ('unlink-cancelled' as const)
  return {
    set: { status: 'open', epoch, 'at.v': 0 },
    unset: ['closing', 'leaving'],
    log: [{ ...entry, kind, epoch }],
  }
}

export type Closures = ReturnType<typeof createClosures>
