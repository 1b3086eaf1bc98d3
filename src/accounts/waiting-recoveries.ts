import {
  type AddressUse,
  begunRecovery,
  type Identifier,
  isOpenRecovery,
  type RecoveryStanding,
  recoveryStanding,
  restoredKey,
  type SignInStore,
  stoppedRecovery,
  type WaitingRecovery,
} from '../credentials/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import { emailKey, type PeopleStore, type Person } from '../people/index.ts'
import { conflict, retryOnConflict } from '../storage/index.ts'
import type { Account } from './account.ts'
import type { AccountsStore } from './accounts-store.ts'
import { actorOf, type PrincipalId, rawIdOf } from './principal.ts'
import type { ReadPrincipal } from './read-principal.ts'

export interface WaitingRecoveriesDeps {
  people: Pick<PeopleStore, 'get' | 'commit'>
  accounts: Pick<AccountsStore, 'get' | 'change'>
  readPrincipal: ReadPrincipal
  signIns: Pick<SignInStore, 'identifier' | 'used'>
  lookupKey: Uint8Array
  /** Letters leave from the log; this only has them leave soon. */
  enqueue: (id: PrincipalId) => void
}

/** Whoever a recovery lets in. */
type RecoveryHolder = Person | Account
type Seen = { recovery?: WaitingRecovery | undefined }

interface Change {
  set?: Record<string, unknown>
  unset?: string[]
  log?: { kind: 'recovery-waits' | 'recovery-stopped'; recovery: WaitingRecovery }
}

const entriesOf = ({ log }: Change, of: PrincipalId) =>
  log ? [{ ...log, op: log.recovery.op, at: now(), actor: actorOf(of) }] : []

/** What a code that came back opens at this moment, and whether it still does where that is written. */
export interface RecoveryGate {
  standing: RecoveryStanding
  stillFree: (seen: { recovery?: WaitingRecovery | undefined }) => boolean
}

/** What an address alone proves of an account waits; `until` is when to ask again (H15). */
export const recoveryWaitsUntil = (until: number): AppError =>
  new AppError('conflict', 'recovery-waits', { values: { field: 'form', until: new Date(until).toISOString() } })

/**
 * Recoveries by an address that nobody has used for long (T10, H15): begun once, told by letters to all who may stop it,
 * completed by another code after its time. What runs goes on meanwhile, sessions and sharing alike: a stranger who reads
 * the mailbox ends nothing. What waits is what the recovery would open.
 */
export const createWaitingRecoveries = (deps: WaitingRecoveriesDeps) => {
  const { people, accounts, readPrincipal, signIns, lookupKey, enqueue } = deps

  /** The one commit point: undefined where `decide` refuses. */
  const change = async (of: PrincipalId, decide: (seen: Seen) => Change | undefined): Promise<Seen | undefined> => {
    const kinds = {
      person: (id: string) =>
        retryOnConflict(async () => {
          const person = await people.get(id)
          const decided = person?.status === 'active' ? decide(person) : undefined
          if (!person || !decided) return undefined
          return (await people.commit(person, { ...decided, log: entriesOf(decided, of) })) ?? conflict
        }),
      account: (id: string) =>
        accounts.change(id, (account) => {
          const decided = account.status !== 'closed' ? decide(account) : undefined
          const { epoch } = account
          return decided && { ...decided, log: entriesOf(decided, of).map((entry) => ({ ...entry, epoch })) }
        }),
    }
    return kinds[of.kind](rawIdOf(of))
  }

  /** The row that leads from an address to a person, or to an account with a sign-in of its own. */
  const rowOf = async (holder: RecoveryHolder, address: string): Promise<Identifier | null> => {
    const isOwn = 'company' in holder && (holder.signIn !== null || holder.left?.formerAddress !== undefined)
    if (isOwn) return holder.signIn && signIns.identifier(holder.signIn.key)
    const key = emailKey(address)
    return (await signIns.identifier(key)) ?? (await signIns.identifier(restoredKey(lookupKey, key)))
  }

  const useOf = async (holder: RecoveryHolder, address: string): Promise<AddressUse> => {
    const row = await rowOf(holder, address)
    if (!('company' in holder) || row) {
      const signIn = 'company' in holder ? holder.signIn : null
      return { provenAt: Math.max(row?.provenAt ?? 0, signIn?.provenAt ?? 0), usedAt: row?.usedAt }
    }
    // Whoever linked it proved it as its holder. A restore knows an address by its digest alone, since a change of late.
    return { provenAt: holder.signIn?.provenAt ?? (holder.left ? (holder.left.since ?? 0) : now()) }
  }

  const stop = async (of: PrincipalId, op?: string): Promise<boolean> => {
    const stopped = await change(of, ({ recovery }) =>
      isOpenRecovery(recovery, now()) && (op ?? recovery.op) === recovery.op
        ? {
            set: { recovery: stoppedRecovery(recovery, now()) },
            log: { kind: 'recovery-stopped', recovery },
          }
        : undefined,
    )
    if (stopped) enqueue(of)
    return stopped !== undefined
  }

  return {
    /** `codeAt`: when a code to the address came back. */
    gate: async (holder: RecoveryHolder, address: string, codeAt: number): Promise<RecoveryGate> => {
      const use = await useOf(holder, address)
      const standing = ({ recovery }: { recovery?: WaitingRecovery | undefined }) =>
        recoveryStanding({ address, use, recovery }, { codeAt, at: now() })
      return { standing: standing(holder), stillFree: (seen) => standing(seen).is === 'free' }
    },

    /**
     * Begins to wait, and answers until when. Where one waits already that one goes on: no later, no sooner, and nobody
     * is written to again. AppError `code-expired` (gone) when there is nobody any more.
     */
    begin: async (of: PrincipalId, address: string): Promise<number> => {
      const op = `recovery:${randomId()}`
      const saved = await change(of, ({ recovery }) => {
        const at = now()
        if (isOpenRecovery(recovery, at) && recovery.address === address) return undefined
        const begun = begunRecovery(address, op, at)
        return { set: { recovery: begun }, log: { kind: 'recovery-waits', recovery: begun } }
      })
      if (saved) enqueue(of)
      const holder = saved ?? (await readPrincipal(of))
      if (holder?.recovery?.address !== address) throw new AppError('gone', 'code-expired')
      return holder.recovery.until
    },

    /** True: stopped by this. `op`: this very one, as a letter says it. */
    stop,

    /** What waited has let somebody in, by something else than a new password. False: it was stopped meanwhile. */
    spend: async (of: PrincipalId, { stillFree }: Pick<RecoveryGate, 'stillFree'>): Promise<boolean> => {
      let isFree = true
      await change(of, (seen) => {
        isFree = stillFree(seen)
        return isFree && seen.recovery ? { unset: ['recovery'] } : undefined
      })
      return isFree
    },

    /** A password was right: its address is used, and nobody who has it needs a recovery. */
    signedIn: async (of: PrincipalId, { recovery }: Seen, identifier: Identifier | null): Promise<void> => {
      if (identifier) await signIns.used(identifier)
      if (isOpenRecovery(recovery, now())) await stop(of)
    },

    /** A code led somewhere: its address is used. */
    codeUsed: async (holder: RecoveryHolder, address: string): Promise<void> => {
      const row = await rowOf(holder, address)
      if (row) await signIns.used(row)
    },
  }
}

export type WaitingRecoveries = ReturnType<typeof createWaitingRecoveries>
