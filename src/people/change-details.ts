import type { DetailName } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import { conflict, retryOnConflict } from '../storage/index.ts'
import type { PeopleStore } from './people-store.ts'
import {
  type Actor,
  type Assertion,
  detailsOf,
  inForce,
  isRecoverable,
  type Person,
  type PersonId,
  type Source,
} from './person.ts'

export interface DetailChange {
  field: DetailName
  value: string | null
  /** The version the change was made from; absent: whatever stands (a company reports, an undo restores). */
  base?: number
}

interface ChangeRequest {
  source: Source
  actor: Actor
  changes: readonly DetailChange[]
  reason?: string
  /** Op of the change this one takes back. */
  undoes?: string
  op?: string
  /** Made once, however often a crash makes it be asked again (model M11): the account's id and its intent's number. */
  once?: { account: string; n: number }
  /** The person as just read, which spares reading them once more. */
  seen?: Person
  /** Refuses by throwing, seeing the person the write will be made on; answers what else of them is written with it. */
  guard?: (person: Person, fields: readonly DetailName[]) => Partial<Person>
}

export interface Changed {
  person: Person
  op: string
  fields: DetailName[]
}

/**
 * Writes new values of basic details: one compare-and-set on the person, its log entry in the same write. A field
 * that another changed since `base` is AppError `detail-changed-meanwhile` naming it; a change of another field is
 * simply made on top. Values that already stand change nothing, unless another source holds them: the newest say counts.
 */
export const changeDetails = async (people: PeopleStore, id: PersonId, request: ChangeRequest): Promise<Changed> => {
  const op = request.op ?? randomId()
  let handed = request.seen
  return retryOnConflict(async () => {
    const person = handed ?? (await people.get(id))
    handed = undefined
    if (!person || (person.status !== 'active' && !(request.once && isRecoverable(person))))
      throw new AppError('not-found', 'person-not-found')
    if (request.once && (person.applied[request.once.account] ?? 0) >= request.once.n) return { person, op, fields: [] }
    const wanted = effective(person, request)
    if (wanted.length === 0 && !request.once) return { person, op, fields: [] }
    const beside = request.guard?.(
      person,
      wanted.map((change) => change.field),
    )
    const saved = await people.commit(person, mutation(person, request, wanted, { op, beside }))
    return saved ? { person: saved, op, fields: wanted.map((change) => change.field) } : conflict
  })
}

const effective = (person: Person, { changes, source }: ChangeRequest): DetailChange[] =>
  changes.filter(({ field, value, base }) => {
    const current = inForce(person.fields, field)
    if (base !== undefined && (current?.v ?? 0) !== base) {
      if (current?.value === value) return false
      throw new AppError('conflict', 'detail-changed-meanwhile', { values: { field } })
    }
    if (current?.value !== value) return current !== undefined || value !== null
    return current.source !== source
  })

const mutation = (
  person: Person,
  request: ChangeRequest,
  wanted: DetailChange[],
  { op, beside }: { op: string; beside: Partial<Person> | undefined },
) => {
  const at = now()
  const v = person.v + (wanted.length > 0 ? 1 : 0)
  const before = detailsOf(person)
  const set: Record<string, unknown> = { v, ...beside }
  if (request.once) set[`applied.${request.once.account}`] = request.once.n
  const changes: Partial<Record<DetailName, { before: string | null; after: string | null }>> = {}
  const confirmed: DetailName[] = []
  for (const { field, value } of wanted) {
    set[`fields.${field}.${request.source}`] = { value, v, at, op } satisfies Assertion
    if ((before[field] ?? null) === value) confirmed.push(field)
    else changes[field] = { before: before[field] ?? null, after: value }
  }
  const { actor, reason, undoes } = request
  const said = { changes, ...(confirmed.length > 0 && { confirmed }) }
  const entry = { op, kind: 'details-changed' as const, at, actor, ...said, reason, undoes }
  return { set, log: wanted.length > 0 ? [entry] : [] }
}

/**
 * Drops what one source said (split, rollback of a company's writes: model M7): the next newest value counts again,
 * as a new version, so that every copy follows. Done twice it is done once.
 */
export const dropSource = async (
  people: PeopleStore,
  id: PersonId,
  { sources, actor, op }: { sources: Source[]; actor: Actor; op: string },
): Promise<void> => {
  await retryOnConflict(async () => {
    const person = await people.get(id)
    if (!person || !isRecoverable(person)) return undefined
    const unset: string[] = []
    const fields = structuredClone(person.fields)
    for (const [field, said] of Object.entries(fields) as [DetailName, Record<Source, Assertion>][])
      for (const source of sources)
        if (said[source]) {
          unset.push(`fields.${field}.${source}`)
          delete said[source]
        }
    if (unset.length === 0) return undefined
    const [before, after] = [detailsOf(person), detailsOf({ fields })]
    const changes: Partial<Record<DetailName, { before: string | null; after: string | null }>> = {}
    const restored: Record<string, unknown> = {}
    const at = now()
    const v = person.v + 1
    for (const key of unset) {
      const field = key.split('.')[1] as DetailName
      if (before[field] === after[field]) continue
      changes[field] = { before: before[field] ?? null, after: after[field] ?? null }
      // A field that nobody else ever spoke of is cleared, not forgotten: absent would leave it standing in every copy.
      if (after[field] === undefined)
        restored[`fields.${field}.person`] = { value: null, v, at, op } satisfies Assertion
    }
    const saved = await people.commit(person, {
      set: { v, ...restored },
      unset,
      log: [{ op, kind: 'source-dropped', at, actor, changes }],
    })
    return saved ?? conflict
  })
}
