import assert from 'node:assert/strict'
import { asPerson, principalKey } from '../../src/accounts/index.ts'
import { readJournal } from '../../src/lib/journal.ts'
import type { TestApp } from '../world/app.ts'
import { aDesk, refuses } from '../world/desk.ts'
import { restored } from '../world/restored.ts'

describe('what was taken back, answered or closed since the backup that was restored (S9, M15)', function () {
  this.timeout(60_000)
  const whoIs = async (app: TestApp, id: string) => {
    const who = await app.features.readPrincipal(asPerson(id))
    assert.ok(who)
    return who
  }
  const asks = async (app: TestApp, id: string, about: string) => {
    const { ask } = app.features.rightsRequests
    const who = await whoIs(app, id)
    const held = await app.features.links.accountsOf(id)
    const before = new Set((await ask.page(who.id, held)).parts.map((part) => part.id))
    await ask.ask(who, held, { kind: 'objection', about, companies: ['games'], once: about })
    const part = (await ask.page(who.id, held)).parts.find((each) => !before.has(each.id))
    assert.ok(part)
    return part.id
  }

  it('S9: a request that was taken back, answered or refused is asked of no desk again, and one that waits still waits', async () => {
    await restored(
      async (app) => {
        const { id } = await app.aPerson({ links: ['games'] })
        const parts = []
        for (const about of ['taken back', 'answered', 'refused', 'waits']) parts.push(await asks(app, id, about))
        await app.settled()
        return { id, parts }
      },
      async (app, { id, parts: [takenBack = '', answered = '', refused = ''] }) => {
        const { ask, desk } = app.features.rightsRequests
        const staff = await aDesk(app).aMember('games', 'privacy')
        await ask.withdraw((await whoIs(app, id)).id, takenBack)
        await desk.answer(staff, answered, 'We stopped.', [])
        await desk.refuse(staff, refused, 'We must keep it.')
      },
      async (app, { id, parts }) => {
        const { ask, desk } = app.features.rightsRequests
        const staff = await aDesk(app).aMember('games', 'privacy')
        const queue = await desk.queue(staff)
        assert.deepEqual(
          queue.open.map((part) => part.id),
          [parts[3]],
        )
        const states = Object.fromEntries(queue.ended.map((part) => [part.id, part.state]))
        assert.deepEqual(
          parts.map((part) => states[part]),
          ['withdrawn', 'answered', 'refused', undefined],
        )
        for (const part of parts.slice(0, 3))
          await assert.rejects(() => desk.answer(staff, part, 'Here it is', []), refuses('request-over'))
        const who = await whoIs(app, id)
        const mine = (await ask.page(who.id, await app.features.links.accountsOf(id))).parts
        assert.deepEqual(mine.map(({ state }) => state).sort(), ['answered', 'received', 'refused', 'withdrawn'])
      },
    )
  })

  it('S9: one that had not reached its company at the backup, and was taken back since, reaches no desk', async () => {
    await restored(
      async (app) => {
        const { id } = await app.aPerson({ links: ['games'] })
        const part = await asks(app, id, 'on its way')
        const { connection } = app.database
        // As it lay there before it was split.
        const [stored] = await connection.collection('requestParts').find({}).toArray()
        await connection.collection('requestParts').deleteMany({})
        await connection
          .collection('requestIntakes')
          .updateMany({}, { $set: { parts: [stored], due: '-|000000000000' } } as never)
        return { id, part }
      },
      async (app, { id, part }) => {
        await app.features.rightsRequests.sweep()
        await app.features.rightsRequests.ask.withdraw((await whoIs(app, id)).id, part)
      },
      async (app) => {
        const staff = await aDesk(app).aMember('games', 'privacy')
        assert.deepEqual((await app.features.rightsRequests.desk.queue(staff)).open, [])
      },
    )
  })

  it('S10: what was written under a link that was taken back since is read by nobody', async () => {
    await restored(
      async (app) => {
        const { id, accounts } = await app.aPerson({ links: ['games'] })
        const part = await asks(app, id, 'All that you have')
        await app.settled()
        return { id, account: accounts.games ?? '', part }
      },
      async (app, { id, account }) => {
        await app.features.takeBackLink.take({ person: id, account })
        await app.settled()
      },
      async (app, { id, part }) => {
        const mine = (await app.features.rightsRequests.ask.page((await whoIs(app, id)).id, [])).parts
        const seen = mine.find((each) => each.id === part)
        assert.equal(seen?.state, 'withdrawn')
        assert.ok(seen?.said.every(({ text }) => text === undefined))
        assert.deepEqual(
          await app.database.connection
            .collection('auditKeys')
            .find({ _id: part as never })
            .toArray(),
          [],
        )
      },
    )
  })

  it('S6-b: who unsubscribed by the address in a letter since is not written to, nor who paused or objected', async () => {
    const said: string[] = []
    await restored(
      async (app) => {
        const { id, accounts } = await app.aPerson({ links: ['games', 'mobile'] })
        const ticked = { company: 'games', was: [], now: ['email'] } as const
        await app.features.choose.save(asPerson(id), { companies: [ticked], groupNews: { was: false, now: true } })
        return { id, account: accounts.games ?? '' }
      },
      async (app, { id, account }) => {
        const { choose, share } = app.features
        await choose.unsubscribe(await app.account(account), 'email')
        await choose.object(asPerson(id), 'profiling', true)
        const link = (await app.account(account)).link?.id ?? ''
        await share.pause(account, { link, actor: { kind: 'person', id } })
      },
      async (app, { account }) => {
        const { audience } = app.features
        const company = app.config.group.companies.get('games')!
        const subject = account.slice('games:'.length)
        for (const purpose of ['marketing', 'group-news', 'profiling'] as const)
          said.push(String((await audience.evaluate(company, 'x', { subject, purpose, channel: 'email' })).decision))
        assert.equal(typeof (await app.account(account)).link?.paused, 'number')
      },
    )
    assert.deepEqual(said, ['false', 'false', 'false'])
  })

  it('S4-5: a case that was closed since is not open again, and what support was allowed for good is asked anew', async () => {
    await restored(
      async (app) => {
        const { id } = await app.aPerson({ links: ['games', 'mobile'] })
        const desk = aDesk(app)
        const agent = await desk.aMember('games', 'support')
        const opened = await desk.aCase(agent)
        await app.features.support.approvals.setStandingApproval(principalKey(asPerson(id)), true)
        return { id, agent, opened }
      },
      async (app, { id, agent, opened }) => {
        await app.features.support.openCase.close(agent, opened)
        await app.features.support.approvals.setStandingApproval(principalKey(asPerson(id)), false)
      },
      async (app) => {
        const { connection } = app.database
        const open = await connection
          .collection('cases')
          .find({ closedAt: { $exists: false } })
          .toArray()
        assert.deepEqual(open, [])
        assert.deepEqual(await connection.collection('supportChoices').find({}).toArray(), [])
      },
    )
  })

  it('M15: what is written of a request in the journal names nobody', async () => {
    await restored(
      async (app) => {
        const { id } = await app.aPerson({ links: ['games'] })
        return { id, part: await asks(app, id, 'taken back') }
      },
      async (app, { id, part }) => app.features.rightsRequests.ask.withdraw((await whoIs(app, id)).id, part),
      async (app, { id, part }) => {
        const dir = app.config.journalDir ?? ''
        const lines = await readJournal({ dir, key: app.features.lookupKey }, [])
        const line = lines.find(({ request }) => request !== undefined)
        assert.equal(line?.ended, 'withdrawn')
        for (const secret of [id, part, part.split(':')[1] ?? '']) assert.ok(!JSON.stringify(lines).includes(secret))
      },
    )
  })
})
