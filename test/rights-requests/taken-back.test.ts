import assert from 'node:assert/strict'
import { asPerson } from '../../src/accounts/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk, refuses } from '../world/desk.ts'
import { readable } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

describe('what was asked for and gathered under a link that is taken back (H4, T18)', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  const asked = async () => {
    const person = await app.aPerson({ links: ['games', 'mobile'] })
    const who = await app.features.readPrincipal(asPerson(person.id))
    assert.ok(who)
    const held = await app.features.links.accountsOf(person.id)
    const { ask } = app.features.rightsRequests
    const asking = {
      kind: 'access',
      about: 'All that you have',
      companies: ['games', 'mobile'],
      once: person.id,
    } as const
    await ask.ask(who, held, asking)
    await app.features.portability.begin(who, held)
    await app.settled()
    return { person, who, parts: (await ask.page(who.id, held)).parts }
  }

  for (const first of ['at once', 'after they have left it themselves'])
    it(`H4: no desk answers whoever linked it, nor is it in an archive of theirs: ${first}`, async () => {
      const { person, who, parts } = await asked()
      const games = person.accounts.games ?? ''
      if (first !== 'at once') {
        await app.features.unlink(person.id, 'games', { keep: 'now', actor: { kind: 'person', id: person.id } })
        await app.settled()
      }
      const staff = await desk.aMember('games', 'privacy')
      const theirs = await desk.aMember('mobile', 'privacy')
      const partAt = (company: string) => parts.find((part) => part.company === company)?.id ?? ''
      await app.features.takeBackLink.take({ person: person.id, account: games })
      await app.settled()
      const { desk: requests, ask } = app.features.rightsRequests
      await assert.rejects(() => requests.answer(staff, partAt('games'), 'Here is all', []), refuses('request-over'))
      await assert.rejects(() => ask.say(who.id, partAt('games'), 'And?', []), refuses('request-over'))
      const [mine] = (await ask.page(who.id, [])).parts.filter(({ company }) => company === 'games')
      assert.deepEqual(
        [mine?.state, mine?.said.map(({ what, text }) => [what, text])],
        [
          'withdrawn',
          [
            ['asked', undefined],
            ['taken-back', undefined],
          ],
        ],
      )
      assert.deepEqual(await app.features.portability.list(who), [])
      await requests.answer(theirs, partAt('mobile'), 'Here is what we have', [])
      assert.equal((await ask.page(who.id, [])).parts.find(({ company }) => company === 'mobile')?.state, 'answered')
      const visitor = aVisitor(app.issuer)
      await visitor.signIn(person)
      const page = await visitor.page(`/account/requests/${partAt('games').replace(':', '.')}`)
      assert.match(readable(page), /Ended: the change it was based on was undone/)
    })

  it('H4: what was sent and had not reached its company when the link was taken back reaches no desk either', async () => {
    const { person, who } = await asked()
    const { connection } = app.database
    const [parts, intakes] = [connection.collection('requestParts'), connection.collection('requestIntakes')]
    const both = await parts.find({ holder: `person:${person.id}` }).toArray()
    const lost = { _id: 'lost', parts: both, due: '-|000000000000', purgeAt: '9' }
    await parts.deleteMany({ holder: `person:${person.id}` })
    await intakes.insertOne(lost as never)
    await app.features.takeBackLink.take({ person: person.id, account: person.accounts.games ?? '' })
    await app.settled()
    const { parts: shown } = await app.features.rightsRequests.ask.page(who.id, [])
    const states = Object.fromEntries(shown.map(({ company, state }) => [company, state]))
    assert.deepEqual(states, { games: 'withdrawn', mobile: 'received' })
  })
})
