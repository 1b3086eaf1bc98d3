import assert from 'node:assert/strict'
import { holderOf } from '../../src/accounts/index.ts'
import { now } from '../../src/lib/clock.ts'
import { padded } from '../../src/lib/ids.ts'
import { type Channel, channels, marketingOn } from '../../src/preferences/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'

const number = '+46701740605'

describe('a phone number is advertised at once its company has asked there whose it is (S6-a)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const call = async (path: string, body?: unknown, scope = 'audience.read', company = 'games') => {
    const door = `${app.issuer}/audience/${company}`
    const answer = await fetch(`${door}/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${await app.companyToken(company, scope, door)}`,
        'content-type': 'application/json',
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, text: await answer.text() }
  }
  const subjectOf = async (account: string) => ({ type: 'user', id: (await app.account(account)).subject })
  const answered = async (account: string, id: Channel = 'text', name = 'marketing') => {
    const question = { subject: await subjectOf(account), action: { name }, resource: { type: 'channel', id } }
    const { company } = await app.account(account)
    const { decision, context } = JSON.parse((await call('evaluation', question, 'audience.read', company)).text)
    return [decision, context.reason]
  }
  const exported = async (account: string) => {
    const { subject } = await app.account(account)
    const lines = (await call('export')).text.trim().split('\n')
    const mine = lines.map((line) => JSON.parse(line)).find((each) => each.subject?.id === subject)
    const allowed = mine.allowed.map((each: { resource: { id: string } }) => each.resource.id)
    return { allowed, confirmFirst: mine.confirm_first }
  }
  const reports = async (account: string, address = number, scope = 'audience.write', company = 'games') => {
    const resource = { type: 'channel', id: 'text', properties: { address } }
    const { status, text } = await call(
      'confirmations',
      { subject: await subjectOf(account), resource },
      scope,
      company,
    )
    return [status, text && JSON.parse(text).error]
  }
  const say = async (id: string, ...yes: Channel[]) => {
    const account = await app.account(id)
    const inForce = await app.features.choose.choicesOf(account)
    const was = channels.filter((each) => marketingOn(inForce, each).allowed)
    await app.features.choose.save(holderOf(id, account.link?.person), {
      companies: [{ company: account.company, was, now: yes }],
      groupNews: { was: false, now: false },
    })
  }
  const hasNumber = async (account: string, phone = number) => {
    await app.features.accounts.change(account, () => ({ set: { 'copy.phone': phone } }))
  }
  const kinds = {
    'of a person': async () => (await app.aPerson({ links: ['games'] })).accounts.games ?? '',
    'with a sign-in of its own': async () => (await app.aSeparateAccount('games')).account,
  }
  const asked = async (make: () => Promise<string>) => {
    const account = await make()
    await hasNumber(account)
    await say(account, 'text', 'push', 'phone')
    return account
  }

  for (const [kind, make] of Object.entries(kinds)) {
    it(`S6-a: an account ${kind} has said yes; no yes counts at the number until the company has asked there`, async () => {
      const account = await asked(make)
      for (const channel of ['text', 'phone'] as const)
        assert.deepEqual(await answered(account, channel), [false, 'number-not-confirmed'])
      assert.deepEqual(await answered(account, 'push'), [true, 'chosen'])
      assert.deepEqual(
        await answered(account, 'text', 'service'),
        [true, 'service-message'],
        'so that it can ask there',
      )
      assert.deepEqual(await exported(account), { allowed: ['push'], confirmFirst: ['text', 'phone'] })

      const since = padded(now())
      assert.deepEqual(await reports(account), [204, ''])
      for (const channel of ['text', 'phone'] as const)
        assert.deepEqual(await answered(account, channel), [true, 'chosen'])
      assert.deepEqual(await exported(account), { allowed: ['text', 'push', 'phone'], confirmFirst: undefined })
      const { subject } = await app.account(account)
      const { changes } = JSON.parse((await call(`changes?since=${since}`)).text)
      assert.ok(
        changes.some((each: { subject: { id: string } }) => each.subject.id === subject),
        'the stream tells of it',
      )
      const asks = await app.database.connection.collection('audienceAsks').find({ account }).toArray()
      assert.ok(asks.some(({ operation, client }) => operation === 'confirmation' && client === 'games-machine'))

      await hasNumber(account, '+46701740606')
      assert.deepEqual(await answered(account), [false, 'number-not-confirmed'], 'another number is another question')
      await hasNumber(account)
      await say(account, 'phone')
      assert.deepEqual(await answered(account), [false, 'refused'], 'it says whose the number is, and no yes')
    })

    it(`S6-a: a report about another number, or about none, of an account ${kind} counts for nothing`, async () => {
      const account = await asked(make)
      assert.deepEqual(await reports(account, '+46701740699'), [409, 'address-differs'])
      assert.deepEqual(await reports(account, number, 'audience.read'), [403, 'refused'])
      await hasNumber(account, '')
      assert.deepEqual(await reports(account), [409, 'no-address'])
      await hasNumber(account)
      assert.deepEqual(await answered(account), [false, 'number-not-confirmed'])
    })
  }

  // Mobile receives a person's number.
  const ofTheirs = {
    ...kinds,
    'of a person': async () => (await app.aPerson({ links: ['mobile'] })).accounts.mobile ?? '',
  }
  for (const [kind, make] of Object.entries(ofTheirs))
    it(`S6-a: a number of an account ${kind} that comes back after another is asked about anew, not one that was away`, async () => {
      const account = await make()
      const is = async (phone: string | null) => {
        const { link, copy } = await app.account(account)
        const changes = [{ field: 'phone' as const, value: phone, was: copy.phone ?? null }]
        await app.features.changeDetails(holderOf(account, link?.person), { changes, minimumAge: 16 })
        await app.settled()
      }
      await is(number)
      await say(account, 'text')
      const { company } = await app.account(account)
      assert.deepEqual(await reports(account, number, 'audience.write', company), [204, ''])
      await is(null)
      await is(number)
      assert.deepEqual(await answered(account), [true, 'chosen'])
      await is('+46701740606')
      await is(number)
      assert.deepEqual(await answered(account), [false, 'number-not-confirmed'])
    })

  it('T14: a report about another company’s person is answered as one about nobody, and is kept nowhere', async () => {
    const account = (await app.aPerson({ links: ['mobile'] })).accounts.mobile ?? ''
    await hasNumber(account)
    const before = await app.database.connection.collection('preferences').countDocuments({})
    assert.deepEqual(await reports(account), [404, 'unknown-subject'])
    assert.equal(await app.database.connection.collection('preferences').countDocuments({}), before)
  })

  it('G7: what was confirmed under a link is not confirmed once the account has left it', async () => {
    const { id, accounts } = await app.aPerson({ links: ['games'] })
    const account = accounts.games ?? ''
    await hasNumber(account)
    await say(account, 'text')
    assert.deepEqual(await reports(account), [204, ''])
    await app.features.links.unlink(id, 'games', { keep: 'now', actor: { kind: 'person', id } })
    await app.settled()
    await hasNumber(account)
    await say(account, 'text')
    assert.deepEqual(await answered(account), [false, 'number-not-confirmed'])
  })

  it('S10: with the account goes what was confirmed', async () => {
    const { account } = await app.aSeparateAccount('games')
    await hasNumber(account)
    assert.deepEqual(await reports(account), [204, ''])
    await app.features.closures.close(await app.account(account), { kind: 'at-once' }, { kind: 'account', id: account })
    await app.settled()
    const left = await app.database.connection.collection('preferences').findOne({ _id: `account:${account}` as never })
    assert.equal(left, null)
  })
})
