import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  asAccount,
  companyWrites,
  createAccountsStore,
  createChangeDetails,
  createReadPrincipal,
  type PrincipalId,
} from '../../src/accounts/index.ts'
import { eventOfPerson, eventsOfAccount } from '../../src/activity/from-log.ts'
import { createEventsStore, createUndo, kindsOn, type Undo } from '../../src/activity/index.ts'
import { type AdjustableClock, adjustableClock, hour, now } from '../../src/lib/clock.ts'
import { isAppError } from '../../src/lib/errors.ts'
import { byCompany, byPerson, bySupport, changeDetails, createPeopleStore, detailsOf } from '../../src/people/index.ts'
import type { Database } from '../../src/storage/index.ts'
import { aStormAccount, aStormPerson } from '../profile-sync/storm.ts'
import { openTestDatabase } from '../world/database.ts'

interface Write {
  by: 'holder' | 'preview' | 'games' | 'mobile' | 'support'
  value: string
  hours: number
  /** Its record has reached the trail before the next. */
  drained: boolean
}

const write: fc.Arbitrary<Write> = fc.record({
  by: fc.constantFrom('holder', 'preview', 'games', 'mobile', 'support'),
  value: fc.constantFrom('Ada', 'Eva', 'Alva', 'Eira'),
  hours: fc.integer({ min: 0, max: 6 }),
  drained: fc.boolean(),
})
const histories = fc.array(write, { minLength: 1, maxLength: 10 })

/** What a person would say: back to my own last word, or to what I had before the first of them. */
const expected = (start: string, writes: readonly Write[]) => {
  let [stands, before] = [start, undefined as string | undefined]
  for (const { by, value } of writes) {
    if (by === 'holder' || by === 'preview') {
      stands = by === 'preview' ? stands : value
      before = undefined
    } else if (value !== stands) {
      before ??= stands
      stands = value
    }
  }
  return { stands, before: before === stands ? undefined : before }
}

