import { principalKey } from '../accounts/index.ts'
import type { ShownEvent } from '../activity/index.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { Signed } from './portal-tools.ts'

/** What support did in one case, newest first; undefined of a case that is not kept any more. */
export interface SupportCase {
  kind: 'support-case'
  company: string
  case: string
  /** Said once, where it is the same for all that was done. */
  reason: string
  acts: ShownEvent[]
  isClosed: boolean | undefined
  objectedAt: number | undefined
  mayObject: boolean
}

/**
 * A person's history with support's looks and acts put together case by case, where the newest of each stands: one case
 * is one entry, with its state and with the objection that was noted (U18).
 */
export const createSupportCases = ({ approvals }: Pick<PortalDeps, 'approvals'>) => {
  const theCase = async (principal: string, acts: ShownEvent[]): Promise<SupportCase> => {
    const { company = '', case: name = '', reason = '' } = acts[0] ?? {}
    const theirs = name ? await approvals.caseOf(principal, { company, case: name }) : undefined
    return {
      kind: 'support-case',
      company,
      case: name,
      reason: acts.every((act) => act.reason === reason) ? reason : '',
      acts,
      isClosed: theirs?.isClosed,
      objectedAt: theirs?.objectedAt,
      mayObject: theirs?.mayObject ?? false,
    }
  }

  return async (
    { principal }: Pick<Signed, 'principal'>,
    events: readonly ShownEvent[],
  ): Promise<(ShownEvent | SupportCase)[]> => {
    const keyOf = ({ id, kind, company, case: name }: ShownEvent): string =>
      kind === 'support-act' ? `case|${company}|${name || id}` : id
    return Promise.all(
      [...Map.groupBy(events, keyOf).values()].flatMap((group): (ShownEvent | Promise<SupportCase>)[] =>
        group[0]?.kind === 'support-act' ? [theCase(principalKey(principal.id), group)] : group,
      ),
    )
  }
}
