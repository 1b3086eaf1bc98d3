import assert from 'node:assert/strict'
import { type Account, type AccountsStore, blankAccount, createAccountsStore } from '../../src/accounts/index.ts'
import { detailsOfClaims } from '../../src/details/index.ts'
import { type AdjustableClock, adjustableClock, second } from '../../src/lib/clock.ts'
import { createLinkIndex, createLinks, type Links } from '../../src/links/index.ts'
import { differences, takenOver } from '../../src/links/link-rules.ts'
import { byCompany, createPeopleStore, type PeopleStore } from '../../src/people/index.ts'
import { applyIntents } from '../../src/profile-sync/index.ts'
import type { Database } from '../../src/storage/index.ts'
import { aStormAccount, aStormPerson } from '../profile-sync/storm.ts'
import { openTestDatabase } from '../world/database.ts'
import { aCompany } from '../world/group.ts'

const company = aCompany({ id: 'beta' })
const actor = { kind: 'person', id: 'ada' } as const
const shown = detailsOfClaims(company.release.receives)
const request = { company, actor, policyVersion: '1', shown }

describe('linking an account, and taking it apart (M2, M3)', () => {
  let database: Database
  let clock: AdjustableClock
  let people: PeopleStore
  let accounts: AccountsStore
  let links: Links
  const aborted: string[] = []
  beforeEach(async () => {
    clock = adjustableClock()
    aborted.length = 0
    database = await openTestDatabase()
    people = createPeopleStore(database.connection)
    accounts = createAccountsStore(database.connection, new Uint8Array(32))
    links = createLinks({
      people,
      accounts,
      index: createLinkIndex(database.connection),
      revisionOf: () => 1,
      applyIntents: (account) => applyIntents({ people, accounts }, account),
      abortSends: (id) => aborted.push(id),
      holdersOf: async () => [],
    } as Parameters<typeof createLinks>[0])
    await people.insert(aStormPerson('ada'))
    await people.insert(aStormPerson('bo'))
  })
  afterEach(async () => {
    clock.reset()
    await database.close()
  })
  const fromBefore = async (): Promise<Account> => {
    const account = aStormAccount('beta', 'before', { givenName: 'Before' })
    await accounts.insert(account)
    return account
  }
  const linkIt = (person: string, epoch: number) =>
    links.linkExistingAccount(person, {
      ...request,
      account: 'beta:before',
      epoch,
      keep: [],
      proven: { person: 1, account: 1 },
    } as Parameters<Links['linkExistingAccount']>[1])

  it('W6: an account that moved on since it was proven is not linked: the proof was of another state (T11)', async () => {
    const { epoch } = await fromBefore()
    await accounts.change('beta:before', () => ({ set: { epoch: epoch + 1 } }))
    await assert.rejects(linkIt('ada', epoch), { code: 'link-not-possible-now' })
    assert.equal((await accounts.get('beta:before'))!.link, null)
    assert.equal(await links.accountAt('ada', 'beta'), undefined)
  })

  it('M3: of two people who prove one account at once, one has it', async () => {
    const { epoch } = await fromBefore()
    const both = await Promise.allSettled([linkIt('ada', epoch), linkIt('bo', epoch)])
    assert.equal(both.filter(({ status }) => status === 'fulfilled').length, 1)
    const held = await Promise.all(['ada', 'bo'].map((id) => links.accountAt(id, 'beta')))
    assert.equal(held.filter(Boolean).length, 1)
  })

  it('T17: a birth date is shown as different, and never taken over from an account', () => {
    const [mine, theirs] = [
      { birthDate: '1990-01-02', givenName: 'Ada' },
      { birthDate: '2012-01-02', givenName: 'A' },
    ]
    const shown = differences(mine, theirs, ['birthDate', 'givenName'])
    assert.deepEqual(
      shown.map(({ field, open }) => [field, open]),
      [
        ['birthDate', false],
        ['givenName', true],
      ],
    )
    assert.deepEqual(
      takenOver(['birthDate', 'givenName'], () => true),
      ['givenName'],
    )
  })

  it('W9: an unlink makes what the company wrote before it on the person, and drops nothing (G1)', async () => {
    const account = await links.linkNewAccount('ada', request as Parameters<Links['linkNewAccount']>[1])
    const changes = [{ field: 'givenName' as const, value: 'Written' }]
    const source = byCompany('beta', account.link!.id)
    const intent = {
      n: account.n + 1,
      changes,
      actor: { kind: 'company', company: 'beta', epoch: 1 } as const,
      source,
      at: 1,
    }
    await accounts.change(account._id, () => ({ set: { 'intents.op': intent } }))
    await links.unlink('ada', 'beta', { keep: 'now', actor })
    assert.deepEqual((await people.get('ada'))!.fields.givenName![source]?.value, 'Written')
    assert.deepEqual((await accounts.get(account._id))!.intents, {})
  })

  it('W1: an unlink is answered only once what is on the wire was broken off or has run out (G5)', async () => {
    const account = await links.linkNewAccount('ada', request as Parameters<Links['linkNewAccount']>[1])
    const until = Date.now() + 5 * second
    const { epoch, seq } = account
    await accounts.change(account._id, () => ({ set: { 'sending.web': { epoch, seq, token: 't', until } } }))
    let answered = false
    const unlinked = links.unlink('ada', 'beta', { keep: 'now', actor }).then(() => {
      answered = true
    })
    while (aborted.length === 0) await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(aborted, [account._id])
    assert.equal((await accounts.get(account._id))!.link, null)
    for (let turns = 0; turns < 300; turns++) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(answered, false)
    clock.advance(6 * second)
    await unlinked
  })

  it('M3: a reservation that nobody finished is settled, and what was paused inside it makes no account', async () => {
    const index = createLinkIndex(database.connection)
    const entry = await index.reserve({ person: 'ada', company: 'beta', account: 'beta:late', epoch: 1 }, null)
    clock.advance(31 * second)
    assert.equal(await links.settleDue(), 1)
    assert.equal((await index.find('ada', 'beta'))!.state, 'ended')
    const late = blankAccount({
      _id: entry!.account,
      company: 'beta',
      subject: 'late',
      status: 'open',
      epoch: 1,
      language: 'en',
      createdAt: 0,
    })
    assert.equal(await accounts.insert(late), false)
  })
})
