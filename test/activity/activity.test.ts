import assert from 'node:assert/strict'
import { type Account, type AccountLogEntry, createReadPrincipal } from '../../src/accounts/index.ts'
import { coarseNetwork } from '../../src/activity/coarse-network.ts'
import {
  createActivity,
  createBundlesStore,
  createEventsStore,
  createNotices,
  type Notice,
} from '../../src/activity/index.ts'
import { adjustableClock, minute, now, second } from '../../src/lib/clock.ts'
import type { Person, PersonLogEntry, UndoOffer } from '../../src/people/index.ts'
import type { Database } from '../../src/storage/index.ts'
import { openTestDatabase } from '../world/database.ts'

const ada = {
  _id: 'ada',
  status: 'active',
  language: 'sv',
  fields: {},
  identifiers: ['email:group:ada@mail.example'],
} as unknown as Person
const anAccount = (more: Partial<Account> = {}) =>
  ({
    _id: 'games:1',
    company: 'games',
    epoch: 2,
    language: 'ja',
    link: null,
    signIn: null,
    copy: {},
    ...more,
  }) as unknown as Account
const linked = anAccount({
  link: {
    person: 'ada',
    agreed: [],
    since: 1,
    id: 'link-1',
    policyVersion: '1',
    how: 'existing',
    formerAddress: 'old@own.example',
  },
})
const me = { kind: 'person', person: 'ada' } as const

