import { normalizeEmail } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type CodeProofs, type DraftStore, type FormerAddress, type SignInStore, undoWithin } from '../people/index.ts'
import type { Account, AccountId } from './account.ts'
import type { AccountMutation, AccountsStore } from './accounts-store.ts'
import type { OwnAddresses } from './own-addresses.ts'
import { principalKey } from './prove-sign-in.ts'

export interface ChangeOwnAddressDeps {
  accounts: AccountsStore
  addresses: OwnAddresses
  signIns: SignInStore
  drafts: DraftStore
  codes: CodeProofs
}

const kind = 'own-address'

/**
 * The address of an account's own sign-in, changed by the rules of a person's (T3, T4, T5): nothing before its code,
 * nothing of what was begun before another change of the sign-in or a link, and the address of before is told and can
 * take it back.
 */
export const createOwnAddressChanges = ({ accounts, addresses, signIns, drafts, codes }: ChangeOwnAddressDeps) => {
  /** undefined: `decide` refused, seeing the account as it stands; everything is as it was. */
  const move = async (
    id: AccountId,
    address: string,
    decide: (account: WithSignIn) => Omit<Move, 'key' | 'address' | 'at'> | undefined,
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
    if (left !== (await accounts.get(id))?.signIn?.address) await addresses.release(before, left)
    return moved
  }

  return {
    /** Sends the code to the new address and answers the handle that the browser keeps; an earlier one is worth nothing. */
    begin: async (account: Account, email: string): Promise<string> => {
      const { _id, epoch, credentialEpoch, language } = account
      const holder = principalKey({ kind: 'account', account: _id })
      await drafts.dropWaiting(holder, kind)
      return codes.begin({
        kind,
        address: normalizeEmail(email),
        holder,
        content: { account: _id, epoch, credentialEpoch },
        mail: { kind: 'address-code', language, values: {} },
      })
    },

    /** Moves sign-in and contact in one write. Asked twice it is done once. AppError `address-taken-there` (conflict). */
    complete: async (id: AccountId, handle: string, code: string): Promise<void> => {
      const draft = await codes.check(handle, kind, code)
      if (draft.state === 'done' && draft.becomes === id) return
      const { account, epoch, credentialEpoch } = draft.content
      if (account !== id) throw new AppError('gone', 'code-expired')
      const moved = await move(id, draft.address, (seen) =>
        seen.epoch === epoch && seen.credentialEpoch === credentialEpoch && seen.status === 'open'
          ? { op: `address:${draft._id}` }
          : undefined,
      )
      if (!moved) throw new AppError('gone', 'code-expired')
      await drafts.finish(draft._id, id)
    },

    takesBack,

    /** As of a person's address: it signs in again and alone, and the password of whoever changed it ends. */
    takeBack: async (id: AccountId, former: FormerAddress): Promise<void> => {
      let ended: string | undefined
      const moved = await move(id, former.address, (seen) => {
        if (!takesBack(seen, former)) return undefined
        ended = seen.signIn.credential
        const set = { credentialsChangedAt: now(), addressTakenBackAt: now() }
        return { op: `back:${former.op}`, undoes: former.op, credential: `${ended}:ended`, set }
      })
      if (!moved || !ended) throw new AppError('gone', 'undo-too-late')
      await signIns.dropCredential(ended)
    },
  }
}

export type OwnAddressChanges = ReturnType<typeof createOwnAddressChanges>

type WithSignIn = Account & { signIn: NonNullable<Account['signIn']> }
const hasSignIn = (account: Account): account is WithSignIn => account.signIn !== null && account.link === null

interface Move {
  key: string
  address: string
  op: string
  at: number
  undoes?: string
  /** Other than the one that counted until now. */
  credential?: string
  set?: Record<string, unknown>
}

const moveTo = (account: WithSignIn, { key, address, op, at, undoes, credential, set }: Move): AccountMutation => ({
  set: {
    ...set,
    signIn: { key, address, credential: credential ?? account.signIn.credential, provenAt: at },
    credentialEpoch: account.credentialEpoch + 1,
    'own.email': address,
    'copy.email': address,
    seq: account.seq + 1,
  },
  log: [
    {
      op,
      kind: 'address-changed',
      at,
      actor: { kind: 'account', id: account._id },
      epoch: account.epoch,
      fields: ['email'],
      changes: { email: { before: account.copy.email ?? account.signIn.address, after: address } },
      address: account.signIn.address,
      undoes,
    },
  ],
})

/** For three days; an address given back its sign-in meanwhile ends what whoever took it over could take back. */
const takesBack = (account: Account, { address, at }: FormerAddress): boolean =>
  hasSignIn(account) &&
  account.signIn.address !== address &&
  now() - at <= undoWithin &&
  (account.addressTakenBackAt ?? Number.NEGATIVE_INFINITY) < at
