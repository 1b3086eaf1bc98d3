import { second } from '../lib/clock.ts'
import { randomId } from '../lib/ids.ts'
import type { Connection } from './connection.ts'
import { isDuplicateKey } from './insert-once.ts'

/** Whether this process is the one, of all on the data, that looks for what falls due (model M16). */
export interface Lease {
  isHeld: () => Promise<boolean>
  /** The next takes it without waiting. */
  release: () => Promise<void>
}

/** Where there is one process and no other can come. */
export const heldAlone: Lease = { isHeld: async () => true, release: async () => {} }

const renewedEvery = 3 * second
/** Of a holder that does not renew it any more. */
const patience = 10 * second
const askedEvery = second
const free = ''

interface LeaseDeps {
  connection: Connection
  name: string
  /** Milliseconds of a clock that no setting of the time moves. */
  monotonic?: () => number
}

/**
 * A row that its holder writes anew every few seconds. No clock is compared with another's: whoever has seen the same text
 * for long enough by its own takes the row. It spares work and guarantees nothing: a holder that stood still may be one of
 * two for a moment, and all that it does may be done twice.
 */
export const createLease = ({ connection, name, monotonic = () => performance.now() }: LeaseDeps): Lease => {
  const rows = connection.collection<{ _id: string; value: string }>('meta')
  const _id = `lease:${name}`
  const self = `${process.pid}.${randomId(6)}`
  let turn = 0
  let mine: { value: string; at: number } | undefined
  let seen: { value: string; since: number } | undefined
  let asked: { at: number; answer: Promise<boolean> } | undefined

  /** Takes or renews it where it stands as it was read; true for one of those who try at once. */
  const write = async (found: string | undefined, at: number): Promise<boolean> => {
    const value = `${self}.${++turn}`
    const written =
      found === undefined
        ? await rows.updateOne({ _id }, { $setOnInsert: { value } }, { upsert: true }).catch(taken)
        : await rows.updateOne({ _id, value: found }, { $set: { value } })
    const isMine = (found === undefined ? written?.upsertedCount : written?.modifiedCount) === 1
    mine = isMine ? { value, at } : undefined
    return isMine
  }

  const ask = async (): Promise<boolean> => {
    const at = monotonic()
    const found = (await rows.findOne({ _id }))?.value
    if (found === undefined || found === free || found === mine?.value) return write(found, at)
    mine = undefined
    if (seen?.value !== found) seen = { value: found, since: at }
    return at - seen.since >= patience && write(found, at)
  }

  return {
    isHeld: async () => {
      const at = monotonic()
      if (mine && at - mine.at < renewedEvery) return true
      if (!asked || at - asked.at >= askedEvery) asked = { at, answer: ask() }
      return asked.answer
    },

    release: async () => {
      await asked?.answer.catch(() => {})
      if (mine) await rows.updateOne({ _id, value: mine.value }, { $set: { value: free } })
      mine = undefined
    },
  }
}

const taken = (error: unknown): undefined => {
  if (!isDuplicateKey(error)) throw error
}
