import { randomBytes } from 'node:crypto'
import { keyedDigest, keyPart } from '../lib/ids.ts'
import { omitUndefined } from '../lib/omit-undefined.ts'
import type { SecretBox } from '../lib/secret-box.ts'
import {
  byId,
  type Connection,
  createSealAnew,
  insertOnce,
  prefix,
  purge,
  storeOf,
  storeSchema,
  trusted,
} from '../storage/index.ts'
import { type Age, ages, type Counted, type Month } from './figures.ts'

/** Somebody in a month under that month's key: which figures they are in, and not how often. */
interface CountedRow {
  /** `month:digest`. */
  _id: string
  country?: string
  age?: string
  /** By the parts of each, as `keyPart` makes them safe in a path. */
  in: Record<string, true>
}

interface MonthKey {
  _id: string
  sealed: string
}

interface StoredMonth {
  _id: string
  group: Month['group']
  own: Month['own']
}

export interface Mark {
  /** Absent: they joined accounts, and signed in nowhere. */
  signedIn?: { country: string; age: Age }
  /** Each once, however often: `method|session`, `company|games`, `service|games|store`, `pair|games+mobile`. */
  in: readonly string[]
}

const atOnce = 500
const contextOf = (month: string): string => `statistics-key:${month}`

/**
 * Who was counted this month, the key they are known by, and the months that are closed. A row is one person's whole month,
 * so that counting is one write which done again changes nothing, and leaving them out is another. Keys and rows are in no
 * backup: a month that a restore interrupts begins anew.
 */
export const createCountedStore = (connection: Connection, box: SecretBox) => {
  const rows = storeOf<CountedRow>(
    connection,
    storeSchema<CountedRow>({ _id: String, country: String, age: String, in: {} as Record<string, never> }),
    'statisticsCounted',
  )
  const keys = storeOf<MonthKey>(connection, storeSchema<MonthKey>({ _id: String, sealed: String }), 'statisticsKeys')
  const months = storeOf<StoredMonth>(
    connection,
    storeSchema<StoredMonth>({ _id: String, group: {}, own: {} as Record<string, never> }),
    'statistics',
  )

  const idOf = async (month: string, holder: string): Promise<string | undefined> => {
    const found = await byId(keys, month)
    if (!found) return undefined
    const key = Buffer.from(box.open(found.sealed, contextOf(month)), 'base64url')
    return `${month}:${keyedDigest(key, holder)}`
  }

  /** Under a key that is made by the first who is counted in a month. */
  const idIn = async (month: string, holder: string): Promise<string | undefined> => {
    const known = await idOf(month, holder)
    if (known) return known
    const sealed = box.seal(randomBytes(32).toString('base64url'), contextOf(month))
    await insertOnce(keys, { _id: month, sealed })
    return idOf(month, holder)
  }

  return {
    mark: async (month: string, holder: string, { signedIn, in: marks }: Mark): Promise<void> => {
      const _id = await idIn(month, holder)
      if (!_id) return
      const set = Object.fromEntries(marks.map((mark) => [`in.${keyPart(mark)}`, true]))
      await rows.updateOne({ _id }, { $set: { ...signedIn, ...set } }, { upsert: true })
    },

    /** What one was counted in is the other's, in every month that is not closed. Idempotent. */
    carryOver: async (from: string, to: string): Promise<void> => {
      for (const { _id: month } of await keys.find({}, { sort: { _id: 1 } })) {
        const [_id = '', other = ''] = await Promise.all([from, to].map((holder) => idOf(month, holder)))
        const row = await byId(rows, _id)
        if (!row) continue
        const marks = Object.keys(row.in ?? {}).map((mark) => [`in.${mark}`, true])
        const { country, age } = row
        const set = omitUndefined({ country, age, ...Object.fromEntries(marks) })
        await rows.updateOne({ _id: other }, { $set: set }, { upsert: true })
        await rows.deleteOne({ _id })
      }
    },

    /** Of every month that is not closed: one may be over, and not counted up yet. */
    leaveOut: async (holder: string): Promise<void> => {
      for (const { _id: month } of await keys.find({}, { sort: { _id: 1 } })) {
        const _id = await idOf(month, holder)
        if (_id) await rows.deleteOne({ _id })
      }
    },

    sealAnew: createSealAnew(keys, { field: 'sealed', contextOf, box }),

    /** Months before this one of which something is left. */
    before: async (month: string): Promise<string[]> => {
      const earlier = { _id: trusted({ $lt: month }) }
      const [known, [row]] = await Promise.all([
        keys.find(earlier, { sort: { _id: 1 }, limit: 100 }),
        rows.find(earlier, { sort: { _id: 1 }, limit: 1 }),
      ])
      return [...new Set([...known.map(({ _id }) => _id), ...(row ? [row._id.slice(0, month.length)] : [])])].sort()
    },

    countedIn: async function* (month: string): AsyncGenerator<Counted> {
      for (let after: string | undefined; ; ) {
        const found = await rows.find(prefix(`${month}:`, { after }), { sort: { _id: 1 }, limit: atOnce })
        for (const row of found) yield countedOf(row)
        after = found.at(-1)?._id
        if (!after) return
      }
    },

    /** The first to close a month has closed it. */
    close: async (month: string, { group, own }: Month): Promise<void> => {
      await insertOnce(months, { _id: month, group, own })
    },

    /** Nobody knows any more whose rows they were, then that there were any. */
    destroy: async (month: string): Promise<void> => {
      await keys.deleteOne({ _id: month })
      await purge(rows, prefix(`${month}:`))
    },

    get: async (month: string): Promise<Month | undefined> => (await byId(months, month)) ?? undefined,

    /** Newest first. */
    closed: async (limit: number): Promise<(Month & { month: string })[]> =>
      (await months.find({}, { sort: { _id: -1 }, limit })).map(({ _id: month, group, own }) => ({
        month,
        group,
        own,
      })),
  }
}

export type CountedStore = ReturnType<typeof createCountedStore>

const countedOf = ({ country = 'unknown', age, in: marks = {} }: CountedRow): Counted => {
  const known = Object.keys(marks).map((mark) => decodeURIComponent(mark).split('|'))
  const of = (kind: string) => known.filter(([first]) => first === kind)
  return {
    country,
    age: ages.find((each) => each === age) ?? 'unknown',
    methods: of('method').map(([, method]) => method as Counted['methods'][number]),
    services: of('service').map(([, company = '', service = '']) => ({ company, service })),
    companies: of('company').map(([, company = '']) => company),
    pairs: of('pair').map(([, pair = '']) => pair),
  }
}
