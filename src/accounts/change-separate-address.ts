import type { Caller, OneTimeCodes, SignInStore, VerificationStore, WaitingCode } from '../credentials/index.ts'
import type { DetailName } from '../details/index.ts'
import { normalizeEmail } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type FormerAddress, mayTakeBack, overTakeBacks, withoutTakeBack, withTakeBack } from '../people/index.ts'
import type { Account, AccountId, AccountLogEntry, OwnTakeBack } from './account.ts'
import type { AccountMutation, AccountsStore } from './accounts-store.ts'
import { principalKey } from './principal.ts'
import type { SeparateIdentifiers } from './separate-identifiers.ts'

export interface ChangeOwnAddressDeps {
  accounts: AccountsStore
  addresses: SeparateIdentifiers
  signIns: SignInStore
  verifications: VerificationStore
  codes: OneTimeCodes
}

const kind = 'own-address'

/**
 * The address of an account's own sign-in, changed by the rules of a person's (T3, T4, T5): nothing before its code,
 * nothing of what was begun before another change of the sign-in or a link, and the address of before is told and can
 * take it back.
 */
export const createSeparateAddressChanges = ({
  accounts,
  addresses,
  signIns,
  verifications,
  codes,
}: ChangeOwnAddressDeps) => {
  /**
   * undefined: `decide` refused, seeing the account as it stands; everything is as it was. What else was begun under the
   * credentials of before goes, but `by`, which did it.
   */
  const move = async (
    id: AccountId,
    address: string,
    decide: (account: WithSignIn) => Omit<Move, 'key' | 'address' | 'at'> | undefined,
    by?: string,
  ): Promise<Account | undefined> => {
    const before = await accounts.get(id)
    if (!before) return undefined
    const taken = await addresses.claim(id, before.company, address)
    if ('takenBy' in taken) throw new AppError('conflict', 'address-taken-there', { values: { field: 'code' } })
    let left = address
    const moved = await accounts.change(id, (account) => {
      left = address
      if (!hasSignIn(account)) return undefined
      const decided = decide(account)
      if (!decided) return undefined
      left = account.signIn.address
      return moveTo(account, { ...decided, key: taken.key, address, at: now() })
    })
    const former = (before.takeBacks ?? []).map(({ address }) => address)
    for (const each of new Set([left, ...former])) await addresses.release(before, each)
    if (moved) await verifications.forget(principalKey({ kind: 'account', account: id }), [left, address], by)
    return moved
  }

  return {
    /** Sends the code to the new address and answers the handle that the browser keeps; an earlier one is worth nothing. */
    begin: async (account: Account, email: string): Promise<string> => {
      const { _id, epoch, credentialEpoch, language } = account
      const holder = principalKey({ kind: 'account', account: _id })
      return codes.begin({
        kind,
        address: normalizeEmail(email),
        holder,
        isOnlyOne: true,
        content: { account: _id, epoch, credentialEpoch },
        mail: { kind: 'address-code', language, values: {} },
      })
    },

    /**
     * Moves sign-in and contact in one write, and answers the epoch it is proven under; undefined to the second of two
     * clicks, which proved nothing by itself (H1). AppError `address-taken-there` (conflict).
     */
    complete: async (id: AccountId, handle: string, code: string, caller?: Caller): Promise<number | undefined> => {
      const verification = await codes.check(handle, kind, code, caller)
      if (verification.state !== 'open' && verification.outcome?.account === id) return undefined
      const { account, epoch, credentialEpoch } = verification.content
      if (account !== id) throw new AppError('gone', 'code-expired')
      const decide = (seen: WithSignIn) =>
        seen.epoch === epoch && seen.credentialEpoch === credentialEpoch && seen.status === 'open'
          ? changeOf(seen, `address:${verification._id}`)
          : undefined
      const moved = await move(id, verification.address, decide, verification._id)
      if (!moved) {
        // The other click of two has moved it a moment ago.
        if ((await accounts.get(id))?.signIn?.address === verification.address) return undefined
        throw new AppError('gone', 'code-expired')
      }
      await verifications.finish(verification._id, 'open', { account: id })
      return moved.credentialEpoch
    },

    /** What the page about the code says. */
    waiting: (id: AccountId, handle: string): Promise<WaitingCode> =>
      codes.waiting(handle, kind, principalKey({ kind: 'account', account: id })),

    sendAgain: (handle: string, language: Account['language']): Promise<void> =>
      codes.sendAgain(handle, kind, language),

    takesBack,

    /** As of a person's: whoever reads the mailbox of before says that they are right. */
    confirm: async (id: AccountId, ops: readonly string[], op: string): Promise<void> => {
      let former: string[] = []
      const confirmed = await accounts.change(id, (seen) => {
        former = (seen.takeBacks ?? []).map(({ address }) => address)
        const kept = (seen.takeBacks ?? []).filter((each) => !ops.includes(each.op))
        if (kept.length === former.length) return undefined
        return {
          ...(kept.length > 0 ? { set: { takeBacks: kept } } : { unset: ['takeBacks'] }),
          log: [{ op, kind: 'address-confirmed', at: now(), actor: { kind: 'account', id }, epoch: seen.epoch }],
        }
      })
      if (confirmed) for (const address of former) await addresses.release(confirmed, address)
    },

    /** As of a person's: what has run out goes, and its addresses are free again. Idempotent. */
    settleTakeBacks: async (id: AccountId): Promise<void> => {
      let former: string[] = []
      const settled = await accounts.change(id, (seen) => {
        former = (seen.takeBacks ?? []).map(({ address }) => address)
        return overTakeBacks(seen, now())
      })
      if (settled) for (const address of former) await addresses.release(settled, address)
    },

    /** As of a person's address: it signs in again and alone, and the password of whoever changed it ends. */
    takeBack: async (id: AccountId, former: FormerAddress): Promise<Account> => {
      let ended: string | undefined
      const moved = await move(id, former.address, (seen) => {
        const taken = seen.takeBacks?.find((each) => each.op === former.op)
        if (!taken || !takesBack(seen, former)) return undefined
        ended = seen.signIn.credential
        return { ...restoredOf(seen, taken, former), op: `back:${former.op}`, credential: `${ended}:ended` }
      })
      if (!moved || !ended) throw new AppError('gone', 'undo-too-late')
      await signIns.dropCredential(ended)
      return moved
    },
  }
}

