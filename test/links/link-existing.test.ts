import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asAccount, asPerson } from '../../src/accounts/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { aCompany, aService, declared } from '../world/group.ts'
import { fieldsOf, readable } from '../world/pages.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const companies = [aCompany({ id: 'games' }), aCompany({ id: 'club', minimumAge: 21 })].map((company) =>
  declared(company, [
    aService(company.id, `${company.id}-site`, `https://${company.id}.example`, { events: undefined }),
  ]),
)

type Person = Awaited<ReturnType<TestApp['aPerson']>>
type Separate = Awaited<ReturnType<TestApp['aSeparateAccount']>>

/** Somebody at one entry point, both of whose sides are proven: what they are answered, and the press that follows. */
interface Principal {
  preview: Visit
  press: (changes?: Record<string, string>) => Promise<Visit>
  /** In the same browser. */
  open: (address: string) => Promise<Visit>
}

describe('linking an account from before, whichever page it is begun at (S4-2, S11, T18)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp({ config: { companies } as object })
  })
  after(() => app.close())

  const entryPoints: Record<string, (person: Person, own: Separate, company: string) => Promise<Principal>> = {
    'the link page of a sign-in': async (person, own, company) => {
      const traveller = aTraveller(app)
      const page = await traveller.act(await traveller.go(`${company}-site`), '', asTyped(person))
      const preview = await traveller.act(await traveller.open(page, '/existing'), '/existing', asTyped(own))
      return { preview, press: (changes) => traveller.act(preview, '/preview', changes), open: traveller.visit }
    },
    'the offer of a later sign-in': async (person, own, company) => {
      const traveller = aTraveller(app)
      const offer = await traveller.act(await traveller.go(`${company}-site`), '', asTyped(own))
      const proof = await traveller.open(offer, '/offer/link')
      const preview = await traveller.act(proof, '/offer/link', asTyped(person))
      return { preview, press: (changes) => traveller.act(preview, '/preview', changes), open: traveller.visit }
    },
    '*Link another account* in the account pages': async (person, own, company) => {
      const visitor = aVisitor(app.issuer)
      await visitor.signIn(person)
      const preview = await visitor.act(`/account/services/link/${company}`, asTyped(own))
      return { preview, press: pressIn(visitor, preview, company), open: visitor.visit }
    },
    'the account pages of the account itself': async (person, own, company) => {
      const visitor = aVisitor(app.issuer)
      await visitor.signInAt(`${company}-site`, `https://${company}.example/callback`, own)
      const link = `/account/services/link/${company}`
      const preview = await visitor.act(`${link}/unified`, asTyped(person), link)
      return { preview, press: pressIn(visitor, preview, company), open: visitor.visit }
    },
  }
  const pressIn = (visitor: ReturnType<typeof aVisitor>, preview: Visit, company: string): Principal['press'] => {
    const action = `/account/services/link/${company}/preview`
    return (changes = {}) => visitor.submit(`${app.issuer}${action}`, { ...fieldsOf(preview, action), ...changes })
  }

  /** By the owner themselves, elsewhere. */
  const linkTo = async (owner: Person, own: Separate) => {
    const { epoch, credentialEpoch } = await app.account(own.account)
    const company = app.config.group.companies.get('games')
    assert.ok(company)
    await app.features.links.linkExistingAccount(owner.id, {
      company,
      actor: { kind: 'person', id: owner.id },
      policyVersion: '1',
      shown: ['city'],
      account: own.account,
      epoch,
      keep: [],
      proven: { person: (await owner.now()).credentialEpoch, account: credentialEpoch },
    })
  }

  for (const [where, begin] of Object.entries(entryPoints))
    describe(where, () => {
      for (const [what, other] of [
        ['another family name', { familyName: 'Ek' }],
        ['another birth date', { birthDate: '1985-06-07' }],
      ] as const)
        it(`warns of ${what}: the account may be somebody else’s, and is linked only when that was said`, async () => {
          const same = { familyName: 'Berg', birthDate: '1990-02-03' }
          const person = await app.aPerson({ details: same })
          const own = await app.aSeparateAccount('games', { details: { ...same, ...other } })
          const { preview, press } = await begin(person, own, 'games')
          assert.match(readable(preview), /both accounts are yours, not a relative’s/)
          assert.equal((await app.account(own.account)).link, null)
          assert.ok([200, 303].includes((await press()).status))
          assert.equal((await app.account(own.account)).link?.person, person.id)
        })

      it('warns of nothing where birth date and family name are the same', async () => {
        const same = { familyName: 'Berg', birthDate: '1990-02-03' }
        const [person, own] = [
          await app.aPerson({ details: same }),
          await app.aSeparateAccount('games', { details: same }),
        ]
        assert.doesNotMatch(
          readable((await begin(person, own, 'games')).preview),
          /both accounts are yours, not a relative’s/,
        )
      })

      it('links nobody who is too young for that company, and says from what age (S11)', async () => {
        const person = await app.aPerson({ details: { birthDate: '2008-01-02' } })
        const own = await app.aSeparateAccount('club', { details: { birthDate: '1990-01-02' } })
        const { preview } = await begin(person, own, 'club')
        assert.equal(preview.status, 403)
        assert.match(readable(preview), /21 and over/)
        assert.equal((await app.account(own.account)).link, null)
        assert.ok((await app.account(own.account)).signIn, 'it goes on as it was')
      })

      it('U9: is shown at an address of its own: a reload proves nothing again, and *Back* after the link leads on', async () => {
        const [person, own] = [await app.aPerson(), await app.aSeparateAccount('games')]
        const { preview, press, open } = await begin(person, own, 'games')
        const proofs = () => app.database.connection.collection('drafts').countDocuments({ kind: 'link-proof' })
        const before = await proofs()
        assert.match(preview.url, /\/preview$|\/preview\?onward=games$/)
        const reloaded = await open(preview.url)
        assert.deepEqual([reloaded.status, readable(reloaded)], [200, readable(preview)])
        assert.equal(await proofs(), before)
        assert.ok((await press()).next)
        const back = await open(preview.url)
        assert.equal(back.status, 303, readable(back))
        assert.equal((await app.account(own.account)).link?.person, person.id)
      })

      it('U9: proven too long ago, it leads to where the account is proven', async () => {
        const [person, own] = [await app.aPerson(), await app.aSeparateAccount('games')]
        const { preview, open } = await begin(person, own, 'games')
        await app.database.connection.collection('drafts').deleteMany({ kind: 'link-proof' })
        const late = await open(preview.url)
        assert.equal(late.status, 303)
        assert.match((await open(late.next ?? '')).text, /type="password"/)
        assert.equal((await app.account(own.account)).link, null)
      })

      it('T2, T11: shows nothing more of either side once its password was set anew, or it was linked elsewhere', async () => {
        const ends = {
          'the person’s password': async (person: Person, _own: Separate) =>
            app.features.credentials.setPassword(asPerson(person.id), {
              password: 'an owl in a tall tree',
              how: 'recovered',
            }),
          'the account’s password': async (_person: Person, own: Separate) =>
            app.features.credentials.setPassword(asAccount(own.account), {
              password: 'an owl in a tall tree',
              how: 'recovered',
            }),
          'a link of its owner’s': async (_person: Person, own: Separate) => {
            const owner = await app.aPerson({ details: { city: 'Ownersby' } })
            await linkTo(owner, own)
          },
        }
        for (const [what, end] of Object.entries(ends)) {
          const person = await app.aPerson({ details: { city: 'Visby' } })
          const own = await app.aSeparateAccount('games', { details: { city: 'Kalmar' } })
          const { preview, open, press } = await begin(person, own, 'games')
          assert.match(readable(preview), /Kalmar/)
          await end(person, own)
          await app.settled()
          for (const late of [await open(preview.url), await press({ policyVersion: 'another' })])
            assert.doesNotMatch(readable(late), /Kalmar|Visby|Ownersby/, what)
          assert.notEqual((await app.account(own.account)).link?.person, person.id)
        }
      })

      it('H12: links nothing once either side’s password was set anew, by its owner, while the page was open', async () => {
        for (const whose of ['the person’s', 'the account’s']) {
          const [person, own] = [await app.aPerson(), await app.aSeparateAccount('games')]
          const { press } = await begin(person, own, 'games')
          const { credentials, accounts, links } = app.features
          if (whose === 'the person’s')
            await credentials.setPassword(asPerson(person.id), { password: 'an owl in a tall tree', how: 'recovered' })
          else
            await credentials.setPassword(asAccount(own.account), { password: 'an owl in a tall tree', how: 'changed' })
          const answer = await press()
          assert.doesNotMatch(readable(answer), /is now linked/, whose)
          const { link, signIn } = await app.account(own.account)
          assert.deepEqual([link, signIn?.address], [null, own.email], whose)
          assert.deepEqual(await links.accountsOf(person.id), [], whose)
          // Nor by a proof that a crash had kept from being dropped.
          const { epoch } = await app.account(own.account)
          const company = app.config.group.companies.get('games')
          assert.ok(company)
          const [actor, proven] = [
            { kind: 'person' as const, id: person.id },
            { person: 1, account: 1 },
          ]
          const late = { company, actor, policyVersion: '1', account: own.account, epoch, shown: [], keep: [], proven }
          await assert.rejects(links.linkExistingAccount(person.id, late), whose)
          assert.equal((await accounts.get(own.account))?.link, null, whose)
        }
      })

      it('nor whoever corrected the date while the page was open (S11)', async () => {
        const person = await app.aPerson()
        const own = await app.aSeparateAccount('club')
        const { preview, press } = await begin(person, own, 'club')
        assert.equal(preview.status, 200)
        await app.database.connection
          .collection('people')
          .updateOne({ _id: person.id as never }, { $set: { 'fields.birthDate.person.value': '2008-01-02' } })
        assert.equal((await press()).status, 403)
        assert.equal((await app.account(own.account)).link, null)
      })
    })

  it('is one use case: nothing else in the source links an account from before, or begins such a proof', () => {
    const src = join(import.meta.dirname, '../../src')
    const others = globSync('**/*.ts', { cwd: src })
      .filter((file) => !file.startsWith('links/'))
      .filter((file) => /linkExistingAccount|linkProofs\.|joinExisting/.test(readFileSync(join(src, file), 'utf8')))
    assert.deepEqual(others, [])
  })
})
