import assert from 'node:assert/strict'
import { detailNames } from '../../src/details/index.ts'
import { type AdjustableClock, day } from '../../src/lib/clock.ts'
import type { TestApp } from '../world/app.ts'
import { fieldsOf } from '../world/pages.ts'
import { aTimedApp } from '../world/timed-app.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'

const grace = { kind: 'after-grace', days: 14 } as const

describe('what an unlink or a closure ends', () => {
  let app: TestApp
  let clock: AdjustableClock
  beforeEach(async () => {
    ;({ app, clock } = await aTimedApp())
  })
  afterEach(() => app.close())

  const at = (service: string) => `${app.urlOf(service)}/callback`
  const signedOut = async () => {
    await app.settled()
    const told = app.told.filter(({ kind }) => kind === 'backchannel-logout').map(({ service }) => service)
    app.told.length = 0
    return told.sort()
  }
  const aPersonSignedIn = async () => {
    const person = await app.aPerson({ links: ['games', 'mobile'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    for (const service of ['games-arcade', 'mobile-store']) await visitor.goTo(service, at(service))
    const actor = { kind: 'person', id: person.id } as const
    return { person, visitor, actor, games: person.accounts.games! }
  }
  const aHolderSignedIn = async () => {
    const own = await app.aSeparateAccount('games')
    const visitor = aVisitor(app.issuer)
    await visitor.signInAt('games-arcade', at('games-arcade'), own)
    const offer = await visitor.goTo('games-arcade', at('games-arcade'))
    const action = `${new URL(offer.url).pathname}/offer/not-now`
    const onward = await visitor.submit(app.issuer + action, fieldsOf(offer, action))
    await visitor.follow(onward.next!, (url) => url.href.startsWith(at('games-arcade')))
    return { id: own.account, visitor, actor: { kind: 'account', id: own.account } as const }
  }

  const commits = {
    'an unlink': async ({ features }: TestApp) => {
      const { person, actor } = await aPersonSignedIn()
      await features.links.unlink(person.id, 'games', { keep: 'before', actor })
    },
    'a closure at once': async ({ features }: TestApp) => {
      const { games, actor } = await aPersonSignedIn()
      await features.closures.close(await app.account(games), { kind: 'at-once' }, actor)
    },
    'a closure with days of grace': async ({ features }: TestApp) => {
      const { games, actor } = await aPersonSignedIn()
      await features.closures.close(await app.account(games), grace, actor)
    },
    'the closure of a separate account': async ({ features }: TestApp) => {
      const { id, actor } = await aHolderSignedIn()
      await features.closures.close(await app.account(id), { kind: 'at-once' }, actor)
    },
  }
  for (const [what, commit] of Object.entries(commits))
    it(`Q7: that company's services are told of ${what} also when the process dies right after its commit`, async () => {
      await commit(app)
      assert.deepEqual(await signedOut(), ['games-arcade'])
    })

  it('Q7: a separate account in its days of grace keeps the account pages alone, and its end is told as well', async () => {
    const { id, visitor, actor } = await aHolderSignedIn()
    await app.features.closures.close(await app.account(id), grace, actor)
    assert.deepEqual(await signedOut(), ['games-arcade'])
    assert.equal((await visitor.page('/account/services')).status, 200)
    clock.advance(15 * day)
    await app.settled()
    assert.equal((await app.account(id)).status, 'closed')
    assert.deepEqual(await app.features.oidc.sessionsOf({ kind: 'account', account: id }), [])
  })

  const press = async (visitor: Visitor, path: string, changes = {}) => {
    const page = await visitor.page(path)
    const fields = { ...fieldsOf(page, path), ...changes }
    return () => visitor.submit(app.issuer + path, fields)
  }
  const presses = {
    unlink: async (id: string, actor: { kind: 'person'; id: string }) => {
      await app.features.links.unlink(actor.id, (await app.account(id)).company, { keep: 'before', actor })
    },
    close: async (id: string, actor: { kind: 'person'; id: string }) => {
      await app.features.closures.close(await app.account(id), { kind: 'at-once' }, actor)
    },
  }
  for (const [act, firstPress] of Object.entries(presses))
    it(`Q7: the second press of ${act} says done only of what is done, whatever became of the first`, async () => {
      const { visitor, games, actor } = await aPersonSignedIn()
      const second = await press(visitor, `/account/services/games/${act}`)
      await firstPress(games, actor)
      const answer = await second()
      assert.equal(answer.status, 303, answer.text)
      const uses = await app.database.connection.collection('session-uses').find({ account: games }).toArray()
      assert.deepEqual(uses, [])
      assert.deepEqual(await signedOut(), ['games-arcade'])
    })

  it('Q7: what lives under a newer link or a newer sign-in of its own is not ended by an old one', async () => {
    const { person, visitor, actor, games } = await aPersonSignedIn()
    await app.features.links.unlink(person.id, 'games', { keep: 'before', actor })
    const company = app.config.group.companies.get('games')!
    await app.features.links.linkNewAccount(person.id, { company, actor, policyVersion: '1', shown: detailNames })
    await visitor.goTo('games-arcade', at('games-arcade'))
    await signedOut()
    await app.features.oidc.endAccount(games)
    assert.deepEqual(await signedOut(), [])
  })
})
