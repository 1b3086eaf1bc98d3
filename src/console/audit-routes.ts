import { Readable } from 'node:stream'
import { accountIdOf } from '../accounts/index.ts'
import type { AuditEntry } from '../audit/index.ts'
import { AppError } from '../lib/errors.ts'
import { may, type Staff } from '../support/index.ts'
import type { ConsoleContext, ConsoleDeps, ConsoleRouter } from './console-deps.ts'
import type { ConsoleDoor } from './door.ts'

const kinds = ['case', 'agent', 'account'] as const

/** What a company's staff did, searched and exported by those who watch over it, with the alarms. */
export const addAudit = (router: ConsoleRouter, door: ConsoleDoor, { audit, looks, cases }: ConsoleDeps): void => {
  router.get(
    '/console/audit',
    door.staffOnly('audit', async (ctx, staff) => {
      const kind = kinds.find((each) => each === ctx.query.kind) ?? 'case'
      const value = typeof ctx.query.value === 'string' ? ctx.query.value.trim() : ''
      const entries = value ? await search(staff, kind, value) : await audit.newest(staff.company, 50)
      const alarms = may(staff, 'alarms', staff.company) ? await looks.alarmsOf(staff.company, 20) : null
      door.show(ctx, staff, 'audit', 'console/audit', { entries, alarms, kinds, kind, value })
    }),
  )
  router.get('/console/audit.jsonl', door.staffOnly('audit', exportChain))

  /** By what people call it: a case's own number or code, an agent's address, an account's number. */
  async function search({ company }: Staff, kind: (typeof kinds)[number], value: string): Promise<AuditEntry[]> {
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

  async function exportChain(ctx: ConsoleContext, staff: Staff): Promise<void> {
    if (!may(staff, 'audit', staff.company)) throw new AppError('forbidden', 'staff-not-yours')
    ctx.type = 'application/jsonl'
    ctx.set('Content-Disposition', `attachment; filename="audit-${staff.company}.jsonl"`)
    ctx.body = Readable.from(linesOf(audit.entriesOf(staff.company)))
  }
}

async function* linesOf(entries: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const entry of entries) yield `${JSON.stringify(entry)}\n`
}
