import assert from 'node:assert/strict'
import fc from 'fast-check'
import { createAudit, createAuditStore, verifyAudit, verifyChain } from '../../src/audit/index.ts'
import { createSecretBox } from '../../src/lib/secret-box.ts'
import type { Database } from '../../src/storage/index.ts'
import { openTestDatabase } from '../world/database.ts'

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
      const { entries, broken } = await verifyChain(audit.entriesOf(company))
      assert.deepEqual([entries, broken], [10, undefined])
    }
    assert.match(await verifyAudit(audit, ['games', 'mobile', 'pictures']), /^games: 10 entries hold/)
  })

  it('shows any edit, deletion and reordering (§8)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 8 }), fc.constantFrom('edit', 'delete', 'swap'), async (at, how) => {
        await database.connection.db.dropDatabase()
        await write(9)
        const id = (n: number) => `games:${String(n).padStart(12, '0')}`
        if (how === 'edit') await rows().updateOne({ _id: id(at) }, { $set: { reason: 'another' } })
        if (how === 'delete') await rows().deleteOne({ _id: id(at) })
        if (how === 'swap') {
          const [a, b] = [await rows().findOne({ _id: id(at) }), await rows().findOne({ _id: id(at + 1) })]
          await rows().updateOne({ _id: id(at) }, { $set: { action: b?.action, hash: b?.hash } })
          await rows().updateOne({ _id: id(at + 1) }, { $set: { action: a?.action, hash: a?.hash } })
        }
        const { broken } = await verifyChain(audit.entriesOf('games'))
        assert.equal(broken?.seq, at)
        await assert.rejects(() => verifyAudit(audit, ['games']), new RegExp(`entry ${at} `))
      }),
      { numRuns: 25 },
    )
  })

  describe('of a company whose entry was edited where it is stored', () => {
    const full = {
      ...entry('act'),
      through: 'the ticket system',
      case: 'games:1:AAA',
      account: 'games:x',
      fields: ['city'],
      reason: 'The caller asks',
      outcome: 'done',
    }
    const second = `games:${'2'.padStart(12, '0')}`
    const stored = async () => {
      await write(1)
      await audit.append(full)
      await write(1)
      const row = await rows().findOne({ _id: second })
      assert.ok(row)
      return row
    }
    const assertShown = async (what: string) => {
      const { broken } = await verifyChain(audit.entriesOf('games'))
      assert.equal(broken?.seq, 2, what)
      await assert.rejects(() => verifyAudit(audit, ['games']), /entry 2 /, what)
    }
    const another = (value: unknown): unknown =>
      Array.isArray(value) ? [...value, 'another'] : typeof value === 'number' ? value + 1 : `${value}x`

    it('H17: shows it whichever field it was, changed or taken out, `through` and what a search goes by too (W4)', async () => {
      const fields = Object.entries(await stored())
      assert.deepEqual(
        fields.map(([field]) => field).sort(),
        ['_id', 'at', 'hash', 'prev', 'seq', 'find', ...Object.keys(full)].sort(),
        'a new field is edited here as well',
      )
      for (const [field, value] of fields) {
        if (field === '_id') continue
        const edits = {
          changed: () => rows().updateOne({ _id: second }, { $set: { [field]: another(value) } }),
          'taken out': () => rows().updateOne({ _id: second }, { $unset: { [field]: '' } }),
        }
        for (const [how, edit] of Object.entries(edits)) {
          await edit()
          await assertShown(`${field} ${how}`)
          await rows().updateOne({ _id: second }, { $set: { [field]: value } })
          assert.match(await verifyAudit(audit, ['games']), /3 entries hold/)
        }
      }
    })

    it('H17: shows it of the place where it stands', async () => {
      const row = await stored()
      await rows().deleteOne({ _id: second })
      await rows().insertOne({ ...row, _id: `${second}0` })
      await assertShown('_id')
    })

    it('H17: shows an act hidden from the search of its agent, case or account, or put into another’s', async () => {
      const { find } = await stored()
      const [agent, ofCase, account] = find as string[]
      const others = ['agent|games|other@games.example', 'case|games:1:BBB', 'account|games:y']
      for (const edited of [
        [],
        [agent, ofCase],
        [agent, account],
        [ofCase, account],
        others,
        [...(find as []), others[2]],
      ]) {
        await rows().updateOne({ _id: second }, { $set: { find: edited } })
        await assertShown(String(edited))
      }
    })

    it('H17: holds what was written before what a search goes by was compared', async () => {
      await rows().insertOne({
        _id: `games:${'1'.padStart(12, '0')}`,
        company: 'games',
        seq: 1,
        at: 1_764_000_000_000,
        agent: 'agent@games.example',
        role: 'support',
        action: 'case-opened',
        case: 'games:1:AAA',
        prev: '-',
        hash: 'v39tgKqwIy-h6RPog9MIqCZagkM8-ZHtcaqY7jEsc7Q',
        find: ['agent|games|agent@games.example', 'case|games:1:AAA'],
      })
      assert.match(await verifyAudit(audit, ['games']), /1 entries hold/)
      await write(1)
      assert.match(await verifyAudit(audit, ['games']), /2 entries hold/)
    })
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
    await database.connection.db.dropDatabase()
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
