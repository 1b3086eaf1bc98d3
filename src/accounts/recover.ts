import type { CompanyId } from '../companies/index.ts'
import { normalizeEmail } from '../details/index.ts'
import { AppError } from '../lib/errors.ts'
import type { CodeProofs, Draft, DraftStore, PeopleStore, Person } from '../people/index.ts'
import type { Account, AccountId } from './account.ts'
import type { AccountsStore } from './accounts-store.ts'
import { mayHaveWayIn } from './own-credentials.ts'
import type { OwnSignIns } from './own-sign-in.ts'
import type { Proven, ProveSignIn } from './prove-sign-in.ts'
import type { SetPassword } from './set-password.ts'

export interface RecoverDeps {
  people: Pick<PeopleStore, 'get'>
  accounts: Pick<AccountsStore, 'get' | 'found'>
  drafts: DraftStore
  codes: CodeProofs
  setPassword: SetPassword
  ownSignIns: Pick<OwnSignIns, 'giveWayIn'>
  holdersOf: ProveSignIn['holdersOf']
}

/** Who asks, and from where. `company` null: at the account pages, where unified sign-ins alone are recovered. */
interface Asked {
  email: string
  company: CompanyId | null
  language: Account['language']
  knownBrowser?: boolean
}

/** What a proven address may give a new password to; `isNew`: the account has none, and gets a sign-in of its own. */
export type Recoverable = { which: 'unified'; person: Person } | { which: 'own'; account: Account; isNew: boolean }

interface Content {
  company: CompanyId | null
  holders: (Proven & { epoch: number })[]
  /** Has no way in since a link ended; the epoch it stood at. */
  left?: { account: AccountId; epoch: number }
  proven: boolean
}

const kind = 'recovery'
const tooLate = () => new AppError('gone', 'code-expired')

/**
 * *Forgot password?*: whoever asks is sent a code, known or not; only after it they are told what the address signs in
 * at this company (T19): the unified sign-in, the account's own, or an account that lost its own by a link (S4-1), whose
 * way back is a code to the address it had before, else to the person's. Where it is two of them, they say which.
 */
export const createRecovery = (deps: RecoverDeps) => {
  const { people, accounts, drafts, codes, setPassword, ownSignIns, holdersOf } = deps

  const contentOf = (draft: Draft) => draft.content as unknown as Content

  /** Whoever has an address there already has no second account with it. */
  const leftAt = async (address: string, { company, holders }: Content): Promise<Account | undefined> => {
    if (!company || holders.some(({ kind }) => kind === 'account')) return undefined
    const person = holders.flatMap((holder) => (holder.kind === 'person' ? holder.person : []))
    for (const value of [address, ...person])
      for (const account of await accounts.found(company, 'left', value)) if (mayHaveWayIn(account)) return account
    return undefined
  }

  const recoverable = async ({ holders, left }: Content): Promise<Recoverable[]> => {
    const all: Recoverable[] = []
    for (const holder of holders) {
      if (holder.kind === 'person') {
        const person = await people.get(holder.person)
        const isSame = person?.status === 'active' && person.credentialEpoch === holder.epoch
        if (isSame) all.push({ which: 'unified', person })
      } else {
        const account = await accounts.get(holder.account)
        const isSame = account?.signIn && account.credentialEpoch === holder.epoch
        if (isSame) all.push({ which: 'own', account, isNew: false })
      }
    }
    const account = left && (await accounts.get(left.account))
    if (account?.epoch === left?.epoch && account && mayHaveWayIn(account))
      all.push({ which: 'own', account, isNew: true })
    return all
  }

  const proven = async (handle: string): Promise<Draft> => {
    const draft = await codes.find(handle, kind)
    if (draft.state !== 'open' || !contentOf(draft).proven) throw tooLate()
    return draft
  }

  /** Sets it; false when that sign-in changed since the recovery was begun (T4). */
  const set = async (chosen: Recoverable, address: string, password: string): Promise<boolean> => {
    if (chosen.which === 'own' && chosen.isNew) return ownSignIns.giveWayIn(chosen.account, address, password)
    const { credentialEpoch: epoch } = chosen.which === 'own' ? chosen.account : chosen.person
    await setPassword(holderOf(chosen), { password, how: 'recovered', epoch, address })
    return true
  }

  return {
    /** The handle that the browser keeps. The same steps and the same letter whatever the address is to us. */
    begin: async ({ email, company, language, knownBrowser = false }: Asked): Promise<string> => {
      const address = normalizeEmail(email)
      const holders = await holdersOf(address, company)
      const content = { company, holders, proven: false } satisfies Content
      return codes.begin({
        kind,
        address,
        knownBrowser,
        content,
        mail: { kind: 'recovery-code', language, values: {} },
      })
    },

    /** Where the code went. */
    sentTo: (handle: string): Promise<string> => codes.sentTo(handle, kind),

    sendAgain: (handle: string, language: Account['language']): Promise<void> =>
      codes.sendAgain(handle, kind, language),

    /** After the right code: what may now be given a new password with the same handle; none, when there is nothing. */
    prove: async (handle: string, code: string): Promise<Recoverable[]> => {
      const draft = await codes.check(handle, kind, code)
      const content = contentOf(draft)
      if (draft.state !== 'open') throw tooLate()
      const account = await leftAt(draft.address, content)
      const left = account && { account: account._id, epoch: account.epoch }
      if (left) await drafts.setContent(draft._id, 'left', left)
      await drafts.setContent(draft._id, 'proven', true)
      const found = await recoverable({ ...content, ...(left && { left }) })
      if (found.length === 0 && content.holders.length > 0) throw tooLate()
      return found
    },

    /** The same again. AppError `code-expired` (gone) before the code, or when nothing is left to recover. */
    proven: async (handle: string): Promise<Recoverable[]> => {
      const found = await recoverable(contentOf(await proven(handle)))
      if (found.length === 0) throw tooLate()
      return found
    },

    /** Sets the password of one of them, once: what was begun before another change of that sign-in is refused (T4). */
    complete: async (handle: string, which: Recoverable['which'], password: string): Promise<Proven> => {
      const draft = await proven(handle)
      const chosen = (await recoverable(contentOf(draft))).find((each) => each.which === which)
      if (!chosen || !(await set(chosen, draft.address, password))) throw tooLate()
      const holder = holderOf(chosen)
      await drafts.finish(draft._id, holder.kind === 'person' ? holder.person : holder.account)
      return holder
    },
  }
}

const holderOf = (chosen: Recoverable): Proven =>
  chosen.which === 'unified'
    ? { kind: 'person', person: chosen.person._id }
    : { kind: 'account', account: chosen.account._id }

export type Recovery = ReturnType<typeof createRecovery>
