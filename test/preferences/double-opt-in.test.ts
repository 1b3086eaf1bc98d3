import assert from 'node:assert/strict'
import { asPerson } from '../../src/accounts/index.ts'
import { now } from '../../src/lib/clock.ts'
import { padded } from '../../src/lib/ids.ts'
import { byCompany } from '../../src/people/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { documentOf, readable, tokenOf } from '../world/pages.ts'
import { eitherKind } from './either.ts'

const page = '/account/messages'

describe('an address that a company noted, and nobody has proven here (S6-a, double opt-in)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const { aPerson, aHolder, signedIn } = eitherKind(() => app)
  const kinds = { 'a person': aPerson, 'a separate account': aHolder }
  /** At Games' door. */
  const door = () => `${app.issuer}/audience/games`
  const call = async (path: string, body?: unknown) => {
    const authorization = `Bearer ${await app.companyToken('games', 'audience.read', door())}`
    const answer = await fetch(`${door()}/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    assert.equal(answer.status, 200)
    return answer.text()
  }
  const question = async (account: string, purpose: string) => ({
    subject: { type: 'user', id: (await app.account(account)).subject },
    action: { name: purpose },
    resource: { type: 'channel', id: 'email' },
  })
  const answered = async (account: string, purpose = 'marketing') => {
    const { decision, context } = JSON.parse(await call('evaluation', await question(account, purpose)))
    return [decision, context.reason]
  }
  /** As export, and the stream of changes from a moment on, have it. */
  const exported = async (account: string) => {
    const { subject } = await app.account(account)
    const lines = (await call('export')).trim().split('\n')
    const mine = lines.map((line) => JSON.parse(line)).find((each) => each.subject?.id === subject)
    return JSON.stringify(mine?.allowed ?? [])
  }
  const changed = async (account: string, since: string) => {
    const { subject } = await app.account(account)
    const { changes } = JSON.parse(await call(`changes?since=${since}`))
    return changes.find((each: { subject: { id: string } }) => each.subject.id === subject)
  }
  const notes = async (account: string, email: string) => {
    const write = {
      company: 'games',
      changesOf: () => [{ field: 'email' as const, value: email }],
      actorOf: ({ epoch }: { epoch: number }) => ({ kind: 'company' as const, company: 'games', epoch }),
      source: byCompany,
    }
    assert.ok(await app.features.companyWrite(account, write))
    await app.settled()
    assert.equal((await app.account(account)).copy.email, email)
  }
  const freshAddress = () => `${Math.random().toString(36).slice(2, 10)}@noted.example`

  for (const [kind, make] of Object.entries(kinds))
    it(`S6-a: ${kind} has said yes; no yes counts for the noted address until a code that went there came back`, async () => {
      const made = await make()
      const { account } = made
      const visitor = await signedIn(made)
      await visitor.send(page, { 'choice.games.email': 'on', groupNews: 'on' })
      assert.deepEqual(await answered(account), [true, 'chosen'])
      const noted = freshAddress()
      await notes(account, noted)
      const silent = async () => {
        assert.deepEqual(await answered(account), [false, 'address-not-proven'])
        assert.deepEqual(await answered(account, 'group-news'), [false, 'address-not-proven'])
        assert.deepEqual(await answered(account, 'service'), [true, 'service-message'])
        assert.doesNotMatch(await exported(account), /marketing|group-news/)
      }
      await silent()
      // Said again, now that it is there, it is a yes to an address that nobody has proven all the same.
      await visitor.send(page, { 'choice.games.email': '' })
      await visitor.send(page, { 'choice.games.email': 'on' })
      await silent()

      const shown = await visitor.page(page)
      assert.match(readable(shown), new RegExp(`${noted} is not confirmed yet. No advertising goes there`))
      assert.ok(
        documentOf(shown).querySelector('[data-testid=unproven] form[action="/account/details/address/offered"]'),
      )
      const asked = await visitor.act(page, { email: noted }, '/account/details/address/offered')
      assert.match(asked.url, /\/account\/details\/address$/, readable(asked))
      const code = await app.code(noted)
      await silent()
      assert.equal(
        (await visitor.send('/account/details/address', { code: code === '000000' ? '1' : '000000' })).again,
        true,
      )
      await silent()
      const from = padded(now())
      const done = await visitor.send('/account/details/address', { code })
      assert.match(done.next ?? '', /done=address/)
      await app.settled()
      assert.deepEqual(await answered(account), [true, 'chosen'])
      assert.match(await exported(account), /marketing/)
      assert.match(JSON.stringify((await changed(account, from))?.allowed ?? []), /marketing/, 'the stream tells of it')
      assert.doesNotMatch(readable(await visitor.page(page)), /is not confirmed yet/)
    })

  it('S6-a: confirmed by whoever else reads it, it is nobody’s yes; the code is worth nothing in another sign-in', async () => {
    const made = await aPerson()
    const visitor = await signedIn(made)
    await visitor.send(page, { 'choice.games.email': 'on' })
    const noted = freshAddress()
    await notes(made.account, noted)
    await visitor.act(page, { email: noted }, '/account/details/address/offered')
    const code = await app.code(noted)
    const other = await signedIn(await aPerson())
    const form = { csrf: tokenOf(await other.page(page)), code }
    const refused = await other.submit(`${app.issuer}/account/details/address`, form)
    assert.match(readable(refused), /This code has expired, or was entered wrong too often/)
    await app.settled()
    assert.deepEqual(await answered(made.account), [false, 'address-not-proven'])
  })

  it('S6-a, T14: a company that has no address of theirs hears nothing when they change it', async () => {
    const { id, accounts } = await app.aPerson({ links: ['games'] })
    const account = accounts.games ?? ''
    const { link } = await app.account(account)
    const company = app.config.group.companies.get('games')
    assert.ok(company && link)
    const by = { link: link.id, actor: { kind: 'person' as const, id } }
    await app.features.share.choose(account, company, by, { allowed: [] })
    await app.settled()
    assert.equal((await app.account(account)).copy.email, undefined)
    const rows = () => app.database.connection.collection('audienceChanges').countDocuments({ account })
    const before = await rows()
    const email = freshAddress()
    const begun = await app.features.addressChanges.begin(asPerson(id), email)
    await app.features.addressChanges.complete(asPerson(id), begun, await app.code(email))
    await app.settled()
    assert.equal(await rows(), before)
  })

  it('S6-a: there is one address a channel, and the page has one tick for it', async () => {
    const made = await aPerson()
    const visitor = await signedIn(made)
    const ticks = documentOf(await visitor.page(page)).querySelectorAll('[name^="choice.games."]')
    assert.deepEqual(
      ticks.map((each) => each.getAttribute('name')),
      ['email', 'text', 'push', 'post', 'phone'].map((channel) => `choice.games.${channel}`),
    )
  })
})
