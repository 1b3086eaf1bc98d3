import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { type Account, holderOf } from '../../src/accounts/index.ts'
import { restoreBackup, takeBackup } from '../../src/backup/index.ts'
import type { Company } from '../../src/companies/index.ts'
import { createWriteDetails } from '../../src/company-api/write-details.ts'
import type { DetailName, Details } from '../../src/details/index.ts'
import { type AdjustableClock, adjustableClock, minute } from '../../src/lib/clock.ts'
import { isAppError } from '../../src/lib/errors.ts'
import { byPerson, changeDetails } from '../../src/people/index.ts'
import {
  type Channel,
  channels,
  goesOn,
  groupNews,
  marketingOn,
  type Objection,
  objections,
} from '../../src/preferences/index.ts'
import { requestKinds } from '../../src/rights-requests/index.ts'
import type { Staff } from '../../src/staff/index.ts'
import { type Database, openDatabase, sealBackupFile } from '../../src/storage/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { beforeEachOperation } from '../world/around-storage.ts'
import { openTestDatabase } from '../world/database.ts'
import { aDesk } from '../world/desk.ts'
import { Died } from '../world/dying.ts'

type Act =
  | { act: 'say'; yes: Channel[]; news: boolean }
  | { act: 'object' | 'lift'; objection: Objection }
  | { act: 'letter'; from: Channel | 'group-news' }
  | { act: 'link' | 'move' | 'pause' | 'resume' | 'answer' | 'withdraw' | 'back-up' | 'restore' }
  | { act: 'unlink'; keep: 'before' | 'now' }
  | { act: 'share'; allowed: string[] }
  | { act: 'ask'; kind: (typeof requestKinds)[number] }
type Step = Act & { dies: number | undefined }

const simple = ['link', 'move', 'pause', 'resume', 'answer', 'withdraw', 'back-up', 'restore'] as const
/** Before which operation its process dies; most acts are acknowledged, for of the others nobody knows what holds. */
const lives = fc.oneof({ weight: 2, arbitrary: fc.constant(undefined) }, fc.nat(14))
const acts: fc.Arbitrary<Step> = fc
  .oneof(
    fc.record({ act: fc.constant('say' as const), yes: fc.subarray([...channels]), news: fc.boolean() }),
    fc.record({ act: fc.constantFrom('object', 'lift'), objection: fc.constantFrom(...objections) }),
    fc.record({ act: fc.constant('letter' as const), from: fc.constantFrom(...channels, 'group-news' as const) }),
    { weight: 3, arbitrary: fc.record({ act: fc.constantFrom(...simple) }) },
    fc.record({ act: fc.constant('unlink' as const), keep: fc.constantFrom('before', 'now') }),
    {
      weight: 2,
      arbitrary: fc.record({ act: fc.constant('share' as const), allowed: fc.subarray(['account', 'prizes']) }),
    },
    fc.record({ act: fc.constant('ask' as const), kind: fc.constantFrom(...requestKinds) }),
  )
  .chain((each) => lives.map((dies) => ({ ...each, dies }) as Step))

/** After these the person changes their details, so that whatever may still flow does. */
const aboutFlows: readonly Act['act'][] = ['link', 'unlink', 'pause', 'resume', 'share', 'restore']

/** What chance comes to too seldom: each begins linked, with a backup from then. */
const always: Act[][] = [
  [{ act: 'pause' }, { act: 'share', allowed: ['prizes'] }, { act: 'share', allowed: [] }],
  [{ act: 'pause' }, { act: 'restore' }],
  [{ act: 'pause' }, { act: 'share', allowed: ['account'] }, { act: 'move' }, { act: 'restore' }],
  [{ act: 'share', allowed: ['account'] }, { act: 'restore' }, { act: 'share', allowed: ['account', 'prizes'] }],
  [{ act: 'share', allowed: [] }, { act: 'back-up' }, { act: 'restore' }],
  [{ act: 'unlink', keep: 'before' }, { act: 'restore' }, { act: 'link' }],
  [{ act: 'unlink', keep: 'now' }, { act: 'restore' }, { act: 'link' }, { act: 'unlink', keep: 'before' }],
  [
    { act: 'say', yes: ['email', 'push'], news: true },
    { act: 'back-up' },
    { act: 'say', yes: ['push'], news: false },
    { act: 'object', objection: 'profiling' },
    { act: 'restore' },
  ],
  [
    { act: 'say', yes: [...channels], news: true },
    { act: 'object', objection: 'marketing' },
    { act: 'unlink', keep: 'now' },
  ],
  [
    { act: 'object', objection: 'marketing' },
    { act: 'lift', objection: 'marketing' },
  ],
  [
    { act: 'object', objection: 'analytics' },
    { act: 'unlink', keep: 'before' },
    { act: 'say', yes: ['post'], news: true },
    { act: 'link' },
    { act: 'letter', from: 'post' },
    { act: 'letter', from: 'group-news' },
  ],
]

