import {
  type AddressUse,
  begunRecovery,
  type Identifier,
  isOpenRecovery,
  type RecoveryStatus,
  recoveryStatus,
  restoredKey,
  type SignInStore,
  stoppedRecovery,
  type WaitingRecovery,
} from '../credentials/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import { emailKey, type PeopleStore } from '../people/index.ts'
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

/** Of whoever a recovery lets in. */
type Seen = { recovery?: WaitingRecovery | undefined }

interface Change {
  set?: Record<string, unknown>
  unset?: string[]
  log?: { kind: 'recovery-waits' | 'recovery-stopped'; recovery: WaitingRecovery }
}

interface Looked extends Seen {
  row: Identifier | null
  use: AddressUse
}

const entriesOf = ({ log }: Change, of: PrincipalId) =>
  log ? [{ ...log, op: log.recovery.op, at: now(), actor: actorOf(of) }] : []

/** What a code that came back opens at this moment, and whether it still does where that is written. */
export interface RecoveryGate {
  /** That leads from the address to whom it opens, if any does. */
  row: Identifier | null
  status: RecoveryStatus
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

  const unifiedRow = async (address: string): Promise<Identifier | null> => {
    const key = emailKey(address)
    return (await signIns.identifier(key)) ?? (await signIns.identifier(restoredKey(lookupKey, key)))
  }

  /** The row that leads from an address to an account, or to its person by whose address it is recovered. */
  const rowTo = async ({ signIn, left }: Pick<Account, 'signIn' | 'left'>, address: string) => {
    if (signIn) return signIns.identifier(signIn.key)
    return left?.formerAddress === undefined ? unifiedRow(address) : null
  }

  /** What waits, which row the address is, and when that was last known to be theirs. */
  const looks = {
    person: async (id: string, address: string): Promise<Looked> => {
      const [person, row] = await Promise.all([people.get(id), unifiedRow(address)])
      return { recovery: person?.recovery, row, use: { provenAt: row?.provenAt ?? 0, usedAt: row?.usedAt } }
    },

    account: async (id: string, address: string): Promise<Looked> => {
      const account = await accounts.get(id)
      const { recovery, signIn = null, left } = account ?? {}
      const row = await rowTo({ signIn, ...(left && { left }) }, address)
      // Whoever linked it proved it as its holder. A restore knows an address by its digest alone, since a change of late.
      const withoutRow = left ? (left.since ?? 0) : now()
      const provenAt = row ? Math.max(row.provenAt, signIn?.provenAt ?? 0) : (signIn?.provenAt ?? withoutRow)
      return { recovery, row, use: { provenAt, usedAt: row?.usedAt } }
    },
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
    gate: async (of: PrincipalId, address: string, codeAt: number): Promise<RecoveryGate> => {
      const { recovery, row, use } = await looks[of.kind](rawIdOf(of), address)
      const status = ({ recovery }: Seen) => recoveryStatus({ address, use, recovery }, { codeAt, at: now() })
      return { row, status: status({ recovery }), stillFree: (seen) => status(seen).is === 'free' }
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
    codeUsed: async ({ row }: Pick<RecoveryGate, 'row'>): Promise<void> => {
      if (row) await signIns.used(row)
    },
  }
}

export type WaitingRecoveries = ReturnType<typeof createWaitingRecoveries>
