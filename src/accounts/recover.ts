import type { CompanyId } from '../companies/index.ts'
import type { Caller, OneTimeCodes, Verification, VerificationStore, WaitingCode } from '../credentials/index.ts'
import { normalizeEmail } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { PersonId } from '../people/index.ts'
import type { Account, AccountId } from './account.ts'
import type { AccountsStore } from './accounts-store.ts'
import type { Authentication } from './authentication.ts'
import { type Principal, type PrincipalId, personOf } from './principal.ts'
import { principalOfAccount, type ReadPrincipal } from './read-principal.ts'
import { mayHaveWayIn } from './separate-credentials.ts'
import type { SeparateLogins } from './separate-login.ts'
import type { SetPassword } from './set-password.ts'
import { type RecoveryGate, recoveryWaitsUntil, type WaitingRecoveries } from './waiting-recoveries.ts'

export interface RecoverDeps {
  readPrincipal: ReadPrincipal
  accounts: Pick<AccountsStore, 'get' | 'found'>
  verifications: VerificationStore
  codes: OneTimeCodes
  setPassword: SetPassword
  separateLogins: Pick<SeparateLogins, 'giveWayIn'>
  recoveries: Pick<WaitingRecoveries, 'gate' | 'begin' | 'codeUsed'>
  holdersOf: Authentication['holdersOf']
}

/** Who asks, and from where. `company` null: at the account pages, where unified sign-ins alone are recovered. */
interface Asked {
  email: string
  company: CompanyId | null
  language: Account['language']
  knownBrowser?: boolean
}

/** What a proven address may give a new password to; `isNew`: the account has none, and gets a sign-in of its own. */
interface Found {
  /** As a form names it: the unified sign-in, or the account's own. */
  which: 'unified' | 'own'
  principal: Principal
  isNew: boolean
}

/** The same, and whether the code lets them in now, or an address that nobody used for long has to wait (H15). */
export type Recoverable = Found & { gate: RecoveryGate }

interface Content {
  company: CompanyId | null
  /** Of the page where it was asked for. Absent: asked before that was kept. */
  language?: Account['language']
  holders: (PrincipalId & { epoch: number })[]
  /** Has no way in since a link ended; the epoch it stood at, and by whose address it was found, where by a person's. */
  left?: { account: AccountId; epoch: number; by?: PersonId }
}

/** Whose password it was, and the epoch that the new one is good under: whoever signs in by it is in under no later one. */
export type Recovered = PrincipalId & { credentialEpoch: number }

const kind = 'recovery'
const tooLate = () => new AppError('gone', 'code-expired')

/**
 * *Forgot password?*: whoever asks is sent a code, known or not; only after it they are told what the address signs in
 * at this company (T19): the unified sign-in, the account's own, or an account that lost its own by a link (S4-1), whose
 * way back is a code to the address it had before, else to the person's. Where it is two of them, they say which. What
 * an address that nobody has used for long would open waits, and opens to another code after that (H15).
 */
