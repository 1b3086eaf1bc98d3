import { randomBytes } from 'node:crypto'
import type { Account, AccountId, NoticeKind } from '../accounts/index.ts'
import type { CompanyId, RequestRules } from '../companies/index.ts'
import { day } from '../lib/clock.ts'
import type { StaffId } from '../staff/index.ts'
import { deadlineOf } from './deadline.ts'
import type { FileType } from './file-rules.ts'

interface Kind {
  /** Means nothing without words: what is wrong, or what is objected to. */
  needsAbout?: true
  /** Whoever was given the data hears of it once it is done (GDPR Art. 19). */
  notice?: NoticeKind
}

/** What the law lets somebody ask for (GDPR Art. 15 to 21), in the order of the page. */
const kinds = {
  access: {},
  correction: { needsAbout: true, notice: 'data-corrected' },
  deletion: { notice: 'data-erased' },
  restriction: { notice: 'data-restricted' },
  objection: { needsAbout: true },
  portability: {},
} satisfies Record<string, Kind>

export type RequestKind = keyof typeof kinds
export const requestKinds = Object.keys(kinds) as RequestKind[]

const ruleOf = (kind: RequestPart['kind']): Kind => (kind === 'executor' ? {} : kinds[kind])
export const needsAbout = (kind: RequestKind): boolean => ruleOf(kind).needsAbout === true
export const noticeOf = (kind: RequestPart['kind']): NoticeKind | undefined => ruleOf(kind).notice

/** A request's own page, under `/console/requests` for its desk and `/account/requests` for whoever asked. */
export const requestPage = (id: string): string => `requests/${id.replace(':', '.')}`

export type RequestState =
  | 'received'
  | 'waiting-for-proof'
  | 'in-work'
  | 'extended'
  | 'answered'
  | 'refused'
  | 'withdrawn'

/** A file of a part; what is in it lies in pieces of its own. */
export interface FileRef {
  id: string
  type: FileType
  /** Bytes. */
  size: number
  /** Its name, sealed. */
  name: string
}

export type SaidWhat =
  | 'asked'
  | 'message'
  | 'taken'
  | 'proof-asked'
  | 'extended'
  | 'handed-over'
  | 'answered'
  | 'refused'
  | 'withdrawn'
  | 'account-closed'
  | 'taken-back'

/** One thing that was said or done, oldest first in its part. */
export interface Said {
  at: number
  by: 'person' | 'desk' | 'system'
  what: SaidWhat
  /** Who of the desk; for its company alone. */
  agent?: StaffId
  /** Sealed. */
  text?: string
  files?: FileRef[]
  /** Services of this company that are to be told of it (GDPR Art. 19). */
  recipients?: string[]
}

/** What is still to be told of a part: letters, in the order in which it happened (model M4). */
export interface News {
  n: number
  at: number
  what: SaidWhat
  by: Said['by']
}

/** A request as one company has it: this document decides about it, and is all that the company sees. */
export interface RequestPart {
  /** `company:random`. */
  _id: string
  rev: number
  company: CompanyId
  /** Absent where somebody asks who has none: an executor. */
  account?: AccountId
  /** Who asked, as records name a principal. */
  holder: string
  kind: RequestKind | 'executor'
  /** Milliseconds since 1970: from here its time runs. */
  receivedAt: number
  /** Who works on it. */
  taken?: StaffId
  /** Proof of identity is outstanding since then; its time stands still. */
  proofAskedAt?: number
  /** Milliseconds for which it stood still before. */
  paused: number
  extendedAt?: number
  ended?: { how: 'answered' | 'refused' | 'withdrawn'; at: number }
  /** When its desk first looked at it on that day (`2026-11-29`, UTC): told once a day. */
  looked?: { day: string; at: number }
  /** When whoever watches was told that its time is nearly up. */
  alarmedAt?: number
  /** When what was written and sent in it was destroyed. */
  forgottenAt?: number
  said: Said[]
  news: News[]
  lastNews: number
  /** `company|deadline` while it is open. */
  open?: string
  /** `company|time` of what is to be done by itself: news to be told, an alarm, the end of what is kept. */
  due?: string
}

export const stateOf = ({ ended, proofAskedAt, extendedAt, taken }: RequestPart): RequestState => {
  if (ended) return ended.how
  if (proofAskedAt !== undefined) return 'waiting-for-proof'
  if (extendedAt !== undefined) return 'extended'
  return taken === undefined ? 'received' : 'in-work'
}

/** What was asked before its account was closed ends with it; what is asked since is about what is still kept. */
export const endsWith = (
  { status, closedAt = 0 }: Pick<Account, 'status' | 'closedAt'>,
  { receivedAt }: Pick<RequestPart, 'receivedAt'>,
): boolean => status === 'closed' && receivedAt <= closedAt

/** Milliseconds for which it stood still, up to now. */
export const pausedUntil = ({ paused, proofAskedAt }: RequestPart, now: number): number =>
  paused + (proofAskedAt === undefined ? 0 : Math.max(0, now - proofAskedAt))

/** The last moment of the time to answer, were proof given now. */
export const deadline = (part: RequestPart, rules: RequestRules, now: number): number =>
  deadlineOf({
    receivedAt: part.receivedAt,
    months: rules.answerMonths + (part.extendedAt === undefined ? 0 : rules.extensionMonths),
    paused: pausedUntil(part, now),
  })

const isRunning = ({ ended, proofAskedAt }: RequestPart): boolean => !ended && proofAskedAt === undefined

/** Its time runs and is nearly up, or is over: somebody has to answer now. */
export const isDue = (part: RequestPart, rules: RequestRules, now: number): boolean =>
  isRunning(part) && now >= deadline(part, rules, now) - rules.alarmDays * day

export const isLate = (part: RequestPart, rules: RequestRules, now: number): boolean =>
  isRunning(part) && now > deadline(part, rules, now)

/** Once, within the time that it would lengthen (GDPR Art. 12(3)). */
export const mayExtend = (part: RequestPart, rules: RequestRules, now: number): boolean =>
  !part.ended && rules.extensionMonths > 0 && part.extendedAt === undefined && now <= deadline(part, rules, now)

/** Nothing that a screen, a filter or a range of keys would cut. */
export const newPartId = (company: CompanyId): string => `${company}:${randomBytes(9).toString('hex')}`
