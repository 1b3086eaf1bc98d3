import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Account } from '../../src/accounts/index.ts'
import type { ClosureProcess } from '../../src/companies/index.ts'
import { type ClaimName, type DetailName, type Details, detailsOfClaims } from '../../src/details/index.ts'
import { type AdjustableClock, adjustableClock, hour, now } from '../../src/lib/clock.ts'
import { isAppError } from '../../src/lib/errors.ts'
import { byCompany, bySupport, detailsOf, longestLog, type Person } from '../../src/people/index.ts'
import type { Database } from '../../src/storage/index.ts'
import { openTestDatabase } from '../world/database.ts'
import {
  aStormAccount,
  aStormPerson,
  type Command,
  carryOut,
  claimsTold,
  companies,
  companyNames,
  existingSubject,
  plainStores,
  Random,
  recipientsOf,
  type Spoil,
  type Stores,
  type StormProcess,
  startProcess,
  undrained,
  Weather,
  World,
} from './storm.ts'

const people = ['p1', 'p2']
const fields: DetailName[] = ['givenName', 'familyName', 'city']

const person = fc.constantFrom(...people)
const company = fc.constantFrom(...companyNames)
const word = fc.integer({ min: 0, max: 999 }).map((n) => `value ${n}`)
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('person-changes' as const),
      person,
      field: fc.constantFrom(...fields),
      value: fc.option(word, { freq: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('company-writes' as const),
      person,
      company: fc.constantFrom('alpha' as const, 'beta' as const),
      field: fc.constantFrom<DetailName>('givenName', 'familyName'),
      value: word,
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('links' as const), person, company }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('links-existing' as const),
      person,
      company: fc.constantFrom('alpha' as const, 'beta' as const),
      keep: fc.subarray<DetailName>(['givenName']),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('unlinks' as const),
      person,
      company,
      keep: fc.constantFrom('before' as const, 'now' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('closes' as const),
      person,
      company,
      process: fc.constantFrom<ClosureProcess>({ kind: 'at-once' }, { kind: 'after-grace', days: 1 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('sweep' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('support-corrects' as const),
      person,
      company: fc.constantFrom('alpha' as const, 'beta' as const),
      field: fc.constantFrom<DetailName>('givenName', 'familyName'),
      value: word,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('undoes' as const), person }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('comes-back' as const), person, company }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('agrees' as const), person, company }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erases' as const), person }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('receiver-falls' as const, 'receiver-rises' as const),
      recipient: company.chain((id) => fc.constantFrom(...recipientsOf(id).map((each) => each.id))),
    }),
  },
  {
    weight: 1,
    arbitrary: company.chain((id) =>
      fc.record({
        do: fc.constant('policy-changes' as const),
        company: fc.constant(id),
        receives: fc.subarray<ClaimName>([...companies[id].receives]),
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('time-passes' as const), hours: fc.integer({ min: 1, max: 30 }) }),
  },
)
const story = fc.record({
  seed: fc.nat(),
  /** What a drain that stood still has left in every document's log. */
  waiting: fc.oneof(fc.constant(0), fc.integer({ min: longestLog - 4, max: longestLog })),
  waves: fc.array(fc.array(command, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 }),
})
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never

interface Outcome {
  world: World
  people: Person[]
  accounts: Account[]
}

let clock: AdjustableClock

