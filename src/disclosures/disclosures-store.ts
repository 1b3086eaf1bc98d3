import type { AccountId } from '../accounts/index.ts'
import { padded } from '../lib/ids.ts'
import { omitUndefined } from '../lib/omit-undefined.ts'
import { type Connection, insertOnce, prefix, storeOf, storeSchema, trusted } from '../storage/index.ts'
import type { Disclosure } from './disclosure.ts'

export const disclosureId = (account: AccountId, epoch: number, seq: number, recipient: string): string =>
  `${account}:${padded(epoch)}:${padded(seq)}:${recipient}`

/** Looked at after the newest one, which mostly is where the search ends. */
const atOnce = 5

/** A notice is told beside details: it replaces none of them, ends none, and is told after a link ended too. */
const ofDetails = trusted({ $exists: false })

export const createDisclosuresStore = (connection: Connection) => {
  const model = storeOf<Disclosure>(
    connection,
    storeSchema<Disclosure>({
      _id: String,
      account: String,
      company: String,
      person: String,
      epoch: Number,
      seq: Number,
      recipient: String,
      partner: Boolean,
      notice: String,
      fields: [String],
      withdrawn: [String],
      at: Number,
      policyVersion: String,
      purpose: {},
      basis: String,
      outcome: String,
      outcomeAt: Number,
      why: String,
    }),
    'disclosures',
  )

  /**
   * What was on its way to a recipient before this delivery: looked for backwards, and no further than one that ended. With
   * its end all before it ended too, so that an answer costs the same however long the history is.
   */
  const unanswered = async (account: AccountId, recipient: string, _id: string): Promise<string[]> => {
    const found: string[] = []
    for (let before = _id, limit = 1; ; limit = atOnce) {
      const range = { ...prefix(`${account}:`, { before }), recipient, notice: ofDetails }
      const page = await model.find(range, { sort: { _id: -1 }, limit })
      const end = page.findIndex(({ outcome }) => outcome !== 'on-its-way')
      found.push(...page.slice(0, end === -1 ? page.length : end).map((row) => row._id))
      const last = page.at(-1)
      if (end !== -1 || !last || page.length < limit) return found
      before = last._id
    }
  }

  return {
    /** Once per delivery: a row that is there stays as it is. */
    insert: async (row: Disclosure): Promise<void> => {
      await insertOnce(model, omitUndefined(row))
    },

    /**
     * What a recipient answered; with `endsEarlier` every earlier delivery to it that never arrived is superseded by this
     * one. `unsaid`: the delivery's row, where none was made when it was decided on.
     */
    answered: async (
      {
        _id,
        account,
        recipient,
        endsEarlier,
      }: Pick<Disclosure, '_id' | 'account' | 'recipient'> & { endsEarlier: boolean },
      answer: Pick<Disclosure, 'outcome' | 'outcomeAt' | 'why'>,
      unsaid?: Disclosure,
    ): Promise<void> => {
      const set = omitUndefined(answer)
      if (unsaid) {
        const { _id: _, outcome: __, ...row } = unsaid
        await model.updateOne({ _id }, { $setOnInsert: omitUndefined(row), $set: set }, { upsert: true })
      } else await model.updateOne({ _id }, { $set: set })
      if (!endsEarlier) return
      const earlier = await unanswered(account, recipient, _id)
      if (earlier.length === 0) return
      await model.updateMany(
        { _id: trusted({ $in: earlier }), outcome: 'on-its-way' },
        { $set: { outcome: 'superseded', outcomeAt: answer.outcomeAt } },
      )
    },

    /** The link of that epoch ended: what was still on its way does not go out any more (G5). */
    cancel: async (account: AccountId, upToEpoch: number, at: number): Promise<void> => {
      await model.updateMany(
        {
          ...prefix(`${account}:`, { before: `${account}:${padded(upToEpoch + 1)}` }),
          outcome: 'on-its-way',
          notice: ofDetails,
        },
        { $set: { outcome: 'cancelled', outcomeAt: at } },
      )
    },

    /** One holder's page of an account's rows, newest first; `before` is the last that was shown. */
    pageOf: async (
      { account, person }: Pick<Disclosure, 'account' | 'person'>,
      before: Pick<Disclosure, 'at' | '_id'> | undefined,
      limit: number,
    ): Promise<Disclosure[]> => {
      const rows = `${account}:`
      const range = { ...prefix(rows), person }
      const order = { at: -1, _id: -1 } as const
      if (!before) return model.find(range, { sort: order, limit })
      // Told at the very same moment, to several, perhaps at several accounts: a page may end among them.
      const below = prefix(rows, before._id.startsWith(rows) ? { before: before._id } : {})
      const among = before._id > rows ? await model.find({ ...below, person, at: before.at }, { sort: order }) : []
      const older = await model.find({ ...range, at: trusted({ $lt: before.at }) }, { sort: order, limit })
      return [...among, ...older]
    },

    /** One holder's rows of an account by where they stand, newest first: however many there are, a page costs the same. */
    rowsOf: async (
      { account, person }: Pick<Disclosure, 'account' | 'person'>,
      { limit, before }: { limit: number; before?: string },
    ): Promise<Disclosure[]> =>
      model.find({ ...prefix(`${account}:`, before ? { before } : {}), person }, { sort: { _id: -1 }, limit }),

    /** From the beginning of a link, oldest first. */
    since: async ({ account, person, at }: Pick<Disclosure, 'account' | 'person' | 'at'>): Promise<Disclosure[]> =>
      model.find({ ...prefix(`${account}:`), person, at: trusted({ $gte: at }) }, { sort: { at: 1, _id: 1 } }),

    toPartners: async (account: AccountId): Promise<Disclosure[]> =>
      model.find({ ...prefix(`${account}:`), partner: true }, { sort: { _id: 1 } }),

    /** Newest first. */
    ofAccount: async (account: AccountId, limit: number): Promise<Disclosure[]> =>
      model.find(prefix(`${account}:`), { sort: { _id: -1 }, limit }),
  }
}

export type DisclosuresStore = ReturnType<typeof createDisclosuresStore>
