import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asAccount, asPerson } from '../../src/accounts/index.ts'
import { cookieName, scopedCookieName } from '../../src/http/index.ts'
import { totpOf } from '../../src/staff/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { aDesk, type Desk, refuses, staffPassword } from '../world/desk.ts'
import { fieldsOf, readable, tokenOf } from '../world/pages.ts'
import { aRegistration, asTyped, aTraveller, type Traveller } from '../world/traveller.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'
import { kept } from './routes.ts'

const root = join(import.meta.dirname, '../..')
const fresh = 'an umbrella of seven colours'
const thiefs = 'a crowbar under the carpet'

/** Every page that asks for a code from the mail, and the kind of what its code proves. */
const codePages: Record<string, string[]> = {
  'sign-in/code.eta': ['registration', 'own-sign-in', 'recovery', 'link-account', 'address-again'],
  'portal/link-code.eta': ['link-account', 'address-again'],
  'portal/address-code.eta': ['address-change', 'own-address'],
  'portal/former-address.eta': ['former-address'],
  'portal/way-in-code.eta': ['way-in'],
  'portal/undone-way-in.eta': ['way-in'],
  'console/join-code.eta': ['staff-join'],
  'console/case.eta': ['support-proof'],
}
/** Of an authenticator's code, each of whose time steps is good once; and what the others are made of. */
const otherPages = ['console/second-factor.eta', 'console/join-set-up.eta', 'parts/code.eta']

interface Door {
  /** Sends a code at it once more, with whatever the browser held before the right one came. */
  send: (code: string) => Promise<Visit>
  code: string
  /** Who is signed in by it, afterwards, in that browser. */
  signsIn?: () => Promise<boolean>
}

/**
 * H1. What is spent proves nothing: each door is gone through by its owner; then somebody who kept every cookie of the
 * moment before sends the right code again, and another.
 */
/** On its own page, by an error, or where it stands that the account has its way in by now (H49). */
const isRefused = ({ again, status, next }: Awaited<ReturnType<Visitor['submit']>>): boolean =>
  next === undefined
    ? again || status >= 400
    : next.endsWith('/account/services?done=account-stands-otherwise&at=games')

