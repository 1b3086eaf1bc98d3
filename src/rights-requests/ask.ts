import {
  type Account,
  type AssertAskerStill,
  asAccount,
  holds,
  type Principal,
  type PrincipalId,
  principalKey,
  type ReadAccounts,
} from '../accounts/index.ts'
import type { Audit } from '../audit/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { digest } from '../lib/ids.ts'
import type { Limits } from '../limits/index.ts'
import type { Upload } from './file-rules.ts'
import { fileIn, type KeepFiles } from './keep-files.ts'
import { isPastDoubted, mayAsk, mayAskOfPast, maySeeRequest } from './may.ts'
import type { OpenedFile, OpenFile } from './open-file.ts'
import type { ReadPart } from './read-part.ts'
import { needsAbout, newPartId, pausedUntil, type RequestKind, type RequestPart } from './request.ts'
import type { RequestsStore } from './requests-store.ts'
import type { Settle } from './settle.ts'
import { assertGoesOn, keysOf, rulesOf, type WriteDeps, type WritePart } from './write-part.ts'

export interface AskDeps extends WriteDeps {
  requests: RequestsStore
  accounts: Pick<ReadAccounts, 'get'>
  keys: Audit['keys']
  keepFiles: KeepFiles
  openFile: OpenFile
  readPart: (part: RequestPart) => Promise<ReadPart>
  write: WritePart
  settle: Settle
  limits: Pick<Limits, 'consume'>
  assertAskerStill: AssertAskerStill
}

/** What somebody asks for, in their words. */
export interface Asking {
  kind: RequestKind
  about: string
  companies: readonly CompanyId[]
  /** Of the form that was sent: sent twice it is one request. */
  once: string
}

/** What a request lacks, by field: its kind, a company, or words where it means nothing without them. */
export const missingIn = ({
  kind,
  about,
  companies,
}: Omit<Asking, 'kind' | 'once'> & { kind: RequestKind | undefined }): Record<string, { code: string }> => ({
  ...(!kind && { kind: { code: 'not-chosen' } }),
  ...(companies.length === 0 && { companies: { code: 'choose-a-company' } }),
  ...(kind && !about && needsAbout(kind) && { about: { code: 'say-what-about' } }),
})

/** Of one person at a time; what they are about can be said in one of them. */
const mostOpen = 60
const perPage = 100

/** The accounts that somebody may ask about: at each company what is theirs now, or else what was theirs last. */
export const askable = (who: PrincipalId, held: readonly Account[]): Account[] => {
  const now = held.filter((account) => mayAsk(who, account))
  const past = held.filter((account) => mayAskOfPast(who, account))
  return [...now, ...past.filter(({ company }) => !now.some((each) => each.company === company))]
}

