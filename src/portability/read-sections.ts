import {
  type Account,
  asAccount,
  holds,
  type Principal,
  principalIdOf,
  type ReadAccounts,
  type ReadPrincipal,
  samePrincipal,
} from '../accounts/index.ts'
import type { Activity } from '../activity/index.ts'
import type { Company, CompanyId } from '../companies/index.ts'
import { type DetailName, type Details, detailNames } from '../details/index.ts'
import type { Disclosures } from '../disclosures/index.ts'
import { iso } from '../lib/clock.ts'
import { omitUndefined } from '../lib/omit-undefined.ts'
import type { Audience, Choose } from '../preferences/index.ts'
import type { RightsRequests } from '../rights-requests/index.ts'
import type { Consents } from '../scopes/index.ts'
import type { Row, SectionName } from './archive-schema.ts'
import { isMeant, type Of } from './asked.ts'
import { choicesIn, receiptsIn } from './choice-rows.ts'
import type { Export } from './exports-store.ts'
import { type ReadSessions, sessionsOf } from './session-rows.ts'

export interface ReadSectionsDeps {
  accounts: Pick<ReadAccounts, 'get'>
  readPrincipal: ReadPrincipal
  company: (id: CompanyId) => Company | undefined
  activity: Pick<Activity, 'listFor'>
  disclosures: Pick<Disclosures, 'rowsOf'>
  consents: Pick<Consents, 'ofAccount'>
  rightsRequests: { ask: Pick<RightsRequests['ask'], 'page'> }
  choose: Pick<Choose, 'of'>
  audience: Pick<Audience, 'askedAbout'>
  oidc: ReadSessions
}

/** A page of a section: its rows, and where the next begins; without one it was the last. */
interface Page {
  rows: Row[]
  next?: string
}

const perPage = 200

