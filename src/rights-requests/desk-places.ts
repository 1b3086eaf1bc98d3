import type { CompanyId } from '../companies/index.ts'
import { minute, now } from '../lib/clock.ts'
import {
  byId,
  type Connection,
  compareAndSet,
  conflict,
  insertOnce,
  retryOnConflict,
  storeOf,
  storeSchema,
} from '../storage/index.ts'
import type { RequestsStore } from './requests-store.ts'

/** Of one company, waiting for its desk: whoever sends papers from many networks fills no disk. */
export const mostWaiting = { rows: 300, bytes: 500 * 1024 * 1024 }

interface Place {
  part: string
  bytes: number
  at: number
}

/** Places that are taken at one company's desk by what is on its way there. */
interface Desk {
  _id: CompanyId
  rev: number
  taken: Place[]
}

/** What was on its way for so long never comes: whoever sent it died. */
const heldFor = 10 * minute

/**
 * Places at a desk for what is sent without an account. One is taken before anything is written, in one write that knows
 * of all others on their way: however many send at once, no more than there is room for come.
 */
export const createDeskPlaces = (connection: Connection, requests: Pick<RequestsStore, 'waitingForTheDead'>) => {
  const desks = storeOf<Desk>(connection, storeSchema<Desk>({ _id: String, rev: Number, taken: [{}] }), 'requestDesks')

  const change = (company: CompanyId, rule: (taken: Place[]) => Promise<Place[] | undefined>): Promise<boolean> =>
    retryOnConflict(async () => {
      await insertOnce(desks, { _id: company, rev: 1, taken: [] })
      const seen = await byId(desks, company)
      const taken = seen && (await rule(seen.taken))
      if (!seen || !taken) return false
      return (await compareAndSet(desks, seen, { set: { taken } })) ? true : conflict
    })

  return {
    /** False where there is no room. */
    take: (company: CompanyId, { part, bytes }: Omit<Place, 'at'>): Promise<boolean> =>
      change(company, async (taken) => {
        // Read after those that are on their way: what has come since is in both, and counted once.
        const waiting = await requests.waitingForTheDead(company)
        const coming = taken.filter((each) => now() - each.at < heldFor && !waiting.some(({ id }) => id === each.part))
        const all = [...waiting, ...coming]
        const sent = all.reduce((sum, each) => sum + each.bytes, bytes)
        if (all.length >= mostWaiting.rows || sent > mostWaiting.bytes) return undefined
        return [...coming, { part, bytes, at: now() }]
      }),

    /** It is there, or not coming. */
    leave: async (company: CompanyId, part: string): Promise<void> => {
      await change(company, async (taken) => taken.filter((each) => each.part !== part))
    },
  }
}

export type DeskPlaces = ReturnType<typeof createDeskPlaces>
