import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { asAccount, asPerson, holderOf, principalKey } from '../../src/accounts/index.ts'
import { restoreBackup, takeBackup } from '../../src/backup/index.ts'
import { askedByNobody } from '../../src/lib/browser-binding.ts'
import { now } from '../../src/lib/clock.ts'
import { type Channel, channels, goesOn, groupNews, marketingOn } from '../../src/preferences/index.ts'
import { openDatabase, sealBackupFile } from '../../src/storage/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { beforeEachOperation } from '../world/around-storage.ts'
import { aMortalApp } from '../world/dying-anywhere.ts'
import { aWatchedApp } from '../world/watched-app.ts'

const secretKeys = [new Uint8Array(32).fill(7)]

/** What people and companies do, by the product's own use cases. */
const storyOf = (app: TestApp) => {
  const { choose, links, reconciler } = app.features
  const inForce = async (id: string) => choose.choicesOf(await app.account(id))
  const allowed = async (id: string): Promise<Channel[]> => {
    const now = await inForce(id)
    return channels.filter((channel) => marketingOn(now, channel).allowed)
  }
  return {
    inForce,
    allowed,
    say: async (id: string, ...yes: Channel[]) => {
      const { company, link } = await app.account(id)
      await choose.save(holderOf(id, link?.person), {
        companies: [{ company, was: await allowed(id), now: yes }],
        groupNews: { was: false, now: false },
      })
    },
    link: async (id: string, person: { id: string; now: () => Promise<{ credentialEpoch: number }> }) => {
      const account = await app.account(id)
      const company = app.config.group.companies.get(account.company)!
      await links.linkExistingAccount(person.id, {
        company,
        actor: { kind: 'person', id: person.id },
        policyVersion: '1',
        shown: [],
        account: id,
        epoch: account.epoch,
        keep: [],
        proven: { person: (await person.now()).credentialEpoch, account: account.credentialEpoch },
      })
      await reconciler.enqueueAccount(id)
    },
    unlink: (person: string, company = 'games') =>
      links.unlink(person, company, { keep: 'before', actor: { kind: 'person', id: person } }),
  }
}