/** Plays a story in bad weather, then lets calm processes finish what is left, and answers what there is in the end. */
const play = async (database: Database, { seed, waiting, waves }: Story, spoil: Spoil): Promise<Outcome> => {
  await Promise.all(['people', 'accounts', 'links'].map((name) => database.connection.collection(name).deleteMany({})))
  const world = new World()
  const weather = new Weather(new Random(seed), clock)
  const stores = plainStores(database)
  for (const id of people) await stores.people.insert({ ...aStormPerson(id), ...undrained(waiting) })
  for (const id of ['alpha', 'beta'] as const) {
    const own = { givenName: `${id} from before`, familyName: `${id} family` }
    await stores.accounts.insert({ ...aStormAccount(id, existingSubject, own), ...undrained(waiting, id) })
    world.alone.set(`${id}:${existingSubject}`, { ...own })
  }
  const started: StormProcess[] = []
  const start = (): StormProcess => {
    started.push(startProcess(world, weather, spoil, stores))
    return started.at(-1) as StormProcess
  }
  let processes: [StormProcess, StormProcess] = [start(), start()]
  let { policies } = world
  let n = 0
  for (const wave of waves) {
    await Promise.all(
      wave.map(async (wanted) => {
        const turn = weather.random.below(2) as 0 | 1
        if (processes[turn].process.dead) processes[turn] = start()
        const at = processes[turn]
        // Refused (not linked, taken meanwhile) is an answer; what a dead process was asked has none.
        const answered = carryOut(at, world, wanted, `op${n++}`).catch((error: unknown) => {
          if (!isAppError(error)) throw error
        })
        await Promise.race([answered, at.process.death])
      }),
    )
    clock.advance(world.passed)
    world.passed = 0
    // Files are read at a start: whoever runs with others than these ends now, in the middle of whatever it does.
    if (world.policies !== policies) {
      policies = world.policies
      for (const each of processes) each.process.die()
      processes = [start(), start()]
      for (const each of processes) void each.applyPolicies()
    }
  }
  weather.calm = true
  const calm = start()
  await calm.applyPolicies()
  await settle(calm, stores)
  // None of them goes on in the next story.
  for (const each of started) each.process.die()
  const found = await Promise.all(companyNames.map((id) => stores.accounts.ofCompany(id, '', 100)))
  return {
    world,
    people: (await Promise.all(people.map((id) => stores.people.get(id)))).filter((each) => each !== null),
    accounts: found.flat(),
  }
}

const settle = async (calm: StormProcess, { people, accounts }: Stores): Promise<void> => {
  const isDue = async () => {
    const dues = await Promise.all(companyNames.map((id) => accounts.due(id, now(), 1)))
    return (await people.due(now(), 1)).length + dues.flat().length > 0
  }
  // What waits for its time is due by the second look; days of grace may go on for longer.
  for (let round = 0, quiet = 0; round < 20; round++) {
    clock.advance(2 * hour)
    quiet = (await isDue()) ? 0 : quiet + 1
    if (quiet === 2) return
    await calm.sweep()
  }
  assert.fail('G2: something stays due for ever')
}

/** What its company may receive now, of what the person was shown and agreed to. */
const released = ({ policies }: World, { company, link }: Account): DetailName[] => {
  const allowed = detailsOfClaims([...(policies[company]?.receives ?? [])])
  return (link?.agreed ?? []).filter((field) => allowed.includes(field))
}
const isLinked = (account: Account) => account.link !== null && account.status === 'open'
const newer = (a: { epoch: number; seq: number }, b: { epoch: number; seq: number }) =>
  a.epoch > b.epoch || (a.epoch === b.epoch && a.seq > b.seq)

type Change = { before: string | null; after: string | null }

/** The newest word on each detail, of those who have a say: nobody through a link that ended *as before the link*. */
const withoutWhatLeft = ({ said, takenApart }: World, person: Person): Details => {
  const gone = new Set(takenApart.flatMap(({ company, link }) => [byCompany(company, link), bySupport(company, link)]))
  const newest = detailsOf(aStormPerson(person._id))
  const at: Partial<Record<DetailName, number>> = {}
  for (const { field, value, v } of said.filter((each) => each.person === person._id && !gone.has(each.source)))
    if (v > (at[field] ?? 0)) {
      newest[field] = value
      at[field] = v
    }
  return newest
}

