import type { Account, AccountId } from '../accounts/index.ts'
import { normalizeEmail } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import type { Limits, SignInGuard } from '../limits/index.ts'
import type { PeopleStore } from '../people/index.ts'
import { askPerson, provenAddresses, type TellAsked, triedAddress, type WriteTo } from './ask-person.ts'
import { seesDetails } from './case.ts'
import {
  accountIn,
  assertOpen,
  type CaseDeps,
  type EnteredCase,
  enterCase,
  holderOf,
  nameOf,
  recordAct,
} from './enter-case.ts'
import type { Staff } from './staff.ts'

export interface ActDeps extends CaseDeps {
  people: PeopleStore
  writeTo: WriteTo
  tellAsked: TellAsked
  limits: Pick<Limits, 'take'>
  issuer: string
  /** Ends the account's sessions and tokens at its own company's services; those of an earlier link, or living ones too. */
  endAccount: (account: AccountId, options?: { livingToo?: boolean }) => Promise<void>
  /** Lets a way in that wrong passwords slowed down go on at once. */
  guard: Pick<SignInGuard, 'unlock'>
  recipientsOf: (company: string) => readonly { id: string }[]
  forgive: (recipient: string) => void
  wakeAccount: (id: string) => void
}

/** Acts that need no proof of the caller: they help the person, and show and change nothing about them. */
const withoutProof = ['sessions-ended', 'recovery-started', 'redelivery', 'unlocked', 'handed-on'] as const
const withProof = ['address-offered', 'unlink-asked', 'marked-fraudulent', 'fraud-cleared'] as const
export const acts = [...withoutProof, ...withProof] as const
export type Act = (typeof acts)[number]

/**
 * What support does for an account of its own company. It never sets or sees a credential and never changes an address
 * that signs in; what ends or joins anything is the person's own act, asked for here and done by them.
 */
export const createActOnAccount = (deps: ActDeps) => {
  /** To every address proven here; the same few letters an hour as anybody may have sent. */
  const write = async (
    kind: 'recovery-offered' | 'address-offered',
    account: Account,
    more: Record<string, string>,
  ) => {
    const values = { company: deps.company(account.company)?.name ?? account.company, ...more }
    for (const to of await provenAddresses(deps.people, account)) await deps.limits.take('code-sent-address', to)
    await deps.writeTo(holderOf(account), kind, values)
  }

  const carryOut: Record<Act, (account: Account, entered: EnteredCase, input: string) => Promise<void>> = {
    'sessions-ended': ({ _id }) => deps.endAccount(_id, { livingToo: true }),
    unlocked: async (account) => deps.guard.unlock(await triedAddress(deps.people, account)),
    'recovery-started': (account, { seen }) =>
      write('recovery-offered', account, { case: nameOf(seen), url: `${deps.issuer}/account` }),
    redelivery: async (account) => {
      const ids = deps.recipientsOf(account.company).map(({ id }) => id)
      for (const id of ids) deps.forgive(id)
      await deps.accounts.change(account._id, (seen) =>
        seen.link
          ? { set: { retry: {} }, unset: ids.filter((id) => seen.told[id]).map((id) => `told.${id}`) }
          : undefined,
      )
      deps.wakeAccount(account._id)
    },
    'handed-on': async () => {},
    // Told where the person is known; what was typed gets no letter before they themselves ask for its code (T14).
    'address-offered': (account, _entered, input) =>
      write('address-offered', account, { address: input, url: `${deps.issuer}/account/details` }),
    'unlink-asked': async (account, entered) => {
      await askPerson(deps, entered, account, { what: 'unlink' })
    },
    'marked-fraudulent': async (account, { seen, staff }) => {
      const fraud = { at: now(), case: seen._id, agent: staff._id }
      await deps.accounts.change(account._id, (seen) => (seen.fraud ? undefined : { set: { fraud } }))
      await deps.endAccount(account._id, { livingToo: true })
    },
    'fraud-cleared': async (account) => {
      await deps.accounts.change(account._id, (seen) => (seen.fraud ? { unset: ['fraud'] } : undefined))
    },
  }

  return {
    /** AppError `case-caller-not-proven` for an act that needs it. Recorded before it is done. */
    act: async (staff: Staff, id: string, act: Act, input = ''): Promise<void> => {
      const entered = await enterCase(deps, staff, id, 'act')
      assertOpen(entered)
      const account = accountIn(entered)
      const needsProof = (withProof as readonly string[]).includes(act)
      if (needsProof && !seesDetails(entered.state)) throw new AppError('forbidden', 'case-caller-not-proven')
      if (act === 'unlink-asked' && !account.link) throw new AppError('conflict', 'not-linked')
      const given = act === 'address-offered' ? offeredAddress(input) : input
      await recordAct(deps, entered, 'act', act)
      await carryOut[act](account, entered, given)
    },
  }
}

const offeredAddress = (text: string): string => {
  try {
    return normalizeEmail(text.trim())
  } catch (error) {
    if (!isAppError(error)) throw error
    throw new AppError(error.kind, error.code, { values: { ...error.values, field: 'newAddress' } })
  }
}