describe('taking back what others changed', () => {
  let database: Database
  let clock: AdjustableClock
  before(async () => {
    database = await openTestDatabase()
  })
  after(() => database.close())
  beforeEach(() => {
    clock = adjustableClock()
  })
  afterEach(() => clock.reset())
  let runs = 0

  const parts = () => {
    const events = createEventsStore(database.connection)
    const [people, accounts] = [
      createPeopleStore(database.connection),
      createAccountsStore(database.connection, new Uint8Array(32)),
    ]
    const changeDetails = createChangeDetails({ people, accounts })
    const readPrincipal = createReadPrincipal({ people, accounts })
    const changesSince = async (holder: PrincipalId, since: number) =>
      (await events.since(holder, { since, kinds: kindsOn('details') })).map((event) => ({
        ...event,
        op: event.op ?? '',
      }))
    const undo = createUndo({ readPrincipal, changeDetails, activity: { changesSince } })
    return { events, people, accounts, changeDetails, undo }
  }

  /** Undoes the last change by others, and looks at what was offered, what stands, and that it can be done once. */
  const check = async (
    undo: Undo,
    {
      holder,
      op,
      writes,
      start,
      standing,
    }: {
      holder: PrincipalId
      op: string | undefined
      writes: readonly Write[]
      start: string
      standing: () => Promise<string | null | undefined>
    },
  ) => {
    const model = expected(start, writes)
    assert.equal(await standing(), model.stands)
    if (op === undefined) return
    const refused = (error: unknown) => isAppError(error, 'undo-too-late')
    if (model.before === undefined) {
      await assert.rejects(undo.takeBack(holder, [op]), refused)
      assert.equal(await standing(), model.stands)
      return
    }
    assert.deepEqual((await undo.offered(holder)).get(op), { givenName: model.before })
    assert.deepEqual((await undo.find(holder, [op])).restored, { givenName: model.before })
    await undo.takeBack(holder, [op])
    assert.equal(await standing(), model.before)
    await assert.rejects(undo.takeBack(holder, [op]), refused)
  }

  it('H18: restores what the person last said, or had before the first of them, whatever they and two companies wrote', async () => {
    const { events, people, undo } = parts()
    await fc.assert(
      fc.asyncProperty(histories, async (writes) => {
        const id = `ada${++runs}`
        await people.insert(aStormPerson(id))
        const start = detailsOf((await people.get(id))!).givenName!
        const holder = { kind: 'person', person: id } as const
        let last: string | undefined
        for (const [n, { by, value, hours, drained }] of writes.entries()) {
          clock.advance(hours * hour)
          const op = `${id}-${n}`
          const standing = detailsOf((await people.get(id))!).givenName!
          const company = by === 'mobile' ? 'mobile' : 'games'
          const agent = { agent: 'a', role: 'support', case: '1' }
          const actor =
            by === 'holder' || by === 'preview'
              ? ({ kind: 'person', id } as const)
              : by === 'support'
                ? ({ kind: 'support', company, epoch: 1, ...agent } as const)
                : ({ kind: 'company', company, epoch: 1 } as const)
          const source =
            by === 'holder'
              ? byPerson
              : by === 'support'
                ? bySupport(company, 'l')
                : byCompany(company, by === 'preview' ? `p${n}` : 'l')
          const asked = by === 'preview' ? standing : value
          const { fields } = await changeDetails(people, id, {
            op,
            source,
            actor,
            changes: [{ field: 'givenName', value: asked }],
          })
          if (actor.kind !== 'person' && fields.length > 0 && value !== standing) last = op
          if (drained) {
            const person = (await people.get(id))!
            for (const entry of person.log) await events.insert(eventOfPerson(person, entry))
            await people.drained(id, person.n)
          }
        }
        const standing = async () => detailsOf((await people.get(id))!).givenName
        await check(undo, { holder, op: last, writes, start, standing })
      }),
      { numRuns: 60 },
    )
  })

  it('H18: restores the same for the holder of an account that is not linked', async () => {
    const { events, accounts, changeDetails, undo } = parts()
    const theirs = histories.map((writes) => writes.filter(({ by }) => by !== 'mobile' && by !== 'preview'))
    await fc.assert(
      fc.asyncProperty(theirs, async (writes) => {
        const subject = `tom${++runs}`
        const id = `games:${subject}`
        const [start, company] = ['Tom', 'games'] as const
        await accounts.insert({
          ...aStormAccount('alpha', subject, { givenName: start }),
          _id: id,
          company,
          copy: { givenName: start },
        })
        let last: string | undefined
        for (const [n, { by, value, hours, drained }] of writes.entries()) {
          clock.advance(hours * hour)
          const op = `${subject}-${n}`
          const was = (await accounts.get(id))!.copy.givenName ?? null
          const agent = { agent: 'a', role: 'support', case: '1' }
          if (by === 'holder')
            await changeDetails(asAccount(id), { changes: [{ field: 'givenName', value, was }], minimumAge: 16 })
          else {
            const bySelf = by === 'games'
            const actor = bySelf
              ? ({ kind: 'company', company, epoch: 1 } as const)
              : ({ kind: 'support', company, epoch: 1, ...agent } as const)
            const source = bySelf ? byCompany : bySupport
            const changes = [{ field: 'givenName' as const, value }]
            await accounts.change(id, (seen) => companyWrites(seen, { op, changes, actor, source, at: now() }))
            if (value !== was) last = op
          }
          if (drained) {
            const account = (await accounts.get(id))!
            for (const entry of account.log)
              for (const event of eventsOfAccount(account, entry)) await events.insert(event)
            await accounts.drained(id, account.n)
          }
        }
        // A holder who writes what stands already has written nothing.
        let stands: string = start
        const said = writes.filter(({ by, value }) => {
          const counts = by !== 'holder' || value !== stands
          stands = value
          return counts
        })
        const standing = async () => (await accounts.get(id))!.copy.givenName
        await check(undo, { holder: { kind: 'account', account: id }, op: last, writes: said, start, standing })
      }),
      { numRuns: 60 },
    )
  })
})
