import { digest } from '../lib/ids.ts'
import {
  byId,
  type Connection,
  conflict,
  insertOnce,
  prefix,
  retryOnConflict,
  storeOf,
  storeSchema,
} from '../storage/index.ts'
import type { Company, CompanyId, ReleasePolicy } from './company.ts'

interface StoredRevision {
  _id: string
  digest: string
  revision: number
}

const keyStart = 'policy:'
const keyOf = (company: CompanyId): string => keyStart + company

/**
 * The revision of each company's release policy: one more whenever the policy differs from the one last loaded, and the
 * same after a restart. Copies carry it, so that a changed policy reaches every one of them (model M8).
 */
export const createPolicyRevisions = (connection: Connection) => {
  const model = storeOf<StoredRevision>(
    connection,
    storeSchema<StoredRevision>({ _id: String, digest: String, revision: Number }),
    'meta',
  )
  const revisions = new Map<CompanyId, number>()

  /** Of two processes that load the same change, one raises the revision and both have it. */
  const settle = async (company: Company, known: StoredRevision | undefined): Promise<number> => {
    const _id = keyOf(company.id)
    const wanted = digestOf(company.release)
    let seen = known
    return retryOnConflict(async () => {
      const stored = seen ?? (await byId(model, _id))
      seen = undefined
      if (stored?.digest === wanted) return stored.revision
      const revision = (stored?.revision ?? 0) + 1
      if (!stored) return (await insertOnce(model, { _id, digest: wanted, revision })) ? revision : conflict
      const raised = await model.updateOne({ _id, revision: stored.revision }, { $set: { digest: wanted, revision } })
      return raised.modifiedCount === 1 ? revision : conflict
    })
  }

  const stored = async (): Promise<StoredRevision[]> => model.find(prefix(keyStart))

  return {
    load: async (companies: Iterable<Company>): Promise<void> => {
      const known = new Map((await stored()).map((each) => [each._id, each]))
      await Promise.all(
        [...companies].map(async (company) =>
          revisions.set(company.id, await settle(company, known.get(keyOf(company.id)))),
        ),
      )
    },

    revisionOf: (company: CompanyId): number => {
      const revision = revisions.get(company)
      if (revision === undefined) throw new Error(`the release policy of ${company} was not loaded`)
      return revision
    },

    /** Every company that this database was ever started with. */
    knownCompanies: async (): Promise<CompanyId[]> => (await stored()).map(({ _id }) => _id.slice(keyStart.length)),
  }
}

/** Of what the policy says, not of how the file writes it: lists as sets, texts left out since no copy depends on them. */
const digestOf = ({ receives, writes, requires, scopes, basis }: ReleasePolicy): string =>
  digest(JSON.stringify([receives, writes, requires, scopes].map((names) => names.toSorted()).concat([[basis]])))
