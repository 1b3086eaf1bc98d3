import assert from 'node:assert/strict'
import { policyInForce } from '../../src/companies/index.ts'
import type { TestApp } from '../world/app.ts'
import { aMortalApp, type MortalApp } from '../world/dying-anywhere.ts'

describe('what a crash leaves of a link with an account from before (H4, M1, M3)', function () {
  this.timeout(120_000)
  let mortal: MortalApp
  let app: TestApp
  before(async () => {
    mortal = await aMortalApp()
    app = mortal.app
  })
  after(() => mortal.close())

  const company = () => app.config.group.companies.get('games')!
  const rowsOf = async (account: string): Promise<string[]> => {
    const { connection } = mortal.database
    const identifiers = await connection
      .collection('identifiers')
      .find({ owner: account as never })
      .toArray()
    const credentials = await connection
      .collection('credentials')
      .find({ _id: { $gte: `account:${account}:`, $lt: `account:${account};` } as never })
      .toArray()
    return [...identifiers, ...credentials].map(({ _id }) => String(_id))
  }
  /** Both sides proven, and the page shown. */
  const previewed = async () => {
    const [person, own] = [await app.aPerson(), await app.aSeparateAccount('games')]
    const account = await app.account(own.account)
    const { credentialEpoch } = await person.now()
    const proven = { person: credentialEpoch, account: account.credentialEpoch }
    const handle = await app.features.linkExisting.begin({
      person: person.id,
      account,
      company: company(),
      proven,
    })
    return { person, own, handle }
  }
  type Previewed = Awaited<ReturnType<typeof previewed>>
  const link = ({ person, handle }: Previewed) =>
    app.features.linkExisting.link({
      handle,
      holder: { person: person.id },
      company: company(),
      policyVersion: policyInForce(company()).version,
      shown: [],
      keep: [],
    })

  it('H4: the sign-in of before is there whole, or gone with every row of it, wherever the process dies', async () => {
    let [linked, separate] = [0, 0]
    const operations = await mortal.dyingAnywhere(previewed, link, async ({ own: { account, email, password } }) => {
      const { link: made, signIn } = await app.account(account)
      const known = await app.features.authentication.authenticateLocal(email, password, 'games')
      if (made) {
        linked += 1
        assert.deepEqual([signIn, known, await rowsOf(account)], [null, undefined, []])
        return
      }
      separate += 1
      assert.ok(known, 'whoever had a way in has one')
      assert.ok((await rowsOf(account)).length > 1)
    })
    assert.ok(operations > 10 && linked > 3 && separate > 3, `${operations}, ${linked}, ${separate}`)
  })

  it('H4: a late look at the log takes nothing of the way in that the account was given since', async () => {
    const made = await previewed()
    const { person, own } = made
    const { links, separateLogins, authentication } = app.features
    const account = await app.account(own.account)
    await links.linkExistingAccount(person.id, {
      company: company(),
      actor: { kind: 'person', id: person.id },
      policyVersion: policyInForce(company()).version,
      shown: [],
      account: account._id,
      epoch: account.epoch,
      proven: { person: (await person.now()).credentialEpoch, account: account.credentialEpoch },
      keep: [],
    })
    const left = await links.unlink(person.id, 'games', { keep: 'now', actor: { kind: 'person', id: person.id } })
    await separateLogins.giveWayIn(left, own.email, 'seven copper lanterns humming')
    assert.ok(
      (await app.account(own.account)).log.some(({ kind }) => kind === 'linked'),
      'not looked at yet',
    )
    await app.settled()
    assert.ok(await authentication.authenticateLocal(own.email, 'seven copper lanterns humming', 'games'))
    assert.equal(await authentication.authenticateLocal(own.email, own.password, 'games'), undefined)
  })
})
