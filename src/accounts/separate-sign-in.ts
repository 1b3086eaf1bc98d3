import type { VerificationStore } from '../credentials/index.ts'
import type { DetailName } from '../details/index.ts'
import { assertSignedInStill } from '../lib/browser-binding.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import {
  type FormerAddress,
  formerAddressesOf,
  mayTakeBack,
  type Span,
  withoutTakeBack,
  withTakeBack,
} from '../people/index.ts'
import { type Account, type AccountId, type AccountLogEntry, endedCredential, type OwnTakeBack } from './account.ts'
import type { AccountMutation, AccountsStore } from './accounts-store.ts'
import { asAccount, principalKey } from './principal.ts'
import { principalOfAccount } from './read-principal.ts'
import type { SeparateIdentifiers } from './separate-identifiers.ts'
import type { SignInKeeper } from './sign-in-keeper.ts'

export interface SeparateSignInDeps {
  accounts: Pick<AccountsStore, 'get' | 'change'>
  addresses: SeparateIdentifiers
  verifications: Pick<VerificationStore, 'forget'>
}

/** The sign-in of one separate account, as its document keeps it: its address and password at its company alone (M1). */
export const createSeparateSignIn = ({ accounts, addresses, verifications }: SeparateSignInDeps): SignInKeeper => {
  /**
   * undefined: `decide` refused, seeing the account as it stands; everything is as it was. What else was begun under the
   * credentials of before goes, but `by`, which did it.
   */
  const moveTo = async (
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
      return movedTo(account, { ...decided, key: taken.key, address, at: now() })
    })
    const former = (before.takeBacks ?? []).map(({ address }) => address)
    for (const each of new Set([left, ...former])) await addresses.release(before, each)
    if (moved) await verifications.forget(principalKey(asAccount(id)), [left, address], by)
    return moved
  }

  return {
    codeKind: 'own-address',

    bindingOf: async (id) => {
      const account = await accounts.get(id)
      assertSignedInStill(account)
      return { account: id, epoch: account?.epoch, credentialEpoch: account?.credentialEpoch }
    },

    /** All of it is in the account: the write sees it. */
    isBound: async () => true,

    move: async (id, { address, binding, op, by }) => {
      const decide = (seen: WithSignIn) =>
        seen.epoch === binding.epoch && seen.credentialEpoch === binding.credentialEpoch && seen.status === 'open'
          ? changeOf(seen, op)
          : undefined
      const moved = await moveTo(id, address, decide, by)
      return moved && principalOfAccount(moved)
    },

    takesBack: async (id, former) => {
      const account = await accounts.get(id)
      return account !== null && takesBack(account, former)
    },

    moveBack: async (id, former) => {
      let back: (Span & { ended: string[] }) | undefined
      const moved = await moveTo(id, former.address, (seen) => {
        const taken = seen.takeBacks?.find((each) => each.op === former.op)
        if (!taken || !takesBack(seen, former)) return undefined
        const { credential } = seen.signIn
        back = { since: taken.at, until: now(), ended: [credential] }
        return { ...restoredOf(seen, taken, former), op: `back:${former.op}`, credential: endedCredential(credential) }
      })
      return moved && back
    },

    keepTakeBacks: async (id, decide, confirmedBy) => {
      let former: string[] = []
      const kept = await accounts.change(id, (seen) => {
        former = (seen.takeBacks ?? []).map(({ address }) => address)
        const left = decide(seen)
        const entry = {
          kind: 'address-confirmed',
          at: now(),
          actor: { kind: 'account', id },
          epoch: seen.epoch,
          endedAddresses: former,
        } as const
        return left && { ...left, ...(confirmedBy !== undefined && { log: [{ ...entry, op: confirmedBy }] }) }
      })
      if (kept) for (const address of former) await addresses.release(kept, address)
    },

    credentialKey: (id) => `account:${id}:own:${randomId(6)}`,

    list: async (id, { credential, how, epoch, mayRecover }) => {
      const at = now()
      let former: string | undefined
      const saved = await accounts.change(id, (account) => {
        if (how === 'changed') assertSignedInStill(account)
        former = account.signIn?.credential
        const isSame = (epoch ?? account.credentialEpoch) === account.credentialEpoch
        if (!account.signIn || !isSame || mayRecover?.(account) === false) return undefined
        const actor = { kind: 'account', id } as const
        return {
          set: {
            'signIn.credential': credential,
            credentialEpoch: account.credentialEpoch + 1,
            credentialsChangedAt: at,
          },
          unset: mayRecover ? ['recovery'] : [],
          log: [{ op: credential, kind: 'own-sign-in-made', at, actor, epoch: account.epoch }],
        }
      })
      return saved && { principal: principalOfAccount(saved), ended: former === undefined ? [] : [former] }
    },
  }
}

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

const movedTo = (
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
      ...(undoes && { endedAddresses: formerAddressesOf(account, at).filter((each) => each !== address) }),
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
