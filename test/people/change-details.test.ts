import assert from 'node:assert/strict'
import { asPerson, createAccountsStore, createChangeDetails, createReadPrincipal } from '../../src/accounts/index.ts'
import { createUndo } from '../../src/activity/index.ts'
import { type AdjustableClock, adjustableClock, second } from '../../src/lib/clock.ts'
import {
  byCompany,
  byPerson,
  changeDetails,
  createPeopleStore,
  detailsOf,
  dropSource,
  type PeopleStore,
  type Person,
  undoWithin,
} from '../../src/people/index.ts'
import type { Database } from '../../src/storage/index.ts'
import { aStormPerson } from '../profile-sync/storm.ts'
import { openTestDatabase } from '../world/database.ts'

const games = byCompany('games', 'l')
const company = { kind: 'company', company: 'games', epoch: 1 } as const
const self = { kind: 'person', id: 'ada' } as const

describe('changing the details of a person', () => {
  let database: Database
  let people: PeopleStore
  let clock: AdjustableClock
  beforeEach(async () => {
    clock = adjustableClock()
    database = await openTestDatabase()
    people = createPeopleStore(database.connection)
    await people.insert(aStormPerson('ada'))
  })
  afterEach(async () => {
    clock.reset()
    await database.close()
  })
  const ada = async (): Promise<Person> => (await people.get('ada'))!
  const write = (value: string | null, n = 1) =>
    changeDetails(people, 'ada', {
      op: `write-${n}`,
      source: games,
      actor: company,
      changes: [{ field: 'givenName', value }],
      once: { account: 'games:a', n },
    })

  it('W9: what a company decided is made once, however often a crash makes it be met again', async () => {
    await write('Gamer', 7)
    await changeDetails(people, 'ada', {
      source: byPerson,
      actor: self,
      changes: [{ field: 'givenName', value: 'Ada' }],
    })
    const { v } = await ada()
    assert.deepEqual((await write('Gamer', 7)).fields, [])
    assert.deepEqual((await write('Older', 6)).fields, [])
    assert.equal((await ada()).v, v)
    assert.equal(detailsOf(await ada()).givenName, 'Ada')
    assert.deepEqual((await write('Newer', 8)).fields, ['givenName'])
  })

  it('W9: an intent that changes nothing is marked as made all the same', async () => {
    await write('Gamer', 3)
    assert.deepEqual((await write('Gamer', 4)).fields, [])
    await changeDetails(people, 'ada', {
      source: byPerson,
      actor: self,
      changes: [{ field: 'givenName', value: 'Eva' }],
    })
    await write('Gamer', 4)
    assert.equal(detailsOf(await ada()).givenName, 'Eva')
  })

  it('M10: a form that was filled in before another’s change of the same field is told so; another field is not', async () => {
    const before = await ada()
    await write('Gamer')
    const from = (field: 'givenName' | 'familyName') =>
      changeDetails(people, 'ada', {
        source: byPerson,
        actor: self,
        changes: [{ field, value: 'Mine', base: before.fields[field]![byPerson]!.v }],
      })
    await assert.rejects(from('givenName'), { code: 'detail-changed-meanwhile' })
    assert.equal(detailsOf(await ada()).givenName, 'Gamer')
    await from('familyName')
    assert.equal(detailsOf(await ada()).familyName, 'Mine')
  })

  it('W13: a field that only a dropped company ever spoke of is cleared, so that it leaves every copy', async () => {
    await changeDetails(people, 'ada', {
      source: games,
      actor: company,
      changes: [{ field: 'region', value: 'Scania' }],
    })
    const { v } = await ada()
    await dropSource(people, 'ada', { sources: [games], actor: self, op: 'split' })
    assert.equal(detailsOf(await ada()).region, null)
    assert.equal((await ada()).v, v + 1)
  })

  it('M7: what a dropped company said gives way to the newest word of the others; done twice it is done once', async () => {
    await write('Gamer')
    await dropSource(people, 'ada', { sources: [games], actor: self, op: 'split' })
    const once = await ada()
    assert.equal(detailsOf(once).givenName, 'ada given')
    await dropSource(people, 'ada', { sources: [games], actor: self, op: 'split' })
    assert.equal((await ada()).v, once.v)
  })

  it('W16: a company’s change can be taken back for 72 hours, to the moment', async () => {
    await write('Gamer')
    const [change] = (await ada()).log.filter(({ op }) => op === 'write-1')
    clock.advance(undoWithin - second)
    const undone = { ops: ['write-1'], history: [change!] }
    const id = asPerson('ada')
    const accounts = createAccountsStore(database.connection, new Uint8Array(32))
    const undo = createUndo({
      readPrincipal: createReadPrincipal({ people, accounts }),
      changeDetails: createChangeDetails({ people, accounts }),
      activity: { changesSince: async () => undone.history },
    })
    assert.deepEqual((await undo.find(id, undone.ops)).restored, { givenName: 'ada given' })
    clock.advance(2 * second)
    await assert.rejects(undo.takeBack(id, undone.ops), { code: 'undo-too-late' })
    assert.equal(detailsOf(await ada()).givenName, 'Gamer')
  })
})