/** Reads what is held of somebody, a page at a time, as they stand at that moment. */
export const createReadSections = (deps: ReadSectionsDeps) => {
  const detailsOf = ({ who, held, company }: Of): Row<'details'>[] => {
    const said = (holder: string, details: Details): Row<'details'>[] =>
      detailNames.flatMap((detail) => {
        const [value, source] = [details[detail], sourceOf(who, detail)]
        return value ? [{ provenance: source === 'you' ? 'provided' : 'observed', holder, detail, value, source }] : []
      })
    const own = ({ company: holder, ownData }: Account): Row<'details'>[] =>
      Object.entries(ownData).map(([name, value]) => ({
        provenance: 'provided',
        holder,
        detail: `own:${name}`,
        value,
        source: 'you',
      }))
    const signIn = company === undefined && who.company === null ? said('sign-in', who.details) : []
    return [...signIn, ...held.flatMap((account) => [...said(account.company, account.copy), ...own(account)])]
  }

  const accountsOf = async ({ held }: Of): Promise<Row<'accounts'>[]> => {
    const own = await Promise.all(held.map(({ _id }) => deps.choose.of(asAccount(_id))))
    return held.map(({ company, subject, status, createdAt, link }, i) => {
      const number = own[i]?.preferences.number
      return omitUndefined({
        provenance: 'observed' as const,
        company,
        controller: deps.company(company)?.legalName ?? company,
        number: subject,
        status,
        openedAt: iso(createdAt),
        linkedAt: link ? iso(link.since) : undefined,
        policyVersion: link?.policyVersion,
        numberConfirmedAt: number && iso(number.at),
      })
    })
  }

  const applicationsOf = async ({ held }: Of): Promise<Row<'applications'>[]> =>
    (
      await Promise.all(
        held.map(async ({ _id, company }) =>
          (
            await deps.consents.ofAccount(_id)
          ).map(
            ({ client, scopes, fields = [], at }): Row<'applications'> => ({
              provenance: 'provided',
              company,
              application: client,
              scopes,
              details: fields,
              allowedAt: iso(at),
            }),
          ),
        ),
      )
    ).flat()

  /** Account by account, since what went to whom lies by account: in any other order each page would read all of it. */
  const sharingOf = async ({ who, accounts, cursor = '' }: Of): Promise<Page> => {
    // Where one begins its cursor is its own beginning; what an older version left begins at the first.
    const at = Math.max(
      0,
      accounts.findIndex((id) => cursor.startsWith(`${id}:`)),
    )
    const account = accounts[at]
    if (account === undefined) return { rows: [] }
    const begins = `${account}:`
    const isWithin = cursor.startsWith(begins) && cursor !== begins
    const rows = await deps.disclosures.rowsOf(who.id, account, {
      limit: perPage,
      ...(isWithin && { before: cursor }),
    })
    const [last, following] = [rows.at(-1), accounts[at + 1]]
    const next = rows.length === perPage ? last?._id : following && `${following}:`
    return {
      rows: rows.map(
        ({ company, recipient, notice, fields, withdrawn, at: told, outcome, basis, policyVersion }): Row<'sharing'> =>
          omitUndefined({
            provenance: 'observed' as const,
            company,
            recipient,
            notice,
            details: fields,
            withdrawn,
            at: iso(told),
            outcome,
            basis,
            policyVersion,
          }),
      ),
      ...(next !== undefined && { next }),
    }
  }

  const requestsOf = async (of: Of): Promise<Page> => {
    const { parts, older } = await deps.rightsRequests.ask.page(of.who.id, of.held, of.cursor)
    const rows = parts
      .filter(({ company }) => isMeant(of, company))
      .flatMap(({ id, company, kind, state, said }) =>
        said.map(
          ({ at, by, what, text, files }): Row<'requests'> =>
            omitUndefined({
              provenance: by === 'person' ? ('provided' as const) : ('observed' as const),
              company,
              kind,
              state,
              at: iso(at),
              request: id,
              by: by === 'person' ? 'you' : 'company',
              what,
              text,
              files: files.map(({ name }) => name),
            }),
        ),
      )
    return { rows, ...(older !== undefined && { next: older }) }
  }

  const activityOf = async (of: Of): Promise<Page> => {
    const found = await deps.activity.listFor(of.who.id, {
      limit: perPage,
      ...(of.cursor && { before: of.cursor }),
    })
    const last = found.at(-1)
    return {
      rows: found
        .filter(({ kind, company }) => kind !== 'written-to' && isMeant(of, company))
        .map(
          ({ at, kind, by, company, service, fields, changes, partner, ...more }): Row<'activity'> =>
            omitUndefined({
              provenance: by === 'you' ? ('provided' as const) : ('observed' as const),
              at: iso(at),
              what: kind,
              by,
              company,
              service,
              details: fields,
              changes: changes.map(({ field, before, after }) => `${field}: ${before ?? ''} → ${after ?? ''}`),
              network: more.network,
              device: more.device,
              reason: more.reason,
              how: more.how,
              times: more.again && String(more.again.times),
              lastAt: more.again && iso(more.again.until),
              application: partner,
              act: more.act,
              role: more.role,
              case: more.case,
            }),
        ),
      ...(found.length === perPage && last && { next: last.id }),
    }
  }

  const lettersOf = async (of: Of): Promise<Page> => {
    const found = await deps.activity.listFor(of.who.id, {
      limit: perPage,
      kinds: ['written-to'],
      ...(of.cursor && { before: of.cursor }),
    })
    const last = found.at(-1)
    return {
      rows: found
        .filter(({ company }) => isMeant(of, company))
        .map(
          ({ at, mail = '', about }): Row<'letters'> =>
            omitUndefined({ provenance: 'observed' as const, at: iso(at), letter: mail, about }),
        ),
      ...(found.length === perPage && last && { next: last.id }),
    }
  }

  const questionsOf = async (of: Of): Promise<Page> => {
    const { asked, older } = await deps.audience.askedAbout(of.who.id, { limit: perPage, before: of.cursor })
    return {
      rows: asked
        .filter(({ company }) => isMeant(of, company))
        .map(
          ({ at, company, purpose, channel, allowed }): Row<'questions'> => ({
            provenance: 'observed',
            at: iso(at),
            company,
            purpose,
            ...(channel && { channel }),
            answer: allowed ? 'yes' : 'no',
          }),
        ),
      ...(older !== undefined && { next: older }),
    }
  }

  /** Of the sign-in, and of each account for itself: what was said of it while it was separate stays with it. */
  const decidedBy = async ({ who, held }: Of) => {
    const own = held.map(({ _id, company }) => ({ id: asAccount(_id), holder: company }))
    const others = own.filter(({ id }) => !samePrincipal(id, who.id))
    const all = [{ id: who.id, holder: who.company ?? 'sign-in' }, ...others]
    return Promise.all(all.map(async ({ id, holder }) => ({ holder, ...(await deps.choose.of(id)) })))
  }

  const whole = (rows: Row[]): Page => ({ rows })
  const read: Record<SectionName, (of: Of) => Promise<Page>> = {
    details: async (of) => whole(detailsOf(of)),
    accounts: async (of) => whole(await accountsOf(of)),
    applications: async (of) => whole(await applicationsOf(of)),
    sharing: sharingOf,
    requests: requestsOf,
    choices: async (of) => whole((await decidedBy(of)).flatMap((each) => choicesIn(each, of))),
    receipts: async (of) => whole((await decidedBy(of)).flatMap((each) => receiptsIn(each, of))),
    sessions: async (of) => whole(await sessionsOf(deps.oidc, of)),
    letters: lettersOf,
    questions: questionsOf,
    activity: activityOf,
  }

  /** undefined: nobody is left whose it would be. */
  return async (made: Export, section: SectionName): Promise<Page | undefined> => {
    const who = await deps.readPrincipal(principalIdOf(made.holder))
    if (!who || who.isGone) return undefined
    const found = await Promise.all(made.accounts.map((id) => deps.accounts.get(id)))
    const held = found.filter(
      (account): account is Account =>
        account !== null && account.status !== 'closed' && account.status !== 'void' && holds(who.id, account),
    )
    const { accounts, company, cursor } = made
    return read[section]({ who, held, accounts, company, cursor })
  }
}

export type ReadSections = ReturnType<typeof createReadSections>

const sourceOf = (who: Principal, detail: DetailName): string => {
  const source = who.sourceOf(detail) ?? ''
  if (source.startsWith('support:')) return 'support'
  return source.includes('#') ? 'company' : 'you'
}