const guarantees: Record<string, (outcome: Outcome) => void> = {
  'G1 an acknowledged change is never lost': ({ world, people }) => {
    for (const { person, op } of world.acknowledged) {
      const kept = [...world.personLog].some(([key, entry]) => key.startsWith(`${person}:`) && entry.op === op)
      assert.ok(kept, `G1: ${op} was acknowledged to ${person} and there is no trace of it`)
    }
    for (const each of people) {
      const replayed = detailsOf(aStormPerson(each._id))
      for (let n = 1; n <= each.n; n++) {
        const entry = world.personLog.get(`${each._id}:${n}`)
        assert.ok(entry, `G1: entry ${n} of ${each._id} was never drained`)
        for (const [field, { after }] of Object.entries(entry.changes ?? {})) replayed[field as DetailName] = after
      }
      if (each.status === 'active')
        assert.deepEqual(detailsOf(each), replayed, 'G1: the details are not what the acknowledged changes make')
    }
    for (const id of world.erased)
      assert.equal(people.find(({ _id }) => _id === id)?.status, 'erased', `G1: ${id} was told that it is gone`)
  },
  'G2 when changes stop, every linked copy equals the details cut to what its company may receive': ({
    world,
    people,
    accounts,
  }) => {
    for (const account of accounts.filter(isLinked)) {
      const owner = people.find(({ _id }) => _id === account.link?.person)
      assert.equal(owner?.status, 'active', `G2: ${account._id} is linked to nobody`)
      const details = detailsOf(owner as Person)
      const wanted = Object.fromEntries(
        released(world, account).flatMap((field) => (details[field] === undefined ? [] : [[field, details[field]]])),
      )
      assert.deepEqual(account.copy, wanted, `G2: the copy of ${account._id} is behind`)
    }
    for (const { account, recipient, beyond } of world.sent)
      assert.deepEqual(beyond, [], `G2: ${recipient} was told of ${account} what its policy does not release`)
  },
  'G3 the version of an account never goes down, and no old value comes back by itself': ({ world, people }) => {
    for (const [id, states] of world.states) {
      states.sort((a, b) => a.rev - b.rev)
      for (const [i, state] of states.entries()) {
        const before = states[i - 1]
        assert.ok(!before || !newer(before, state), `G3: ${id} went back from ${before?.epoch}.${before?.seq}`)
      }
    }
    for (const each of people) {
      const expected = detailsOf(aStormPerson(each._id))
      for (let n = 1; n <= each.n; n++) {
        const entry = world.personLog.get(`${each._id}:${n}`)
        for (const [field, { before, after }] of Object.entries(entry?.changes ?? {}) as [DetailName, Change][]) {
          assert.equal(before, expected[field] ?? null, `G3: ${field} of ${each._id} was changed by no record`)
          expected[field] = after
        }
      }
    }
  },
  'G4 every recipient is told, in order, of the newest state': ({ world, accounts }) => {
    const began = new Map<string, { epoch: number; seq: number }>()
    for (const sent of world.sent) {
      const key = `${sent.account} ${sent.recipient}`
      const before = began.get(key)
      assert.ok(!before || !newer(before, sent), `G4: ${key} was told an older state after a newer one`)
      began.set(key, sent)
    }
    for (const account of accounts.filter(isLinked))
      for (const recipient of [`${account.company}-web`, `${account.company}-app`]) {
        const { epoch, seq } = account
        const told = account.told[recipient]
        assert.deepEqual([told?.epoch, told?.seq], [epoch, seq], 'G4: a telling has no outcome')
        if (told?.outcome === 'refused') {
          const refused = world.refused.has(`${account._id} ${recipient} ${epoch}.${seq}`)
          assert.ok(refused, `G4: ${recipient} is said to have refused what it did not`)
        } else {
          const got = world.received.get(`${account._id} ${recipient}`)
          assert.deepEqual(got, { epoch, seq, claims: claimsTold(account) }, `G4: ${recipient} was not told the newest`)
        }
        const outcome = [...world.accountLog].some(
          ([key, entry]) => key.startsWith(`${account._id}:`) && entry.op === `told:${recipient}:${epoch}.${seq}`,
        )
        assert.ok(outcome, 'G4: the person cannot see what became of a telling')
      }
  },
  'G5 no send begins once an end is acknowledged': ({ world }) => {
    for (const end of world.ended)
      for (const sent of world.sent)
        assert.ok(
          sent.account !== end.account || sent.order < end.order || sent.epoch > end.epoch,
          `G5: ${sent.recipient} was sent ${sent.epoch}.${sent.seq} after epoch ${end.epoch} had ended`,
        )
  },
  'G6 only its own closure ends an account': ({ world, accounts }) => {
    for (const account of accounts)
      if (account.status === 'closed')
        assert.ok(world.closedBy.has(account._id), `G6: ${account._id} was closed by nobody who may`)
    assert.deepEqual(world.endedByOthers, [], 'G6: a link was ended by somebody else than its person')
  },
  'G7 an account from before goes back to what it would have been': ({ world, people, accounts }) => {
    for (const account of accounts.filter((each) => each.status === 'open')) {
      const alone = world.alone.get(account._id)
      if (alone)
        assert.deepEqual(account.link ? account.own : account.copy, alone, `G7: ${account._id} was changed by its link`)
    }
    for (const each of people.filter(({ status }) => status === 'active'))
      assert.deepEqual(
        detailsOf(each),
        withoutWhatLeft(world, each),
        `G7: ${each._id} has not the details of everybody who still has a say`,
      )
  },
}

