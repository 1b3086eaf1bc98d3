import assert from 'node:assert/strict'
import type { Company } from '../../src/companies/index.ts'
import { type AdjustableClock, adjustableClock, hour } from '../../src/lib/clock.ts'
import type { Database } from '../../src/storage/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { openTestDatabase } from '../world/database.ts'
import { aCompany, aService, declared } from '../world/group.ts'
import { readable } from '../world/pages.ts'
import { aRegistration, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const processes: Record<string, Company['closure']> = {
  mobile: { kind: 'after-grace', days: 14 },
  games: { kind: 'by-contact' },
}
const companies = Object.entries(processes).map(([id, closure]) =>
  declared(aCompany({ id, closure }), [aService(id, `${id}-site`, `https://${id}.example`)]),
)

describe('U16: an account that a link made, and its letter', () => {
  let clock: AdjustableClock
  let app: TestApp
  let database: Database
  beforeEach(async () => {
    clock = adjustableClock()
    database = await openTestDatabase()
    app = await aTestApp({ config: { companies } as object, database })
  })
  afterEach(async () => {
    clock.reset()
    await app.close()
    await database.close()
  })

  const random = () => `${Math.random().toString(36).slice(2, 10)}@mail.example`
  const lettersTo = async (email: string) => {
    await app.settled()
    const letters = (await app.features.mailer.mailbox?.list(email)) ?? []
    return letters.filter(({ kind }) => !/-code$|new-sign-in/.test(kind))
  }
  const undoIn = (text = '') => /\/undo\/[\w-]+/.exec(text)?.[0] ?? ''

  const registered = async (email = random()) => {
    const traveller = aTraveller(app)
    const form = await traveller.open(await traveller.go('mobile-site'), '/create')
    const code = await traveller.act(form, '/create', aRegistration(email))
    assert.equal(traveller.told(await traveller.act(code, '/create/code', { code: await app.code(email) })), 'code')
    const proven = await app.features.authentication.authenticate(email, aRegistration(email).password ?? '', null)
    assert.ok(proven?.kind === 'person')
    const account = await app.features.links.accountAt(proven.person, 'mobile')
    assert.ok(account)
    return { email, id: proven.person, account: account._id, opened: (await lettersTo(email))[0] }
  }
  const statusOf = async (id: string) => (await app.features.people.get(id))?.status

  it('a registration is welcomed in one letter; its undo closes the account and deletes the sign-in', async () => {
    const { email, id, account, opened } = await registered()
    assert.deepEqual(
      (await lettersTo(email)).map(({ kind }) => kind),
      ['welcome'],
    )
    const path = undoIn(opened?.text)
    const visitor = aVisitor(app.issuer)
    assert.match(readable(await visitor.page(path)), /register an account at Mobile/)
    assert.equal((await app.account(account)).status, 'open', 'the link in a mail changes nothing by itself')
    const done = await visitor.act(path)
    assert.match(readable(done), /closed, and the sign-in that was made with it is deleted/)
    assert.equal((await app.account(account)).status, 'closed')
    assert.deepEqual((await app.account(account)).copy, {})
    assert.equal(await statusOf(id), 'erased')
    assert.equal((await visitor.page(path)).status, 410)
    // The address is free: whoever it is may register.
    assert.notEqual((await registered(email)).id, id)
  })

  it('what was linked since stays, and the sign-in with it', async () => {
    const { id, account, opened } = await registered()
    const own = await app.aSeparateAccount('games')
    const visitor = aVisitor(app.issuer)
    const games = await app.features.links.linkExistingAccount(id, {
      company: app.config.group.companies.get('games') as Company,
      actor: { kind: 'person', id },
      policyVersion: '1',
      shown: [],
      account: own.account,
      epoch: (await app.account(own.account)).epoch,
      keep: [],
      proven: { person: 1, account: (await app.account(own.account)).credentialEpoch },
    })
    await app.settled()
    await visitor.act(undoIn(opened?.text))
    assert.equal((await app.account(account)).status, 'closed')
    assert.equal(await statusOf(id), 'active')
    const stays = await app.account(games._id)
    assert.deepEqual([stays.status, stays.link?.person], ['open', id])
  })

  it('another account that a link made is told as one, and its undo closes it alone, whatever the process', async () => {
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    const kinds = (await lettersTo(person.email)).map(({ kind }) => kind)
    assert.deepEqual(kinds.sort(), ['account-opened', 'welcome'])
    const letter = (await lettersTo(person.email)).find(({ kind }) => kind === 'account-opened')
    const done = await aVisitor(app.issuer).act(undoIn(letter?.text))
    assert.match(readable(done), /The account at Games is closed/)
    assert.equal((await app.account(person.accounts.games ?? '')).status, 'closed')
    assert.equal((await app.account(person.accounts.mobile ?? '')).status, 'open')
    assert.equal(await statusOf(person.id), 'active')
  })

  it('a sign-in that was not made for it stays, though no other account hangs on it any more', async () => {
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    const letter = (await lettersTo(person.email)).find(({ kind }) => kind === 'account-opened')
    await app.features.unlink(person.id, 'mobile', { keep: 'now', actor: { kind: 'person', id: person.id } })
    await aVisitor(app.issuer).act(undoIn(letter?.text))
    assert.equal((await app.account(person.accounts.games ?? '')).status, 'closed')
    assert.equal(await statusOf(person.id), 'active')
  })

  it('an account that was unlinked or is on its way to closure is closed by it all the same', async () => {
    for (const begun of ['unlink', 'close']) {
      const { id, account, opened } = await registered()
      const { unlink, closeAccount } = app.features
      const actor = { kind: 'person', id } as const
      if (begun === 'unlink') await unlink(id, 'mobile', { keep: 'now', actor })
      else await closeAccount.close(await app.account(account), processes.mobile as Company['closure'], actor)
      await aVisitor(app.issuer).act(undoIn(opened?.text))
      assert.deepEqual([(await app.account(account)).status, await statusOf(id)], ['closed', 'erased'], begun)
    }
  })

  it('pressed again after a crash between the two it goes on; after 72 hours it is over', async () => {
    const { id, account, opened } = await registered()
    await app.features.closeAccount.closeByLetter(await app.account(account), { kind: 'person', id })
    await aVisitor(app.issuer).act(undoIn(opened?.text))
    assert.equal(await statusOf(id), 'erased')

    const late = await registered()
    clock.advance(73 * hour)
    assert.equal((await aVisitor(app.issuer).page(undoIn(late.opened?.text))).status, 410)
    assert.equal((await app.account(late.account)).status, 'open')
  })
})
