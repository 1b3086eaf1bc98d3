import type { Company, CompanyId, RequestRules } from '../companies/index.ts'
import { day, now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { dueIn } from '../storage/index.ts'
import { deadlineOf } from './deadline.ts'
import { deadline, type RequestPart, type Said } from './request.ts'
import type { RequestJournal } from './request-fence.ts'
import type { RequestsStore } from './requests-store.ts'

/** What is said in one part, at most: a flood fills no document. */
const mostSaid = 200

export interface WriteDeps {
  requests: RequestsStore
  company: (id: CompanyId) => Company | undefined
}

export interface Step {
  set?: Partial<RequestPart>
  unset?: (keyof RequestPart)[]
  said: Omit<Said, 'at'>
}

const lawfulRules: RequestRules = { answerMonths: 1, extensionMonths: 2, alarmDays: 7, keptMonths: 12 }

/** A company that is declared no more keeps the time that the law gives. */
export const rulesOf = ({ company }: Pick<WriteDeps, 'company'>, id: CompanyId): RequestRules =>
  company(id)?.requests ?? lawfulRules

/** When something is to be done by itself with a part of which all news are told. */
const nextDue = (part: RequestPart, rules: RequestRules): number | undefined => {
  if (part.forgottenAt !== undefined) return undefined
  if (part.ended) return deadlineOf({ receivedAt: part.ended.at, months: rules.keptMonths, paused: 0 })
  if (part.alarmedAt !== undefined || part.proofAskedAt !== undefined) return undefined
  return deadline(part, rules, now()) - rules.alarmDays * day
}

/** The keys by which a part is found: its place in the queue, and when it is looked at again. */
export const keysOf = (part: RequestPart, rules: RequestRules): Pick<RequestPart, 'open' | 'due'> => {
  const next = part.news.length > 0 ? now() : nextDue(part, rules)
  return {
    ...(!part.ended && { open: dueIn(part.company, deadline(part, rules, now())) }),
    ...(next !== undefined && { due: dueIn(part.company, next) }),
  }
}

/** A part with a step made on it, as it will be written. */
const withStep = (seen: RequestPart, { set = {}, unset = [], said }: Step): RequestPart => {
  const at = now()
  const n = seen.lastNews + 1
  const after = {
    ...seen,
    ...set,
    said: [...seen.said, { at, ...said }],
    news: [...seen.news, { n, at, what: said.what, by: said.by }],
    lastNews: n,
  }
  for (const field of unset) delete after[field]
  return after
}

/**
 * Each step in a part is one write: what changed, what was said, and what is to be told of it (model M4). That it is over
 * is in the journal before anybody is answered (M15). AppError `request-changed-meanwhile`, `request-full` (conflict).
 */
export const createWritePart =
  ({ requests, company, fence }: WriteDeps & { fence: RequestJournal }) =>
  async (seen: RequestPart, step: Step): Promise<RequestPart> => {
    if (seen.said.length >= mostSaid) throw new AppError('conflict', 'request-full', { values: { field: 'form' } })
    const after = withStep(seen, step)
    const { open, due } = keysOf(after, rulesOf({ company }, seen.company))
    const { said, news, lastNews } = after
    const written = await requests.commit(seen, {
      set: { ...step.set, said, news, lastNews, ...(open && { open }), ...(due && { due }) },
      unset: [...(step.unset ?? []), ...(open ? [] : (['open'] as const))],
    })
    if (!written) throw new AppError('conflict', 'request-changed-meanwhile', { values: { field: 'form' } })
    if (step.set?.ended) await fence.ended(written)
    return written
  }

export type WritePart = ReturnType<typeof createWritePart>

/** Not over yet. AppError `request-over` (conflict). */
export const assertGoesOn = ({ ended }: RequestPart): void => {
  if (ended) throw new AppError('conflict', 'request-over', { values: { field: 'form' } })
}
