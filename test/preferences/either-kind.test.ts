import assert from 'node:assert/strict'
import { asAccount, asPerson, type PrincipalId } from '../../src/accounts/index.ts'
import { type Channel, channels, goesOn, groupNews, marketingOn } from '../../src/preferences/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { documentOf, formsOf, readable, testIds } from '../world/pages.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'

const [messages, sharing] = ['/account/messages', '/account/sharing']

interface Made {
  id: PrincipalId
  email: string
  password: string
  /** At Games. */
  account: string
  visitor: Visitor
}

/** Each act of both pages, by somebody with a unified sign-in and by the holder of one separate account. */
describe('Messages and Sharing, act by act, whichever kind of sign-in (S4-6, S6-a to S6-c, S4-4)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const aPerson = async (): Promise<Made> => {
    const { id, email, password, accounts } = await app.aPerson({ links: ['games'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn({ email, password })
    return { id: asPerson(id), email, password, account: accounts.games ?? '', visitor }
  }
  const aHolder = async (): Promise<Made> => {
    const own = await app.aSeparateAccount('games')
    const visitor = aVisitor(app.issuer)
    await visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, own)
    return { ...own, id: asAccount(own.account), visitor }
  }
  const kinds = { 'a person': aPerson, 'the holder of a separate account': aHolder }

  const inForce = async ({ account }: Made) => app.features.choose.choicesOf(await app.account(account))
  const allowed = async (made: Made): Promise<Channel[]> => {
    const now = await inForce(made)
    return channels.filter((channel) => marketingOn(now, channel).allowed)
  }
  const object = ({ visitor }: Made, objection: string, ends: Record<string, string> = {}) =>
    visitor.send(messages, { objection, ...ends }, `${messages}/object`)
  const going = async (made: Made) => {
    const now = await inForce(made)
    return [groupNews(now).allowed, goesOn(now, 'profiling').allowed, goesOn(now, 'analytics').allowed]
  }
  const every = Object.fromEntries(channels.map((channel) => [`choice.games.${channel}`, 'on']))

  const acts: Record<string, (made: Made) => Promise<void>> = {
    'each channel by itself': async (made) => {
      for (const [n, channel] of channels.entries()) {
        await made.visitor.send(messages, { [`choice.games.${channel}`]: 'on' })
        assert.deepEqual(await allowed(made), channels.slice(0, n + 1))
      }
      await made.visitor.send(messages, { 'choice.games.post': '' })
      assert.deepEqual(await allowed(made), ['email', 'text', 'push', 'phone'])
    },
    'group news, yes and no': async (made) => {
      await made.visitor.send(messages, { groupNews: 'on' })
      assert.equal((await going(made))[0], true)
      await made.visitor.send(messages, { groupNews: '' })
      assert.equal((await going(made))[0], false)
    },
    'stop all marketing': async (made) => {
      await made.visitor.send(messages, { ...every, groupNews: 'on' })
      await object(made, 'marketing')
      assert.deepEqual([await allowed(made), (await going(made))[0]], [[], false])
    },
    'no profiling, and again yes': async (made) => {
      await object(made, 'profiling')
      assert.deepEqual(await going(made), [false, false, true])
      await object(made, 'profiling', { ends: 'on' })
      assert.deepEqual(await going(made), [false, true, true])
    },
    'no analytics, and again yes': async (made) => {
      await object(made, 'analytics')
      assert.deepEqual(await going(made), [false, true, false])
      await object(made, 'analytics', { ends: 'on' })
      assert.deepEqual(await going(made), [false, true, true])
    },
    'a receipt for each decision, the earlier ones below': async (made) => {
      await made.visitor.send(messages, { 'choice.games.email': 'on' })
      await object(made, 'analytics')
      const shown = await made.visitor.page(messages)
      assert.match(testIds(shown, 'receipt')[0] ?? '', /^Receipt 2-[A-Z0-9]{6} .*Objection to analytics/)
      assert.match(readable(shown), /Receipt 1-[A-Z0-9]{6} .*Games may send you advertising by email/)
    },
    'the address in a letter': async (made) => {
      await made.visitor.send(messages, every)
      const { audience } = app.features
      const { subject } = await app.account(made.account)
      const games = app.config.group.companies.get('games')!
      const asked = { subject, purpose: 'marketing', channel: 'email' } as const
      const { unsubscribe = '' } = await audience.evaluate(games, 'games-machine', asked)
      const answer = await fetch(unsubscribe, {
        method: 'POST',
        body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }),
      })
      assert.equal(answer.status, 200)
      assert.deepEqual(await allowed(made), ['text', 'push', 'post', 'phone'])
      assert.match(readable(await made.visitor.page(messages)), /through the link in an email/)
    },
    'the signal of a browser, and its difference to the account': async (made) => {
      const shown = await made.visitor.visit(app.issuer + messages, { headers: { dnt: '1' } })
      assert.match(testIds(shown, 'browser-signal')[0] ?? '', /Do Not Track.*does not cover your account/)
    },
    'the ledger as files': async (made) => {
      const json = JSON.parse((await made.visitor.page(`${sharing}/ledger.json`)).text)
      const csv = await made.visitor.page(`${sharing}/ledger.csv`)
      // Nothing is shared of an account that is not linked.
      assert.equal(json.length > 0, made.id.kind === 'person')
      assert.equal(csv.text.trim().split('\r\n').length, json.length + 1)
    },
    'what support looked at': async (made) => {
      await app.features.activity.recordSupport({
        holder: made.id,
        company: 'games',
        role: 'support',
        case: 'K-1',
        act: 'look',
        reason: 'A call',
        fields: ['email'],
      })
      assert.match(readable(await made.visitor.page(sharing)), /Games support Case K-1 .*A call/)
    },
  }

  for (const [act, look] of Object.entries(acts))
    for (const [kind, make] of Object.entries(kinds))
      it(`S4-6, S6-a to S6-c: ${kind}: ${act}`, async () => look(await make()))

  it('S4-4: of an account that is not linked there is nothing to choose on Sharing, and no address that would', async () => {
    const made = await aHolder()
    const shown = await made.visitor.page(sharing)
    assert.match(readable(shown), /your account at Games alone/)
    assert.equal(testIds(shown, 'sharing-choices').length, 0)
    assert.ok(formsOf(shown).every(({ action }) => !action.startsWith(sharing)))
    const csrf = documentOf(shown).querySelector('[name=csrf]')?.getAttribute('value') ?? ''
    const before = await app.account(made.account)
    for (const path of ['games', 'games/pause', 'games/resume']) {
      const fields = { csrf, link: '', which: 'none' }
      const { next } = await made.visitor.submit(`${app.issuer}${sharing}/${path}`, fields)
      assert.match(next ?? '', /stands-otherwise/, path)
    }
    assert.deepEqual(await app.account(made.account), before)
  })
})
