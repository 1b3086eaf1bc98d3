import assert from 'node:assert/strict'
import { asPerson, holderOf } from '../../src/accounts/index.ts'
import { type Channel, channels, groupNews, marketingOn } from '../../src/preferences/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { readable } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

const urlencoded = { 'content-type': 'application/x-www-form-urlencoded' }
const body = 'List-Unsubscribe=One-Click'

describe('one-click unsubscribe (S6-b, RFC 8058)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const allowed = async (id: string): Promise<Channel[]> => {
    const now = await app.features.choose.choicesOf(await app.account(id))
    return channels.filter((channel) => marketingOn(now, channel).allowed)
  }
  const say = async (id: string, ...yes: Channel[]) => {
    const account = await app.account(id)
    const companies = [{ company: account.company, was: await allowed(id), now: yes }]
    const groupNews = { was: false, now: true }
    await app.features.choose.save(holderOf(id, account.link?.person), { companies, groupNews })
  }
  /** As its company finds it at the audience door. */
  const addressIn = async (
    id: string,
    purpose: 'marketing' | 'group-news' = 'marketing',
    channel: Channel = 'email',
  ) => {
    const { company, subject } = await app.account(id)
    const declared = app.config.group.companies.get(company)!
    const { unsubscribe } = await app.features.audience.evaluate(declared, 'x', { subject, purpose, channel })
    return unsubscribe ?? assert.fail('no address')
  }
  const post = (url: string, sent: string = body, headers: Record<string, string> = urlencoded) =>
    fetch(url, { method: 'POST', headers, body: sent, redirect: 'manual' })

  const kinds: Record<string, () => Promise<string>> = {
    'a person’s linked account': async () => (await app.aPerson({ links: ['games', 'mobile'] })).accounts.games ?? '',
    'a separate account': async () => (await app.aSeparateAccount('games')).account,
  }
  for (const [kind, make] of Object.entries(kinds))
    it(`S6-b: of ${kind}: a POST without cookies ends that channel of that company at once, and again is no harm`, async () => {
      const account = await make()
      await say(account, 'email', 'text')
      const address = await addressIn(account)
      const answer = await post(address)
      assert.equal(answer.status, 200, 'and leads nowhere else')
      assert.match(readable({ text: await answer.text() }), /You are unsubscribed.*Games/)
      assert.deepEqual(await allowed(account), ['text'])
      assert.equal((await post(address)).status, 200)
      assert.deepEqual(await allowed(account), ['text'])
    })

  it('S6-b: a GET changes nothing, whoever fetches it; its button does, in a browser that was never here', async () => {
    const { account } = await app.aSeparateAccount('games')
    await say(account, 'email')
    const address = await addressIn(account)
    for (const method of ['GET', 'HEAD']) assert.equal((await fetch(address, { method })).status, 200)
    assert.deepEqual(await allowed(account), ['email'])
    const visitor = aVisitor(app.issuer)
    const path = new URL(address).pathname
    assert.match(readable(await visitor.page(path)), /Unsubscribe\? Games will no longer send you advertising/)
    assert.match(readable(await visitor.act(path)), /You are unsubscribed/)
    assert.deepEqual(await allowed(account), [])
  })

  it('S6-b: it reads both forms that mail services send, and nothing else ends anything', async () => {
    const { account } = await app.aSeparateAccount('games')
    const multipart = (boundary: string, end = '\r\n') =>
      [
        `--${boundary}`,
        'Content-Disposition: form-data; name="List-Unsubscribe"',
        '',
        'One-Click',
        `--${boundary}--`,
        '',
      ].join(end)
    await say(account, 'email')
    const address = await addressIn(account)
    const form = (boundary: string) => ({ 'content-type': `multipart/form-data; boundary=${boundary}` })
    for (const [sent, headers, status] of [
      ['', urlencoded, 400],
      ['List-Unsubscribe=Yes', urlencoded, 400],
      [body, { 'content-type': 'text/plain' }, 415],
      [`${body}&x=${'y'.repeat(5000)}`, urlencoded, 413],
      [multipart('b').replace('One-Click', 'No'), form('b'), 400],
    ] as const) {
      assert.equal((await post(address, sent, headers)).status, status, sent.slice(0, 40))
      assert.deepEqual(await allowed(account), ['email'], sent.slice(0, 40))
    }
    for (const end of ['\r\n', '\n']) {
      await say(account, 'email')
      assert.equal(
        (await post(address, multipart('---FormBoundaryjWmhtjORrn', end), form('---FormBoundaryjWmhtjORrn'))).status,
        200,
      )
      assert.deepEqual(await allowed(account), [])
    }
  })

  it('S6-b: forged, altered, of another use, or of an account that is no more: one answer, and nothing changes', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const games = person.accounts.games ?? ''
    await say(games, 'email')
    const address = await addressIn(games)
    const { box, closures } = app.features
    const ended = (await app.aSeparateAccount('games')).account
    await say(ended, 'email')
    const gone = await addressIn(ended)
    await closures.close(await app.account(ended), { kind: 'at-once' }, { kind: 'account', id: ended })
    const at = (token: string) => `${app.issuer}/unsubscribe/${token}`
    const claims = JSON.stringify({ account: games, from: 'email' })
    const answers = new Set<string>()
    for (const url of [
      gone,
      at('x'),
      at(box.seal(claims, 'another use')),
      `${address.slice(0, -2)}AA`,
      at('.'.repeat(300)),
    ])
      for (const answer of [await fetch(url), await post(url)]) {
        const said = readable({ text: await answer.text() }).replace(/[\w-]{10,}$/, '')
        answers.add(`${answer.status} ${/This address leads to no subscription/.test(said)}`)
      }
    assert.deepEqual([...answers], ['404 true'])
    assert.deepEqual(await allowed(games), ['email'])
    await app.features.choose.forget(`account:${ended}`)
  })

  it('S6-b: of an erased person: fetched or sent again and again, it finds nothing to end and brings nothing back', async () => {
    const person = await app.aPerson({ links: ['games', 'mobile'] })
    const [games = '', mobile = ''] = [person.accounts.games, person.accounts.mobile]
    await say(games, 'email')
    await say(mobile, 'email')
    const [left, closed] = [await addressIn(games), await addressIn(mobile)]
    const actor = { kind: 'person', id: person.id } as const
    await app.features.unlink(person.id, 'games', { keep: 'now', actor })
    await app.features.closures.close(await app.account(mobile), { kind: 'at-once' }, actor)
    await app.settled()
    await app.features.erasePerson.erase(person.id)
    await app.settled()
    const rows = () => app.database.connection.collection('preferences').find({}).toArray()
    const before = await rows()
    for (const method of ['GET', 'POST', 'POST'])
      for (const [url, status] of [
        [left, 200],
        [closed, 404],
      ] as const) {
        const answer = method === 'GET' ? await fetch(url) : await post(url)
        assert.equal(answer.status, status, method)
        assert.doesNotMatch(await answer.text(), new RegExp(person.email))
      }
    assert.deepEqual(await allowed(games), [])
    assert.deepEqual(await rows(), before, 'what is no more is not written anew')
  })

  it('S6-b: it also ends a yes that a link or an objection only hides: neither’s end brings it back', async () => {
    const { choose, links, unlink } = app.features
    const linkTo = async (person: Awaited<ReturnType<TestApp['aPerson']>>, id: string) => {
      const { epoch, credentialEpoch, company } = await app.account(id)
      await links.linkExistingAccount(person.id, {
        company: app.config.group.companies.get(company)!,
        actor: { kind: 'person', id: person.id },
        policyVersion: '1',
        shown: [],
        account: id,
        epoch,
        keep: [],
        proven: { person: (await person.now()).credentialEpoch, account: credentialEpoch },
      })
    }
    for (const [from, objects] of [
      ['group-news', false],
      ['email', true],
    ] as const) {
      const [person, { account }] = [await app.aPerson(), await app.aSeparateAccount('games')]
      await say(account, 'email')
      const address = await addressIn(account, from === 'email' ? 'marketing' : from)
      if (objects) await choose.object(asPerson(person.id), 'marketing', true)
      await linkTo(person, account)
      for (let times = 0; times < 2; times += 1) assert.equal((await post(address)).status, 200)
      const { receipts } = await choose.of(asPerson(person.id))
      assert.equal(receipts.filter(({ by }) => by === 'letter').length, 1, 'once')
      if (objects) await choose.object(asPerson(person.id), 'marketing', false)
      const said = async () => {
        const now = await choose.choicesOf(await app.account(account))
        return (from === 'email' ? marketingOn(now, 'email') : groupNews(now)).allowed
      }
      assert.equal(await said(), false, from)
      await unlink(person.id, 'games', { keep: 'now', actor: { kind: 'person', id: person.id } })
      await app.settled()
      assert.equal(await said(), false, from)
    }
  })

  it('S4-6: news of the group end by their own letter, and a company’s marketing goes on', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const games = person.accounts.games ?? ''
    await say(games, 'email')
    assert.equal((await post(await addressIn(games, 'group-news'))).status, 200)
    assert.equal(groupNews(await app.features.choose.choicesOf(await app.account(games))).allowed, false)
    assert.deepEqual(await allowed(games), ['email'])
    const { receipts } = await app.features.choose.of(asPerson(person.id))
    assert.deepEqual(receipts[0]?.by, 'letter')
  })
})
