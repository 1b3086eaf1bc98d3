import { Readable } from 'node:stream'
import { z } from 'zod'
import { accountIdOf } from '../accounts/index.ts'
import { chainStart, type ReadEntry } from '../audit/index.ts'
import { fields, type Route } from '../http/index.ts'
import { epochSeconds } from '../lib/clock.ts'
import { may, roleFor, type Staff } from '../staff/index.ts'
import type { Alert } from '../support/index.ts'
import { type ConsoleContext, type ConsoleDeps, row } from './console-deps.ts'
import type { StaffGuard } from './staff-guard.ts'

const kinds = ['case', 'agent', 'account'] as const
/** Of what is searched by, an agent's address is the longest. */
const asked = z.object({
  kind: fields.oneOf(kinds),
  value: z
    .string()
    .transform((value) => value.slice(0, 254).trim())
    .catch(''),
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
      handler: async (ctx, staff, { query: { kind, value } }) => {
        const entries = value ? await search(staff, kind, value) : await audit.newest(staff.company, 50)
        const alarms = may(staff, 'alarms', staff.company) ? await looks.alarmsOf(staff.company, 20) : []
        guard.show(ctx, staff, 'audit', 'console/audit', { entries, alarms: alarms.map(showAlarm), kinds, kind, value })
      },
    }),
    row({ method: 'GET', path: '/console/audit.jsonl', right: 'audit', handler: exportChain }),
    row({ method: 'GET', path: '/console/audit-head.jwt', right: 'audit', handler: giveHead }),
  ]

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

  /** With what its audit is searched by: the case, or the account that was looked at. */
  function showAlarm({ what, at, agent, account, case: name }: Alert) {
    const number = account?.slice(account.indexOf(':') + 1)
    const search = name ? { kind: 'case', value: name } : { kind: 'account', value: number ?? '' }
    return { what, at, agent, about: search.value, href: `/console/audit?${new URLSearchParams(search)}` }
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
