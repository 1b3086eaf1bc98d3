import assert from 'node:assert/strict'
import { minute } from '../../src/lib/clock.ts'
import { limitRules } from '../../src/limits/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { aDesk } from '../world/desk.ts'
import { documentOf, fieldsOf, readable } from '../world/pages.ts'
import { aRegistration, asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

/** The page of one code: where it went, whether it says so, its form's address, and how that form is sent. */
interface CodePage {
  page: Visit
  address: string
  isNamed: boolean
  action: string
  submit: (action: string, fields: Record<string, string>) => Promise<Visit>
  open: (path: string) => Promise<Visit>
}

describe('the page that asks for a code (U5)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())
  beforeEach(() => app.features.limits.clear())

  const verifications = () => app.database.connection.collection('drafts')
  const draftOf = async (address: string) => (await verifications().find({ address, state: 'open' }).toArray())[0]
  /** As if so many minutes had passed since the newest code went to an address. */
  const later = (address: string, minutes: number) =>
    verifications().updateMany(
      { address },
      { $inc: { expiresAt: -minutes * minute, endsAt: -minutes * minute } as never },
    )
  const lettersTo = async (address: string) => (await app.features.mailer.mailbox?.list(address)) ?? []
  const wrong = (code: string): string => (code === '000000' ? '000001' : '000000')
  const random = () => Math.random().toString(36).slice(2, 9)

  const inSignIn = (way: 'create' | 'separate' | 'recover' | 'by-code') => async (): Promise<CodePage> => {
    const traveller = aTraveller(app)
    let page = await traveller.go('games-arcade')
    let address = `${way}.${random()}@mail.example`
    if (way === 'separate' || way === 'by-code')
      page = await traveller.act(page, '', asTyped(await app.aPerson({ links: ['mobile'] })))
    if (way === 'recover') address = (await app.aPerson()).email
    if (way === 'by-code') address = (await app.aSeparateAccount('games')).email
    const form = await traveller.open(page, `/${way}`)
    const filled = way === 'create' || way === 'separate' ? aRegistration(address) : { email: address }
    const waiting = await traveller.act(form, `/${way}`, filled)
    return {
      page: waiting,
      address,
      isNamed: true,
      action: `${traveller.baseOf(waiting)}/${way}/code`,
      submit: (action, fields) => traveller.submit(app.issuer + action, fields),
      open: (path) => traveller.visit(app.issuer + path),
    }
  }

  const at = async (visitor: ReturnType<typeof aVisitor>, path: string, address: string, isNamed = true) => ({
    page: await visitor.page(path),
    address,
    isNamed,
    action: path,
    submit: (action: string, fields: Record<string, string>) => visitor.submit(app.issuer + action, fields),
    open: visitor.page,
  })

  const ofAddress = (who: 'person' | 'account') => async (): Promise<CodePage> => {
    const visitor = aVisitor(app.issuer)
    if (who === 'person') await visitor.signIn(await app.aPerson())
    else
      await visitor.signInAt(
        'games-arcade',
        `${app.urlOf('games-arcade')}/callback`,
        await app.aSeparateAccount('games'),
      )
    const address = `new.${random()}@mail.example`
    await visitor.send('/account/details', { email: address })
    return at(visitor, '/account/details/address', address)
  }

  const ofWayIn = (where: 'portal' | 'letter') => async (): Promise<CodePage> => {
    const [person, own, visitor] = [await app.aPerson(), await app.aSeparateAccount('games'), aVisitor(app.issuer)]
    await visitor.signIn(person)
    const preview = await visitor.act('/account/services/link/games', asTyped(own))
    const link = '/account/services/link/games/preview'
    await visitor.submit(`${app.issuer}${link}`, fieldsOf(preview, link))
    await app.settled()
    if (where === 'portal') {
      await visitor.act('/account/services/games/unlink', { keep: 'before' })
      await visitor.act('/account/services/games/way-in')
      return at(visitor, '/account/services/games/way-in/code', own.email)
    }
    const { text = '' } = (await lettersTo(own.email)).find(({ kind }) => kind === 'account-linked') ?? {}
    await visitor.act(/\/undo\/[\w-]+/.exec(text)?.[0] ?? '')
    return at(visitor, '/undone/way-in', own.email, false)
  }

  let administrator: Awaited<ReturnType<ReturnType<typeof aDesk>['aMember']>> | undefined
  const ofStaff = async (): Promise<CodePage> => {
    const desk = aDesk(app)
    const address = `joins.${random()}@games.example`
    administrator ??= await desk.aMember('games', 'administrator')
    await desk.manageStaff.setRoles(administrator, address, ['support'])
    const visitor = aVisitor(app.issuer)
    await visitor.act('/console/join', { email: address })
    return at(visitor, '/console/join/code', address)
  }

  const pages: Record<string, () => Promise<CodePage>> = {
    'of a registration': inSignIn('create'),
    'of a separate account': inSignIn('separate'),
    'of a recovery': inSignIn('recover'),
    'of an account from before': inSignIn('by-code'),
    'of a person’s new address': ofAddress('person'),
    'of an account’s new address': ofAddress('account'),
    'of a way in, from the account pages': ofWayIn('portal'),
    'of a way in, from an undo letter': ofWayIn('letter'),
    'of who joins the staff': ofStaff,
  }
  const sendAgainOf = (page: Visit) => /action="([^"]*\/send-again)"/.exec(page.text)?.[1] ?? ''

  for (const [which, begin] of Object.entries(pages))
    it(`${which} says where it went and how long it is good, and sends another with time and tries of its own`, async () => {
      const { page, address, isNamed, action, submit, open } = await begin()
      assert.match(readable(page), /Valid for 15 more minutes, in this browser only/)
      assert.equal(page.text.includes(address), isNamed)
      const first = /\d{6}/.exec((await lettersTo(address))[0]?.text ?? '')?.[0] ?? ''
      const password = 'an owl in a tall tree'
      for (const nothing of ['', 'abcdef', '12345']) {
        const told = await submit(action, { ...fieldsOf(page, action), code: nothing, password })
        assert.match(readable(told), /six digits/)
      }
      assert.equal((await draftOf(address))?.tries, 5, 'what cannot be right costs nothing')
      for (let tried = 0; tried < 5; tried++)
        await submit(action, { ...fieldsOf(page, action), code: wrong(first), password })
      assert.equal((await draftOf(address))?.tries, 0)
      await later(address, 14)
      const over = await open(action)
      assert.match(readable(over), /This code has expired/)
      const sent = await submit(sendAgainOf(over), fieldsOf(over, sendAgainOf(over)))
      const anew = await open(new URL(sent.next ?? '').pathname + new URL(sent.next ?? '').search)
      assert.match(readable(anew), /new code is on its way.*Valid for 15 more minutes/s)
      assert.equal((await draftOf(address))?.tries, 5)
      await later(address, 14)
      const second = /\d{6}/.exec((await lettersTo(address))[0]?.text ?? '')?.[0] ?? ''
      const through = await submit(action, { ...fieldsOf(anew, action), code: second, password })
      assert.ok(through.status < 400, readable(through).slice(0, 300))
    })

  for (const [which, begin] of Object.entries(pages))
    it(`U5: ${which}, opened when no code is good any more, asks for none and leads to where another is sent`, async () => {
      const { address, action, open } = await begin()
      await later(address, 61)
      const over = await open(action)
      assert.equal(documentOf(over).querySelector('[name=code]'), null)
      assert.match(
        readable(over),
        /no valid code in this browser|expired, or was entered wrong too often|needs a new password/,
      )
      assert.ok(!readable(over).includes('six-digit code to'), 'nothing says that one is there')
      const way = documentOf(over).querySelector('#begin')?.getAttribute('href')
      assert.ok(way, readable(over))
      assert.ok((await open(way)).status < 400, `${way} is a page`)
    })

  it('is sent again three times, not past its hour, nor when its mailbox has had the wrong codes of a day', async () => {
    const { page, address, submit } = await inSignIn('recover')()
    const to = sendAgainOf(page)
    const press = () => submit(to, fieldsOf(page, to))
    for (let times = 0; times < 3; times++) assert.equal((await press()).again, undefined)
    const refused = await press()
    assert.deepEqual([refused.again, /No more codes can be sent/.test(readable(refused))], [true, true])
    assert.equal((await lettersTo(address)).length, 4 + 1, 'four codes, and the first of all, of the registration')

    const late = await inSignIn('create')()
    await later(late.address, 59)
    const last = sendAgainOf(late.page)
    assert.equal((await late.submit(last, fieldsOf(late.page, last))).status, 303)
    assert.match(readable(await late.open(late.action)), /Valid for one more minute/)
    await later(late.address, 1)
    assert.notEqual((await late.submit(last, fieldsOf(late.page, last))).status, 303)

    const guessed = await inSignIn('create')()
    for (let times = 0; times < limitRules['code-tried-address'].most; times++)
      await app.features.limits.consume('code-tried-address', guessed.address)
    const vain = sendAgainOf(guessed.page)
    assert.equal((await guessed.submit(vain, fieldsOf(guessed.page, vain))).status, 429)
    assert.equal((await lettersTo(guessed.address)).length, 1, 'a code that could never work is not sent')
  })

  it('for half an hour in all, where the address is to sign in (T4)', async () => {
    const { page, address, submit } = await ofAddress('person')()
    const to = sendAgainOf(page)
    await later(address, 31)
    assert.notEqual((await submit(to, fieldsOf(page, to))).status, 303)
    assert.equal((await lettersTo(address)).length, 1)
  })

  it('leads back to a form with all that was typed but the password, within the hour, whatever became of the code', async () => {
    for (const way of ['create', 'separate'] as const) {
      const { page, address, action, open } = await inSignIn(way)()
      const form = action.replace(/\/code$/, '')
      await later(address, 55)
      const { email, givenName, familyName, password } = fieldsOf(await open(form), form)
      assert.deepEqual([email, password], [address, ''], way)
      if (way === 'create') assert.deepEqual([givenName, familyName], ['Maja', 'Holm'])
      assert.match(page.text, new RegExp(`href="${form}"`))
      await later(address, 6)
      assert.equal(fieldsOf(await open(form), form).email, '', 'it is gone after the hour')
    }
  })
})
