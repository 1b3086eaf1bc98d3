import assert from 'node:assert/strict'
import { asAccount, asPerson } from '../../src/accounts/index.ts'
import { separateLoginPrefix } from '../../src/credentials/index.ts'
import { detailNames } from '../../src/details/index.ts'
import { byCompany, changeDetails, emailKey } from '../../src/people/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'

const grace = { kind: 'after-grace', days: 7 } as const

/** A code is on its way to a new address; meanwhile something else happens to what it would change (T4, T11). */
describe('a change of address whose code is not entered yet', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const actorOf = (id: string) => ({ kind: 'person' as const, id })
  const gone = { code: 'code-expired' }
  const overtaken = { code: 'code-overtaken' }
  const linkNew = (person: string, id: string) => {
    const company = app.config.group.companies.get(id)
    assert.ok(company)
    return app.features.links.linkNewAccount(person, {
      company,
      actor: actorOf(person),
      policyVersion: '1',
      shown: detailNames,
    })
  }
  const linkExisting = async (person: string, account: string) => {
    const { epoch, credentialEpoch, company: id } = await app.account(account)
    const { credentialEpoch: proven = 0 } = (await app.features.people.get(person)) ?? {}
    const company = app.config.group.companies.get(id)
    assert.ok(company)
    const request = {
      company,
      actor: actorOf(person),
      policyVersion: '1',
      shown: detailNames,
      account,
      epoch,
      keep: ['givenName' as const],
      proven: { person: proven, account: credentialEpoch },
    }
    await app.features.links.linkExistingAccount(person, request)
  }
  const unlink = (person: string, company: string) =>
    app.features.links.unlink(person, company, { keep: 'before', actor: actorOf(person) })
  const close = async (account: string, process: { kind: 'at-once' } | typeof grace = { kind: 'at-once' }) => {
    const seen = await app.account(account)
    const by = seen.link ? actorOf(seen.link.person) : ({ kind: 'account', id: account } as const)
    return app.features.closures.close(seen, process, by)
  }

  describe('of a unified sign-in', () => {
    type Person = Awaited<ReturnType<TestApp['aPerson']>>
    const pending = async () => {
      const person = await app.aPerson({ links: ['games'] })
      const email = `new.${person.email}`
      const handle = await app.features.addressChanges.begin(asPerson(person.id), email)
      return { person, email, handle, code: await app.code(email) }
    }
    const complete = ({ person, handle, code }: Awaited<ReturnType<typeof pending>>) =>
      app.features.addressChanges.complete(asPerson(person.id), handle, code)

    const ends: Record<string, (person: Person) => Promise<unknown>> = {
      'a new account is linked': ({ id }) => linkNew(id, 'pictures'),
      'an account from before is linked, with details taken over': async ({ id }) =>
        linkExisting(id, (await app.aSeparateAccount('mobile')).account),
      'an account is unlinked': ({ id }) => unlink(id, 'games'),
      'an account is linked and unlinked again': async ({ id }) => {
        await linkNew(id, 'pictures')
        await unlink(id, 'pictures')
      },
      'an account is closed': ({ accounts }) => close(accounts.games ?? ''),
      'the sign-in is deleted': async ({ id, accounts }) => {
        await app.features.links.afterLeaving(await close(accounts.games ?? ''))
        await app.features.erasePerson.erase(id)
      },
    }
    for (const [what, happens] of Object.entries(ends))
      it(`comes to nothing when ${what} meanwhile, and the new address stays free`, async () => {
        const change = await pending()
        const { identifiers } = await change.person.now()
        await happens(change.person)
        await assert.rejects(complete(change), gone)
        const after = await change.person.now()
        assert.deepEqual(after.identifiers, after.status === 'active' ? identifiers : [])
        const held = await app.database.connection
          .collection('identifiers')
          .findOne({ _id: emailKey(change.email) as never })
        assert.equal(held, null)
      })

    it('is one at a time: the code of an earlier one, in whatever browser, is worth nothing, and is told why', async () => {
      const earlier = await pending()
      const email = `later.${earlier.person.email}`
      const { addressChanges } = app.features
      const id = asPerson(earlier.person.id)
      const handle = await addressChanges.begin(id, email)
      await assert.rejects(complete(earlier), overtaken)
      await assert.rejects(addressChanges.sendAgain(id, earlier.handle, 'en'), overtaken)
      await addressChanges.complete(id, handle, await app.code(email))
      await assert.rejects(complete(earlier), overtaken, 'also once the other is made')
      const stranger = asPerson((await app.aPerson()).id)
      await assert.rejects(addressChanges.complete(stranger, earlier.handle, '123456'), gone)
      assert.deepEqual((await earlier.person.now()).identifiers, [emailKey(email)])
    })

    it('is what it was when somebody else links, and when a company corrects a detail', async () => {
      const change = await pending()
      await linkNew((await app.aPerson()).id, 'games')
      const { id } = change.person
      const changes = [{ field: 'city', value: 'Lund' }] as const
      await changeDetails(app.features.people, id, { source: byCompany('games', 'x'), actor: actorOf(id), changes })
      await complete(change)
      assert.deepEqual((await change.person.now()).identifiers, [emailKey(change.email)])
    })
  })

  describe('of an account’s own sign-in', () => {
    const ends: Record<string, (account: string) => Promise<unknown>> = {
      'it is linked': async (account) => linkExisting((await app.aPerson()).id, account),
      'it is linked and unlinked again': async (account) => {
        const { id } = await app.aPerson()
        await linkExisting(id, account)
        await unlink(id, 'games')
      },
      'its closing begins': (account) => close(account, grace),
      'its closing begins and is broken off': async (account) =>
        app.features.closures.comeBack(await close(account, grace), { kind: 'account', id: account }),
      'it is closed': (account) => close(account),
    }
    for (const [what, happens] of Object.entries(ends))
      it(`comes to nothing when ${what} meanwhile, and the new address stays free there`, async () => {
        const { account, email } = await app.aSeparateAccount('games')
        const other = `new.${email}`
        const handle = await app.features.addressChanges.begin(asAccount(account), other)
        const code = await app.code(other)
        await happens(account)
        await assert.rejects(app.features.addressChanges.complete(asAccount(account), handle, code), gone)
        await app.settled()
        assert.notEqual((await app.account(account)).signIn?.address, other)
        const free = await app.aSeparateAccount('games', { email: other })
        assert.notEqual(free.account, account)
      })
  })

  it('of an account’s own sign-in is one at a time as well', async () => {
    const { addressChanges } = app.features
    const { account, email } = await app.aSeparateAccount('games')
    const begin = async (to: string) => {
      const handle = await addressChanges.begin(asAccount(account), to)
      return { handle, code: await app.code(to) }
    }
    const [earlier, later] = [await begin(`earlier.${email}`), await begin(`later.${email}`)]
    await assert.rejects(addressChanges.complete(asAccount(account), earlier.handle, earlier.code), overtaken)
    await addressChanges.complete(asAccount(account), later.handle, later.code)
    assert.equal((await app.account(account)).signIn?.address, `later.${email}`)
  })

  describe('of the way back into an account that was unlinked', () => {
    const password = 'a kettle that never boils'
    const pending = async () => {
      const [person, own] = [await app.aPerson(), await app.aSeparateAccount('games')]
      await linkExisting(person.id, own.account)
      const left = await unlink(person.id, 'games')
      const begin = async () => {
        const handle = await app.features.separateLogins.beginWayIn(left, 'Games', person.email)
        return { handle, code: await app.code(own.email) }
      }
      return { person, own, begin }
    }
    const held = async (address: string) => {
      const { connection } = app.database
      const identifiers = await connection.collection('identifiers').find({}).toArray()
      const key = await app.features.meta.persistentKey('lookup-key', app.features.box)
      return identifiers.filter(({ _id }) => String(_id).startsWith(separateLoginPrefix(key, 'games', address)))
    }

    const ends: Record<string, (made: Awaited<ReturnType<typeof pending>>) => Promise<unknown>> = {
      'it is linked again': ({ person, own }) => linkExisting(person.id, own.account),
      'it is linked and unlinked again': async ({ person, own }) => {
        await linkExisting(person.id, own.account)
        await unlink(person.id, 'games')
      },
      'it is closed': ({ own }) => close(own.account),
    }
    for (const [what, happens] of Object.entries(ends))
      it(`comes to nothing when ${what} meanwhile, and leaves no way in behind`, async () => {
        const made = await pending()
        const { handle, code } = await made.begin()
        await happens(made)
        await assert.rejects(app.features.separateLogins.completeWayIn(handle, code, password), gone)
        await assert.rejects(app.features.separateLogins.completeWayIn(handle, code, password), gone, 'asked twice')
        assert.equal((await app.account(made.own.account)).signIn, null)
        assert.equal(await app.features.authentication.authenticate(made.own.email, password, 'games'), undefined)
        assert.deepEqual(await held(made.own.email), [])
      })

    it('is made once: a second code sets no other password', async () => {
      const made = await pending()
      const late = await made.begin()
      const early = await made.begin()
      await app.features.separateLogins.completeWayIn(early.handle, early.code, password)
      await assert.rejects(
        app.features.separateLogins.completeWayIn(late.handle, late.code, 'quite another kettle'),
        gone,
      )
      assert.ok(await app.features.authentication.authenticate(made.own.email, password, 'games'))
      assert.equal((await held(made.own.email)).length, 1)
    })
  })
})
