import assert from 'node:assert/strict'
import fc from 'fast-check'
import { asAccount, holderOf } from '../../src/accounts/index.ts'
import { isAppError } from '../../src/lib/errors.ts'
import { byPerson, changeDetails } from '../../src/people/index.ts'
import { type Channel, channels, marketingOn } from '../../src/preferences/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { beforeEachOperation } from '../world/around-storage.ts'
import { openTestDatabase } from '../world/database.ts'
import { Died } from '../world/dying.ts'

type Act =
  | { act: 'say'; yes: Channel[] }
  | { act: 'stop' }
  | { act: 'link' | 'unlink' | 'move' | 'pause' | 'resume' }
  | { act: 'share'; allowed: string[] }
type Step = Act & { dies: number | undefined }

const acts: fc.Arbitrary<Step> = fc
  .oneof(
    fc.record({ act: fc.constant('say' as const), yes: fc.subarray([...channels]) }),
    fc.record({ act: fc.constantFrom('stop', 'link', 'unlink', 'move', 'pause', 'resume') }),
    fc.record({ act: fc.constant('share' as const), allowed: fc.subarray(['account', 'prizes']) }),
  )
  .chain((each) => fc.option(fc.nat(12), { freq: 3, nil: undefined }).map((dies) => ({ ...each, dies }) as Step))

describe('what nobody may do after any mix of choices, links, unlinks and crashes (S6-a, S4-4, G7)', function () {
  this.timeout(120_000)
  let app: TestApp
  let left: number | undefined
  before(async () => {
    const database = await openTestDatabase()
    const connection = beforeEachOperation(database.connection, () => {
      if (left === undefined) return
      if (left <= 0) throw new Died()
      left -= 1
    })
    app = await aTestApp({ database: { ...database, connection } })
  })
  after(() => app.close())

  const street = { street: 'Harbour Row 1', postalCode: '111 22', city: 'Visby' }

  it('writes to nobody on a channel that they refused last, and lets no field flow that is refused or paused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(acts, { minLength: 3, maxLength: 10 }), async (story) => {
        const person = await app.aPerson({ details: street })
        const { account: id } = await app.aSeparateAccount('games')
        const { choose, share, links } = app.features
        const company = app.config.group.companies.get('games')!
        const actor = { kind: 'person', id: person.id } as const
        /** The last yes that may have been said, and the last no that was acknowledged. */
        const yes = new Map<Channel, number>()
        const no = new Map<Channel, number>()
        let tick = 0
        /** Acknowledged; undefined: nobody knows. */
        let refused: string[] | undefined = []
        let paused: { city: string | null | undefined } | undefined
        const play = async (step: Step): Promise<void> => {
          const account = await app.account(id)
          const holder = holderOf(id, account.link?.person)
          const by = { link: account.link?.id ?? '', actor }
          if (step.act === 'say') {
            const inForce = await choose.choicesOf(account)
            const was = channels.filter((channel) => marketingOn(inForce, channel).allowed)
            await choose.save(holder, {
              companies: [{ company: 'games', was, now: step.yes }],
              groupNews: { was: false, now: false },
            })
          }
          if (step.act === 'stop') await choose.object(holder, 'marketing', true)
          if (step.act === 'link' && !account.link)
            await links.linkExistingAccount(person.id, {
              company,
              actor,
              policyVersion: '1',
              shown: ['givenName', 'city', 'email'],
              account: id,
              epoch: account.epoch,
              keep: [],
              proven: { person: (await person.now()).credentialEpoch, account: account.credentialEpoch },
            })
          if (step.act === 'unlink' && account.link) await links.unlink(person.id, 'games', { keep: 'now', actor })
          if (step.act === 'move')
            await changeDetails(app.features.people, person.id, {
              source: byPerson,
              actor,
              changes: [{ field: 'city', value: `City ${tick}` }],
            })
          if (step.act === 'share') await share.choose(id, company, by, step.allowed)
          if (step.act === 'pause' || step.act === 'resume') await share[step.act](id, by)
        }
        // A yes from before a link, and its end: what happens between is anybody's guess.
        const opening: Step[] = [
          { act: 'say', yes: [...channels], dies: undefined },
          { act: 'link', dies: undefined },
        ]
        for (const step of [...opening, ...story, { act: 'unlink', dies: undefined } as const]) {
          tick += 1
          if (step.act === 'say') for (const channel of step.yes) yes.set(channel, tick)
          const before = (await app.account(id)).link?.id
          left = step.dies
          const done = await play(step).then(
            () => true,
            (error: unknown) => {
              if (!(error instanceof Died) && !isAppError(error)) throw error
              return false
            },
          )
          left = undefined
          const account = await app.account(id)
          if (account.link?.id !== before) [refused, paused] = [[], undefined]
          else if (step.act === 'share')
            refused = done ? ['account', 'prizes'].filter((each) => !step.allowed.includes(each)) : undefined
          if (step.act === 'resume' || (step.act === 'share' && paused)) paused = undefined
          if (step.act === 'pause' && done) paused ??= { city: account.copy.city }
          if (done && step.act === 'say')
            for (const channel of channels) if (!step.yes.includes(channel)) no.set(channel, tick)
          if (done && step.act === 'stop') for (const channel of channels) no.set(channel, tick)
          if (step.dies === undefined) await app.settled()
          const now = await choose.choicesOf(await app.account(id))
          for (const channel of channels)
            if (marketingOn(now, channel).allowed)
              assert.ok((yes.get(channel) ?? 0) > (no.get(channel) ?? 0), `${channel} after ${step.act}`)
          const { copy, link } = await app.account(id)
          if (link && refused?.includes('prizes')) assert.equal(copy.city, undefined)
          if (link && refused?.includes('account')) assert.equal(copy.givenName, undefined)
          if (link && paused) assert.equal(copy.city, paused.city)
        }
        assert.ok(asAccount)
      }),
      { numRuns: Number(process.env.STORM_RUNS ?? 25) },
    )
  })
})
