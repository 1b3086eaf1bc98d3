import type { ReadAccounts } from '../accounts/index.ts'
import type { Activity } from '../activity/index.ts'
import type { Audit } from '../audit/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { iso, now } from '../lib/clock.ts'
import { AppError, unless } from '../lib/errors.ts'
import { roleFor, type Staff, type StaffStore } from '../staff/index.ts'
import type { Upload } from './file-rules.ts'
import { fileIn, type KeepFiles } from './keep-files.ts'
import { hearsOf, mayWorkOn } from './may.ts'
import type { OpenedFile, OpenFile } from './open-file.ts'
import type { ReadPart } from './read-part.ts'
import { isLate, mayExtend, noticeOf, pausedUntil, type RequestPart, type SaidWhat } from './request.ts'
import type { RequestsStore } from './requests-store.ts'
import type { Settle } from './settle.ts'
import { assertGoesOn, rulesOf, type Step, type WriteDeps, type WritePart } from './write-part.ts'

export interface DeskDeps extends WriteDeps {
  requests: RequestsStore
  keys: Audit['keys']
  audit: Audit
  accounts: Pick<ReadAccounts, 'get'>
  staff: Pick<StaffStore, 'get'>
  /** The services of a company that are told of its accounts. */
  recipientsOf: (company: CompanyId) => readonly { id: string }[]
  keepFiles: KeepFiles
  openFile: OpenFile
  readPart: (part: RequestPart) => Promise<ReadPart>
  write: WritePart
  settle: Settle
  /** Whoever asked reads in their trail that it was looked at. */
  recordRequestRead: Activity['recordRequestRead']
}

const shown = 200

