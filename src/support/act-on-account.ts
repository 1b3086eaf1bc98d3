import type { Account } from '../accounts/index.ts'
import { normalizeEmail } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { PeopleStore, SendMail } from '../people/index.ts'
import { signInAddresses } from '../people/index.ts'
import { seesDetails } from './case.ts'
import { accountIn, assertOpen, type CaseDeps, enterCase, nameOf, principalOf, recordAct } from './enter-case.ts'
import type { Staff } from './staff.ts'

export interface ActDeps extends CaseDeps {
  people: PeopleStore
  sendMail: SendMail
  issuer: string
  /** Ends the account's sessions and tokens at its own company's services. */
  endSessions: (account: Account) => Promise<void>
  /** Lets a way in that wrong passwords slowed down go on at once. */
  unlock: (account: Account) => Promise<void>
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
  const addressesOf = async (account: Account): Promise<string[]> => {
    const person = account.link && (await deps.people.get(account.link.person))
    if (person) return signInAddresses(person)
    return account.signIn ? [account.signIn.address] : []
  }

  const carryOut: Record<
    Act,
    (account: Account, staff: Staff, caseId: string, input: string, caseName: string) => Promise<void>
  > = {
    'sessions-ended': (account) => deps.endSessions(account),
    unlocked: (account) => deps.unlock(account),
    'recovery-started': async (account, _staff, _id, _input, caseName) => {
      for (const to of await addressesOf(account))
        await deps.sendMail({
          kind: 'recovery-offered',
          to,
          language: account.language,
          values: {
            company: deps.company(account.company)?.name ?? account.company,
            case: caseName,
            url: `${deps.issuer}/account`,
          },
        })
    },
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
    'address-offered': async (account, _staff, _id, input, caseName) => {
      await deps.sendMail({
        kind: 'address-offered',
        to: normalizeEmail(input),
        language: account.language,
        values: {
          company: deps.company(account.company)?.name ?? account.company,
          case: caseName,
          url: `${deps.issuer}/account/details`,
        },
      })
    },
    'unlink-asked': async (account, staff, id) => {
      if (!account.link) throw new AppError('conflict', 'not-linked')
      await deps.approvals.ask({
        principal: principalOf(account),
        company: staff.company,
        case: id,
        account: account._id,
        epoch: account.epoch,
        ask: { what: 'unlink' },
      })
    },
    'marked-fraudulent': async (account, staff, id) => {
      const fraud = { at: now(), case: id, agent: staff._id }
      await deps.accounts.change(account._id, (seen) => (seen.fraud ? undefined : { set: { fraud } }))
      await deps.endSessions(account)
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
      await recordAct(deps, entered, 'act', act)
      await carryOut[act](account, staff, id, input, nameOf(entered.seen))
    },
  }
}

export type ActOnAccount = ReturnType<typeof createActOnAccount>
