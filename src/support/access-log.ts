import { day, hour, now } from '../lib/clock.ts'
import { keyPart, padded, randomId } from '../lib/ids.ts'
import { byId, type Connection, insertOnce, prefix, storeOf, storeSchema, trusted, ttl } from '../storage/index.ts'

export interface Alert {
  /** `company:time:random`. */
  _id: string
  company: string
  what: 'many-people' | 'own-record' | 'much-looked-at' | 'objection' | 'request-due'
  agent?: string
  account?: string
  case?: string
  /** Of a rights request, which the page of its desk is named by. */
  request?: string
  at: number
  /** Somebody has looked into it; why it was closed is in the audit, where it can be forgotten with whom it is about. */
  closedAt?: number
  closedBy?: string
}

interface Look {
  _id: string
  purgeAt: string
}

/** Who looked at whom lately, counted by ranges of ids, and the alarms that came of it. */
export const createAccessLog = (connection: Connection) => {
  const looks = storeOf<Look>(connection, storeSchema<Look>({ _id: String, ...ttl.field }), 'looks')
  const alarms = storeOf<Alert>(
    connection,
    storeSchema<Alert>({
      _id: String,
      company: String,
      what: String,
      agent: String,
      account: String,
      case: String,
      request: String,
      at: Number,
      closedAt: Number,
      closedBy: String,
    }),
    'alarms',
  )

  /** Notes a look under a key, and answers who is under it within the time: the range of its ids is in their order. */
  const noted = async (key: string, member: string, within: number): Promise<Set<string>> => {
    const at = now()
    const start = `${key}:${padded(at)}:`
    const _id = `${start}${keyPart(member)}`
    await insertOnce(looks, { _id, ...ttl.at(at + 2 * within) })
    const lately = prefix(`${key}:`, { after: `${key}:${padded(at - within)};` })
    const found = await looks.find(lately, { sort: { _id: 1 } })
    return new Set(found.map((look) => look._id.slice(start.length)))
  }

  return {
    /** How many people this agent looked at within the last hour. */
    peopleOf: async (agent: string, account: string): Promise<number> =>
      (await noted(`agent:${keyPart(agent)}`, account, hour)).size,

    /** How many agents looked at this account within the last day. */
    agentsAt: async (account: string, agent: string): Promise<number> =>
      (await noted(`account:${keyPart(account)}`, agent, day)).size,

    /** True once in the time: of two who see the same at the same moment, one tells of it. */
    isFirst: async (what: string, within: number): Promise<boolean> => {
      const _id = `told:${what}:${padded(Math.floor(now() / within))}`
      return insertOnce(looks, { _id, ...ttl.at(now() + within) })
    },

    /** With `once` it is on record once, however often it is raised. */
    raise: async (alarm: Omit<Alert, '_id' | 'at'>, once = { at: now(), id: randomId(6) }): Promise<void> => {
      const { at, id } = once
      const _id = `${alarm.company}:${padded(at)}:${id}`
      await insertOnce(alarms, { _id, ...alarm, at })
    },

    alarmsOf: async (company: string, limit: number): Promise<Alert[]> =>
      alarms.find(prefix(`${company}:`), { sort: { _id: -1 }, limit }),

    /** undefined: another company's, or closed, or never raised. */
    openAlarm: async (company: string, id: string): Promise<Alert | undefined> => {
      const alarm = await byId(alarms, id)
      return alarm?.company === company && alarm.closedAt === undefined ? alarm : undefined
    },

    /** Of two who close it at once the first is kept. */
    closeAlarm: async (id: string, closedBy: string): Promise<void> => {
      await alarms.updateOne(
        { _id: id, closedAt: trusted({ $exists: false }) },
        { $set: { closedAt: now(), closedBy } },
      )
    },

    sweep: async (): Promise<void> => {
      await ttl.purge(looks)
    },
  }
}

export type AccessLog = ReturnType<typeof createAccessLog>