const runs = Number(process.env.STORM_RUNS ?? 25)
const secretKeys = [new Uint8Array(32).fill(7)]
const games = ['games-arcade', 'leaderboard']
const street = { street: 'Harbour Row 1', postalCode: '111 22', city: 'Visby' }
/** What every link's page shows, and is agreed to. */
const shown: readonly DetailName[] = ['givenName', 'city', 'email']

/** What was acknowledged, and no more than that; undefined: a crash came between, and nobody knows. */
interface Known {
  tick: number
  /** The last yes that may have been said, and the last no that was acknowledged. */
  yes: Map<Channel | 'news', number>
  no: Map<Channel | 'news', number>
  objected: Set<Objection>
  /** Purposes, and as of which telling. */
  refused: { purposes: string[]; from: number } | undefined
  /** `isStill`: nothing was refused since, which would be told. */
  paused: { city: string | null | undefined; from: number; isStill: boolean } | undefined
  /** Of an account that stands alone. */
  apart: { copy: Details; from: number } | undefined
  /** As of which telling this link's company has had what was shown. */
  linkedFrom: number
  /** The account's own details before each link, by its id. */
  before: Map<string, Details>
}

describe('what nobody may do after any mix of choices, requests, links, unlinks, restores and crashes (S6-a, S4-4, S9, G7, M15, W17)', function () {
  this.timeout(runs * 30_000)
  const folder = mkdtempSync(join(tmpdir(), 'choices-'))
  const [journalDir, path] = [join(folder, 'journal'), join(folder, 'last.backup')]
  let clock: AdjustableClock
  let places = 0
  let database: Database
  let app: TestApp
  let staff: Staff
  let left: number | undefined
  const aPlace = (): Promise<Database> =>
    process.env.TEST_MONGODB_URI ? openTestDatabase() : openDatabase({ dataDir: join(folder, `data-${places++}`) })
  const start = async (): Promise<void> => {
    const connection = beforeEachOperation(database.connection, () => {
      if (left === undefined) return
      if (left <= 0) throw new Died()
      left -= 1
    })
    app = await aTestApp({ database: { ...database, connection }, config: { journalDir } })
  }
  const backUp = async (): Promise<void> => {
    rmSync(path, { force: true })
    await takeBackup({ database, journal: app.features.journal, journalDir }, `${path}.partial`)
    await sealBackupFile(`${path}.partial`, path)
  }
  const restore = async (): Promise<void> => {
    await app.close()
    await database.close()
    database = await aPlace()
    await restoreBackup({ database, secretKeys, journalDir }, { path, withoutJournal: false })
    await start()
  }
  before(async () => {
    clock = adjustableClock()
    database = await aPlace()
    await start()
    staff = await aDesk(app).aMember('games', 'privacy')
  })
  after(async () => {
    clock.reset()
    await app.close()
    await database.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const write = (company: Company, id: string, changes: { field: DetailName; value: string }[]) =>
    createWriteDetails(app.features)(company, id, changes)

  const play = async (step: Step, id: string, person: string, tick: number): Promise<void> => {
    const { choose, share, links, rightsRequests, readPrincipal, people } = app.features
    const company = app.config.group.companies.get('games')!
    const actor = { kind: 'person', id: person } as const
    const account = await app.account(id)
    const holder = holderOf(id, account.link?.person)
    const by = { link: account.link?.id ?? '', actor }
    const theirs = async () => {
      const { parts } = await rightsRequests.ask.page(holder, [account])
      return parts.find(({ state }) => !['answered', 'refused', 'withdrawn'].includes(state))?.id ?? ''
    }
    if (step.act === 'say') {
      const inForce = await choose.choicesOf(account)
      const was = channels.filter((channel) => marketingOn(inForce, channel).allowed)
      await choose.save(holder, {
        companies: [{ company: 'games', was, now: step.yes }],
        groupNews: { was: groupNews(inForce).allowed, now: step.news },
      })
    }
    if (step.act === 'object' || step.act === 'lift') await choose.object(holder, step.objection, step.act === 'object')
    if (step.act === 'letter') await choose.unsubscribe(account, step.from)
    if (step.act === 'link' && !account.link)
      await links.linkExistingAccount(person, {
        company,
        actor,
        policyVersion: '1',
        shown,
        account: id,
        epoch: account.epoch,
        keep: [],
        proven: {
          person: (await people.get(person))?.credentialEpoch ?? 0,
          account: account.credentialEpoch,
        },
      })
    if (step.act === 'unlink' && account.link) await links.unlink(person, 'games', { keep: step.keep, actor })
    if (step.act === 'move') {
      const said = {
        city: `City ${tick}`,
        street: `Row ${tick}`,
        givenName: `Ada${letter(tick)}`,
        familyName: `Berg${letter(tick)}`,
      }
      const changes = Object.entries(said).map(([field, value]) => ({ field: field as DetailName, value }))
      await changeDetails(people, person, { source: byPerson, actor, changes })
    }
    if (step.act === 'share') await share.choose(id, company, by, { allowed: step.allowed })
    if (step.act === 'pause' || step.act === 'resume') await share[step.act](id, by)
    if (step.act === 'ask') {
      const who = await readPrincipal(holder)
      assert.ok(who)
      const asking = { kind: step.kind, about: 'As it should be', companies: ['games'], once: `${id} ${tick}` }
      await rightsRequests.ask.ask(who, [account], asking)
    }
    if (step.act === 'withdraw') await rightsRequests.ask.withdraw(holder, await theirs())
    if (step.act === 'answer') await rightsRequests.desk.answer(staff, await theirs(), 'It is done', [])
    if (step.act === 'back-up') await backUp()
    if (step.act === 'restore') await restore()
  }

  /** What the step means to them, given whether it was acknowledged. */
  const note = (known: Known, step: Step, done: boolean, before: Account, after: Account): void => {
    const from = app.told.length
    const all = [...channels, 'news'] as const
    const isNo = (each: Channel | 'news') => {
      if (step.act === 'letter') return each === (step.from === 'group-news' ? 'news' : step.from)
      return step.act === 'say' && (each === 'news' ? !step.news : !step.yes.includes(each))
    }
    const isStop = step.act === 'object' && step.objection === 'marketing'
    if (done) for (const each of all) if (isNo(each) || isStop || step.act === 'restore') known.no.set(each, known.tick)
    if (step.act === 'object' && done) known.objected.add(step.objection)
    if (step.act === 'lift') known.objected.delete(step.objection)
    if (after.link?.id !== before.link?.id) {
      known.refused = { purposes: [], from }
      known.paused = undefined
      known.apart = after.link || !done ? undefined : { copy: after.copy, from }
      known.linkedFrom = from
      if (step.act === 'link' && after.link) known.before.set(after.link.id, before.copy)
    } else if (step.act === 'share')
      known.refused = done
        ? { purposes: ['account', 'prizes'].filter((each) => !step.allowed.includes(each)), from }
        : undefined
    if (step.act === 'resume') known.paused = undefined
    // What is refused leaves though it is paused, and what is allowed again does not come before it is resumed.
    if (step.act === 'share' && known.paused) known.paused = { city: after.copy.city, from, isStill: false }
    if (step.act === 'pause' && done && after.link) known.paused ??= { city: after.copy.city, from, isStill: true }
    if (step.act !== 'restore') return
    // What companies had by the backup they have.
    if (known.refused) known.refused.from = 0
    if (known.paused) known.paused = { city: after.copy.city, from: 0, isStill: false }
    if (known.apart) known.apart = { copy: after.copy, from: 0 }
    known.linkedFrom = 0
  }

  /** What an act itself says of the account after it. */
  const judgeAct = (known: Known, step: Step, done: boolean, before: Account, after: Account): void => {
    if (step.act === 'unlink' && done && before.link && step.keep === 'before')
      assert.deepEqual(after.copy, known.before.get(before.link.id), 'the account as it was before the link')
    if (step.act === 'restore' && after.link)
      assert.ok(after.link.id === before.link?.id, 'no link that had ended is back after a restore')
  }

  const judge = async (known: Known, id: string, what: string): Promise<void> => {
    const account = await app.account(id)
    const now = await app.features.choose.choicesOf(account)
    const mayBe = (each: Channel | 'news') => (known.yes.get(each) ?? 0) > (known.no.get(each) ?? 0)
    for (const channel of channels)
      if (marketingOn(now, channel).allowed) assert.ok(mayBe(channel), `${channel} after ${what}`)
    if (groupNews(now).allowed) assert.ok(mayBe('news'), `news of the group after ${what}`)
    // And as its company is told, which also asks for an address: never more than that, and service messages always.
    const asked = channels.map((channel) => ({ subject: account.subject, purpose: 'marketing' as const, channel }))
    const others = (['group-news', 'service'] as const).map((purpose) => ({ ...asked[0]!, purpose }))
    const company = app.config.group.companies.get('games')!
    const answers = await app.features.audience.evaluateAll(company, 'games-machine', [...asked, ...others])
    const told = answers.map(({ decision }) => decision)
    for (const [i, channel] of channels.entries())
      if (told[i]) assert.ok(mayBe(channel), `told yes of ${channel} after ${what}`)
    if (told.at(-2)) assert.ok(mayBe('news'), `told yes of the group’s news after ${what}`)
    assert.equal(told.at(-1), true, `a service message after ${what}`)
    for (const objection of known.objected)
      if (objection !== 'marketing') assert.equal(goesOn(now, objection).allowed, false, `${objection} after ${what}`)
    const { copy, link, subject } = account
    const beyond = Object.keys(copy).filter((field) => link && !shown.includes(field as DetailName))
    assert.deepEqual(beyond, [], `what was never agreed to, after ${what}`)
    const toldSince = (from: number) =>
      app.told
        .slice(from)
        .filter(
          ({ service, payload }) => games.includes(service) && (payload.sub_id as { sub?: string })?.sub === subject,
        )
        .flatMap(({ payload }) => Object.values((payload.events ?? {}) as Record<string, { claims?: Claims }>))
        .flatMap(({ claims }) => (claims ? [claims] : []))
    const { refused, paused, apart } = known
    if (link)
      for (const { family_name, birthdate, address } of toldSince(known.linkedFrom))
        assert.deepEqual(
          [family_name ?? null, birthdate ?? null, address?.street_address ?? null],
          [null, null, null],
          `what was never agreed to, told after ${what}`,
        )
    if (link && refused?.purposes.includes('prizes')) {
      assert.equal(copy.city, undefined, `the copy after ${what}`)
      for (const { address } of toldSince(refused.from))
        assert.equal(address ?? null, null, `an address told after ${what}`)
    }
    if (link && refused?.purposes.includes('account')) {
      assert.equal(copy.givenName, undefined, `the copy after ${what}`)
      for (const { given_name } of toldSince(refused.from))
        assert.equal(given_name ?? null, null, `a name told after ${what}`)
    }
    if (link && paused) {
      assert.equal(copy.city, paused.city, `paused, after ${what}`)
      if (paused.isStill) assert.deepEqual(toldSince(paused.from), [], `told anything while paused, after ${what}`)
      for (const { address } of toldSince(paused.from))
        assert.ok(!address || address.locality === paused.city, `told while paused, after ${what}`)
    }
    if (!link && apart) {
      assert.deepEqual(copy, apart.copy, `unlinked, after ${what}`)
      assert.deepEqual(toldSince(apart.from), [], `told of an account that is not linked, after ${what}`)
    }
    // And the other way: what is not shared with a company, or is paused, its company does not change.
    if (link && (paused || refused?.purposes.includes('prizes')))
      await assert.rejects(write(company, id, [{ field: 'city', value: 'Oslo' }]), isAppError, `written after ${what}`)
  }

  it('writes to nobody on a channel that they refused last, and lets no field flow that is refused, paused, never agreed to or of a link that ended', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(acts, { minLength: 4, maxLength: 12 }), async (story) => {
        const { id: person } = await app.aPerson({ details: street })
        const { account: id } = await app.aSeparateAccount('games')
        const known: Known = {
          tick: 0,
          yes: new Map(),
          no: new Map(),
          objected: new Set(),
          refused: { purposes: [], from: 0 },
          paused: undefined,
          apart: undefined,
          linkedFrom: 0,
          before: new Map(),
        }
        // A yes from before a link, and its end: what happens between is anybody's guess.
        const opening: Step[] = [
          { act: 'say', yes: [...channels], news: true, dies: undefined },
          { act: 'link', dies: undefined },
          { act: 'back-up', dies: undefined },
        ]
        const ending: Step = { act: 'unlink', keep: 'now', dies: undefined }
        const whole = [...opening, ...story, ending].flatMap((step): Step[] =>
          aboutFlows.includes(step.act) ? [step, { act: 'move', dies: undefined }] : [step],
        )
        for (const step of whole) {
          known.tick += 1
          if (step.act === 'say') {
            for (const channel of step.yes) known.yes.set(channel, known.tick)
            if (step.news) known.yes.set('news', known.tick)
          }
          const before = await app.account(id)
          left = step.act === 'back-up' || step.act === 'restore' ? undefined : step.dies
          const done = await play(step, id, person, known.tick).then(
            () => true,
            (error: unknown) => {
              if (!(error instanceof Died) && !isAppError(error)) throw error
              return false
            },
          )
          left = undefined
          // A link that its process died over is nobody's for half a minute, and its person due until then.
          if (!done) clock.advance(minute)
          const after = await app.account(id)
          judgeAct(known, step, done, before, after)
          note(known, step, done, before, after)
          if (step.dies === undefined) await app.settled()
          await judge(known, id, step.act)
        }
      }),
      {
        numRuns: runs,
        examples: always.map((story): [Step[]] => [story.map((each) => ({ ...each, dies: undefined }))]),
      },
    )
  })
})

interface Claims {
  given_name?: string | null
  family_name?: string | null
  birthdate?: string | null
  address?: { locality?: string; street_address?: string } | null
}

/** Names have no digits. */
const letter = (tick: number): string => String.fromCodePoint(97 + (tick % 26))
