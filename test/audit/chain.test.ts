import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createAudit, createAuditStore, verifyAudit, verifyChain } from '../../src/audit/index.ts'
import { createSecretBox } from '../../src/lib/secret-box.ts'
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

  describe('of somebody who is erased', () => {
    const box = createSecretBox([new Uint8Array(32).fill(7)])
    let sealing: ReturnType<typeof createAudit>
    beforeEach(async () => {
      sealing = createAudit({ connection: database.connection, box })
      const of = (account: string, id: string) => ({
        ...entry('status-seen'),
        account,
        case: id,
        reason: `Calls of ${account}`,
      })
      await sealing.append({ ...entry('case-opened'), case: 'games:1:AAA', reason: 'Maja Holm asks' })
      await sealing.append(of('games:maja', 'games:1:AAA'))
      await sealing.append(of('games:bo', 'games:1:BBB'))
    })
    const reasons = async () =>
      (await sealing.newest('games', 10)).map(({ reason, isErased }) => reason ?? isErased ?? '-')

    it('keeps nothing that staff wrote, holds all the same, and says that it was erased, once (S10, §8)', async () => {
      const stored = JSON.stringify(await rows().find({}).toArray())
      assert.doesNotMatch(stored, /Maja|Calls of/)
      assert.deepEqual(await reasons(), ['Calls of games:bo', 'Calls of games:maja', 'Maja Holm asks'])
      for (const _again of [1, 2])
        await sealing.forget('games', 'games:maja', await sealing.casesOf('games', 'games:maja'))
      assert.deepEqual(await reasons(), ['-', 'Calls of games:bo', true, true])
      const [newest] = await sealing.newest('games', 1)
      assert.deepEqual([newest?.action, newest?.account, newest?.seq], ['erased', 'games:maja', 4])
      assert.match(await verifyAudit(sealing, ['games']), /4 entries hold/)
    })

    it('is forgotten whole, wherever a crash stopped it', async () => {
      // The entry was written and the process died: the keys are still there, and the next drain goes on.
      await createAuditStore(database.connection).append({ ...entry('erased'), account: 'games:maja' })
      await sealing.forget('games', 'games:maja', ['games:1:AAA'])
      const left = await database.connection.collection<{ _id: string }>('auditKeys').find({}).toArray()
      assert.deepEqual(
        left.map(({ _id }) => _id),
        ['games:bo'],
      )
      await sealing.append({ ...entry('status-seen'), account: 'games:maja', reason: 'again' })
      assert.deepEqual(await reasons(), ['again', '-', 'Calls of games:bo', true, true])
    })
  })
})
