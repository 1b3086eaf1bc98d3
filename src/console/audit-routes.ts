import { Readable } from 'node:stream'
import { accountIdOf } from '../accounts/index.ts'
import { chainStart, type ReadEntry } from '../audit/index.ts'
import { epochSeconds } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { may, roleFor, type Staff } from '../staff/index.ts'
import type { Alert } from '../support/index.ts'
import type { ConsoleContext, ConsoleDeps, ConsoleRouter } from './console-deps.ts'
import type { StaffGuard } from './staff-guard.ts'

const kinds = ['case', 'agent', 'account'] as const
/** Of what is searched by: an agent's address. */
const longestValue = 254

/** What a company's staff did, searched and exported by those who watch over it, with the alarms. */
export const addAudit = (router: ConsoleRouter, door: StaffGuard, { support, oidc, config }: ConsoleDeps): void => {
  const { audit, looks, cases } = support
  router.get(
    '/console/audit',
    door.staffOnly('audit', async (ctx, staff) => {
      const kind = kinds.find((each) => each === ctx.query.kind) ?? 'case'
      const value = typeof ctx.query.value === 'string' ? ctx.query.value.slice(0, longestValue).trim() : ''
      const entries = value ? await search(staff, kind, value) : await audit.newest(staff.company, 50)
      const alarms = may(staff, 'alarms', staff.company) ? await looks.alarmsOf(staff.company, 20) : []
      door.show(ctx, staff, 'audit', 'console/audit', { entries, alarms: alarms.map(showAlarm), kinds, kind, value })
    }),
  )
  router.get('/console/audit.jsonl', door.staffOnly('audit', exportChain))
  router.get('/console/audit-head.jwt', door.staffOnly('audit', giveHead))

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
    if (!may(staff, 'audit', staff.company)) throw new AppError('forbidden', 'staff-not-yours')
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
