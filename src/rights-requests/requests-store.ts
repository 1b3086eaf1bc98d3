import { day, now } from '../lib/clock.ts'
import {
  byId,
  type Connection,
  compareAndSet,
  dueIn,
  dueIndex,
  indexed,
  insertOnce,
  noLane,
  prefix,
  storeOf,
  storeSchema,
  trusted,
  ttl,
} from '../storage/index.ts'
import type { RequestPart } from './request.ts'

/** A request as it was sent, until each company has its part: the one write that decides that it was sent. */
export interface Intake {
  /** Digest of who asked and of the form that they sent: sent twice it is one. */
  _id: string
  parts: RequestPart[]
  due?: string
  purgeAt: string
}

/** For so long the same form sent again is the same request. */
const rememberedFor = day

export const createRequestsStore = (connection: Connection) => {
  const parts = storeOf<RequestPart>(
    connection,
    storeSchema<RequestPart>({
      _id: String,
      rev: Number,
      company: String,
      account: { ...indexed },
      holder: { ...indexed },
      kind: String,
      receivedAt: Number,
      taken: String,
      proofAskedAt: Number,
      paused: Number,
      extendedAt: Number,
      ended: {},
      looked: {},
      alarmedAt: Number,
      forgottenAt: Number,
      said: [{}],
      news: [{}],
      lastNews: Number,
      open: { ...indexed },
      due: { ...indexed },
    }),
    'requestParts',
  )
  const intakes = storeOf<Intake>(
    connection,
    storeSchema<Intake>({ _id: String, parts: [{}], due: { ...indexed }, ...ttl.field }),
    'requestIntakes',
  )
  const newestFirst = { receivedAt: -1, _id: -1 } as const

  return {
    get: async (id: string): Promise<RequestPart | null> => byId(parts, id),

    /** undefined when somebody else wrote first. */
    commit: async (
      seen: RequestPart,
      change: { set: Partial<RequestPart>; unset?: (keyof RequestPart)[] },
    ): Promise<RequestPart | undefined> => compareAndSet(parts, seen, change),

    /**
     * When its desk first looked at it on this day: of any number who look at once, one moment. Whoever writes in the part
     * meanwhile is in nobody's way.
     */
    firstLook: async (id: string, looked: NonNullable<RequestPart['looked']>): Promise<number> => {
      await parts.updateOne({ _id: id, 'looked.day': trusted({ $ne: looked.day }) }, { $set: { looked } })
      return (await byId(parts, id))?.looked?.at ?? looked.at
    },

    /** What these principals asked for, newest first; `before` is the last that was shown. */
    ofHolders: async (
      holders: readonly string[],
      { limit, before }: { limit: number; before?: Pick<RequestPart, '_id' | 'receivedAt'> | undefined },
    ): Promise<RequestPart[]> => {
      const theirs = { holder: trusted({ $in: [...holders] }) }
      if (!before) return parts.find(theirs, { sort: newestFirst, limit })
      // The parts of one request are of one moment: a page may end among them.
      const { receivedAt, _id } = before
      const among = await parts.find({ ...theirs, receivedAt, _id: trusted({ $lt: _id }) }, { sort: newestFirst })
      const earlier = { ...theirs, receivedAt: trusted({ $lt: receivedAt }) }
      return [...among, ...(await parts.find(earlier, { sort: newestFirst, limit }))].slice(0, limit)
    },

    countOpen: async (holder: string): Promise<number> =>
      parts.countDocuments({ holder, open: trusted({ $exists: true }) }),

    ofAccount: async (account: string): Promise<RequestPart[]> => parts.find({ account }),

    /** A company's queue: what has to be answered first stands first. */
    openOf: async (company: string, limit: number): Promise<RequestPart[]> =>
      parts.find({ open: trusted({ $gte: `${company}|`, $lt: `${company}}` }) }, { sort: { open: 1 }, limit }),

    /** What asks a company for somebody who died and is still open, and how much was sent with each, in bytes. */
    waitingForTheDead: async (company: string): Promise<{ id: string; bytes: number }[]> => {
      const open = trusted({ $gte: `${company}|`, $lt: `${company}}` })
      const found = await parts.find({ open, kind: 'executor' }, { only: { said: 1 } })
      return found.map(({ _id: id, said }) => ({
        id,
        bytes: said.flatMap(({ files = [] }) => files).reduce((sum, { size }) => sum + size, 0),
      }))
    },

    /** What was lately asked of it and is over. */
    endedOf: async (company: string, limit: number): Promise<RequestPart[]> =>
      parts.find({ ...prefix(`${company}:`), open: trusted({ $exists: false }) }, { sort: newestFirst, limit }),

    ...dueIndex(parts),

    /** True for the first who sends it. */
    take: async (intake: Omit<Intake, 'due' | 'purgeAt'>): Promise<boolean> =>
      insertOnce(intakes, { ...intake, due: dueIn(noLane, now()), ...ttl.at(now() + rememberedFor) }),

    intake: async (id: string): Promise<Intake | null> => byId(intakes, id),

    waitingIntakes: async (): Promise<Intake[]> => dueIndex(intakes).due(noLane, 100),

    insert: async (part: RequestPart): Promise<boolean> => insertOnce(parts, part),

    /** Every company has its part. */
    split: async (id: string): Promise<void> => {
      await intakes.updateOne({ _id: id }, { $set: { parts: [] }, $unset: { due: '' } })
    },

    sweep: async (): Promise<void> => {
      await ttl.purge(intakes, { due: trusted({ $exists: false }) })
    },
  }
}

export type RequestsStore = ReturnType<typeof createRequestsStore>