/** No promise to people, but what keeps them (model M4). */
const rules: typeof guarantees = {
  'M4 a log never holds more than it may, and nothing in it is lost': ({ world, accounts }) => {
    assert.ok(world.longestLog <= longestLog, `M4: a document held ${world.longestLog} entries`)
    for (const account of accounts)
      for (let n = 1; n <= account.n; n++)
        assert.ok(world.accountLog.has(`${account._id}:${n}`), `M4: entry ${n} of ${account._id} was never drained`)
  },
  'O10 every recipient hears, in order, what became of an account': ({ world, accounts }) => {
    for (const [key, heard] of world.heard)
      for (const [i, { version }] of heard.entries()) {
        const [epoch = 0] = version.split('.').map(Number)
        const [before = 0] = (heard[i - 1]?.version ?? '0').split('.').map(Number)
        assert.ok(epoch >= before, `O10: ${key} heard of epoch ${epoch} after ${before}`)
      }
    for (const { lifecycleEvents = [] } of accounts) assert.deepEqual(lifecycleEvents, [], 'O10: somebody was not told')
  },
}
const checks = { ...guarantees, ...rules }

const runs = Number(process.env.STORM_RUNS ?? 60)

describe('the guarantees, in any weather', () => {
  let database: Database
  before(async () => {
    clock = adjustableClock()
    database = await openTestDatabase()
  })
  after(async () => {
    clock.reset()
    await database.close()
  })

  const hold = (spoil: Spoil, only: string[] = Object.keys(checks)) =>
    fc.asyncProperty(story, async (told) => {
      const outcome = await play(database, told, spoil)
      for (const name of only) checks[name]?.(outcome)
    })

  it('hold for every story of people, companies, crashes, pauses and races: G1 to G7', async () => {
    await fc.assert(
      hold((stores) => stores),
      { numRuns: runs, endOnFailure: false },
    )
  })

  /** Each spoils one rule; the check of that guarantee has to see it. */
  const spoils: Record<string, Spoil> = {
    'G1 an acknowledged change is never lost': (stores) => ({
      ...stores,
      people: {
        ...stores.people,
        commit: async (person, mutation) => (await stores.people.commit(person, mutation)) ?? person,
      },
    }),
    'G2 when changes stop, every linked copy equals the details cut to what its company may receive': (stores) => ({
      ...stores,
      index: { ...stores.index, ofPerson: async (id) => (await stores.index.ofPerson(id)).slice(1) },
    }),
    'G3 the version of an account never goes down, and no old value comes back by itself': (stores) => ({
      ...stores,
      accounts: {
        ...stores.accounts,
        change: (id, decide) =>
          stores.accounts.change(id, (account) => {
            const mutation = decide(account)
            return mutation?.set?.seq ? { ...mutation, set: { ...mutation.set, seq: account.seq - 1 } } : mutation
          }),
      },
    }),
    'G4 every recipient is told, in order, of the newest state': (stores) => ({
      ...stores,
      accounts: {
        ...stores.accounts,
        change: (id, decide) =>
          stores.accounts.change(id, (account) => {
            const mutation = decide(account)
            const retries = Object.keys(mutation?.set ?? {}).find((path) => path.startsWith('retry.'))
            if (!mutation || !retries) return mutation
            const { epoch, seq } = account
            return {
              set: { [`told.${retries.slice(6)}`]: { epoch, seq, outcome: 'acknowledged', at: 0 } },
              unset: mutation.unset ?? [],
            }
          }),
      },
    }),
    'G5 no send begins once an end is acknowledged': (stores) => ({
      ...stores,
      accounts: {
        ...stores.accounts,
        change: async (id, decide) => {
          const before = await stores.accounts.get(id)
          const mutation = before ? decide(before) : undefined
          if (before && mutation?.log?.some(({ kind }) => kind === 'unlinked' || kind === 'closed'))
            return { ...before, epoch: before.epoch + 1, link: null, sending: {} }
          return stores.accounts.change(id, decide)
        },
      },
    }),
    'G6 only its own closure ends an account': (stores) => ({
      ...stores,
      accounts: {
        ...stores.accounts,
        change: async (id, decide) => {
          const changed = await stores.accounts.change(id, decide)
          if (changed?.link && changed.log.some(({ kind }) => kind === 'linked'))
            await stores.accounts.change(`gamma:${existingSubject}`, () => ({ set: { status: 'closed' } }))
          if (changed?.log.some(({ kind }) => kind === 'unlinked'))
            await stores.accounts.change(id, () => ({ set: { status: 'closed' } }))
          return changed
        },
      },
    }),
    'G7 an account from before goes back to what it would have been': (stores) => ({
      ...stores,
      accounts: {
        ...stores.accounts,
        change: (id, decide) =>
          stores.accounts.change(id, (account) => {
            const mutation = decide(account)
            return mutation?.set?.split ? { ...mutation, set: { ...mutation.set, copy: account.copy } } : mutation
          }),
      },
    }),
  }
  const further: [string, Spoil][] = [
    [
      'M4 where a writer does not see that the log is full',
      (stores) => ({
        ...stores,
        accounts: {
          ...stores.accounts,
          change: (id, decide) => stores.accounts.change(id, (account) => decide({ ...account, log: [] })),
        },
      }),
    ],
    [
      'M4 where more is taken out than was recorded',
      (stores) => ({
        ...stores,
        accounts: { ...stores.accounts, drained: (id, upTo) => stores.accounts.drained(id, upTo + 1) },
      }),
    ],
    [
      'G2 where a copy keeps what a policy withdrew',
      (stores) => ({
        ...stores,
        accounts: {
          ...stores.accounts,
          change: (id, decide) =>
            stores.accounts.change(id, (account) => {
              const mutation = decide(account)
              return mutation?.unset?.some((path) => path.startsWith('copy.'))
                ? { set: { at: mutation.set?.at } }
                : mutation
            }),
        },
      }),
    ],
    [
      'G4 where a refusal is made up',
      (stores) => ({
        ...stores,
        accounts: {
          ...stores.accounts,
          change: (id, decide) =>
            stores.accounts.change(id, (account) => {
              const mutation = decide(account)
              const told = Object.keys(mutation?.set ?? {}).find((path) => path.startsWith('told.'))
              if (!mutation || !told) return mutation
              const outcome = { ...(mutation.set?.[told] as object), outcome: 'refused' }
              return { ...mutation, set: { ...mutation.set, [told]: outcome } }
            }),
        },
      }),
    ],
    [
      'G7 where a company keeps its say after the link',
      (stores) => ({
        ...stores,
        people: {
          ...stores.people,
          commit: async (person, mutation) =>
            mutation.log.some(({ kind }) => kind === 'source-dropped')
              ? person
              : stores.people.commit(person, mutation),
        },
      }),
    ],
  ]
  // A check reads what came of a story, whichever database held it; some take hundreds of stories until one shows it.
  for (const [what, spoil] of [...Object.entries(spoils), ...further])
    it(`are really looked at: a rule that breaks "${what}" is caught @embedded`, async function () {
      this.timeout(300_000)
      const guarantee = Object.keys(checks).filter((name) => name.startsWith(what.slice(0, 2)))
      const { failed } = await fc.check(hold(spoil, guarantee), { numRuns: 4000, endOnFailure: true })
      assert.ok(failed, `nothing noticed that ${what} was broken`)
    })
})
