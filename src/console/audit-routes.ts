import { Readable } from 'node:stream'
import { z } from 'zod'
import { accountIdOf } from '../accounts/index.ts'
import { chainStart, type ReadEntry } from '../audit/index.ts'
import { fields, type Route, seeOther } from '../http/index.ts'
import { formatDateTime } from '../i18n/index.ts'
import { epochSeconds } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { may, roleFor, type Staff } from '../staff/index.ts'
import type { Alert } from '../support/index.ts'
import { longestText, plain } from './case-forms.ts'
import { type ConsoleContext, type ConsoleDeps, row } from './console-deps.ts'
import { pathOf } from './requests-routes.ts'
import type { StaffGuard } from './staff-guard.ts'

const kinds = ['case', 'agent', 'account'] as const
/** Of what is searched by, an agent's address is the longest. */
const asked = z.object({
  kind: z.enum(kinds).catch(kinds[0]),
  value: z
    .string()
    .transform((value) => value.slice(0, 254).trim())
    .catch(''),
  done: fields.word(20),
})
const nothingAsked = { kind: 'case', value: '', done: undefined } as const

/** Open ones stay in sight until somebody has looked into them; of the closed ones the newest do. */
const mostAlarms = 200
const closedShown = 20

const why = plain(longestText, (text) => {
  if (text.length < 8) throw new AppError('invalid', 'alarm-needs-why')
})

/** What a company's staff did, searched and exported by those who watch over it, with the alarms. */
export const auditRoutes = (guard: StaffGuard, { support, oidc, config }: ConsoleDeps): Route[] => {
  const { audit, looks, cases } = support
  return [
    row({
      method: 'GET',
      path: '/console/audit',
      right: 'audit',
      query: asked,
      handler: (ctx, staff, { query }) => show(ctx, staff, query),
    }),
    row({
      method: 'POST',
      path: '/console/audit/close-alarm',
      right: 'alarms',
      form: fields.form({ alarm: fields.text(200), why }),
      handler: async (ctx, staff, { form }) => {
        await support.closeAlarm(staff, form.alarm, form.why)
        seeOther(ctx, '/console/audit?done=alarm-closed')
      },
      again: (ctx, staff, more, status) => show(ctx, staff, nothingAsked, more, status),
    }),
    row({ method: 'GET', path: '/console/audit.jsonl', right: 'audit', handler: exportChain }),
    row({ method: 'GET', path: '/console/audit-head.jwt', right: 'audit', handler: giveHead }),
  ]

  async function show(
    ctx: ConsoleContext,
    staff: Staff,
    { kind, value, done }: z.output<typeof asked>,
    more: object = {},
    status = 200,
  ): Promise<void> {
    const entries = value ? await search(staff, kind, value) : await audit.newest(staff.company, 50)
    const alarms = may(staff, 'alarms', staff.company) ? await looks.alarmsOf(staff.company, mostAlarms) : []
    const open = alarms.filter(({ closedAt }) => closedAt === undefined)
    const closed = alarms.filter(({ closedAt }) => closedAt !== undefined).slice(0, closedShown)
    guard.show(
      ctx,
      staff,
      'audit',
      'console/audit',
      {
        entries,
        open: open.map((alarm) => showAlarm(ctx, staff, alarm)),
        closed: closed.map((alarm) => showAlarm(ctx, staff, alarm)),
        kinds,
        kind,
        value,
        isClosed: done === 'alarm-closed',
        ...more,
      },
      status,
    )
  }

  /** By what people call it: a case's own number or code, an agent's address, an account's number. */
  async function search({ company }: Staff, kind: (typeof kinds)[number], value: string): Promise<ReadEntry[]> {
    const values =
      kind === 'case'
        ? (await cases.named(company, value)).map(({ _id }) => _id)
        : [kind === 'agent' ? value.toLowerCase() : accountIdOf(company, value)]
    const found = await Promise.all(values.map((each) => audit.search(company, { kind, value: each }, 200)))
    return found
      .flat()
      .sort((a, b) => b.seq - a.seq)
      .slice(0, 200)
  }

  /** With what it is about: a request, for whoever works on them; else what its audit is searched by. */
  function showAlarm(
    { page }: ConsoleContext,
    staff: Staff,
    { _id: id, what, at, agent, account, case: name, request, closedAt, closedBy }: Alert,
  ) {
    const isTheirs = request !== undefined && may(staff, 'requests', staff.company)
    const number = account?.slice(account.indexOf(':') + 1)
    const search = name ? { kind: 'case', value: name } : { kind: 'account', value: number ?? '' }
    // In a list to choose from, a time is a text and nothing more.
    const when = formatDateTime(page.language, at, page.country)
    return {
      id,
      what,
      at,
      when,
      agent,
      closedAt,
      closedBy,
      about: isTheirs ? page.t('console.alarms.the-request') : search.value,
      href: isTheirs ? pathOf(request) : `/console/audit?${new URLSearchParams(search)}`,
    }
  }

  async function exportChain(ctx: ConsoleContext, staff: Staff): Promise<void> {
    const { company, _id: agent } = staff
    await audit.append({ company, agent, role: roleFor(staff, 'audit') ?? 'none', action: 'audit-exported' })
    ctx.type = 'application/jsonl'
    ctx.set('Content-Disposition', `attachment; filename="audit-${staff.company}.jsonl"`)
    ctx.body = Readable.from(linesOf(staff.company))
  }

  /** Each entry as it was hashed, and beside it what is sealed in it. */
  async function* linesOf(company: string): AsyncGenerator<string> {
    for await (const { entry, reason } of audit.exported(company))
      yield `${JSON.stringify({ ...entry, ...(reason !== undefined && { text: reason }) })}\n`
  }

  /** How far the chain reaches, signed: kept elsewhere, it shows a chain that was cut or made anew since (§8). */
  async function giveHead(ctx: ConsoleContext, { company }: Staff): Promise<void> {
    const { seq, hash } = (await audit.headOf(company)) ?? { seq: 0, hash: chainStart }
    ctx.type = 'application/jwt'
    ctx.set('Content-Disposition', `attachment; filename="audit-${company}-${seq}.jwt"`)
    const head = { iss: config.issuer, iat: epochSeconds(), company, seq, hash }
    ctx.body = await oidc.sign(head, { typ: 'audit-head+jwt' })
  }
}
