import { type PrincipalId, personOf, type ReadAccounts } from '../accounts/index.ts'
import type { Audit } from '../audit/index.ts'
import { iso, now } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Mailer, MailKind } from '../mail/index.ts'
import type { TellNotice } from '../profile-sync/index.ts'
import { may, type StaffStore } from '../staff/index.ts'
import { noLane } from '../storage/index.ts'
import type { RaiseAlert } from '../support/index.ts'
import type { EndPart } from './end-part.ts'
import type { FilesStore } from './files-store.ts'
import { hearsOf } from './may.ts'
import { deadline, endsWith, isDue, type News, noticeOf, type RequestPart, requestPage } from './request.ts'
import type { RequestJournal } from './request-fence.ts'
import { keysOf, rulesOf, type WriteDeps } from './write-part.ts'

export interface SettleDeps extends WriteDeps {
  files: FilesStore
  keys: Audit['keys']
  accounts: Pick<ReadAccounts, 'get'>
  endPart: EndPart
  fence: RequestJournal
  log: Pick<Log, 'error'>
  staff: Pick<StaffStore, 'ofCompany'>
  send: Mailer['send']
  /** To whoever asked, once per `event`, and into the list of what was written to them. */
  writeTo: (
    holder: PrincipalId,
    kind: MailKind,
    values: Record<string, string>,
    once: { at: number; event: string },
  ) => Promise<void>
  raiseAlert: RaiseAlert
  /** Once for each request, whoever comes to it. */
  tellNotice: TellNotice
  issuer: string
}

/** Which letter tells the one who asked; the rest they did themselves, or it is the desk's own. */
const letters = {
  asked: 'request-received',
  message: 'request-message',
  'proof-asked': 'request-proof',
  extended: 'request-extended',
  answered: 'request-answered',
  refused: 'request-refused',
  withdrawn: 'request-withdrawn',
} as const satisfies Partial<Record<News['what'], MailKind>>

/**
 * What follows a step, done by whoever comes to it and again after a crash: letters, the desk's letters, recipients told,
 * an alarm before the time is up, and the end of what is kept. Nothing of it is done twice that would be seen.
 */
