import assert from 'node:assert/strict'
import { type AdjustableClock, minute } from '../../src/lib/clock.ts'
import type { TestApp } from '../world/app.ts'
import { fieldsOf, readable } from '../world/pages.ts'
import { aTimedApp } from '../world/timed-app.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'

const [details, addressPage] = ['/account/details', '/account/details/address']
const byCode = '/account/services/link/games/by-code'
const anew = 'Use another address'

describe('*Use another address*, from the page that asks for a code on the account pages (U5)', () => {
  let app: TestApp
  let clock: AdjustableClock
  beforeEach(async () => {
    ;({ app, clock } = await aTimedApp())
  })
  afterEach(() => app.close())

  const linkOf = (text: string) => new RegExp(`href="([^"]+)">${anew}`).exec(text)?.[1] ?? ''
  const emailIn = async (visitor: Visitor, path: string, form = path) => fieldsOf(await visitor.page(path), form).email

  const holders = {
    'a person': async () => {
      const person = await app.aPerson()
      const visitor = aVisitor(app.issuer)
      await visitor.signIn(person)
      return { email: person.email, visitor, again: person }
    },
    'the holder of a separate account': async () => {
      const own = await app.aSeparateAccount('games')
      const visitor = aVisitor(app.issuer)
      await visitor.signInAt('games-arcade', `${app.urlOf('games-arcade')}/callback`, own)
      return { email: own.email, visitor, again: undefined }
    },
  }
  for (const [who, holder] of Object.entries(holders))
    it(`U5: ${who} finds the address of before filled in, and nothing else was changed by it`, async () => {
      const { email, visitor } = await holder()
      const code = await visitor.act(details, { email: 'mistyped@new.example', city: 'Umeå' })
      const path = linkOf(code.text)
      const page = await visitor.page(path)
      const filled = fieldsOf(page, details)
      assert.deepEqual([filled.email, filled['was.email']], ['mistyped@new.example', email])
      assert.equal(await emailIn(visitor, details), email, 'the page by itself says what stands')
      const next = await visitor.act(path, { email: 'right@new.example' }, details)
      assert.match(readable(next), /right@new\.example/)
      await visitor.act(addressPage, { code: await app.code('right@new.example') })
      assert.equal(await emailIn(visitor, details), 'right@new.example')
      assert.equal(await emailIn(visitor, path, details), 'right@new.example')
    })

  it('U5: not once its half hour is over', async () => {
    const { email, visitor } = await holders['a person']()
    const path = linkOf((await visitor.act(details, { email: 'late@new.example' })).text)
    clock.advance(29 * minute)
    assert.equal(await emailIn(visitor, path, details), 'late@new.example')
    clock.advance(minute)
    assert.equal(await emailIn(visitor, path, details), email)
  })

  it('U5: whoever signs in at the same browser next is shown nothing of it', async () => {
    const { visitor } = await holders['a person']()
    const path = linkOf((await visitor.act(details, { email: 'secret@new.example' })).text)
    await visitor.act(details, {}, '/account/sign-out')
    const next = await app.aPerson()
    await visitor.signIn(next)
    assert.equal(await emailIn(visitor, path, details), next.email)
    assert.doesNotMatch((await visitor.page(addressPage)).text, /secret@new/)
    await visitor.act(details, { email: 'own@new.example' })
    assert.equal(await emailIn(visitor, path, details), 'own@new.example')
  })

  it('U5: the address of an account from before is filled in as well, for this person and company', async () => {
    const { visitor } = await holders['a person']()
    const own = await app.aSeparateAccount('games')
    const code = await visitor.act(byCode, { email: own.email })
    assert.equal(await emailIn(visitor, linkOf(code.text), byCode), own.email)
    assert.equal(await emailIn(visitor, byCode.replace('games', 'pictures')), '')
    await visitor.act(details, {}, '/account/sign-out')
    await visitor.signIn(await app.aPerson())
    assert.equal(await emailIn(visitor, byCode), '')
  })
})