export type SeparateAddressChanges = ReturnType<typeof createSeparateAddressChanges>

type WithSignIn = Account & { signIn: NonNullable<Account['signIn']> }
const hasSignIn = (account: Account): account is WithSignIn => account.signIn !== null && account.link === null

interface Move {
  key: string
  address: string
  op: string
  at: number
  undoes?: string
  since?: number
  changes?: AccountLogEntry['changes']
  unset?: string[]
  /** Other than the one that counted until now. */
  credential?: string
  set?: Record<string, unknown>
}

const moveTo = (
  account: WithSignIn,
  { key, address, op, at, undoes, since, changes, credential, set, unset }: Move,
): AccountMutation => ({
  set: {
    ...set,
    signIn: { key, address, credential: credential ?? account.signIn.credential, provenAt: at },
    credentialEpoch: account.credentialEpoch + 1,
    'own.email': address,
    'copy.email': address,
    seq: account.seq + 1,
  },
  unset: unset ?? [],
  log: [
    {
      op,
      kind: 'address-changed',
      at,
      actor: { kind: 'account', id: account._id },
      epoch: account.epoch,
      fields: ['email'],
      changes: { ...changes, email: { before: account.copy.email ?? account.signIn.address, after: address } },
      address: account.signIn.address,
      undoes,
      since,
    },
  ],
})

/** A change that may be taken back: what its holder changes from then on is put down beside it. */
const changeOf = (account: WithSignIn, op: string) => {
  const { birthDateCorrectedAt: correctedAt } = account
  const at = now()
  const made = { address: account.signIn.address, op, at, changed: {} }
  const takeBack: OwnTakeBack = { ...made, ...(correctedAt !== undefined && { birthDateCorrectedAt: correctedAt }) }
  return { op, set: { takeBacks: withTakeBack(account, [takeBack], at) } }
}

/** The details as they were before a change that is taken back, where what its holder said since still stands. */
const restoredOf = (account: WithSignIn, taken: OwnTakeBack, former: FormerAddress) => {
  const set: Record<string, unknown> = {
    credentialsChangedAt: now(),
    takeBacks: withoutTakeBack(account, former, now()),
  }
  const changes: NonNullable<AccountLogEntry['changes']> = {}
  for (const [field, { before, after }] of Object.entries(taken.changed)) {
    if (field === 'email' || (account.copy[field as DetailName] ?? null) !== after) continue
    set[`own.${field}`] = before
    set[`copy.${field}`] = before
    changes[field as DetailName] = { before: after, after: before }
  }
  const { birthDateCorrectedAt: correctedAt } = taken
  if (correctedAt !== undefined) set.birthDateCorrectedAt = correctedAt
  const unset = correctedAt === undefined ? ['birthDateCorrectedAt'] : []
  // A closure that was begun since is called off with it (H4).
  if ((account.closing?.since ?? -1) >= taken.at) {
    Object.assign(set, { status: 'open', epoch: account.epoch + 1 })
    unset.push('closing')
  }
  return { undoes: taken.op, since: taken.at, set, unset, changes }
}

const takesBack = (account: Account, former: FormerAddress): boolean =>
  hasSignIn(account) && account.status !== 'closed' && mayTakeBack(account, former, now())