describe('what people are told of their sign-in and accounts', () => {
  let database: Database
  let sent: Map<string, Notice>
  let bundles: ReturnType<typeof createBundlesStore>
  let activity: ReturnType<typeof createActivity>
  beforeEach(async () => {
    database = await openTestDatabase()
    sent = new Map()
    const events = createEventsStore(database.connection)
    const people = { get: async (id: string) => (id === 'ada' ? ada : null) }
    const send = async (notice: Notice) => void sent.set(notice.id, notice)
    bundles = createBundlesStore(database.connection)
    const readPrincipal = createReadPrincipal({ people, accounts: { get: async () => anAccount() } })
    const notices = createNotices({
      readPrincipal,
      bundles,
      events,
      send,
      offerUndo: async (id: string, offer: UndoOffer) => `${offer.kind}-${id.length}`,
      addressesBeforeLinks: async () => [],
      linkedSince: async () => [],
      companyName: (id) => id.toUpperCase(),
      issuer: 'https://id.example',
    })
    activity = createActivity({ events, notices, bundles, readPrincipal, serviceName: (id) => id ?? 'Account' })
  })
  afterEach(() => database.close())

  const written = async () => (await activity.listFor(me, { limit: 10, kinds: ['written-to'] })).map(({ mail }) => mail)
  const n = (() => {
    let next = 0
    return () => ++next
  })()
  const personSaid = (more: Partial<PersonLogEntry>): PersonLogEntry => ({
    n: n(),
    op: 'op',
    kind: 'details-changed',
    at: now(),
    actor: { kind: 'company', company: 'games', epoch: 1 },
    ...more,
  })
  const accountSaid = (more: Partial<AccountLogEntry>): AccountLogEntry => ({
    n: n(),
    op: 'op',
    kind: 'linked',
    at: now(),
    actor: { kind: 'person', id: 'ada' },
    epoch: 2,
    ...more,
  })
  const mails = () => [...sent.values()].map(({ kind, to }) => `${kind} → ${to}`)

  it('records and writes once, however often a log is drained (M4)', async () => {
    const entry = personSaid({ changes: { familyName: { before: 'Berg', after: 'Ek' } }, reason: 'A letter came back' })
    for (let i = 0; i < 3; i++) await activity.recordPerson(ada, [entry])
    const events = await activity.listFor(me, { limit: 10 })
    assert.deepEqual(events.map(({ kind }) => kind).sort(), ['details-changed', 'written-to'])
    assert.deepEqual(mails(), ['details-changed → ada@mail.example'])
    const [letter] = sent.values()
    assert.equal(letter?.values.by, 'GAMES')
    assert.match(letter?.values.undoUrl ?? '', /^https:\/\/id\.example\/undo\/details-/)
    assert.ok(!letter?.id.includes('@'), 'the queue keeps no address in its ids')
  })

  it('U16: eighty-five corrections by a company are two letters: one at once, one for all that followed', async () => {
    const clock = adjustableClock()
    const correct = (i: number) =>
      personSaid({ op: `op${i}`, changes: { city: { before: `${i}`, after: `${i + 1}` } } })
    try {
      for (let i = 0; i < 85; i++) await activity.recordPerson(ada, [correct(i)])
      await activity.sendDue()
      assert.deepEqual(mails(), ['details-changed → ada@mail.example'])
      clock.advance(15 * minute + second)
      for (let i = 0; i < 3; i++) await activity.sendDue()
      assert.deepEqual(mails(), ['details-changed → ada@mail.example', 'details-changed → ada@mail.example'])
    } finally {
      clock.reset()
    }
  })

  it('offers a contact address changed by a company for signing in, at proven addresses only (T5, T14)', async () => {
    const changes = { email: { before: 'ada@mail.example', after: 'eve@evil.example' } }
    await activity.recordPerson(ada, [personSaid({ changes })])
    assert.deepEqual(mails(), ['details-changed → ada@mail.example', 'address-offered → ada@mail.example'])
  })

  it('tells the former address of a new one, and does not name it whole (T5)', async () => {
    const changes = { email: { before: 'old@mail.example', after: 'ada@mail.example' } }
    const entry = personSaid({ kind: 'address-changed', changes, formerAddresses: ['old@mail.example'] })
    await activity.recordPerson(ada, [{ ...entry, actor: { kind: 'person', id: 'ada' } }])
    assert.deepEqual(mails(), ['address-changed → old@mail.example'])
    assert.equal([...sent.values()][0]?.values.address, 'a…@mail.example')
  })

  it('writes nothing about what people did to their own details', async () => {
    const changes = { city: { before: null, after: 'Lund' } }
    await activity.recordPerson(ada, [personSaid({ actor: { kind: 'person', id: 'ada' }, changes })])
    assert.deepEqual(mails(), [])
  })

  it('tells of a link at the person’s address and at the one the account had, with a way back (T18)', async () => {
    await activity.recordAccount(linked, [accountSaid({ person: 'ada' })])
    assert.deepEqual(mails(), ['account-linked → ada@mail.example', 'account-linked → old@own.example'])
    for (const { values, language } of sent.values()) {
      assert.match(values.undoUrl ?? '', /undo\/link-/)
      assert.equal(language, 'sv')
    }
  })

  it('tells the holder of a separate account that it was closed, though it keeps no address by then', async () => {
    await activity.recordAccount(anAccount(), [accountSaid({ kind: 'closed', address: 'bo@own.example' })])
    assert.deepEqual(mails(), ['closure-done → bo@own.example'])
  })

  it('keeps a person’s trail and an account’s own apart', async () => {
    await activity.recordAccount(linked, [
      accountSaid({ person: 'ada' }),
      accountSaid({ kind: 'own-data-changed' }),
      accountSaid({ kind: 'shared', person: 'ada' }),
    ])
    const kinds = async (holder: Parameters<typeof activity.listFor>[0]) =>
      (await activity.listFor(holder, { limit: 10 })).map(({ kind }) => kind).sort()
    assert.deepEqual(await kinds(me), ['linked', 'own-data-changed', 'written-to'])
    assert.deepEqual(await kinds({ kind: 'account', account: 'games:1' }), ['linked'])
    assert.deepEqual(await kinds({ kind: 'account', account: 'games:12' }), [])
    assert.deepEqual(await kinds({ kind: 'person', person: 'bo' }), [])
  })

  it('remembers when a service was last used, and only roughly from where (S1-b)', async () => {
    const use = { kind: 'service-used', holder: me, company: 'games', account: 'games:1', service: 'arcade' } as const
    await activity.record({ ...use, network: '203.0.113.77/32', device: 'Firefox, Android' })
    const [event] = await activity.listFor(me, { limit: 1 })
    assert.equal(event?.network, '203.0.113.0/24')
    assert.ok((await activity.lastUses('games:1')).arcade)
    assert.deepEqual(await activity.lastUses('games:12'), {})
    assert.equal(coarseNetwork('2001:db8:aaaa:bbbb::/64'), '2001:db8:aaaa::/48')
    assert.equal(coarseNetwork('unknown'), undefined)
  })

  it('S1-b: uses of a service in one browser within ten minutes are one record, with how many and when last', async () => {
    const clock = adjustableClock()
    const use = { kind: 'service-used', holder: me, company: 'games', account: 'games:1', how: 'session' } as const
    const here = { ...use, service: 'arcade', browser: 'here', device: 'Firefox, Linux' }
    try {
      const began = now()
      for (let times = 0; times < 3; times += 1) {
        await activity.record(here)
        clock.advance(3 * minute)
      }
      await activity.record({ ...here, service: 'chess' })
      await activity.record({ ...here, browser: 'there' })
      await activity.record({ ...here, how: 'signed-in' })
      await activity.record({ ...use, service: 'arcade' })
      await activity.record({ ...use, service: 'arcade' })
      clock.advance(2 * minute)
      await activity.record(here)
      const [last, ...before] = (await activity.listFor(me, { limit: 20 })).reverse()
      assert.equal(last?.again?.times, 3)
      assert.ok(last!.at - began < second && last!.again!.until - last!.at >= 6 * minute)
      assert.deepEqual(
        before.map(({ again }) => again),
        Array(6).fill(undefined),
      )
      assert.ok((await activity.lastUses('games:1')).arcade! >= began + 11 * minute)
      const [newest, other] = await activity.browsersOf({ _id: 'games:1', link: linked.link })
      assert.deepEqual([newest?.browser, other?.browser], ['here', 'there'])
    } finally {
      clock.reset()
    }
  })

  it('S9: a record that is no more is not counted on: what comes next is one of its own', async () => {
    const use = { kind: 'service-used', holder: me, account: 'games:1', service: 'arcade', how: 'session' } as const
    for (let times = 0; times < 2; times += 1) await activity.record({ ...use, browser: 'here' })
    await database.connection.collection('events').deleteMany({})
    await activity.record({ ...use, browser: 'here' })
    const [one, more] = await activity.listFor(me, { limit: 10 })
    assert.deepEqual([one?.again, more], [undefined, undefined])
  })

  it('writes of a sign-in from a new device, and of no other (ASVS 6.3.5)', async () => {
    await activity.record({ kind: 'signed-in', holder: me, device: 'Firefox, Android' })
    assert.deepEqual(mails(), [])
    await activity.record({ kind: 'signed-in', holder: me, device: 'Firefox, Android', newDevice: true })
    assert.deepEqual(mails(), ['new-sign-in → ada@mail.example'])
    assert.deepEqual(await written(), ['new-sign-in'])
  })

  it('writes that a sign-in was ended because somebody used a copy of it, naming the service', async () => {
    await activity.record({ kind: 'refresh-reused', holder: me, service: 'games-arcade' })
    assert.deepEqual(mails(), ['refresh-reused → ada@mail.example'])
    assert.equal([...sent.values()][0]?.values.service, 'games-arcade')
    assert.deepEqual(await written(), ['refresh-reused'])
  })

  it('writes of strangers’ wrong passwords, and shows them in the trail (§3)', async () => {
    await activity.recordGuesses(me)
    assert.deepEqual(mails(), ['sign-in-guessed → ada@mail.example'])
    const [event] = await activity.listFor(me, { limit: 1, kinds: ['sign-in-failed'] })
    assert.equal(event?.by, 'system')
    assert.deepEqual(await written(), ['sign-in-guessed'])
  })

  it('pages through a trail without gap or repeat, and takes no cursor of another’s', async () => {
    for (let i = 0; i < 5; i++) await activity.record({ kind: 'signed-in', holder: me })
    const first = await activity.listFor(me, { limit: 3 })
    const rest = await activity.listFor(me, { limit: 3, before: first.at(-1)?.id })
    assert.equal(new Set([...first, ...rest].map(({ id }) => id)).size, 5)
    const bo = { kind: 'person', person: 'bo' } as const
    assert.deepEqual(await activity.listFor(bo, { limit: 3, before: first[0]?.id }), [])
  })

  it('forgets a trail with the sign-in it belonged to (S9)', async () => {
    await activity.recordPerson(ada, [personSaid({ changes: { city: { before: null, after: 'Lund' } } })])
    await activity.recordPerson({ ...ada, status: 'erased', identifiers: [] }, [personSaid({ kind: 'erased' })])
    assert.deepEqual(await activity.listFor(me, { limit: 10 }), [])
  })
})
