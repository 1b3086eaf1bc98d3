import { day, minute, now } from '../lib/clock.ts'
import {
  byId,
  type Connection,
  compareAndSet,
  conflict,
  dueIn,
  dueIndex,
  indexed,
  insertOnce,
  noLane,
  optionalTexts,
  retryOnConflict,
  storeOf,
  storeSchema,
  trusted,
  ttl,
} from '../storage/index.ts'

/** One change by a company or its support, as its letter needs it. */
export interface BundledChange {
  /** The event that it is: drained twice it is one. */
  event: string
  op: string
  fields: string[]
  /** The company's name. */
  by: string
  reason?: string
  /** The contact address that it noted. */
  address?: string
}

/** What somebody is written to about in one letter: the first leaves at once, what follows in that while waits (H9). */
export interface Bundle {
  /** The holder, as records name them. */
  _id: string
  rev: number
  /** The event whose letter began the while. */
  first: string
  /** Milliseconds since 1970. */
  openUntil: number
  waiting: BundledChange[]
  /** On their way in a letter; after a crash they are sent again, as the same letter. */
  sending?: BundledChange[]
  /** Events that the last letter told of. */
  told: string[]
  /** `-|<time>` while something waits. */
  due?: string
  purgeAt: string
}

const within = 15 * minute
/** Of one letter; what goes beyond is in the trail all the same. */
const mostWaiting = 200
const dueAt = (time: number) => dueIn(noLane, time)

export const createBundlesStore = (connection: Connection) => {
  const model = storeOf<Bundle>(
    connection,
    storeSchema<Bundle>({
      _id: String,
      rev: Number,
      first: String,
      openUntil: Number,
      waiting: {},
      sending: {},
      told: optionalTexts,
      due: indexed,
      ...ttl.field,
    }),
    'bundles',
  )

  const due = dueIndex(model)

  /** False when somebody else was first. */
  const write = async (
    seen: Pick<Bundle, '_id' | 'rev'>,
    set: Partial<Bundle>,
    unset: (keyof Bundle)[] = [],
  ): Promise<boolean> => (await compareAndSet(model, seen, { set, unset })) !== undefined

  const begun = (first: string) => {
    const openUntil = now() + within
    return { first, openUntil, waiting: [], told: [], ...ttl.at(openUntil + day) }
  }

  const beginWhile = async (_id: string, first: string, known: Bundle | null): Promise<boolean> => {
    if (known) return write(known, begun(first))
    return insertOnce(model, { _id, rev: 0, ...begun(first) })
  }

  const isKnown = ({ waiting, sending = [], told }: Bundle, event: string): boolean =>
    told.includes(event) || [...waiting, ...sending].some((each) => each.event === event)

  return {
    /** True when its letter leaves at once, and begins the while in which others wait; the same however often asked. */
    add: async (holder: string, change: BundledChange): Promise<boolean> =>
      retryOnConflict(async () => {
        const known = await byId(model, holder)
        if (known?.first === change.event) return true
        if (known && isKnown(known, change.event)) return false
        const isOpen = known !== null && (known.openUntil > now() || known.due !== undefined)
        if (!isOpen) return (await beginWhile(holder, change.event, known)) || conflict
        if (known.waiting.length >= mostWaiting) return false
        const waiting = [...known.waiting, change]
        const isWritten = await write(known, { waiting, due: known.due ?? dueAt(known.openUntil) })
        return isWritten ? false : conflict
      }),

    due: async (limit: number): Promise<Bundle[]> => due.due(noLane, limit),

    /** What its letter tells of, for the one who sends it; another while begins. undefined for anybody else. */
    take: async (bundle: Bundle): Promise<{ bundle: Bundle; changes: BundledChange[] } | undefined> => {
      const changes = bundle.sending ?? bundle.waiting
      const [first] = changes
      if (!first) return undefined
      const openUntil = now() + within
      const set = {
        sending: changes,
        waiting: bundle.sending ? bundle.waiting : [],
        first: first.event,
        openUntil,
        // Whoever dies with it in hand: it is taken up again.
        due: dueAt(now() + minute),
        ...ttl.at(openUntil + day),
      }
      if (!(await write(bundle, set))) return undefined
      return { bundle: { ...bundle, ...set, rev: bundle.rev + 1 }, changes }
    },

    /** Its letter is queued. */
    sent: async (holder: string): Promise<void> =>
      retryOnConflict(async () => {
        const known = await byId(model, holder)
        if (!known?.sending) return undefined
        const told = known.sending.map(({ event }) => event)
        const isMore = known.waiting.length > 0
        const set = { told, ...(isMore && { due: dueAt(known.openUntil) }) }
        const isWritten = await write(known, set, ['sending', ...(isMore ? [] : (['due'] as const))])
        return isWritten ? undefined : conflict
      }),

    /** They looked and changed something themselves: what comes after that is news again. What waits goes on waiting. */
    answered: async (holder: string): Promise<void> => {
      const known = await byId(model, holder)
      if (known && known.due === undefined && known.openUntil > now()) await write(known, { openUntil: 0 })
    },

    /** Of somebody who is no more. */
    forget: async (holder: string): Promise<void> => {
      await model.deleteOne({ _id: holder })
    },

    purge: async (): Promise<void> => {
      await ttl.purge(model, { due: trusted({ $exists: false }) })
    },
  }
}

export type BundlesStore = ReturnType<typeof createBundlesStore>