export const createRecovery = (deps: RecoverDeps) => {
  const { readPrincipal, accounts, verifications, codes, setPassword, separateLogins, recoveries, holdersOf } = deps

  const contentOf = ({ content }: Pick<Verification, 'content'>) => content as unknown as Content

  /** Whoever has an address there already has no second account with it; whose address it no more is has none by it. */
  const leftAt = async (address: string, content: Content): Promise<Content['left']> => {
    const { company, holders } = content
    if (!company || holders.some((each) => personOf(each) === undefined)) return undefined
    // Its own former address opens it; the person's only while no change of that may be taken back (H4).
    const people = (await foundIn(content)).flatMap(({ principal }) => (principal.held ? [] : (principal.person ?? [])))
    for (const by of [undefined, ...people])
      for (const account of await accounts.found(company, 'left', by ?? address))
        if (mayHaveWayIn(account)) return { account: account._id, epoch: account.epoch, ...(by && { by }) }
    return undefined
  }

  const foundIn = async ({ holders, left }: Content): Promise<Found[]> => {
    const all: Found[] = []
    for (const { epoch, ...holder } of holders) {
      const principal = await readPrincipal(holder)
      if (!principal?.isActive || principal.credentialEpoch !== epoch) continue
      all.push({ which: principal.company === null ? 'unified' : 'own', principal, isNew: false })
    }
    const account = left && (await accounts.get(left.account))
    const isTheirs = !left?.by || all.some(({ principal }) => principal.person === left.by)
    if (isTheirs && account && account.epoch === left.epoch && mayHaveWayIn(account))
      all.push({ which: 'own', principal: principalOfAccount(account), isNew: true })
    return all
  }

  const recoverable = async ({ address, spentAt, ...rest }: Verification, more: Partial<Content> = {}) => {
    const found = await foundIn({ ...contentOf(rest), ...more })
    const gated = (each: Found) => recoveries.gate(each.principal.id, address, spentAt ?? now())
    return Promise.all(found.map(async (each): Promise<Recoverable> => ({ ...each, gate: await gated(each) })))
  }

  /** Sets it; undefined when that sign-in changed since the recovery was begun (T4). */
  const set = async (
    verification: Verification,
    chosen: Recoverable,
    password: string,
  ): Promise<number | undefined> => {
    const { address } = verification
    const { principal, isNew, gate } = chosen
    const { stillFree: mayRecover } = gate
    const { left, language } = contentOf(verification)
    const { id, company, credentialEpoch: epoch } = principal
    if (isNew && left && company !== null) {
      const account = { _id: left.account, company, epoch: left.epoch, language }
      return separateLogins.giveWayIn(account, address, password, mayRecover)
    }
    return setPassword(id, { password, how: 'recovered', epoch, address, mayRecover })
  }

  /** What is meant, once the code came back. AppError `code-expired` (gone): it changed meanwhile, or never was theirs. */
  const chosenOf = async (verification: Verification, which: unknown): Promise<Recoverable> => {
    const chosen = (await recoverable(verification)).find((each) => each.which === which)
    if (!chosen) throw tooLate()
    return chosen
  }

  return {
    /** The handle that the browser keeps. The same steps and the same letter whatever the address is to us. */
    begin: async ({ email, company, language, knownBrowser = false }: Asked): Promise<string> => {
      const address = normalizeEmail(email)
      const holders = await holdersOf(address, company)
      const content = { company, holders, language } satisfies Content
      return codes.begin({
        kind,
        address,
        knownBrowser,
        content,
        mail: { kind: 'recovery-code', language, values: {} },
      })
    },

    waiting: (handle: string): Promise<WaitingCode> => codes.waiting(handle, kind),

    /** The address that was proven, while it still is. */
    address: async (handle: string): Promise<string> => (await codes.proven(handle, kind)).address,

    sendAgain: (handle: string, language: Account['language']): Promise<void> =>
      codes.sendAgain(handle, kind, language),

    /** After the right code: what may now be given a new password with the same handle; none, when there is nothing. */
    prove: async (handle: string, code: string, caller?: Caller): Promise<Recoverable[]> => {
      const verification = await codes.check(handle, kind, code, caller)
      if (verification.state !== 'open' && verification.state !== 'proven') throw tooLate()
      const left = contentOf(verification).left ?? (await leftAt(verification.address, contentOf(verification)))
      if (verification.state === 'open') await verifications.prove(verification, left && { left })
      const found = await recoverable(verification, left && { left })
      if (found.length === 0 && contentOf(verification).holders.length > 0) throw tooLate()
      return found
    },

    /** Has the one that is meant begin to wait, where it must and does not yet (H15). AppError as of `chosen`. */
    wait: async (handle: string, which: unknown): Promise<void> => {
      const verification = await codes.proven(handle, kind)
      const chosen = await chosenOf(verification, which)
      if (chosen.gate.status.is === 'to-begin') await recoveries.begin(chosen.principal.id, verification.address)
    },

    /** The one that is meant. AppError `code-expired` (gone): it changed meanwhile, or never was this address's. */
    chosen: async (handle: string, which: unknown): Promise<Recoverable> =>
      chosenOf(await codes.proven(handle, kind), which),

    /** The same again. AppError `code-expired` (gone) before the code, or when nothing is left to recover. */
    proven: async (handle: string): Promise<Recoverable[]> => {
      const found = await recoverable(await codes.proven(handle, kind))
      if (found.length === 0) throw tooLate()
      return found
    },

    /**
     * Sets the password of one of them, once: what was begun before another change of that sign-in is refused (T4), and
     * what has to wait by `recovery-waits` (conflict).
     */
    complete: async (handle: string, which: Recoverable['which'], password: string): Promise<Recovered> => {
      const verification = await codes.proven(handle, kind)
      const chosen = await chosenOf(verification, which)
      const { status } = chosen.gate
      if (status.is === 'waits') throw recoveryWaitsUntil(status.until)
      const credentialEpoch = status.is === 'free' ? await set(verification, chosen, password) : undefined
      if (credentialEpoch === undefined) throw tooLate()
      await recoveries.codeUsed(chosen.gate)
      await verifications.finish(verification._id, 'proven', {})
      return { ...chosen.principal.id, credentialEpoch }
    },
  }
}

export type Recovery = ReturnType<typeof createRecovery>