export const createSettle = (deps: SettleDeps) => {
  const { requests, company } = deps
  const nameOf = (part: RequestPart) => company(part.company)?.name ?? part.company

  const tellDesk = async (part: RequestPart, { n }: News): Promise<void> => {
    const values = { company: nameOf(part), url: `${deps.issuer}/console/${requestPage(part._id)}` }
    for (const member of await deps.staff.ofCompany(part.company))
      if (may(member, 'requests', part.company) && (part.taken ?? member._id) === member._id)
        await deps.send({
          id: `${part._id}:${n}:${member._id}`,
          kind: 'request-waiting',
          to: member._id,
          language: 'en',
          values,
        })
  }

  const tell = async (part: RequestPart, news: News): Promise<void> => {
    // Over before anybody could read of it: nobody has to act on it, and nobody is left to be answered.
    if (news.what === 'asked' && part.said.some(({ what }) => what === 'account-closed')) return
    const kind = letters[news.what as keyof typeof letters]
    const isOwnWord = news.what === 'message' && news.by === 'person'
    // Whoever asked without an account has given no address that is proven: their desk writes to them itself.
    if (kind && !isOwnWord && part.account) {
      const values: Record<string, string> = {
        company: nameOf(part),
        url: `${deps.issuer}/account/${requestPage(part._id)}`,
      }
      if (news.what === 'asked' || news.what === 'extended')
        values.until = iso(deadline(part, rulesOf(deps, part.company), now())).slice(0, 10)
      const holder = hearsOf(part, await deps.accounts.get(part.account))
      await deps.writeTo(holder, kind, values, { at: news.at, event: `${part._id}:${news.n}` })
    }
    if (news.by === 'person' || news.what === 'handed-over') await tellDesk(part, news)
    if (news.what === 'answered') await tellRecipients(part, news)
  }

  /** Whoever was told of the account hears what was done to it, and nobody else (GDPR Art. 19). */
  const tellRecipients = async (part: RequestPart, { at }: News) => {
    const { _id: request, account, kind, said } = part
    const notice = noticeOf(kind)
    if (!notice || !account || !said.some(({ recipients }) => recipients)) return
    const person = personOf(hearsOf(part, await deps.accounts.get(account)))
    await deps.tellNotice(account, { request, kind: notice, at, person })
  }

  /** Its time is nearly up, and nobody has answered: whoever watches is told once. */
  const alarm = async (part: RequestPart): Promise<Partial<RequestPart>> => {
    const rules = rulesOf(deps, part.company)
    if (part.alarmedAt !== undefined || !isDue(part, rules, now())) return {}
    await deps.raiseAlert(
      { company: part.company, what: 'request-due', request: part._id, ...(part.account && { account: part.account }) },
      // The same moment whoever comes to it, so that it is one alarm.
      {
        at: part.extendedAt ?? part.receivedAt,
        id: part._id.slice(part._id.indexOf(':') + 1),
        page: `/console/${requestPage(part._id)}`,
      },
    )
    return { alarmedAt: now() }
  }

  /** What was written and sent is kept no longer: days, states and who acted stay. */
  const forget = async (part: RequestPart): Promise<Partial<RequestPart>> => {
    const { ended, forgottenAt, company: id } = part
    if (!ended || forgottenAt !== undefined) return {}
    const { due } = keysOf({ ...part, news: [] }, rulesOf(deps, id))
    if (due !== undefined && Number(due.slice(due.indexOf('|') + 1)) > now()) return {}
    await destroy(part)
    return { forgottenAt: now() }
  }

  const destroy = async ({ _id }: RequestPart): Promise<void> => {
    await deps.keys.destroy([_id])
    await deps.files.forget(_id)
    await deps.fence.gone(_id)
  }

  const settlePart = async (part: RequestPart): Promise<void> => {
    // A crash may have come between its end and the line that tells of it.
    if (part.news.length > 0) await deps.fence.ended(part)
    for (const news of part.news) await tell(part, news)
    const done = { ...(await alarm(part)), ...(await forget(part)), news: [] }
    const { open, due } = keysOf({ ...part, ...done }, rulesOf(deps, part.company))
    // Whoever wrote meanwhile left the news there: told again, they are the same letters.
    await requests.commit(part, {
      set: { ...done, ...(open && { open }), ...(due && { due }) },
      unset: [...(open ? [] : (['open'] as const)), ...(due ? [] : (['due'] as const))],
    })
  }

  const settleIntake = async (id: string): Promise<void> => {
    const intake = await requests.intake(id)
    if (!intake?.due) return
    for (const part of intake.parts) {
      await requests.insert(part)
      await endWithAccount(part)
      await settlePart((await requests.get(part._id)) ?? part)
    }
    await requests.split(id)
  }

  /** Its account was closed before its company had it: looked at after it is there, so that a closure meets it or this does. */
  const endWithAccount = async (part: RequestPart): Promise<void> => {
    const account = part.account === undefined ? null : await deps.accounts.get(part.account)
    if (!account || !endsWith(account, part)) return
    await deps.endPart(part._id, 'account-closed')
    await destroy(part)
  }

  /** One that fails is tried again, and holds up none of the others. */
  const eachOf = async <Row extends { _id: string }>(rows: Row[], work: (row: Row) => Promise<void>): Promise<void> => {
    for (const row of rows)
      await work(row).catch((error: unknown) =>
        deps.log.error({ error, request: row._id }, 'a request could not be carried on; it will be tried again'),
      )
  }

  /** What was sent and is not with every company yet. */
  const intakes = async (): Promise<void> => eachOf(await requests.waitingIntakes(), ({ _id }) => settleIntake(_id))

  return {
    part: settlePart,
    intake: settleIntake,
    intakes,
    destroy,

    /** Everything that is due, whoever left it. */
    due: async (): Promise<void> => {
      await intakes()
      for (const { lane } of await requests.lanes())
        if (lane !== noLane) await eachOf(await requests.due(lane, 200), settlePart)
    },
  }
}

export type Settle = ReturnType<typeof createSettle>
