import { setTimeout } from 'node:timers/promises'
import { type Account, type AssertAskerStill, type Principal, principalIdOf, principalKey } from '../accounts/index.ts'
import type { Audit } from '../audit/index.ts'
import { askAt, type CompanyId } from '../companies/index.ts'
import { hour, minute, now, second } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { digest, randomId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import type { Limits } from '../limits/index.ts'
import { formerAddressFirst, isIn, type Span } from '../people/index.ts'
import type { Connection } from '../storage/index.ts'
import { sectionNames } from './archive-schema.ts'
import { createExportsStore, type Export, keptFor, type Packed } from './exports-store.ts'
import { createOpenArchive, type OpenedArchive } from './open-archive.ts'
import { createPackArchive, sealedFor } from './pack-archive.ts'
import { createReadSections, type ReadSectionsDeps } from './read-sections.ts'

export interface PortabilityDeps extends ReadSectionsDeps {
  connection: Connection
  audit: Pick<Audit, 'keys'>
  limits: Pick<Limits, 'consume'>
  /** Before anything is given: whoever was let in before a take-back takes nothing after it (H4). */
  assertAskerStill: AssertAskerStill
  background: { run: (kind: string, work: () => Promise<void>) => Promise<void>; isStopping: () => boolean }
  log: Pick<Log, 'error'>
  issuer: string
}

/** As its page shows it. */
interface ShownExport {
  id: string
  company: CompanyId | undefined
  at: number
  isReady: boolean
  /** Of a hundred. */
  progress: number
  rows: number
  until: number
  handedAt: number | undefined
}

/** A small archive is ready before the page is answered; a large one goes on without anybody waiting. Milliseconds. */
const waitedFor = 3 * second
/** For so long another controller may take it. */
const handedFor = hour
/** Whoever began to take it and was broken off may go on for so long. */
const goesOnFor = 15 * minute
/** After so long one that could not be gathered is tried again. */
const triedAgainAfter = 10 * minute

export const createPortability = (deps: PortabilityDeps) => {
  const { keys } = deps.audit
  const exports = createExportsStore(deps.connection)
  const readSection = createReadSections(deps)
  const openArchive = createOpenArchive({ exports, keys })
  const pack = createPackArchive({ exports, keys })

  /** Whose it was is no more, as of while something of it was sealed: neither that nor its key is left behind (S10). */
  const removeIfGone = async (made: Export): Promise<void> => {
    if (!(await exports.get(made._id))) await remove(made)
  }

  /** The file first, then that it is there, then away with what it was made of. */
  const finish = async (made: Export, isOver: () => boolean): Promise<Export | undefined> => {
    const packed = await pack(made, isOver)
    const ready = packed && (await exports.commit(made, { set: { packed }, unset: ['due', 'cursor'] }))
    if (packed && !ready) await exports.dropPieces(made._id, packed.id)
    if (ready) await exports.dropPages(made._id)
    else await removeIfGone(made)
    return ready
  }

  /** One page further: the page first, then where the next begins, so that a crash gathers it once more. */
  const step = async (made: Export, isOver: () => boolean): Promise<Export | undefined> => {
    const section = sectionNames[made.section]
    if (section === undefined) return finish(made, isOver)
    const page = await readSection(made, section)
    if (!page) {
      await remove(made)
      return undefined
    }
    const { rows, next } = page
    const sealed = await keys.seal(sealedFor(made._id), JSON.stringify(rows))
    await exports.putPage(made._id, made.pages, { section: made.section, sealed })
    const further = { pages: made.pages + 1, rows: made.rows + rows.length }
    const change =
      next === undefined
        ? { set: { ...further, section: made.section + 1 }, unset: ['cursor' as const] }
        : { set: { ...further, cursor: next } }
    const noted = await exports.commit(made, change)
    if (!noted) await removeIfGone(made)
    return noted
  }

  /**
   * Gathers until it is ready, somebody else gathers too, or the time is over. What can't be gathered is tried again
   * later: it stands before nobody else's.
   */
  const gather = async (id: string, isOver: () => boolean): Promise<void> => {
    let made: Export | null | undefined = await exports.get(id)
    try {
      while (made && !made.packed && !isOver()) made = await step(made, isOver)
    } catch (error) {
      deps.log.error({ error, export: id }, 'an archive could not be gathered; it will be tried again')
      const seen = await exports.get(id)
      if (seen) await exports.postpone(seen, now() + triedAgainAfter)
    }
  }

  /** By one at a time in this process: whoever comes to it meanwhile waits for the same. */
  const gatherInTurn = (id: string): Promise<void> =>
    deps.background.run(`export:${id}`, () => gather(id, deps.background.isStopping))

  const inBackground = (): Promise<void> =>
    deps.background.run('exports', async () => {
      for (const { _id } of await exports.unfinished()) await gatherInTurn(_id)
    })

  const remove = async ({ _id }: Export): Promise<void> => {
    await keys.destroy([sealedFor(_id)])
    await exports.remove(_id)
  }

  const isKept = ({ at }: Export): boolean => now() < at + keptFor

  /** One of these that its company holds for misused: whoever is signed in may be a thief. */
  const misusedOf = (accounts: readonly (Account | null)[]): Account | undefined =>
    accounts.find((account) => account?.fraud !== undefined) ?? undefined
  const misusedIn = async (made: Export): Promise<Account | undefined> =>
    misusedOf(await Promise.all(made.accounts.map((id) => deps.accounts.get(id))))

  /** AppError `export-misused` (conflict): nothing is given away before the company has cleared it. */
  const assertNotMisused = (misused: Account | undefined): void => {
    const at = misused && deps.company(misused.company)
    if (!at) return
    const values = { company: at.name, contact: askAt(at.contacts.support) }
    throw new AppError('conflict', 'export-misused', { values })
  }

  /** Theirs, under the credentials that they asked with. AppError `export-not-found`; `export-gone` once it is over. */
  const own = async (who: Principal, id: string): Promise<Export & { packed: Packed }> => {
    const made = await exports.get(id)
    if (!made || made.holder !== principalKey(who.id) || made.credentialEpoch !== who.credentialEpoch)
      throw new AppError('not-found', 'export-not-found')
    if (!isKept(made)) throw new AppError('gone', 'export-gone')
    const { packed } = made
    if (!packed) throw new AppError('conflict', 'export-not-ready')
    assertNotMisused(await misusedIn(made))
    return { ...made, packed }
  }

  return {
    /**
     * Begins an archive, of one company's part or of everything; one that is being made goes on. AppErrors
     * `former-address-first` (conflict) while a change of address may be taken back, `export-misused` (conflict) where a
     * company holds its account for misused, `no-account-there` (not-found),
     * `too-many-attempts` (limited), `interaction-expired` (gone).
     */
    begin: async (who: Principal, visible: readonly Account[], company?: CompanyId): Promise<void> => {
      await deps.assertAskerStill()
      // Whoever changed the address may be a thief: nothing is given away before that is settled (H4).
      if (who.held) throw formerAddressFirst(who.held)
      const meant = visible.filter((account) => company === undefined || account.company === company)
      if (company !== undefined && meant.length === 0) throw new AppError('not-found', 'no-account-there')
      assertNotMisused(misusedOf(meant))
      const holder = principalKey(who.id)
      const before = (await exports.ofHolder(holder)).find(
        (each) => each.company === company && !each.packed && isKept(each),
      )
      const _id = before?._id ?? randomId()
      if (!before) {
        await deps.limits.consume('export', holder)
        const fresh = {
          _id,
          rev: 1,
          holder,
          credentialEpoch: who.credentialEpoch,
          at: now(),
          section: 0,
          pages: 0,
          rows: 0,
        }
        await exports.insert({ ...fresh, accounts: meant.map((account) => account._id), ...(company && { company }) })
      }
      await Promise.race([gatherInTurn(_id), setTimeout(waitedFor, undefined, { ref: false })])
      void inBackground()
    },

    /** Newest first. */
    list: async (who: Principal): Promise<ShownExport[]> =>
      (await exports.ofHolder(principalKey(who.id)))
        .filter((each) => isKept(each) && each.credentialEpoch === who.credentialEpoch)
        .map(({ _id, company, at, packed, section, rows, handedAt }) => ({
          id: _id,
          company,
          at,
          isReady: packed !== undefined,
          progress: Math.floor((100 * section) / (sectionNames.length + 1)),
          rows,
          until: at + keptFor,
          handedAt,
        })),

    open: async (who: Principal, id: string): Promise<OpenedArchive> => {
      await deps.assertAskerStill()
      const made = await own(who, id)
      return openArchive(made, made.packed)
    },

    /** An address by which somebody else takes it, once, within the hour; a new one voids the one before. */
    handOver: async (who: Principal, id: string): Promise<{ url: string; until: number }> => {
      await deps.assertAskerStill()
      if (who.held) throw formerAddressFirst(who.held)
      const made = await own(who, id)
      const [token, until] = [randomId(32), now() + handedFor]
      if (!(await exports.commit(made, { set: { handover: { digest: digest(token), until } } })))
        throw new AppError('conflict', 'request-changed-meanwhile')
      return { url: `${deps.issuer}/archives/${id}.${token}`, until }
    },

    /**
     * By such an address: of two at once one has it, as of its first byte. Whoever was broken off goes on by naming the tag
     * that came with what they have. AppError `export-gone` for whatever is spent, over or unknown.
     */
    take: async (address: string, tag: string): Promise<OpenedArchive> => {
      const [id = '', token = ''] = address.split('.')
      const gone = new AppError('gone', 'export-gone')
      const made = await exports.get(id)
      const { handover } = made ?? {}
      if (!made?.packed || !handover || handover.digest !== digest(token) || !isKept(made)) throw gone
      const { takenAt, until } = handover
      if (now() > (takenAt === undefined ? until : takenAt + goesOnFor)) throw gone
      const who = await deps.readPrincipal(principalIdOf(made.holder))
      if (!who?.isActive || who.held || who.credentialEpoch !== made.credentialEpoch) throw gone
      if (await misusedIn(made)) throw gone
      const archive = openArchive(made, made.packed)
      if (takenAt !== undefined && tag !== archive.etag) throw gone
      const spend = { set: { handedAt: now(), handover: { ...handover, takenAt: now() } } }
      return {
        ...archive,
        read: async (range) => {
          if (takenAt === undefined && !(await exports.commit(made, spend))) throw gone
          return archive.read(range)
        },
      }
    },

    /** Of somebody who is no more; or what was gathered in a time that was taken back (H4). */
    forget: async (holder: string, span?: Span): Promise<void> => {
      for (const made of await exports.ofHolder(holder)) if (!span || isIn(span, made.at)) await remove(made)
    },

    sweep: async (): Promise<void> => {
      for (const made of await exports.outdated()) await remove(made)
      await inBackground()
    },
  }
}

export type Portability = ReturnType<typeof createPortability>
