import type { Audit } from '../audit/index.ts'
import { askAt, type CompanyId } from '../companies/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { digest } from '../lib/ids.ts'
import type { Limits } from '../limits/index.ts'
import type { DeskPlaces } from './desk-places.ts'
import type { Upload } from './file-rules.ts'
import type { KeepFiles } from './keep-files.ts'
import { newPartId, type RequestPart } from './request.ts'
import type { RequestsStore } from './requests-store.ts'
import type { Settle } from './settle.ts'
import { keysOf, rulesOf, type WriteDeps } from './write-part.ts'

interface AskForTheDeadDeps extends WriteDeps {
  requests: RequestsStore
  keys: Audit['keys']
  keepFiles: KeepFiles
  settle: Settle
  limits: Pick<Limits, 'consume'>
  places: DeskPlaces
}

/**
 * An executor, or whoever else looks after what somebody who died left behind, asks a company: with papers, and without
 * an account. It goes to that company's desk as a kind of its own and does nothing by itself: no account is looked for,
 * and no credential is touched; whether there is one, the answer does not say (T19). AppErrors `not-chosen`,
 * `papers-needed` (invalid), those of files, `desk-full` (conflict), `too-many-attempts`
 * (limited).
 */
export const createAskForTheDead =
  (deps: AskForTheDeadDeps) =>
  async (
    { company, words, once }: { company: CompanyId; words: string; once: string },
    papers: readonly Upload[],
  ): Promise<void> => {
    const refused = (code: string, field: string) => new AppError('invalid', code, { values: { field } })
    const asked = deps.company(company)
    if (!asked) throw refused('not-chosen', 'company')
    if (papers.length === 0) throw refused('papers-needed', 'file')
    const intake = digest(`executor|${company}|${once}`)
    if (await deps.requests.intake(intake)) return deps.settle.intake(intake)
    const [at, _id] = [now(), newPartId(company)]
    const bytes = papers.reduce((sum, { bytes: of }) => sum + of.length, 0)
    if (!(await deps.places.take(company, { part: _id, bytes })))
      throw new AppError('conflict', 'desk-full', {
        values: { field: 'form', company: asked.name, contact: askAt(asked.contacts.privacy) },
      })
    try {
      await deps.limits.consume('executor-company', company)
      const part: RequestPart = {
        _id,
        rev: 1,
        company,
        holder: '-',
        kind: 'executor',
        receivedAt: at,
        paused: 0,
        said: [],
        news: [{ n: 1, at, what: 'asked', by: 'person' }],
        lastNews: 1,
      }
      const files = await deps.keepFiles(part, papers, 'person')
      part.said.push({ at, by: 'person', what: 'asked', text: await deps.keys.seal(_id, words), files })
      await deps.requests.take({ _id: intake, parts: [{ ...part, ...keysOf(part, rulesOf(deps, company)) }] })
    } catch (error) {
      await deps.places.leave(company, _id)
      throw error
    }
    await deps.settle.intake(intake)
    await deps.places.leave(company, _id)
  }