/** The side of whoever asks: the same for a person and for the holder of a separate account. */
export const createAskRequests = (deps: AskDeps) => {
  const { requests, accounts, keys } = deps

  /** Parts of a request, one for each company, as they will be; nothing of it is written but the keys of their words. */
  const partsOf = async (who: Principal, asked: Account[], { kind, about }: Asking): Promise<RequestPart[]> =>
    Promise.all(
      asked.map(async (one) => {
        const { _id: account, company, fraud } = one
        const [at, _id] = [now(), newPartId(company)]
        // Whoever is signed in may not be whose it is: first it is proven once more.
        const isDoubted = fraud !== undefined || who.held !== undefined || (!holds(who.id, one) && isPastDoubted(one))
        const part: RequestPart = {
          _id,
          rev: 1,
          company,
          account,
          holder: principalKey(who.id),
          kind,
          receivedAt: at,
          paused: 0,
          ...(isDoubted && { proofAskedAt: at }),
          said: [{ at, by: 'person', what: 'asked', ...(about && { text: await keys.seal(_id, about) }) }],
          news: [{ n: 1, at, what: 'asked', by: 'person' }],
          lastNews: 1,
        }
        return { ...part, ...keysOf(part, rulesOf(deps, company)) }
      }),
    )

  const known = async (id: string): Promise<RequestPart> => {
    const part = await requests.get(id)
    if (!part) throw new AppError('not-found', 'request-not-found')
    return part
  }

  /** Theirs, as it stands. AppError `request-not-found` also for anybody else's (T19). */
  const seen = async (who: PrincipalId, id: string): Promise<RequestPart> => {
    const part = await known(id)
    if (!maySeeRequest(who, part, part.account === undefined ? null : await accounts.get(part.account)))
      throw new AppError('not-found', 'request-not-found')
    return part
  }

  /** The same; AppError `interaction-expired` (gone) where whoever asks is signed in under credentials that hold no more (H4). */
  const own = async (who: PrincipalId, id: string): Promise<RequestPart> => {
    await deps.assertAskerStill()
    return seen(who, id)
  }

  return {
    /**
     * One request, split into a part for each company. AppErrors `choose-a-company`, `say-what-about` (invalid, see
     * `missingIn`),
     * `no-account-there` (not-found), `too-many-requests` (conflict), `too-many-attempts` (limited), `interaction-expired` (gone).
     */
    ask: async (who: Principal, held: readonly Account[], asking: Asking): Promise<void> => {
      await deps.assertAskerStill()
      const chosen = new Set(asking.companies)
      const asked = askable(who.id, held).filter(({ company }) => chosen.has(company))
      const [missing] = Object.entries(missingIn(asking))
      if (missing) throw new AppError('invalid', missing[1].code, { values: { field: missing[0] } })
      if ([...chosen].some((company) => !asked.some((account) => account.company === company)))
        throw new AppError('not-found', 'no-account-there')
      const holder = principalKey(who.id)
      const intake = digest(`${holder}|${asking.once}`)
      if (await requests.intake(intake)) return deps.settle.intake(intake)
      if ((await requests.countOpen(holder)) + asked.length > mostOpen)
        throw new AppError('conflict', 'too-many-requests', { values: { field: 'form', most: mostOpen } })
      await deps.limits.consume('rights-request', holder)
      await requests.take({ _id: intake, parts: await partsOf(who, asked, asking) })
      await deps.settle.intake(intake)
    },

    /** A page of what they asked for, newest first; `older` is where the next begins. AppError `request-not-found` of its `before`. */
    page: async (
      who: PrincipalId,
      held: readonly Account[],
      before?: string,
    ): Promise<{ parts: ReadPart[]; older?: string }> => {
      // With those of an account that came to them since, as `maySeeRequest` says it.
      const came = held.filter((account) => holds(who, account)).map(({ _id }) => principalKey(asAccount(_id)))
      const found = await requests.ofHolders([principalKey(who), ...came], {
        limit: perPage + 1,
        before: before === undefined ? undefined : await known(before),
      })
      const shown = found.slice(0, perPage)
      const last = shown.at(-1)
      return {
        parts: await Promise.all(shown.map(deps.readPart)),
        ...(found.length > perPage && last && { older: last._id }),
      }
    },

    one: async (who: PrincipalId, id: string): Promise<ReadPart> => deps.readPart(await seen(who, id)),

    /** A word or papers of theirs; what proof was asked for counts as given, and the time goes on. */
    say: async (who: PrincipalId, id: string, text: string, uploads: readonly Upload[]): Promise<void> => {
      const part = await own(who, id)
      assertGoesOn(part)
      if (!text && uploads.length === 0)
        throw new AppError('invalid', 'message-empty', { values: { field: 'message' } })
      await deps.limits.consume('rights-message', principalKey(who))
      const files = await deps.keepFiles(part, uploads, 'person')
      const written = await deps.write(part, {
        set: { paused: pausedUntil(part, now()) },
        unset: ['proofAskedAt'],
        said: {
          by: 'person',
          what: 'message',
          ...(text && { text: await keys.seal(id, text) }),
          ...(files.length > 0 && { files }),
        },
      })
      await deps.settle.part(written)
    },

    /** Taken back twice it is taken back. AppError `request-over` where it was answered before. */
    withdraw: async (who: PrincipalId, id: string): Promise<void> => {
      const part = await own(who, id)
      if (part.ended?.how === 'withdrawn') return
      assertGoesOn(part)
      const written = await deps.write(part, {
        set: { ended: { how: 'withdrawn', at: now() } },
        unset: ['proofAskedAt'],
        said: { by: 'person', what: 'withdrawn' },
      })
      await deps.settle.part(written)
    },

    /** AppError `request-not-found`; `gone` once its case is. */
    file: async (who: PrincipalId, id: string, file: string): Promise<OpenedFile> => {
      const part = await own(who, id)
      return deps.openFile(part, fileIn(part, file))
    },
  }
}

export type AskRequests = ReturnType<typeof createAskRequests>
