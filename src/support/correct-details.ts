import { type Account, assertShared, assertWritable, guardedDetails } from '../accounts/index.ts'
import { type DetailName, type Details, detailsOfClaims, normalizeDetail } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import { bySupport } from '../people/index.ts'
import { assertChangeable, type CompanyWrite } from '../profile-sync/index.ts'
import type { Agent } from '../staff/index.ts'
import { roleFor } from '../staff/index.ts'
import { askPerson, type TellAsked } from './ask-person.ts'
import { seesDetails } from './case.ts'
import {
  accountIn,
  assertDoneFor,
  assertMay,
  assertOpen,
  type CaseDeps,
  type EnteredCase,
  enterCase,
  nameOf,
  recordAct,
} from './enter-case.ts'

export interface CorrectDeps extends CaseDeps {
  companyWrite: CompanyWrite
  tellAsked: TellAsked
}

/**
 * Support corrects details as its company may (S4-3): the same fields, the same commit and the same way to every other
 * copy as a company's own write, under the name of its support. Birth date and country need the person, or a second
 * agent who saw the evidence; the address that signs in is not in reach at all.
 */
export const createCorrectDetails = (deps: CorrectDeps) => {
  const enterProven = async (staff: Agent, id: string, action: 'correct' | 'second'): Promise<EnteredCase> => {
    const entered = await enterCase(deps, staff, id, action)
    assertOpen(entered)
    assertDoneFor(entered.seen, 'details-corrected')
    if (!seesDetails(entered.state)) throw new AppError('forbidden', 'case-caller-not-proven')
    assertChangeable(accountIn(entered))
    return entered
  }

  interface Change {
    field: DetailName
    value: string | null
  }
  const fieldsOf = (changes: Change[]) => changes.map(({ field }) => field)

  /** Refused as it is written, should its person have stopped sharing it meanwhile. */
  const write = (entered: EnteredCase, changes: Change[]): Promise<void> =>
    writeAsDecided(entered, changes, (account) => {
      assertShared(account, entered.company, fieldsOf(changes))
      return changes
    })

  const writeAsDecided = async (
    entered: EnteredCase,
    changes: Change[],
    changesOf: (account: Account) => Change[],
  ): Promise<void> => {
    const { seen, staff, company } = entered
    const id = accountIn(entered)._id
    const fields = fieldsOf(changes)
    await recordAct(deps, entered, 'correct', 'details-corrected', fields)
    const role = roleFor(staff, 'correct') ?? 'support'
    await deps.companyWrite(id, {
      company: company.id,
      changesOf,
      actorOf: ({ epoch }) => ({
        kind: 'support',
        company: company.id,
        epoch,
        agent: staff._id,
        role,
        case: nameOf(seen),
      }),
      source: bySupport,
      reason: seen.reason || seen.reference,
    })
  }

  return {
    /**
     * `shown` is the form's own values as rendered: a field that another changed since is AppError
     * `detail-changed-meanwhile` naming it, so that two agents at one person never undo each other unseen.
     */
    correct: async (staff: Agent, id: string, wanted: Details, shown: Details): Promise<DetailName[]> => {
      const entered = await enterProven(staff, id, 'correct')
      const account = accountIn(entered)
      const { copy } = account
      const changes = (Object.entries(wanted) as [DetailName, string | null][])
        .map(([field, value]) => ({
          field,
          value: normalizeDetail(field, value, { country: wanted.country ?? copy.country }),
        }))
        .filter(({ field, value }) => (shown[field] ?? null) !== value && (copy[field] ?? null) !== value)
      for (const { field } of changes)
        if ((copy[field] ?? null) !== (shown[field] ?? null))
          throw new AppError('conflict', 'detail-changed-meanwhile', { values: { field } })
      assertWritable(account, entered.company, fieldsOf(changes))
      if (changes.length > 0) await write(entered, changes)
      return fieldsOf(changes)
    },

    /** A guarded detail, for the person to approve; noted with evidence, a second agent can agree to it as well. */
    proposeGuarded: async (
      staff: Agent,
      id: string,
      proposed: { field: DetailName; value: string; evidence?: string },
    ): Promise<void> => {
      const entered = await enterProven(staff, id, 'correct')
      const account = accountIn(entered)
      const { field, evidence } = proposed
      if (evidence !== undefined) await assertMay(deps, staff, 'evidence', entered.seen)
      const value = normalizeDetail(field, proposed.value)
      if (!value || !guardedDetails.includes(field))
        throw new AppError('invalid', 'invalid-detail', { values: { field } })
      if (!detailsOfClaims(entered.company.release.writes).includes(field))
        throw new AppError('forbidden', 'field-not-writable', { values: { field } })
      assertShared(account, entered.company, [field])
      await recordAct(deps, entered, 'correct', 'guarded-proposed', [field])
      const guarded = { id: randomId(6), field, value, ...(evidence && { evidence }), by: staff._id, at: now() }
      if (!(await deps.cases.commit(entered.seen, { guarded })))
        throw new AppError('conflict', 'case-changed-meanwhile')
      await askPerson(deps, entered, account, { what: 'guarded', field, value })
    },

    /** The second pair of eyes: another agent than the first, who says what they saw. */
    agreeToGuarded: async (staff: Agent, id: string): Promise<void> => {
      const entered = await enterProven(staff, id, 'second')
      const { guarded } = entered.seen
      if (!guarded?.evidence) throw new AppError('conflict', 'nothing-to-agree-to')
      if (guarded.by === staff._id) throw new AppError('forbidden', 'second-agent-needed')
      const taken = await deps.cases.commit(entered.seen, {}, ['guarded'])
      if (!taken) throw new AppError('conflict', 'case-changed-meanwhile')
      await write({ ...entered, seen: taken }, [{ field: guarded.field, value: guarded.value }])
    },

    /** The person approved it on their own page: it is made as the first agent proposed it. */
    makeApproved: async (staff: Agent, id: string, change: { field: DetailName; value: string }): Promise<void> => {
      const entered = await enterCase(deps, staff, id, 'correct')
      assertChangeable(accountIn(entered))
      const { guarded } = entered.seen
      // Agreed to by a second agent, or replaced by another proposal: not what waits any more.
      if (guarded?.field !== change.field || guarded.value !== change.value)
        throw new AppError('gone', 'approval-expired')
      const taken = await deps.cases.commit(entered.seen, {}, ['guarded'])
      if (!taken) throw new AppError('conflict', 'case-changed-meanwhile')
      await writeAsDecided({ ...entered, seen: taken }, [change], () => [change])
    },
  }
}

export type CorrectDetails = ReturnType<typeof createCorrectDetails>