/** The side of the company that controls the account: its own desk and no other. Each act is on record before it is done. */
export const createRequestDesk = (deps: DeskDeps) => {
  const { requests, audit, keys } = deps

  const record = async (staff: Staff, part: RequestPart, action: string): Promise<void> => {
    await audit.append({
      company: staff.company,
      agent: staff._id,
      role: roleFor(staff, 'requests') ?? 'privacy',
      action,
      ...(part.account && { account: part.account }),
      outcome: isLate(part, rulesOf(deps, part.company), now()) ? 'late' : part.kind,
    })
  }

  /** On record, and in the trail of whoever asked, before it is shown (S1-b). */
  const recordLook = async (staff: Staff, part: RequestPart, action: string): Promise<void> => {
    await record(staff, part, action)
    const { account, company, _id: request } = part
    if (!account) return
    const at = await requests.firstLook(request, { day: iso(now()).slice(0, 10), at: now() })
    await deps.recordRequestRead(hearsOf(part, await deps.accounts.get(account)), { company, account, request, at })
  }

  /** AppError `request-not-found` also of another company's (T14), `staff-not-yours`; an attempt is on record too. */
  const enter = async (staff: Staff, id: string): Promise<RequestPart> => {
    const part = await requests.get(id)
    if (part && mayWorkOn(staff, part)) return part
    const code = mayWorkOn(staff, staff) ? 'request-not-found' : 'staff-not-yours'
    const { company, _id: agent, roles } = staff
    await audit.append({ company, agent, role: roles[0] ?? 'none', action: 'refused', outcome: code })
    throw new AppError(code === 'request-not-found' ? 'not-found' : 'forbidden', code)
  }

  interface Act {
    what: SaidWhat
    text?: string
    uploads?: readonly Upload[]
    set?: Step['set']
    unset?: Step['unset']
    recipients?: string[]
  }

  /** On record, then one write, then what follows it. Whoever acts has it from then on. */
  const act = async (staff: Staff, part: RequestPart, { what, text, uploads = [], set, unset, recipients }: Act) => {
    assertGoesOn(part)
    await record(staff, part, `request-${what}`)
    const files = await deps.keepFiles(part, uploads, 'desk')
    const written = await deps.write(part, {
      set: { taken: part.taken ?? staff._id, ...set },
      ...(unset && { unset }),
      said: {
        by: 'desk',
        what,
        agent: staff._id,
        ...(text && { text: await keys.seal(part._id, text) }),
        ...(files.length > 0 && { files }),
        ...(recipients && { recipients }),
      },
    })
    await deps.settle.part(written)
  }

  /** `from`: who had it as whoever takes it saw it; empty: nobody. AppError `request-taken` (conflict) names who has it now. */
  const take = async (staff: Staff, id: string, from = ''): Promise<void> => {
    const part = await enter(staff, id)
    const { taken = '' } = part
    if (taken === staff._id) return
    assertGoesOn(part)
    if (taken !== from) throw new AppError('conflict', 'request-taken', { values: { field: 'form', agent: taken } })
    await unless(
      'request-changed-meanwhile',
      () => act(staff, part, { what: 'taken', set: { taken: staff._id } }),
      // A colleague took it just now, or its person wrote.
      () => take(staff, id, from),
    )
  }

  const needed = (text: string, field: string): string => {
    if (text.length < 3) throw new AppError('invalid', 'required', { values: { field } })
    return text
  }

  /** Whoever asks for somebody who died has no account to read or answer it at: a wait for them would never end. */
  const assertReads = ({ account }: RequestPart): void => {
    if (!account) throw new AppError('conflict', 'request-without-account', { values: { field: 'form' } })
  }

  const end = (part: RequestPart, how: 'answered' | 'refused') => ({
    set: { ended: { how, at: now() }, paused: pausedUntil(part, now()) },
    unset: ['proofAskedAt' as const],
  })

  return {
    /** What has to be answered first stands first, and last what waits for proof; then what is over, newest first. */
    queue: async (staff: Staff): Promise<{ open: ReadPart[]; ended: ReadPart[] }> => {
      if (!mayWorkOn(staff, staff)) throw new AppError('forbidden', 'staff-not-yours')
      const [open, ended] = await Promise.all([
        requests.openOf(staff.company, shown),
        requests.endedOf(staff.company, 50),
      ])
      const read = (parts: RequestPart[]) => Promise.all(parts.map(deps.readPart))
      const waits = ({ proofAskedAt }: RequestPart) => proofAskedAt !== undefined
      const inOrder = [...open.filter((part) => !waits(part)), ...open.filter(waits)]
      return { open: await read(inOrder), ended: await read(ended) }
    },

    /** One request with all that was said in it; that it was looked at is on record. */
    see: async (staff: Staff, id: string): Promise<ReadPart> => {
      const part = await enter(staff, id)
      await recordLook(staff, part, 'request-seen')
      return deps.readPart(part)
    },

    take,

    /** To another who may work here. AppError `staff-not-at-desk` (invalid, at `to`). */
    handOver: async (staff: Staff, id: string, to: string): Promise<void> => {
      const part = await enter(staff, id)
      const other = await deps.staff.get(to.trim().toLowerCase())
      if (!other || !mayWorkOn(other, part))
        throw new AppError('invalid', 'staff-not-at-desk', { values: { field: 'to' } })
      await act(staff, part, { what: 'handed-over', set: { taken: other._id } })
    },

    /** AppError `request-without-account` (conflict): nobody reads it there. */
    say: async (staff: Staff, id: string, text: string, uploads: readonly Upload[]): Promise<void> => {
      const part = await enter(staff, id)
      assertReads(part)
      await act(staff, part, { what: 'message', text: needed(text, 'message'), uploads })
    },

    /** The time stands still until they have answered. AppError `request-without-account` (conflict). */
    askProof: async (staff: Staff, id: string, text: string): Promise<void> => {
      const part = await enter(staff, id)
      assertReads(part)
      const since = part.proofAskedAt ?? now()
      await act(staff, part, { what: 'proof-asked', text: needed(text, 'proof'), set: { proofAskedAt: since } })
    },

    /** AppError `extension-too-late` (conflict): once, within the first time, with a reason. */
    extend: async (staff: Staff, id: string, reason: string): Promise<void> => {
      const part = await enter(staff, id)
      assertGoesOn(part)
      if (!mayExtend(part, rulesOf(deps, part.company), now()))
        throw new AppError('conflict', 'extension-too-late', { values: { field: 'form' } })
      const text = needed(reason, 'extension')
      await act(staff, part, { what: 'extended', text, set: { extendedAt: now() }, unset: ['alarmedAt'] })
    },

    /** Also late: an answer that comes late is one. */
    answer: async (staff: Staff, id: string, text: string, uploads: readonly Upload[]): Promise<void> => {
      const part = await enter(staff, id)
      const recipients = noticeOf(part.kind) ? deps.recipientsOf(part.company).map(({ id }) => id) : undefined
      await act(staff, part, {
        what: 'answered',
        text: needed(text, 'answer'),
        uploads,
        ...end(part, 'answered'),
        ...(recipients && recipients.length > 0 && { recipients }),
      })
    },

    /** With its reason; the page and the letter name authority and court (GDPR Art. 12(4)). */
    refuse: async (staff: Staff, id: string, reason: string): Promise<void> => {
      const part = await enter(staff, id)
      await act(staff, part, { what: 'refused', text: needed(reason, 'reason'), ...end(part, 'refused') })
    },

    file: async (staff: Staff, id: string, file: string): Promise<OpenedFile> => {
      const part = await enter(staff, id)
      await recordLook(staff, part, 'request-file-read')
      return deps.openFile(part, fileIn(part, file))
    },
  }
}

export type RequestDesk = ReturnType<typeof createRequestDesk>
