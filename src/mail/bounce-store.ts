import { day, now } from '../lib/clock.ts'
import { byId, type Connection, indexed, insertOnce, storeOf, storeSchema, trusted, ttl } from '../storage/index.ts'
import { type BouncedLetter, bouncesFor } from './bounce-address.ts'

/** Of a mailbox: since when letters come back from it, or until when that says nothing. No address, no foreign text. */
interface Bounced {
  /** Keyed digest of the address; or `gone:` and of whom nothing is marked any more. */
  _id: string
  /** Keyed digest of whose it is, so that it goes with them. */
  whose?: string
  /** When the letter was sent that came back. */
  since?: number
  /** A code sent there was used, or whose it was is no more: what was sent before says nothing. */
  outdatedAt?: number
  purgeAt: string
}

/** Nobody who reads no letter for so long is helped by it. */
const markedFor = 400 * day

export const createBounceStore = (connection: Connection) => {
  const model = storeOf<Bounced>(
    connection,
    storeSchema<Bounced>({ _id: String, whose: indexed, since: Number, outdatedAt: Number, ...ttl.field }),
    'bouncedAddresses',
  )
  const gone = (whose: string) => `gone:${whose}`

  const mark = async (letter: BouncedLetter): Promise<'marked' | 'known' | 'outdated'> => {
    const { address: _id, whose, sentAt: since } = letter
    const stands = await byId(model, _id)
    if (stands?.outdatedAt !== undefined && stands.outdatedAt >= since) return 'outdated'
    if (stands?.since !== undefined) return 'known'
    const marked = { whose, since, ...ttl.at(now() + markedFor) }
    const written = stands
      ? (await model.updateOne({ _id, outdatedAt: stands.outdatedAt ?? null, since: null }, { $set: marked }))
          .modifiedCount
      : await insertOnce(model, { _id, ...marked })
    // A code was used, or another bounce read, at the same moment: what stands by then decides.
    if (!written) return mark(letter)
    // Last, so that an erasure between any two steps leaves nothing.
    if ((await byId(model, gone(whose))) === null) return 'marked'
    await model.deleteMany({ whose })
    return 'outdated'
  }

  /** What was sent there until now says nothing. */
  const outdate = async (address: string): Promise<void> => {
    const outdated = { outdatedAt: now(), ...ttl.at(now() + bouncesFor) }
    await model.updateOne({ _id: address }, { $set: outdated, $unset: { since: '', whose: '' } }, { upsert: true })
  }

  return {
    mark,

    since: async (addresses: readonly string[]): Promise<number | undefined> => {
      const marked = await model.find({ _id: trusted({ $in: [...addresses] }) })
      const times = marked.flatMap(({ since }) => since ?? [])
      return times.length > 0 ? Math.min(...times) : undefined
    },

    outdate,

    /** First that nothing of theirs is marked again, then what is. */
    forget: async (whose: string, addresses: readonly string[]): Promise<void> => {
      await insertOnce(model, { _id: gone(whose), ...ttl.at(now() + bouncesFor) })
      await model.deleteMany({ whose })
      for (const address of addresses) await outdate(address)
    },

    purge: async (): Promise<void> => {
      await ttl.purge(model)
    },
  }
}