describe('a no that is said while its link ends (G7, S6-a, S6-b, S6-c)', () => {
  let meanwhile: (() => Promise<void>) | undefined
  /** As it, before the write that comes after. */
  let afterwards: (() => Promise<void>) | undefined
  let app: TestApp
  let story: ReturnType<typeof storyOf>
  before(async () => {
    ;({ app } = await aWatchedApp((connection) =>
      beforeEachOperation(connection, async (operation, collection) => {
        const run = meanwhile
        if (!run || collection !== 'preferences' || /^find(One)?$/.test(operation)) return
        ;[meanwhile, afterwards] = [afterwards, undefined]
        await askedByNobody(run)
      }),
    ))
    story = storyOf(app)
  })
  after(() => app.close())

  const ways: Record<string, (id: string, person: string) => Promise<unknown>> = {
    'is saved on the page': (id) => story.say(id, 'text'),
    'comes by a letter': async (id) => app.features.choose.unsubscribe(await app.account(id), 'email'),
    'is an objection to all marketing': (_id, person) =>
      app.features.choose.object(asPerson(person), 'marketing', true),
    'is an objection to analytics': (_id, person) => app.features.choose.object(asPerson(person), 'analytics', true),
  }
  for (const [way, sayNo] of Object.entries(ways))
    it(`G7: one that ${way} holds of the account that left as well`, async () => {
      const [person, { account }] = [await app.aPerson(), await app.aSeparateAccount('games')]
      await story.say(account, 'email', 'text')
      await story.link(account, person)
      meanwhile = async () => {
        await story.unlink(person.id)
        await app.settled()
      }
      await sayNo(account, person.id)
      assert.equal(meanwhile, undefined, 'it ended in between')
      assert.equal((await app.account(account)).link, null)
      const now = await story.inForce(account)
      const isAnalytics = way.endsWith('analytics')
      assert.equal(isAnalytics ? goesOn(now, 'analytics').allowed : marketingOn(now, 'email').allowed, false)
    })

  describe('or while whoever says it goes', () => {
    /** With its days over, and all that follows from that. */
    const close = async (account: string) => {
      await app.features.accounts.change(account, () => ({ set: { status: 'closed', closedAt: now(), link: null } }))
      await app.features.choose.forget(principalKey(asAccount(account)))
    }
    const isKept = async (of: string): Promise<boolean> => {
      await app.settled()
      const rows = await app.database.connection.collection('preferences').find({}).toArray()
      assert.equal(meanwhile, undefined, 'it went in between')
      return rows.some(({ _id }) => String(_id) === of)
    }
    const linked = async () => {
      const [person, { account }] = [await app.aPerson(), await app.aSeparateAccount('mobile')]
      await story.say(account, 'email')
      await story.link(account, person)
      return { person, account }
    }

    it('S10: one that is said while its account is closed leaves nothing of the account', async () => {
      const { account } = await linked()
      meanwhile = () => close(account)
      await story.say(account)
      assert.equal(await isKept(principalKey(asAccount(account))), false)
    })

    it('H34: nor one whose link ends meanwhile, and whose account is closed when that is to be said of it', async () => {
      const { person, account } = await linked()
      meanwhile = async () => void (await story.unlink(person.id, 'mobile'))
      afterwards = () => close(account)
      await story.say(account)
      assert.equal(await isKept(principalKey(asAccount(account))), false)
    })

    it('H34: nor one that comes by a letter to a separate account, while that is closed', async () => {
      const { account } = await app.aSeparateAccount('mobile')
      await story.say(account, 'email')
      const read = await app.account(account)
      meanwhile = () => close(account)
      await app.features.choose.unsubscribe(read, 'email')
      assert.equal(await isKept(principalKey(asAccount(account))), false)
    })

    it('H34: nor what its company says of its number, while it is closed', async () => {
      const { account } = await app.aSeparateAccount('mobile')
      const read = await app.account(account)
      meanwhile = () => close(account)
      await app.features.choose.noteNumber(read, 'digest')
      assert.equal(await isKept(principalKey(asAccount(account))), false)
    })

    it('H34: nor what somebody says while their sign-in is erased', async () => {
      const person = await app.aPerson()
      meanwhile = async () => {
        await app.features.erasePerson.erase(person.id)
        await app.settled()
      }
      await app.features.choose.object(asPerson(person.id), 'analytics', true)
      assert.equal(await isKept(principalKey(asPerson(person.id))), false)
    })
  })
})

