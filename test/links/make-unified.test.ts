import assert from 'node:assert/strict'
import { policyInForce } from '../../src/companies/index.ts'
import { detailNames } from '../../src/details/index.ts'
import { isAppError } from '../../src/lib/errors.ts'
import type { TestApp } from '../world/app.ts'
import { aMortalApp, type MortalApp } from '../world/dying-anywhere.ts'

describe('what a crash leaves of a sign-in that moves (U2, U4, M3)', function () {
  this.timeout(120_000)
  let mortal: MortalApp
  let app: TestApp
  let database: MortalApp['database']
  let dyingAnywhere: MortalApp['dyingAnywhere']
  before(async () => {
    mortal = await aMortalApp()
    ;({ app, database, dyingAnywhere } = mortal)
  })
  after(() => mortal.close())

  const company = () => app.config.group.companies.get('games')!
  const make = async (id: string) =>
    app.features.makeUnified.make({
      account: await app.account(id),
      company: company(),
      details: {},
      policyVersion: policyInForce(company()).version,
      shown: detailNames,
    })

  it('U4: a unified sign-in made of an account is there whole or not at all, and its password signs in once', async () => {
    const operations = await dyingAnywhere(
      () => app.aSeparateAccount('games'),
      ({ account }) => make(account),
      async ({ account, email, password }, died) => {
        const signsIn = () => app.features.authentication.authenticate(email, password, 'games')
        const first = await signsIn()
        assert.ok(first, 'whoever had a way in has one')
        if (!died) assert.equal(first.kind, 'person')
        if (first.kind === 'account') await make(account)
        await app.settled()
        const now = await signsIn()
        assert.equal(now?.kind, 'person')
        const { link, signIn } = await app.account(account)
        assert.equal(link?.person, now?.kind === 'person' && now.person)
        assert.equal(signIn, null, 'moved, never copied')
        assert.equal(await app.features.authentication.authenticateLocal(email, password, 'games'), undefined)
        const { connection } = database
        const owners = await connection
          .collection('identifiers')
          .find({ owner: account as never })
          .toArray()
        assert.deepEqual(owners, [])
        const credentials = await connection
          .collection('credentials')
          .find({ _id: { $gte: `account:${account}:`, $lt: `account:${account};` } as never })
          .toArray()
        assert.deepEqual(credentials, [])
      },
    )
    assert.ok(operations > 15, `${operations}`)
  })

  it('U2: an account that is taken up again is linked to its person or free to be taken up, and there is one', async () => {
    const request = () => ({
      company: company(),
      policyVersion: policyInForce(company()).version,
      shown: detailNames,
    })
    const operations = await dyingAnywhere(
      async () => {
        const person = await app.aPerson({ links: ['games'] })
        const actor = { kind: 'person' as const, id: person.id }
        await app.features.links.unlink(person.id, 'games', { keep: 'before', actor })
        await app.settled()
        return { id: person.id, first: person.accounts.games ?? '', actor }
      },
      ({ id, actor }) => app.features.links.linkNewAccount(id, { ...request(), actor }),
      async ({ id, first, actor }) => {
        const again = await app.features.links.linkNewAccount(id, { ...request(), actor }).catch(async (error) => {
          // A reservation that nobody finished is settled after half a minute; a second press does it at once.
          if (!isAppError(error, 'link-not-possible-now')) throw error
          return app.features.links.linkNewAccount(id, { ...request(), actor })
        })
        assert.equal(again._id, first)
        const theirs = (await app.features.accounts.ofCompany('games', '', 10_000)).filter(
          ({ link, left: former }) => link?.person === id || former?.person === id,
        )
        assert.deepEqual(
          theirs.map(({ _id }) => _id),
          [first],
        )
      },
    )
    assert.ok(operations > 5, `${operations}`)
  })

  it('U4: two tabs at once make one person, and both are told the same', async () => {
    const { account } = await app.aSeparateAccount('games')
    const [one, other] = await Promise.all([make(account), make(account)])
    assert.ok(one && one.person === other?.person)
    assert.equal((await app.account(account)).link?.person, one.person)
    assert.equal((await app.features.people.get(one.person))?.status, 'active')
  })

  it('U4: of two, the one for whom the address is free in time has it; the account of the other goes on', async () => {
    const own = await app.aSeparateAccount('games')
    const handle = await app.features.registration.begin({
      details: { email: own.email, givenName: 'Ada', familyName: 'Berg', birthDate: '1990-02-03', country: 'SE' },
      password: 'lantern over still water',
      language: 'en',
      company: 'Mobile',
    })
    const code = await app.code(own.email)
    const [registered, made] = await Promise.allSettled([
      app.features.registration.complete(handle, code),
      make(own.account),
    ])
    await app.settled()
    const holders = await app.features.authentication.holdersOf(own.email, null)
    assert.equal(holders.length, 1)
    const { link, signIn } = await app.account(own.account)
    assert.ok(link ? link.person === (holders[0] as { person: string }).person : signIn)
    assert.ok(registered.status === 'fulfilled' || made.status === 'fulfilled')
  })
})
