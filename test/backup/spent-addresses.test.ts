import assert from 'node:assert/strict'
import { asPerson, principalKey } from '../../src/accounts/index.ts'
import type { TestApp } from '../world/app.ts'
import { aDesk, refuses } from '../world/desk.ts'
import { restored } from '../world/restored.ts'

describe('what was handed out before a restore proves nothing after it (M15)', function () {
  this.timeout(60_000)
  const whoIs = async (app: TestApp, id: string) => {
    const who = await app.features.readPrincipal(asPerson(id))
    assert.ok(who)
    return who
  }
  const addressOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1)
  /** An archive, and an address for another controller. */
  const handedOut = async (app: TestApp, id: string) => {
    const { portability, links } = app.features
    const who = await whoIs(app, id)
    const before = new Set((await portability.list(who)).map((each) => each.id))
    await portability.begin(who, await links.accountsOf(id))
    await app.settled()
    const made = (await portability.list(who)).find((each) => !before.has(each.id))
    assert.ok(made?.isReady)
    return { archive: made.id, address: addressOf((await portability.handOver(who, made.id)).url) }
  }
  const takes = async (app: TestApp, address: string, tag = '') => {
    const { size, etag, read } = await app.features.portability.take(address, tag)
    for await (const _ of await read({ from: 0, to: size - 1 }));
    return etag
  }

  it('S9: an archive, an address handed over, and one that was taken are gone; none of it is in a backup', async () => {
    await restored(
      async (app) => {
        const { id } = await app.aPerson({ links: ['games'] })
        const [waits, taken, takenSince] = [
          await handedOut(app, id),
          await handedOut(app, id),
          await handedOut(app, id),
        ]
        return { id, all: [waits, taken, takenSince], tag: await takes(app, taken.address), takenSince }
      },
      async (app, { takenSince }) => {
        await takes(app, takenSince.address)
      },
      async (app, { id, all, tag }) => {
        const who = await whoIs(app, id)
        for (const { archive, address } of all) {
          await assert.rejects(() => app.features.portability.open(who, archive), refuses('export-not-found'))
          for (const known of ['', tag])
            await assert.rejects(() => app.features.portability.take(address, known), refuses('export-gone'))
          assert.equal((await fetch(`${app.issuer}/archives/${address}`)).status, 410)
        }
        assert.deepEqual(await app.features.portability.list(who), [])
        const { connection } = app.database
        for (const name of ['exports', 'exportPages', 'exportPieces'])
          assert.equal(await connection.collection(name).countDocuments({}), 0, name)
        const keys = await connection.collection('auditKeys').find({}).toArray()
        assert.deepEqual(
          keys.filter(({ _id }) => String(_id).startsWith('export:')),
          [],
          'nor a key to what was sealed',
        )
        const anew = await handedOut(app, id)
        await takes(app, anew.address)
        await assert.rejects(() => app.features.portability.take(anew.address, ''), refuses('export-gone'))
      },
    )
  })

  it('S4-5: what support asked of a person, answered or not, and answered otherwise since, lets nobody see anything', async () => {
    await restored(
      async (app) => {
        const { id, email } = await app.aPerson({ links: ['games', 'mobile'] })
        const desk = aDesk(app)
        const agent = await desk.aMember('games', 'support')
        const [open, approved] = [await desk.aProvenCase(agent, email), await desk.aProvenCase(agent, email)]
        const { approvals, proveCaller } = app.features.support
        for (const each of [open, approved]) await proveCaller.askForServices(agent, each)
        const [first, second] = await approvals.waitingFor(principalKey(asPerson(id)))
        await approvals.approve(principalKey(asPerson(id)), second?._id ?? '')
        return { id, agent, cases: [open, approved], waits: first?._id ?? '' }
      },
      async (app, { id, waits }) => app.features.support.approvals.decline(principalKey(asPerson(id)), waits),
      async (app, { id, agent, cases, waits }) => {
        const { approvals, seeCase } = app.features.support
        const holder = principalKey(asPerson(id))
        assert.deepEqual(await approvals.waitingFor(holder), [])
        await assert.rejects(() => approvals.approve(holder, waits), refuses('approval-expired'))
        for (const each of cases) {
          const seen = await seeCase.see(agent, each)
          assert.equal(seen.state, 'closed')
          assert.doesNotMatch(JSON.stringify(seen), /mobile/i)
        }
      },
    )
  })
})
