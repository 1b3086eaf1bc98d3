import { day, hour, now } from '../lib/clock.ts'
import { keyPart, padded, randomId } from '../lib/ids.ts'
import { type Connection, storeSchema, trusted } from '../storage/index.ts'

interface Alarm {
  /** `company:time:random`. */
  _id: string
  company: string
  what: 'many-people' | 'own-record' | 'much-looked-at' | 'objection'
  agent?: string
  account?: string
  case?: string
  at: number
}

interface Look {
  _id: string
  purgeAt: string
}

/** Who looked at whom lately, counted by ranges of ids, and the alarms that came of it. */
export const createLookStore = (connection: Connection) => {
  const looks = connection.model<Look>(
    'Look',
    storeSchema<Look>({ _id: String, purgeAt: { type: String, index: true, sparse: true } }),
    'looks',
  )
  const alarms = connection.model<Alarm>(
    'Alarm',
    storeSchema<Alarm>({
      _id: String,
      company: String,
      what: String,
      agent: String,
      account: String,
      case: String,
      at: Number,
    }),
    'alarms',
  )

  /** Notes `member` once under a key; answers how many there are under it, and whether this one is new. */
  const noted = async (key: string, member: string, keptFor: number): Promise<{ count: number; fresh: boolean }> => {
    const _id = `${key}:${keyPart(member)}`
    const purgeAt = padded(now() + keptFor)
    const inserted = await looks.updateOne({ _id }, { $setOnInsert: { purgeAt } }, { upsert: true })
    const count = await looks.countDocuments({ _id: trusted({ $gte: `${key}:`, $lt: `${key};` }) })
    return { count, fresh: inserted.upsertedCount === 1 }
  }

  return {
    /** How many people this agent looked at in the hour of the clock. */
    peopleOf: (agent: string, account: string) =>
      noted(`agent:${keyPart(agent)}:${padded(Math.floor(now() / hour))}`, account, 2 * hour),

    /** How many agents looked at this account on this day. */
    agentsAt: (account: string, agent: string) =>
      noted(`account:${keyPart(account)}:${padded(Math.floor(now() / day))}`, agent, 2 * day),

    raise: async (alarm: Omit<Alarm, '_id' | 'at'>): Promise<void> => {
      const at = now()
      const _id = `${alarm.company}:${padded(at)}:${randomId(6)}`
      await alarms.updateOne({ _id }, { $setOnInsert: { ...alarm, at } }, { upsert: true })
    },

    alarmsOf: async (company: string, limit: number): Promise<Alarm[]> =>
      alarms
        .find({ _id: trusted({ $gte: `${company}:`, $lt: `${company};` }) })
        .sort({ _id: -1 })
        .limit(limit)
        .lean<Alarm[]>(),

    sweep: async (): Promise<void> => {
      await looks.deleteMany({ purgeAt: trusted({ $lte: padded(now()) }) })
    },
  }
}

export type LookStore = ReturnType<typeof createLookStore>