describe('choices through links and their ends (G7, S6-a): strictest wins', () => {
  let app: TestApp
  let story: ReturnType<typeof storyOf>
  before(async () => {
    app = await aTestApp()
    story = storyOf(app)
  })
  after(() => app.close())
  const both = async () => {
    const [person, { account }] = [await app.aPerson({ links: ['mobile'] }), await app.aSeparateAccount('games')]
    return { person, account }
  }

  it('G7: a link keeps what was said to that company, and its end gives it back: never a yes that was taken back', async () => {
    const { person, account } = await both()
    await story.say(account, 'email', 'text', 'post')
    await story.link(account, person)
    assert.deepEqual(await story.allowed(account), ['email', 'text', 'post'], 'linking changes nothing of it (S4-8)')
    await story.say(account, 'email', 'push')
    assert.deepEqual(await story.allowed(account), ['email', 'push'])
    await story.unlink(person.id)
    assert.deepEqual(await story.allowed(account), ['email'], 'from that very moment')
    await app.settled()
    assert.deepEqual(await story.allowed(account), ['email'], 'and once everything has followed')
    await story.link(account, await app.aPerson())
    assert.deepEqual(await story.allowed(account), ['email'], 'also for somebody else who links it')
  })

  it('G7: an account that the link made keeps no yes of a person who left it', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const account = person.accounts.games ?? ''
    await story.say(account, 'email')
    assert.deepEqual(await story.allowed(account), ['email'])
    await story.unlink(person.id)
    await app.settled()
    assert.deepEqual(await story.allowed(account), [])
  })

  it('S6-c: an objection on either side holds in a link, and outlives it', async () => {
    const { person, account } = await both()
    await app.features.choose.object(asPerson(person.id), 'marketing', true)
    await app.features.choose.object(asPerson(person.id), 'profiling', true)
    await story.say(account, 'email')
    await app.features.choose.object(asAccount(account), 'analytics', true)
    await story.link(account, person)
    assert.deepEqual(await story.allowed(account), [], 'a link lifts no objection')
    const now = await story.inForce(account)
    assert.deepEqual([goesOn(now, 'profiling').allowed, goesOn(now, 'analytics').allowed], [false, false])
    assert.equal(groupNews(now).allowed, false)
    await story.unlink(person.id)
    await app.settled()
    const after = await story.inForce(account)
    assert.deepEqual([goesOn(after, 'profiling').allowed, goesOn(after, 'analytics').allowed], [false, false])
    assert.deepEqual(await story.allowed(account), [])
  })

  it('M15: after a restore no yes counts, no number is confirmed, and an objection since the backup still does', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'choices-'))
    try {
      const [journalDir, path] = [join(folder, 'journal'), join(folder, 'a.backup')]
      const database = await openDatabase({ dataDir: join(folder, 'one') })
      const first = await aTestApp({ database, config: { journalDir } })
      const person = await first.aPerson({ links: ['games'] })
      const account = person.accounts.games ?? ''
      await storyOf(first).say(account, 'email', 'text')
      await first.features.choose.noteNumber(await first.account(account), 'a digest')
      await takeBackup({ database, journal: first.features.journal, journalDir }, `${path}.partial`)
      await sealBackupFile(`${path}.partial`, path)
      await storyOf(first).say(account, 'email')
      await first.features.choose.object(asPerson(person.id), 'analytics', true)
      await refuseAndPause(first, person)
      await first.close()
      await database.close()
      const place = await openDatabase({ dataDir: join(folder, 'two') })
      await restoreBackup({ database: place, secretKeys, journalDir }, { path, withoutJournal: false })
      const second = await aTestApp({ database: place, config: { journalDir } })
      assert.deepEqual(await storyOf(second).allowed(account), [])
      assert.equal(goesOn(await storyOf(second).inForce(account), 'analytics').allowed, false)
      assert.equal((await storyOf(second).inForce(account)).own?.number, undefined, 'it may be another’s since')
      const { link, copy } = await second.account(account)
      assert.deepEqual(
        [link?.purposes?.prizes?.yes, typeof link?.paused],
        [false, 'number'],
        'refused and paused since',
      )
      await second.settled()
      assert.deepEqual(
        [copy, (await second.account(account)).copy],
        [{}, {}],
        'and what was refused is not there again',
      )
      await second.close()
      await place.close()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})

const refuseAndPause = async (app: TestApp, { id, accounts }: Awaited<ReturnType<TestApp['aPerson']>>) => {
  const account = accounts.games ?? ''
  const chosen = { link: (await app.account(account)).link?.id ?? '', actor: { kind: 'person', id } as const }
  await app.features.share.choose(account, app.config.group.companies.get('games')!, chosen, { allowed: [] })
  await app.features.share.pause(account, chosen)
}

describe('choices, wherever the process dies', () => {
  let mortal: Awaited<ReturnType<typeof aMortalApp>>
  before(async () => {
    mortal = await aMortalApp()
  })
  after(() => mortal.close())

  it('S6-a: a save of several companies is there whole with its receipt, or not at all', async () => {
    const { app } = mortal
    const story = storyOf(app)
    const seen = new Set<string>()
    await mortal.dyingAnywhere(
      () => app.aPerson({ links: ['games', 'mobile'] }),
      ({ id }) =>
        app.features.choose.save(asPerson(id), {
          companies: ['games', 'mobile'].map((company) => ({ company, was: [], now: ['email'] })),
          groupNews: { was: false, now: true },
        }),
      async ({ id, accounts }) => {
        const said = [await story.allowed(accounts.games ?? ''), await story.allowed(accounts.mobile ?? '')]
        const { receipts } = await app.features.choose.of(asPerson(id))
        seen.add(JSON.stringify([said, receipts.length]))
        await app.settled()
        const { rows } = await app.features.changes.since('games', '', 1000)
        if (receipts.length > 0)
          assert.ok(
            rows.some(({ account }) => account === accounts.games),
            'and its company hears of it',
          )
      },
    )
    assert.deepEqual([...seen].toSorted(), ['[[["email"],["email"]],1]', '[[[],[]],0]'])
  })
})
