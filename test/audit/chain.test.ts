import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createAuditStore, verifyAudit, verifyChain } from '../../src/audit/index.ts'
import type { Database } from '../../src/storage/index.ts'
import { openTestDatabase } from '../support/database.ts'

describe('the audit', () => {
  let database: Database
  let audit: ReturnType<typeof createAuditStore>
  beforeEach(async () => {
    database = await openTestDatabase()
    audit = createAuditStore(database.connection)
  })
  afterEach(() => database.close())

  const entry = (action: string, company = 'games') => ({
    company,
    agent: 'agent@games.example',
    role: 'support',
    action,
  })
  const write = async (many: number) => {
    for (let n = 1; n <= many; n++)
      await audit.append({ ...entry(`act-${n}`), reason: `reason ${n}`, fields: ['city'] })
  }
  const rows = () => database.connection.collection<Record<string, unknown> & { _id: string }>('audit')

  it('is one chain per company, whoever writes at the same moment', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => audit.append(entry(`act-${n}`, n % 2 ? 'games' : 'mobile'))))
    for (const company of ['games', 'mobile']) {
      const { entries, fault } = await verifyChain(audit.entriesOf(company))
      assert.deepEqual([entries, fault], [10, undefined])
    }
    assert.match(await verifyAudit(audit, ['games', 'mobile', 'pictures']), /^games: 10 entries hold/)
  })

  it('shows any edit, deletion and reordering (§8)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.constantFrom('edit', 'delete', 'swap'), async (at, how) => {
        await database.connection.dropDatabase()
        await write(9)
        const id = (n: number) => `games:${String(n).padStart(12, '0')}`
        if (how === 'edit') await rows().updateOne({ _id: id(at) }, { $set: { reason: 'another' } })
        if (how === 'delete') await rows().deleteOne({ _id: id(at) })
        if (how === 'swap') {
          const [a, b] = [await rows().findOne({ _id: id(at) }), await rows().findOne({ _id: id(at + 1) })]
          await rows().updateOne({ _id: id(at) }, { $set: { action: b?.action, hash: b?.hash } })
          await rows().updateOne({ _id: id(at + 1) }, { $set: { action: a?.action, hash: a?.hash } })
        }
        const { fault } = await verifyChain(audit.entriesOf('games'))
        assert.equal(fault?.seq, at)
        await assert.rejects(() => verifyAudit(audit, ['games']), new RegExp(`entry ${at} `))
      }),
      { numRuns: 25 },
    )
  })

  it('shows that its end was cut off, and goes on from no cut as if nothing had been (§8)', async () => {
    await write(5)
    await rows().deleteOne({ _id: `games:${'5'.padStart(12, '0')}` })
    await assert.rejects(() => verifyAudit(audit, ['games']), /entry 5 is missing/)
    await write(1)
    await assert.rejects(() => verifyAudit(audit, ['games']), /entry 5 is missing/)
  })

  it('shows that it was made anew as a whole to whoever kept an earlier head', async () => {
    await write(4)
    const head = (await verifyAudit(audit, ['games'])).split(' ').at(-1) ?? ''
    await write(2)
    assert.match(await verifyAudit(audit, ['games'], [head]), /6 entries hold/)
    await database.connection.dropDatabase()
    await write(6)
    await assert.rejects(() => verifyAudit(audit, ['games'], [head]), /entry 4 was changed/)
    await assert.rejects(() => verifyAudit(audit, ['games'], ['nonsense']), /no head/)
  })

  it('is searched by case, agent and account, newest first, and within its company alone', async () => {
    await audit.append({ ...entry('one'), case: 'games:1:AAA', account: 'games:x' })
    await audit.append({ ...entry('two'), case: 'games:1:AAA' })
    await audit.append({ ...entry('other', 'mobile'), case: 'games:1:AAA', account: 'games:x' })
    const found = async (kind: 'case' | 'agent' | 'account', value: string) =>
      (await audit.search('games', { kind, value }, 10)).map(({ action }) => action)
    assert.deepEqual(await found('case', 'games:1:AAA'), ['two', 'one'])
    assert.deepEqual(await found('account', 'games:x'), ['one'])
    assert.deepEqual(await found('agent', 'agent@games.example'), ['two', 'one'])
  })
})