describe('what is spent', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  const verifications = () => app.database.connection.collection('drafts')
  const wrong = (code: string): string => (code === '000000' ? '000001' : '000000')
  const isSignedIn = async (visitor: { visit: (url: string) => Promise<Visit> }): Promise<boolean> =>
    (await visitor.visit(`${app.issuer}/account/services`)).status === 200
  /** As if half a minute had passed since the right codes came. */
  const halfAMinuteLater = () => verifications().updateMany({}, { $inc: { spentAt: -31_000 } as never })

  /** A sign-in of its own, with the handle of another one: the form of its code, sent with a code. */
  const replanted = async (traveller: Traveller, way: string, handle: string, code: string): Promise<Visit> => {
    const page = await traveller.go('mobile-store')
    traveller.plant('localhost', scopedCookieName(app.config, 'draft'), handle, traveller.baseOf(page))
    return traveller.post(page, `/${way}/code`, { csrf: tokenOf(page), code })
  }
  const handleOf = (traveller: Traveller): string => {
    const handle = traveller.cookie('localhost', scopedCookieName(app.config, 'draft'))
    assert.ok(handle)
    return handle
  }

  const signInDoor = (way: 'create' | 'separate') => async (): Promise<Door> => {
    const traveller = aTraveller(app)
    const email = `${way}.${Math.random().toString(36).slice(2, 8)}@mail.example`
    let page = await traveller.go('mobile-store')
    if (way === 'separate') {
      const person = await app.aPerson()
      page = await traveller.act(page, '', asTyped(person))
    }
    const form = await traveller.open(page, `/${way}`)
    const waiting = await traveller.act(form, `/${way}`, aRegistration(email))
    const code = await app.code(email)
    const [handle, restore] = [handleOf(traveller), traveller.keepCookies()]
    const back = await traveller.act(waiting, `/${way}/code`, { code })
    assert.equal(traveller.told(back), 'code')
    // A browser that they share and sign out of, or whoever had its cookies.
    traveller.forgetCookies()
    restore()
    const send = async (typed: string) => {
      restore()
      return replanted(traveller, way, handle, typed)
    }
    return { send, code, ...(way === 'create' && { signsIn: () => isSignedIn(traveller) }) }
  }

  const anAddressChange = (signedIn: 'person' | 'account') => async (): Promise<Door> => {
    const visitor = aVisitor(app.issuer)
    const person = signedIn === 'person' ? await app.aPerson({ links: ['games'] }) : undefined
    const own = person ? undefined : await app.aSeparateAccount('games')
    if (person) await visitor.signIn(person)
    else if (own) await visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, own)
    const [id, email] = [person?.id ?? own?.account ?? '', `new.${person?.email ?? own?.email}`]
    await visitor.send('/account/details', { email })
    const code = await app.code(email)
    const waiting = await visitor.page('/account/details/address')
    const handle = visitor.cookie('localhost', cookieName(app.config, 'address-change'))
    const fields = fieldsOf(waiting, '/account/details/address')
    await visitor.submit(`${app.issuer}/account/details/address`, { ...fields, code })
    await app.anHourLater(id)
    assert.ok(handle)
    const send = (typed: string) => {
      visitor.plant('localhost', cookieName(app.config, 'address-change'), handle)
      return visitor.submit(`${app.issuer}/account/details/address`, { ...fields, code: typed })
    }
    // No fresh step-up by it: what matters is asked the password for.
    const signsIn = async () => {
      const asked = await visitor.send('/account/security/password', { password: fresh })
      return !/enter your password again/i.test(readable(asked))
    }
    return { send, code, signsIn }
  }

  /** It confirms the changes that it was begun for: one made since waits for a code of its own (H4). */
  const aFormerAddress = async (): Promise<Door> => {
    const [person, visitor] = [await app.aPerson({ links: ['games'] }), aVisitor(app.issuer)]
    await visitor.signIn(person)
    const moveTo = async (email: string) => {
      await visitor.act('/account/details', { email })
      await visitor.act('/account/details/address', { code: await app.code(email) })
    }
    await moveTo(`second.${person.email}`)
    const page = await visitor.act('/account/details/former-address')
    const code = await app.code(person.email)
    const handle = visitor.cookie('localhost', cookieName(app.config, 'former-address'))
    const fields = fieldsOf(page, '/account/details/former-address/code')
    await visitor.submit(`${app.issuer}/account/details/former-address/code`, { ...fields, code })
    assert.equal((await person.now()).takeBacks, undefined)
    await moveTo(`third.${person.email}`)
    assert.ok(handle)
    const send = (typed: string) => {
      visitor.plant('localhost', cookieName(app.config, 'former-address'), handle)
      return visitor.submit(`${app.issuer}/account/details/former-address/code`, { ...fields, code: typed })
    }
    return { send, code }
  }

  const aWayIn = (at: 'portal' | 'letter') => async (): Promise<Door> => {
    const [person, own, visitor] = [await app.aPerson(), await app.aSeparateAccount('games'), aVisitor(app.issuer)]
    await visitor.signIn(person)
    const preview = await visitor.act('/account/services/link/games', asTyped(own))
    const link = '/account/services/link/games/preview'
    await visitor.submit(`${app.issuer}${link}`, fieldsOf(preview, link))
    await app.settled()
    const path = at === 'portal' ? '/account/services/games/way-in/code' : '/undone/way-in'
    if (at === 'portal') {
      await visitor.act('/account/services/games/unlink', { keep: 'before' })
      await visitor.act('/account/services/games/way-in')
    } else {
      const letters = (await app.features.mailer.mailbox?.list(own.email)) ?? []
      const { text = '' } = letters.find(({ kind }) => kind === 'account-linked') ?? {}
      await visitor.act(/\/undo\/[\w-]+/.exec(text)?.[0] ?? '')
    }
    const sent = (await app.features.mailer.mailbox?.list(own.email)) ?? []
    const code = /\d{6}/.exec(sent.find(({ kind }) => kind === 'way-in-code')?.text ?? '')?.[0] ?? ''
    const fields = fieldsOf(await visitor.page(path), path)
    const restore = visitor.keepCookies()
    await visitor.submit(`${app.issuer}${path}`, { ...fields, code, password: fresh })
    assert.ok(await app.features.authentication.authenticate(own.email, fresh, 'games'))
    const send = (typed: string) => {
      restore()
      return visitor.submit(`${app.issuer}${path}`, { ...fields, code: typed, password: thiefs })
    }
    const signsIn = async () =>
      (await app.features.authentication.authenticate(own.email, thiefs, 'games')) !== undefined
    return { send, code, signsIn }
  }

  const aRecovery = async (): Promise<Door> => {
    const [person, traveller] = [await app.aPerson(), aTraveller(app)]
    const form = await traveller.open(await traveller.go('mobile-store'), '/recover')
    const waiting = await traveller.act(form, '/recover', { email: person.email })
    const code = await app.code(person.email)
    const page = await traveller.act(waiting, '/recover/code', { code })
    const [handle, restore] = [handleOf(traveller), traveller.keepCookies()]
    await traveller.act(page, '/recover/password', { password: fresh })
    const send = async (typed: string) => {
      restore()
      const answer = await replanted(traveller, 'recover', handle, typed)
      const form = { csrf: tokenOf(page), which: 'unified', password: thiefs }
      assert.equal((await traveller.post(answer, '/recover/password', form)).status, 410, 'the new password')
      return answer
    }
    const signsIn = async () =>
      (await isSignedIn(traveller)) ||
      (await app.features.authentication.authenticate(person.email, thiefs, null)) !== undefined
    return { send, code, signsIn }
  }

  const anAccountFromBefore = async (): Promise<Door> => {
    const [person, own, traveller] = [await app.aPerson(), await app.aSeparateAccount('games'), aTraveller(app)]
    const page = await traveller.act(await traveller.go('games-arcade'), '', asTyped(person))
    const form = await traveller.open(page, '/by-code')
    const waiting = await traveller.act(form, '/by-code', { email: own.email })
    const code = await app.code(own.email)
    const handle = handleOf(traveller)
    const preview = await traveller.act(waiting, '/by-code/code', { code })
    assert.match(preview.text, /data-testid="preview"/)
    const send = (typed: string) => {
      traveller.plant('localhost', scopedCookieName(app.config, 'draft'), handle, traveller.baseOf(waiting))
      return traveller.send(waiting, '/by-code/code', { code: typed })
    }
    return { send, code }
  }

  const anAccountOnItsPages = async (): Promise<Door> => {
    const [person, own, visitor] = [await app.aPerson(), await app.aSeparateAccount('games'), aVisitor(app.issuer)]
    const path = '/account/services/link/games/by-code'
    await visitor.signIn(person)
    await visitor.act(path, { email: own.email })
    const code = await app.code(own.email)
    const handle = visitor.cookie('localhost', cookieName(app.config, 'link-code')) ?? ''
    const fields = fieldsOf(await visitor.page(`${path}/code`), `${path}/code`)
    const proven = await visitor.submit(`${app.issuer}${path}/code`, { ...fields, code })
    const preview = await visitor.visit(proven.next ?? '')
    assert.match(preview.text, /data-testid="preview"/)
    const send = (typed: string) => {
      visitor.plant('localhost', cookieName(app.config, 'link-code'), handle)
      return visitor.submit(`${app.issuer}${path}/code`, { ...fields, code: typed })
    }
    return { send, code }
  }

  const anAddressAgain = async (): Promise<Door> => {
    const [own, traveller] = [await app.aSeparateAccount('games'), aTraveller(app)]
    const proven = (provenAt: number) =>
      app.database.connection
        .collection('accounts')
        .updateOne({ _id: own.account as never }, { $set: { 'signIn.provenAt': provenAt } })
    await proven(0)
    const offer = await traveller.act(await traveller.go('games-arcade'), '', asTyped(own))
    const waiting = await traveller.act(offer, '/offer/address')
    const code = await app.code(own.email)
    const handle = handleOf(traveller)
    await traveller.act(waiting, '/address/code', { code })
    await proven(0)
    const send = (typed: string) => {
      traveller.plant('localhost', scopedCookieName(app.config, 'draft'), handle, traveller.baseOf(waiting))
      return traveller.send(waiting, '/address/code', { code: typed })
    }
    return { send, code }
  }

  const anAddressAgainOnItsPages = async (): Promise<Door> => {
    const [own, visitor] = [await app.aSeparateAccount('games'), aVisitor(app.issuer)]
    const link = '/account/services/link/games'
    const code = `${link}/address/code`
    const proven = (provenAt: number) =>
      app.database.connection
        .collection('accounts')
        .updateOne({ _id: own.account as never }, { $set: { 'signIn.provenAt': provenAt } })
    await proven(0)
    await visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, own)
    await visitor.act(link, {}, `${link}/address`)
    const right = await app.code(own.email)
    const handle = visitor.cookie('localhost', cookieName(app.config, 'link-code')) ?? ''
    const fields = fieldsOf(await visitor.page(code), code)
    await visitor.submit(`${app.issuer}${code}`, { ...fields, code: right })
    assert.ok(((await app.account(own.account)).signIn?.provenAt ?? 0) > 0)
    await proven(0)
    const send = (typed: string) => {
      visitor.plant('localhost', cookieName(app.config, 'link-code'), handle)
      return visitor.submit(`${app.issuer}${code}`, { ...fields, code: typed })
    }
    return { send, code: right }
  }

  const aStaffJoin = async (): Promise<Door> => {
    const chief = await desk.aMember('games', 'administrator')
    const address = `joins.${Math.random().toString(36).slice(2, 8)}@games.example`
    await desk.manageStaff.setRoles(chief, address, ['support'])
    const visitor = aVisitor(app.issuer)
    await visitor.act('/console/join', { email: address })
    const code = await app.code(address)
    const page = await visitor.page('/console/join/code')
    const fields = fieldsOf(page, '/console/join/code')
    const proven = await visitor.submit(`${app.issuer}/console/join/code`, { ...fields, code })
    const setUp = await visitor.visit(proven.next ?? '')
    const secret = /<code>([A-Z2-7]+)<\/code>/.exec(setUp.text)?.[1] ?? ''
    const restore = visitor.keepCookies()
    const join = (password: string) =>
      visitor.submit(`${app.issuer}/console/join/set-up`, {
        ...fieldsOf(setUp, '/console/join/set-up'),
        password,
        code: totpOf(secret, address).generate(),
      })
    await join(staffPassword)
    assert.ok(await desk.signIn.password(address, staffPassword))
    const send = async (typed: string) => {
      restore()
      assert.equal((await join(thiefs)).status, 410, 'the form of the authenticator')
      return visitor.submit(`${app.issuer}/console/join/code`, { ...fields, code: typed })
    }
    return { send, code, signsIn: async () => (await desk.signIn.password(address, thiefs)) !== undefined }
  }

  const doors: Record<string, { kind: string; begin: () => Promise<Door> }> = {
    'a registration': { kind: 'registration', begin: signInDoor('create') },
    'a separate account': { kind: 'own-sign-in', begin: signInDoor('separate') },
    'a recovery': { kind: 'recovery', begin: aRecovery },
    'a person’s new address': { kind: 'address-change', begin: anAddressChange('person') },
    'an account’s new address': { kind: 'own-address', begin: anAddressChange('account') },
    'a code at the address of before': { kind: 'former-address', begin: aFormerAddress },
    'a way in, from the account pages': { kind: 'way-in', begin: aWayIn('portal') },
    'a way in, from an undo letter': { kind: 'way-in', begin: aWayIn('letter') },
    'an account from before, to be linked': { kind: 'link-account', begin: anAccountFromBefore },
    'an account from before, on the account pages': { kind: 'link-account', begin: anAccountOnItsPages },
    'an address that was proven long ago': { kind: 'address-again', begin: anAddressAgain },
    'an address that was proven long ago, on the account pages': {
      kind: 'address-again',
      begin: anAddressAgainOnItsPages,
    },
    'joining the staff': { kind: 'staff-join', begin: aStaffJoin },
  }

  for (const [what, { begin }] of Object.entries(doors)) {
    it(`H1: ${what} proves nothing any more, whatever code comes with whatever cookie`, async () => {
      const { send, code, signsIn } = await begin()
      await halfAMinuteLater()
      const before = await kept(app)
      for (const typed of [code, wrong(code)]) {
        const answer = await send(typed)
        assert.ok(isRefused(answer), `${answer.status} ${readable(answer).slice(0, 300)}`)
        assert.match(readable(answer), /has expired|start again|sign in|stands-otherwise/i)
      }
      // Attempts are counted; of people, accounts, companies and staff nothing is another.
      assert.deepEqual(await kept(app), before)
      if (signsIn) assert.equal(await signsIn(), false)
    })

    it(`H1: ${what}: within the half minute another code than the right one is worth nothing either`, async () => {
      const { send, code, signsIn } = await begin()
      const answer = await send(wrong(code))
      assert.ok(isRefused(answer))
      if (signsIn) assert.equal(await signsIn(), false)
    })
  }

  it('H1: within the half minute, a new password makes the second click of a registration worthless', async () => {
    const { send, code, signsIn } = await signInDoor('create')()
    const [newest] = await verifications().find({ kind: 'registration', state: 'done' }).sort({ spentAt: -1 }).toArray()
    const row = structuredClone(newest)
    await app.features.credentials.setPassword(asPerson(row?.outcome.person), { password: fresh, how: 'changed' })
    assert.equal(await verifications().findOne({ _id: row?._id }), null, 'what belonged to its holder went')
    // Even had it stayed: what it says is of the epoch before.
    await verifications().insertOne(row as never)
    const spent = await send(code)
    assert.ok(spent.again || spent.status >= 400)
    assert.equal(await signsIn?.(), false)
  })

  it('H1: two clicks at once are one act, and both go on', async () => {
    const traveller = aTraveller(app)
    const form = await traveller.open(await traveller.go('mobile-store'), '/create')
    const waiting = await traveller.act(form, '/create', aRegistration('clicks.twice@mail.example'))
    const code = await app.code('clicks.twice@mail.example')
    const both = await Promise.all([1, 2].map(() => traveller.send(waiting, '/create/code', { code })))
    assert.deepEqual(
      both.map(({ status, next }) => [status, next !== undefined]),
      [
        [200, true],
        [200, true],
      ],
    )
  })

  it('H1: a door that is through leaves no cookie of it in the browser', async () => {
    for (const way of ['create', 'separate'] as const) {
      const traveller = aTraveller(app)
      let page = await traveller.go('mobile-store')
      if (way === 'separate') page = await traveller.act(page, '', asTyped(await app.aPerson()))
      const form = await traveller.open(page, `/${way}`)
      const email = `cookies.${way}@mail.example`
      const waiting = await traveller.act(form, `/${way}`, aRegistration(email))
      assert.ok(traveller.cookie('localhost', scopedCookieName(app.config, 'draft')))
      await traveller.act(waiting, `/${way}/code`, { code: await app.code(email) })
      assert.equal(traveller.cookie('localhost', scopedCookieName(app.config, 'draft')), undefined)
    }
  })

  it('H1: a caller’s code opens one case, once, and no other', async () => {
    const member = await desk.aMember('games', 'support')
    const { email } = await app.aPerson({ links: ['games'] })
    const id = await desk.aProvenCase(member, email)
    const code = await app.code(email)
    await assert.rejects(desk.proveCaller.checkCode(member, id, code), refuses('code-expired'))
    const later = await desk.aCase(member, email)
    await assert.rejects(desk.proveCaller.checkCode(member, later, code), refuses('code-expired'))
    assert.equal((await desk.seeCase.see(member, later)).state, 'case open')
  })

  it('H1: a former mailbox is never shown the present address', async () => {
    const person = await app.aPerson()
    const traveller = aTraveller(app)
    const form = await traveller.open(await traveller.go('mobile-store'), '/create')
    const waiting = await traveller.act(form, '/create', aRegistration(person.email))
    const code = await app.code(person.email)
    const restore = traveller.keepCookies()
    const known = await traveller.act(waiting, '/create/code', { code })
    assert.match(readable(known), /already have a sign-in/)
    const present = `present.${person.email}`
    const handle = await app.features.addressChanges.begin(asPerson(person.id), present)
    await app.features.addressChanges.complete(asPerson(person.id), handle, await app.code(present))
    restore()
    for (const typed of [code, wrong(code)]) {
      const again = await traveller.send(waiting, '/create/code', { code: typed })
      assert.doesNotMatch(again.text, new RegExp(present.replaceAll('.', '\\.')))
    }
  })

  it('H1: a former mailbox recovers no account that its person left', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const { recovery, addressChanges, links } = app.features
    await links.unlink(person.id, 'games', { keep: 'before', actor: { kind: 'person', id: person.id } })
    const handle = await recovery.begin({ email: person.email, company: 'games', language: 'en' })
    const code = await app.code(person.email)
    const [verification] = await verifications().find({ kind: 'recovery', address: person.email }).toArray()
    const change = await addressChanges.begin(asPerson(person.id), `moved.${person.email}`)
    await addressChanges.complete(asPerson(person.id), change, await app.code(`moved.${person.email}`))
    assert.equal(await verifications().findOne({ _id: verification?._id }), null, 'what was begun with it went')
    await verifications().insertOne(verification as never)
    await assert.rejects(recovery.prove(handle, code), refuses('code-expired'))
    assert.equal((await app.account(person.accounts.games ?? '')).signIn, null)
  })

  it('H1: an undo letter takes back once', async () => {
    const [own, visitor] = [await app.aSeparateAccount('games'), aVisitor(app.issuer)]
    const to = `new.${own.email}`
    const handle = await app.features.addressChanges.begin(asAccount(own.account), to)
    await app.features.addressChanges.complete(asAccount(own.account), handle, await app.code(to))
    await app.settled()
    const letters = (await app.features.mailer.mailbox?.list(own.email)) ?? []
    const path = letters.map(({ text }) => /\/undo\/[\w-]+/.exec(text)?.[0]).find((found) => found) ?? ''
    const fields = fieldsOf(await visitor.page(path), path)
    await visitor.submit(app.issuer + path, fields)
    assert.equal((await app.account(own.account)).signIn?.address, own.email)
    const before = await kept(app)
    assert.equal((await visitor.submit(app.issuer + path, fields)).status, 410)
    assert.deepEqual(await kept(app), before)
  })

  it('H1: every page that asks for a code, and every code that is begun or looked at, is one of these doors', () => {
    const views = globSync('**/*.eta', { cwd: join(root, 'views') }).filter((file) =>
      /name: 'code'|\/parts\/code'/.test(readFileSync(join(root, 'views', file), 'utf8')),
    )
    assert.deepEqual(views.sort(), [...Object.keys(codePages), ...otherPages].sort())
    const attacked = new Set([...Object.values(doors).map(({ kind }) => kind), 'support-proof'])
    assert.deepEqual(attacked, new Set(Object.values(codePages).flat()))
    const source = globSync('**/*.ts', { cwd: join(root, 'src') }).map((file) => ({
      file,
      text: readFileSync(join(root, 'src', file), 'utf8'),
    }))
    const calls = (call: string) => source.reduce((sum, { text }) => sum + text.split(call).length - 1, 0)
    // Another address is one act, whichever kind of sign-in it is: its two kinds of code have their place in common.
    const places = attacked.size - 1
    assert.equal(calls('codes.begin({'), places, 'each kind is begun in one place')
    assert.equal(calls('codes.check('), places, 'each kind is looked at in one place')
    // Nobody else compares a code, or reads how a verification stands.
    const readers = source.filter(({ text }) => /\bcodeDigest\b/.test(text)).map(({ file }) => file)
    assert.deepEqual(readers.sort(), [
      'credentials/one-time-codes.ts',
      'credentials/verification-store.ts',
      'links/link-proofs.ts',
      'links/make-unified.ts',
    ])
  })
})
