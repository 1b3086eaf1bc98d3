import assert from 'node:assert/strict'
import { type Account, type AccountLogEntry, asPerson } from '../../src/accounts/index.ts'
import { createDisclosures, createDisclosuresStore, type Disclosures } from '../../src/disclosures/index.ts'
import type { Database } from '../../src/storage/index.ts'
import { counted } from '../world/counted.ts'
import { openTestDatabase } from '../world/database.ts'
import { aCompany } from '../world/group.ts'

const link = (person: string) => ({
  person,
  agreed: [],
  since: 1,
  id: 'link-1',
  policyVersion: '1',
  how: 'new' as const,
})
const anAccount = (more: Partial<Account> = {}) =>
  ({
    _id: 'games:1',
    company: 'games',
    epoch: 1,
    seq: 1,
    link: link('ada'),
    copy: { givenName: 'Ada' },
    ...more,
  }) as Account

describe('the sharing history', () => {
  let database: Database
  let ledger: Disclosures
  let recipients = ['arcade']
  beforeEach(async () => {
    recipients = ['arcade']
    database = await openTestDatabase()
    ledger = createDisclosures({
      disclosures: createDisclosuresStore(database.connection),
      company: (id) => aCompany({ id }),
      recipientsOf: () => recipients.map((id) => ({ id })),
    })
  })
  afterEach(() => database.close())

  let n = 0
  const said = (more: Partial<AccountLogEntry>): AccountLogEntry => ({
    n: ++n,
    op: 'op',
    kind: 'shared',
    at: n,
    actor: { kind: 'system' },
    epoch: 1,
    seq: 1,
    fields: ['givenName'],
    person: 'ada',
    ...more,
  })
  const told = (seq: number, outcome = 'acknowledged', more: Partial<AccountLogEntry> = {}) =>
    said({ kind: 'told', seq, outcome, recipient: 'arcade', person: undefined, fields: undefined, ...more })
  const outcomes = async (person = 'ada') =>
    (await ledger.ofHolder(asPerson(person), ['games:1'], { limit: 50 })).rows
      .map(({ epoch, seq, outcome }) => `${epoch}.${seq} ${outcome}`)
      .sort()

  it('S3-a: has one row per telling with its purpose, basis and policy, however often it is drained (M4)', async () => {
    const log = [said({ policyVersion: '7' }), told(1)]
    for (let i = 0; i < 3; i++) await ledger.recordAccount(anAccount(), log)
    const {
      rows: [row, ...more],
    } = await ledger.ofHolder(asPerson('ada'), ['games:1'], { limit: 50 })
    assert.equal(more.length, 0)
    assert.equal(row?.outcome, 'acknowledged')
    assert.equal(row?.policyVersion, '7')
    assert.equal(row?.basis, 'contract')
    assert.deepEqual(row?.purpose, { en: 'To run your account.' })
  })

  it('has the answer also where the row was written by a drain that died before its end (M4)', async () => {
    const log = [said({ policyVersion: '7', withdrawn: ['phone'] })]
    await ledger.recordAccount(anAccount(), log)
    assert.deepEqual(await outcomes(), ['1.1 on-its-way'])
    await ledger.recordAccount(anAccount(), [...log, told(1, 'refused', { reason: 'status 400' })])
    const { rows } = await ledger.ofHolder(asPerson('ada'), ['games:1'], { limit: 50 })
    assert.deepEqual(
      rows.map(({ outcome, why, policyVersion, withdrawn, fields }) => [
        outcome,
        why,
        policyVersion,
        withdrawn,
        fields,
      ]),
      [['refused', 'status 400', '7', ['phone'], ['givenName']]],
    )
  })

  it('is written once for a telling that was answered before its log was drained', async () => {
    const seen: string[] = []
    const counting = createDisclosures({
      disclosures: createDisclosuresStore(counted(database.connection, seen)),
      company: (id) => aCompany({ id }),
      recipientsOf: () => recipients.map((id) => ({ id })),
    })
    await counting.recordAccount(anAccount(), [said({ withdrawn: ['phone'], policyVersion: '7' }), told(1)])
    assert.deepEqual(seen, ['updateOne disclosures', 'find disclosures'])
    const { rows } = await ledger.ofHolder(asPerson('ada'), ['games:1'], { limit: 50 })
    assert.deepEqual(
      rows.map(({ outcome, policyVersion, withdrawn }) => [outcome, policyVersion, withdrawn]),
      [['acknowledged', '7', ['phone']]],
    )
  })

  it('looks for nothing before a telling whose recipient had answered the one before it', async () => {
    const seen: string[] = []
    const counting = createDisclosures({
      disclosures: createDisclosuresStore(counted(database.connection, seen)),
      company: (id) => aCompany({ id }),
      recipientsOf: () => recipients.map((id) => ({ id })),
    })
    await counting.recordAccount(anAccount(), [said({ seq: 2 }), told(2, 'acknowledged', { isNext: true })])
    assert.deepEqual(seen, ['updateOne disclosures'])
    assert.deepEqual(await outcomes(), ['1.2 acknowledged'])
  })

  it('writes at once what several recipients answered next, each to its own row', async () => {
    recipients = ['arcade', 'forum']
    const seen: string[] = []
    const counting = createDisclosures({
      disclosures: createDisclosuresStore(counted(database.connection, seen)),
      company: (id) => aCompany({ id }),
      recipientsOf: () => recipients.map((id) => ({ id })),
    })
    const next = { isNext: true } as const
    const log = [said({ seq: 2 }), told(2, 'acknowledged', next)]
    await counting.recordAccount(anAccount(), [...log, told(2, 'refused', { ...next, recipient: 'forum' })])
    assert.deepEqual(seen, ['updateOne disclosures', 'updateOne disclosures'])
    assert.deepEqual(await outcomes(), ['1.2 acknowledged', '1.2 refused'])
  })

  it('marks what a newer telling replaced, and nothing that had arrived (G4)', async () => {
    await ledger.recordAccount(anAccount(), [said({ seq: 1 }), told(1), said({ seq: 2 }), said({ seq: 3 }), told(3)])
    assert.deepEqual(await outcomes(), ['1.1 acknowledged', '1.2 superseded', '1.3 acknowledged'])
  })

  it('marks all that a newer telling replaced, however many there are and whoever else is told (G4)', async () => {
    recipients = ['arcade', 'forum']
    const many = Array.from({ length: 13 }, (_, i) => said({ seq: i + 1 }))
    await ledger.recordAccount(anAccount(), [...many, told(13)])
    const seen = await outcomes()
    const counted = (word: string) => seen.filter((each) => each.endsWith(word)).length
    assert.deepEqual([counted('superseded'), counted('acknowledged'), counted('on-its-way')], [12, 1, 13])
  })

  it('S9: a notice that was answered ends no update before it, and an update none of the notices', async () => {
    const notice = 'data-corrected' as const
    const log = [said({ seq: 1 }), said({ kind: notice, seq: 2, fields: undefined })]
    await ledger.recordAccount(anAccount(), [...log, told(2, 'acknowledged', { notice })])
    assert.deepEqual(await outcomes(), ['1.1 on-its-way', '1.2 acknowledged'])
    await ledger.recordAccount(anAccount(), [
      said({ seq: 3 }),
      said({ kind: notice, seq: 4, fields: undefined }),
      told(3),
    ])
    assert.deepEqual(await outcomes(), ['1.1 superseded', '1.2 acknowledged', '1.3 acknowledged', '1.4 on-its-way'])
  })

  it('keeps recipients apart: one that answered does not stand for one that did not', async () => {
    recipients = ['arcade', 'shop']
    await ledger.recordAccount(anAccount(), [said({ seq: 1 }), said({ seq: 2 }), told(2)])
    const waiting = (await ledger.ofHolder(asPerson('ada'), ['games:1'], { limit: 50 })).rows.filter(
      ({ outcome }) => outcome === 'on-its-way',
    )
    assert.deepEqual(
      waiting.map(({ recipient }) => recipient),
      ['shop', 'shop'],
    )
  })

  it('shows a refusal with its reason', async () => {
    await ledger.recordAccount(anAccount(), [said({}), told(1, 'refused', { reason: 'invalid_request' })])
    const {
      rows: [row],
    } = await ledger.ofHolder(asPerson('ada'), ['games:1'], { limit: 50 })
    assert.equal(row?.outcome, 'refused')
    assert.equal(row?.why, 'invalid_request')
  })

  it('cancels what was on its way when the link ends, not what a later link tells (G5)', async () => {
    await ledger.recordAccount(anAccount(), [said({ seq: 1 }), told(1), said({ seq: 2 })])
    const ended = said({ kind: 'unlinked', seq: 2, fields: undefined })
    await ledger.recordAccount(anAccount({ epoch: 3 }), [ended, said({ epoch: 3, seq: 3 })])
    await ledger.recordAccount(anAccount({ epoch: 3 }), [ended])
    assert.deepEqual(await outcomes(), ['1.1 acknowledged', '1.2 cancelled', '3.3 on-its-way'])
  })

  it('shows nobody what was told under somebody else’s link of the same account (T18)', async () => {
    await ledger.recordAccount(anAccount(), [said({})])
    await ledger.recordAccount(anAccount({ epoch: 3, link: link('bo') }), [said({ epoch: 3, person: 'bo' })])
    assert.deepEqual(await outcomes('ada'), ['1.1 on-its-way'])
    assert.deepEqual(await outcomes('bo'), ['3.1 on-its-way'])
  })

  it('records a sharing also where a company has nobody to be told', async () => {
    recipients = []
    await ledger.recordAccount(anAccount(), [said({})])
    assert.deepEqual(await outcomes(), ['1.1 held'])
  })

  it('records a telling without a change: a service that is new is told all that is released', async () => {
    await ledger.recordAccount(anAccount(), [told(1)])
    const {
      rows: [row],
    } = await ledger.ofHolder(asPerson('ada'), ['games:1'], { limit: 50 })
    assert.deepEqual(row?.fields, ['givenName'])
    assert.equal(row?.outcome, 'acknowledged')
  })
})
