import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { totpOf } from '../../src/staff/index.ts'
import { openWindow } from '../world/chromium.ts'
import { aJourney } from '../world/journey.ts'
import { aKeyboard, type Keyboard } from '../world/keyboard.ts'
import type { Product } from '../world/product.ts'
import { claimsOn, demoPerson, somebody } from './walk.ts'

describe('by keyboard alone, in a real browser', function () {
  this.timeout(120_000)
  let product: Product
  let browser: Browser
  let page: Page
  let keys: Keyboard
  aJourney(
    (at) => {
      ;({ product, browser, page } = at)
      keys = aKeyboard(page)
    },
    { still: true },
  )

  const titled = (name: string): Promise<void> => page.getByRole('heading', { level: 1, name }).waitFor()

  it('a person registers at Mobile, links Games, changes their name, unlinks and signs out', async () => {
    // The same day whichever of day and month comes first in this browser.
    const maja = { ...somebody('Maja'), birthDate: '1990-05-05' }
    await page.goto(product.service('mobile-store'))
    await keys.enter('link', 'Sign in')
    await titled('Sign in')
    await keys.goRound()
    await keys.enter('button', 'Create account')
    await titled('Create account')
    assert.ok(await keys.hasFocus(page.getByLabel('Email address')), 'one begins where there is something to fill in')
    await keys.write('Email address', maja.email)
    await keys.write('Password', maja.password)
    await keys.write('Given name', maja.givenName)
    await keys.write('Family name', maja.familyName)
    await keys.write('Birth date', '05051990')
    await keys.write('Country', 'Swed')
    await keys.enter('button', 'Create account')
    await keys.write('Code', await product.code(maja.email, 'registration-code'))
    await keys.press('Enter')
    assert.equal((await claimsOn(page)).birthdate, maja.birthDate)

    await page.goto(product.service('games-arcade'))
    await keys.enter('link', 'Sign in')
    await keys.reach(page.locator('main summary'))
    await keys.press('Enter')
    assert.ok((await page.locator('main details').getAttribute('open')) !== null)
    await keys.goRound()
    await keys.enter('button', 'Link and continue')
    assert.equal((await claimsOn(page)).given_name, 'Maja')
    await product.idle()

    await page.goto(`${product.issuer}/account/services`)
    await keys.goRound()
    // As somebody sees it who enlarges to 400 %.
    await page.setViewportSize({ width: 320, height: 256 })
    await keys.goRound()
    await page.setViewportSize({ width: 1200, height: 900 })
    await keys.enter('link', 'Details')
    await keys.write('Given name', 'Majken')
    await keys.enter('button', 'Save changes')
    await page.getByRole('status').waitFor()
    await keys.goRound()

    await keys.enter('link', 'Services')
    await keys.enter('button', 'Unlink', page.locator('section').filter({ hasText: 'Tsukimori Games Limited' }))
    await keys.reach(page.getByLabel('As before the link'))
    await keys.press('ArrowDown')
    assert.ok(await page.getByLabel('As it is now').isChecked())
    await keys.enter('button', 'Unlink')
    await keys.enter('link', 'Services')
    await keys.enter('button', 'Sign out')
    await page.waitForURL(/signed-out/)
  })

  it('an agent comes from the sign-in to what is the matter with an account', async () => {
    const member = product.demo.staff.find(({ company, roles }) => company === 'games' && roles.includes('support'))
    assert.ok(member)
    await page.goto(`${product.issuer}/console/cases`)
    await keys.write('Email address', member.email)
    await keys.write('Password', member.password)
    await keys.press('Enter')
    await page.getByLabel('Code').waitFor()
    await keys.write('Code', totpOf(member.totpSecret, member.email).generate())
    await keys.press('Enter')
    await keys.write('Reason', 'Their name is old at Games')
    await keys.enter('button', 'Open case')
    assert.ok(await keys.hasFocus(page.getByLabel('Find')), 'the one field is ready to be written in')
    await keys.write('Find', demoPerson(product, ['mobile', 'games']).email)
    await keys.press('Enter')
    await page.getByTestId('link-status').waitFor()
    await keys.goRound()
  })

  it('a link leads past what is the same on every page', async () => {
    await page.goto(`${product.issuer}/privacy/mobile`)
    await keys.press('Tab')
    const skip = page.getByRole('link', { name: 'Skip to the content' })
    assert.ok(await keys.hasFocus(skip))
    assert.ok(((await skip.boundingBox())?.y ?? -1) >= 0, 'it shows itself')
    await keys.press('Enter')
    await keys.press('Tab')
    assert.ok(await page.locator('main :focus').count(), 'what comes next is in the page itself')
  })

  for (const javaScript of [true, false])
    it(`whoever got something wrong stands before what it was, ${javaScript ? 'with' : 'without'} JavaScript`, async () => {
      const other = await openWindow(browser, { still: true, javaScript })
      const own = await other.newPage()
      const typing = aKeyboard(own)
      await own.goto(product.service('mobile-store'))
      await typing.enter('link', 'Sign in')
      await typing.enter('button', 'Create account')
      await typing.write('Email address', 'kim.holm@mail.example')
      await typing.write('Password', 'short')
      await typing.write('Given name', 'Kim')
      await typing.write('Family name', 'Holm')
      await typing.write('Birth date', '05051990')
      await typing.write('Country', 'Swed')
      await typing.enter('button', 'Create account')
      const problems = own.getByTestId('problems')
      await problems.waitFor()
      const password = own.getByLabel('Password')
      assert.ok(await typing.hasFocus(password), 'one begins at the field that is wrong')
      await problems.getByRole('link').focus()
      await typing.press('Enter')
      const shown = await own.locator('[hidden]').filter({ visible: true }).count()
      assert.equal(shown, 0, 'a button that only a script makes work is not shown without one')
      assert.ok(await typing.hasFocus(password), 'a problem leads to its field')
      assert.equal(await password.getAttribute('aria-invalid'), 'true')
      const described = (await password.getAttribute('aria-describedby')) ?? ''
      assert.ok(described.includes('f-password-problem'))
      assert.ok(await own.locator('#f-password-problem').textContent())
      assert.equal(await own.getByLabel('Given name').inputValue(), 'Kim', 'the rest is as it was')
      await other.close()
    })
})
