import assert from 'node:assert/strict'
import { detailNames } from '../../src/details/index.ts'
import { day, now, second } from '../../src/lib/clock.ts'
import type { TestApp } from '../world/app.ts'
import { aMortalApp, type MortalApp } from '../world/dying-anywhere.ts'
import { isNewerVersion } from '../world/versions.ts'

const change = 'https://schemas.openid.net/secevent/caep/event-type/token-claims-change'

describe('what services hear of an account beside its details (O10)', function () {
  this.timeout(120_000)
  let mortal: MortalApp
  let app: TestApp
  before(async () => {
    mortal = await aMortalApp()
    app = mortal.app
  })
  after(() => mortal.close())
  afterEach(() => app.faults.clear())

  interface Heard {
    service: string
    what: string
    version: string
    event: Record<string, unknown>
  }
  /** Of one account, by everybody, in the order in which it arrived: `copy`, or the last word of a type of our own. */
  const heardOf = async (account: string): Promise<Heard[]> => {
    const { subject } = await app.account(account)
    return app.told
      .filter(({ kind, payload }) => kind === 'events' && (payload.sub_id as { sub: string }).sub === subject)
      .map(({ service, payload }) => {
        const [[type, event]] = Object.entries(payload.events as Record<string, Heard['event']>) as [
          [string, Heard['event']],
        ]
        const what = type === change ? 'copy' : type.replace(`${app.issuer}/event-type/`, '')
        return { service, what, version: String(event.version), event }
      })
  }
  const told = async (account: string) => (await heardOf(account)).map(({ what }) => what)
  const games = () => app.config.group.companies.get('games')!
  const actor = (id: string) => ({ kind: 'person', id }) as const
  const unlink = (person: string) =>
    app.features.links.unlink(person, 'games', { keep: 'before', actor: actor(person) })
  const relink = (person: string) =>
    app.features.links.linkNewAccount(person, {
      company: games(),
      actor: actor(person),
      policyVersion: '1',
      shown: detailNames,
    })

  it('O10: an unlink and a link right after it are both told, in order, before the copy that is newer than both', async () => {
    const person = await app.aPerson({ links: ['games', 'mobile'] })
    const account = person.accounts.games!
    assert.deepEqual(await told(account), ['account-linked', 'copy'])
    await unlink(person.id)
    await relink(person.id)
    await app.settled()
    const heard = await heardOf(account)
    assert.deepEqual(
      heard.map(({ what }) => what),
      ['account-linked', 'copy', 'account-unlinked', 'account-linked', 'copy'],
    )
    for (const [i, { version }] of heard.entries())
      assert.ok(i === 0 || isNewerVersion(version, heard[i - 1]!.version), `${heard[i - 1]?.version}, then ${version}`)
    assert.deepEqual((await app.account(account)).lifecycleEvents, [], 'nothing is kept once it is known')
  })

  it('O10: the other company hears nothing of it, and an own event says nothing but whose account and when', async () => {
    const person = await app.aPerson({ links: ['games', 'mobile'] })
    const before = app.told.length
    await unlink(person.id)
    await app.settled()
    const since = app.told.slice(before).filter(({ kind }) => kind === 'events')
    assert.deepEqual(
      since.map(({ service }) => service),
      ['games-arcade'],
    )
    const [{ payload }] = since as [(typeof since)[number]]
    assert.deepEqual(Object.keys(payload).sort(), ['aud', 'events', 'iat', 'iss', 'jti', 'sub_id'])
    const [event] = Object.values(payload.events as Record<string, object>)
    assert.deepEqual(Object.keys(event ?? {}).sort(), ['event_timestamp', 'version'])
    assert.doesNotMatch(JSON.stringify(payload), new RegExp(person.email))
  })

  it('O10: an unlink is told wherever the process dies after its commit, and never when it was not made', async () => {
    let [ended, stood] = [0, 0]
    await mortal.dyingAnywhere(
      () => app.aPerson({ links: ['games'] }),
      ({ id }) => unlink(id),
      async ({ accounts }) => {
        const isLinked = (await app.account(accounts.games!)).link !== null
        isLinked ? stood++ : ended++
        assert.equal((await told(accounts.games!)).includes('account-unlinked'), !isLinked)
      },
    )
    assert.ok(ended > 1 && stood > 1, `${ended} ended, ${stood} stood`)
  })

  it('O10: a service that is down holds up no unlink, and hears of it when it is well', async () => {
    const person = await app.aPerson({ links: ['games'] })
    app.faults.set('games-arcade', 503)
    await unlink(person.id)
    await app.settled()
    assert.deepEqual(await told(person.accounts.games!), ['account-linked', 'copy'])
    app.faults.clear()
    mortal.clock.advance(day)
    await app.settled()
    assert.deepEqual(await told(person.accounts.games!), ['account-linked', 'copy', 'account-unlinked'])
  })

  it('O10: a service that hangs while it is told of an unlink holds up nobody: no detail is on the wire', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const account = await app.account(person.accounts.games!)
    const turn = { epoch: account.epoch, seq: account.seq, token: 'other', until: now() + 10 * second }
    const hanging = { 'sending.games-arcade': { ...turn, ofLifecycle: true } }
    await app.features.accounts.change(account._id, () => ({ set: hanging }))
    const began = performance.now()
    await unlink(person.id)
    assert.ok(performance.now() - began < 5 * second)
    assert.ok((await app.account(account._id)).sending['games-arcade'], 'and its turn stands')
  })

  it('O10: one that does not know the type is not asked again, and is told its copy all the same', async () => {
    app.faults.set('games-arcade', 400)
    const person = await app.aPerson({ links: ['games'] })
    const { told: outcomes, lifecycleEvents } = await app.account(person.accounts.games!)
    assert.deepEqual([outcomes['games-arcade']?.outcome, lifecycleEvents], ['refused', []])
  })

  it('O10: the closing of a separate account is told, its way back, and its end', async () => {
    const { account } = await app.aSeparateAccount('games')
    const own = { kind: 'account', id: account } as const
    const grace = { kind: 'after-grace', days: 14 } as const
    await app.features.closures.close(await app.account(account), grace, own)
    await app.settled()
    await app.features.closures.comeBack(await app.account(account), own)
    await app.settled()
    await app.features.closures.close(await app.account(account), { kind: 'at-once' }, own)
    await app.settled()
    assert.deepEqual(await told(account), ['account-closing', 'account-reopened', 'account-closed'])
    assert.deepEqual([...new Set((await heardOf(account)).map(({ service }) => service))], ['games-arcade'])
  })
})
