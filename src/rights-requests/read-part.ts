import type { Audit } from '../audit/index.ts'
import type { Company, CompanyId } from '../companies/index.ts'
import { iso, now } from '../lib/clock.ts'
import type { FileType } from './file-rules.ts'
import {
  deadline,
  isDue,
  isLate,
  mayExtend,
  type RequestPart,
  type RequestState,
  type Said,
  stateOf,
} from './request.ts'
import { rulesOf } from './write-part.ts'

export interface ReadSaid extends Pick<Said, 'at' | 'by' | 'what' | 'agent'> {
  /** Names of who is told as well: services, and partners as the legal entities that they are. */
  recipients?: string[]
  /** undefined where nothing was written, or it has gone. */
  text: string | undefined
  files: { id: string; name: string; type: FileType; size: number }[]
}

/** A part as people read it, whichever side they are on. */
export interface ReadPart {
  id: string
  company: CompanyId
  /** The account's number at its company; empty where an executor asks. */
  subject: string
  kind: RequestPart['kind']
  state: RequestState
  receivedAt: number
  /** Until when it is answered; undefined once it is over. */
  deadline: number | undefined
  /** The day on which that time ends, as `2026-12-29`: the same wherever it is read. */
  answerBy: string
  isLate: boolean
  /** Nearly late: whoever watches has been told. */
  isDueSoon: boolean
  taken: string | undefined
  mayExtend: boolean
  isForgotten: boolean
  said: ReadSaid[]
}

interface ReadDeps {
  keys: Audit['keys']
  company: (id: CompanyId) => Company | undefined
  group: { services: ReadonlyMap<string, { name: string }>; partners: ReadonlyMap<string, { legalName: string }> }
}

/** Opens what is sealed in a part. */
export const createReadPart = ({ keys, company, group }: ReadDeps) => {
  /** One that the group no longer has keeps the id under which it was told. */
  const nameOf = (id: string): string => group.services.get(id)?.name ?? group.partners.get(id)?.legalName ?? id

  const read = async (part: RequestPart, { text, files = [], recipients, ...said }: Said): Promise<ReadSaid> => ({
    ...said,
    ...(recipients && { recipients: recipients.map(nameOf) }),
    text: text === undefined ? undefined : await keys.open(part._id, text),
    files: (
      await Promise.all(files.map(async (file) => ({ ...file, name: await keys.open(part._id, file.name) })))
    ).flatMap(({ name, ...file }) => (name === undefined ? [] : [{ ...file, name }])),
  })

  return async (part: RequestPart): Promise<ReadPart> => {
    const rules = rulesOf({ company }, part.company)
    const until = deadline(part, rules, now())
    const late = isLate(part, rules, now())
    const { _id: id, company: at, account, kind, receivedAt, taken, ended, forgottenAt } = part
    return {
      id,
      company: at,
      subject: account?.slice(account.indexOf(':') + 1) ?? '',
      kind,
      state: stateOf(part),
      receivedAt,
      deadline: ended ? undefined : until,
      answerBy: iso(until).slice(0, 10),
      isLate: late,
      isDueSoon: !late && isDue(part, rules, now()),
      taken,
      mayExtend: mayExtend(part, rules, now()),
      isForgotten: forgottenAt !== undefined,
      said: await Promise.all(part.said.map((each) => read(part, each))),
    }
  }
}
