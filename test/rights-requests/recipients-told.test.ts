import assert from 'node:assert/strict'
import { type Account, asAccount, asPerson, type PrincipalId } from '../../src/accounts/index.ts'
import { day } from '../../src/lib/clock.ts'
import type { RequestKind } from '../../src/rights-requests/request.ts'
import type { TestApp } from '../world/app.ts'
import { aDesk, type Desk } from '../world/desk.ts'
import { aMortalApp, type MortalApp } from '../world/dying-anywhere.ts'
import { readable } from '../world/pages.ts'
import { isNewerVersion } from '../world/versions.ts'
import { aVisitor } from '../world/visitor.ts'

describe('what a company did on request is told to whoever it gave the data to (S9, GDPR Art. 19)', function () {
  this.timeout(120_000)
  let mortal: MortalApp
  let app: TestApp
  let desk: Desk
  before(async () => {
    mortal = await aMortalApp()
    app = mortal.app
    desk = aDesk(app)
  })
  after(() => mortal.close())
  afterEach(() => app.faults.clear())

  const copyType = 'https://schemas.openid.net/secevent/caep/event-type/token-claims-change'
  const heardSince = (from: number) =>
    app.told
      .slice(from)
      .filter(({ kind }) => kind === 'events')
      .map(({ service, payload }) => {
        const [[type, event] = ['', {}]] = Object.entries(payload.events as Record<string, { version?: string }>)
        const what = type === copyType ? 'copy' : type.replace(`${app.issuer}/event-type/`, '')
        return { service, what, version: String(event.version), event, payload }
      })
  /** Asked of Games, and on its desk. */
  const asked = async (id: PrincipalId, kind: RequestKind, held: Account[]) => {
    const who = await app.features.readPrincipal(id)
    assert.ok(who)
    const { ask } = app.features.rightsRequests
    await ask.ask(who, held, { kind, about: 'My name', companies: ['games'], once: `${Math.random()}` })
    await app.settled()
    return (await ask.page(id, held)).parts[0]?.id ?? ''
  }
  const answer = async (part: string) => {
    const staff = await desk.aMember('games', 'privacy')
    await app.features.rightsRequests.desk.answer(staff, part, 'Done', [])
    await app.settled()
  }
  const linked = async () => {
    const person = await app.aPerson({ links: ['games', 'mobile'] })
    const [games, mobile] = [person.accounts.games ?? '', person.accounts.mobile ?? '']
    return { person, games, mobile }
  }
  const diaryOf = async (person: { email: string; password: string }) => {
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    return readable(await visitor.page('/account/sharing'))
  }
  /** All that an answer may not touch. */
  const standing = ({ epoch, link, copy, own, status, lifecycleEvents }: Account) => ({
    ...{ epoch, link, copy, own, status, lifecycleEvents },
  })

  for (const [kind, notice] of [
    ['correction', 'data-corrected'],
    ['deletion', 'data-erased'],
    ['restriction', 'data-restricted'],
  ] as const)
    it(`S9: a ${kind} that Games carried out is told to its services under a type of its own, then the copy; no link, no copy and nothing at Mobile changes`, async () => {
      const { person, games, mobile } = await linked()
      const part = await asked(asPerson(person.id), kind, [await app.account(games)])
      const [before, elsewhere, from] = [await app.account(games), await app.account(mobile), app.told.length]
      await answer(part)
      const heard = heardSince(from)
      assert.deepEqual(
        heard.map(({ service, what }) => [service, what]),
        [
          ['games-arcade', notice],
          ['games-arcade', 'copy'],
        ],
      )
      assert.deepEqual(Object.keys(heard[0]?.event ?? {}).sort(), ['event_timestamp', 'version'])
      assert.doesNotMatch(JSON.stringify(heard[0]?.payload), new RegExp(person.email))
      assert.ok(isNewerVersion(heard[0]?.version ?? '', `${before.epoch}.${before.seq}`))
      assert.ok(isNewerVersion(heard[1]?.version ?? '', heard[0]?.version ?? ''))
      assert.deepEqual(standing(await app.account(games)), standing(before))
      assert.deepEqual(await app.account(mobile), elsewhere)
      assert.match(await diaryOf(person), /(corrected|erased|restricted) at your request.*acknowledged/s)
    })

  it('S9: what asks for nothing to be changed, and what is refused, is told to no service', async () => {
    const { person, games } = await linked()
    const held = [await app.account(games)]
    const [access, correction] = [
      await asked(asPerson(person.id), 'access', held),
      await asked(asPerson(person.id), 'correction', held),
    ]
    const from = app.told.length
    await answer(access)
    const staff = await desk.aMember('games', 'privacy')
    await app.features.rightsRequests.desk.refuse(staff, correction, 'It is right as it is')
    await app.settled()
    assert.deepEqual(heardSince(from), [])
  })

  it('S9, T18: it stands in the history of whoever asked, not of whoever holds the account by then', async () => {
    const own = await app.aSeparateAccount('games')
    const [asker, later] = [await app.aPerson(), await app.aPerson()]
    const company = app.config.group.companies.get('games')
    assert.ok(company)
    const link = async (person: typeof asker) => {
      const { epoch, credentialEpoch } = await app.account(own.account)
      const proven = { person: (await person.now()).credentialEpoch, account: credentialEpoch }
      const actor = { kind: 'person' as const, id: person.id }
      const what = { company, actor, policyVersion: '1', shown: [], account: own.account, epoch, keep: [], proven }
      await app.features.links.linkExistingAccount(person.id, what)
      await app.settled()
    }
    await link(asker)
    const part = await asked(asPerson(asker.id), 'deletion', [await app.account(own.account)])
    const actor = { kind: 'person', id: asker.id } as const
    await app.features.links.unlink(asker.id, 'games', { keep: 'now', actor })
    await app.settled()
    await link(later)
    const from = app.told.length
    await answer(part)
    assert.deepEqual(heardSince(from)[0]?.what, 'data-erased')
    const rows = await app.database.connection.collection('disclosures').find({ account: own.account }).toArray()
    assert.deepEqual(
      rows.filter(({ notice }) => notice).map(({ person }) => person),
      [asker.id],
    )
    assert.doesNotMatch(await diaryOf(later), /at your request/)
  })

  it('S9: of a separate account its own services hear of it too, and its holder reads so in the sharing history', async () => {
    const own = await app.aSeparateAccount('games')
    const part = await asked(asAccount(own.account), 'correction', [await app.account(own.account)])
    const from = app.told.length
    await answer(part)
    assert.deepEqual(
      heardSince(from).map(({ service, what }) => [service, what]),
      [['games-arcade', 'data-corrected']],
    )
    const visitor = aVisitor(app.issuer)
    await visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, own)
    assert.match(readable(await visitor.page('/account/sharing')), /That data was corrected at your request/)
    const { text } = await visitor.visit(`${app.issuer}/account/sharing/ledger.csv`)
    assert.match(text, /data-corrected/)
  })

  it('S9: told though sharing is paused, and then no detail goes with it', async () => {
    const { person, games } = await linked()
    const part = await asked(asPerson(person.id), 'correction', [await app.account(games)])
    const { link } = await app.account(games)
    await app.features.share.pause(games, { link: link?.id ?? '', actor: { kind: 'person', id: person.id } })
    await app.settled()
    const from = app.told.length
    await answer(part)
    assert.deepEqual(
      heardSince(from).map(({ what }) => what),
      ['data-corrected'],
    )
  })

  it('S9: a service that was down hears of it once it is well, after an unlink too; what it was told of before stands as it was', async () => {
    const { person, games } = await linked()
    const part = await asked(asPerson(person.id), 'deletion', [await app.account(games)])
    app.faults.set('games-arcade', 503)
    await answer(part)
    const actor = { kind: 'person', id: person.id } as const
    await app.features.links.unlink(person.id, 'games', { keep: 'before', actor })
    await app.settled()
    assert.match(await diaryOf(person), /erased at your request.*?on its way/s)
    const from = app.told.length
    app.faults.clear()
    mortal.clock.advance(day)
    await app.settled()
    assert.deepEqual(
      heardSince(from).map(({ what }) => what),
      ['data-erased', 'account-unlinked'],
    )
    assert.match(await diaryOf(person), /erased at your request.*acknowledged/s)
  })

  it('S9: wherever the process dies, an answered request is told once, and one that was not answered never', async () => {
    let [told, untold] = [0, 0]
    const staff = await desk.aMember('games', 'privacy')
    await mortal.dyingAnywhere(
      async () => {
        const person = await app.aPerson({ links: ['games'] })
        const games = person.accounts.games ?? ''
        const part = await asked(asPerson(person.id), 'correction', [await app.account(games)])
        return { person, games, part, from: app.told.length }
      },
      async ({ part }) => app.features.rightsRequests.desk.answer(staff, part, 'Done', []),
      async ({ person, games, from }) => {
        await app.features.rightsRequests.sweep()
        await app.settled()
        const { subject } = await app.account(games)
        const [part] = (await app.features.rightsRequests.ask.page(asPerson(person.id), [])).parts
        const heard = heardSince(from).filter(
          ({ what, payload }) => what === 'data-corrected' && (payload.sub_id as { sub: string }).sub === subject,
        )
        const versions = new Set(heard.map(({ version }) => version))
        assert.equal(versions.size, part?.state === 'answered' ? 1 : 0)
        versions.size === 1 ? told++ : untold++
      },
    )
    assert.ok(told > 1 && untold > 0, `${told} told, ${untold} not`)
  })
})
