import assert from 'node:assert/strict'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { accessibilityProblems, openWindow } from '../world/chromium.ts'
import { aJourney } from '../world/journey.ts'
import type { Product } from '../world/product.ts'
import {
  claimsOn,
  demoPerson,
  enterCode,
  errorOn,
  fillRegistration,
  goToSignIn,
  press,
  register,
  signIn,
  somebody,
} from './walk.ts'

describe('a person and the services of the group, in a real browser', function () {
  this.timeout(120_000)
  let product: Product
  let browser: Browser
  let window: BrowserContext
  let page: Page
  aJourney((at) => ({ product, browser, window, page } = at))

  const mobile = () => product.service('mobile-store')
  const games = () => product.service('games-arcade')

  it('registers at Mobile in three screens, and reaches Games with one click and no field', async () => {
    const maja = somebody('Maja')
    const atMobile = await register(page, product, mobile(), maja)
    assert.equal(atMobile.given_name, 'Maja')
    assert.equal(atMobile.email_verified, true)

    await goToSignIn(page, games())
    assert.equal(await page.getByTestId('controller').textContent(), 'Tsukimori Games Limited')
    assert.equal(await page.locator('main input:not([type=hidden])').count(), 0)
    await press(page, 'Link and continue')
    const atGames = await claimsOn(page)
    assert.notEqual(atGames.sub, atMobile.sub)
    assert.equal(atGames.family_name, 'Holm')
    assert.ok(!('phone_number' in atGames))

    await goToSignIn(page, product.service('mobile-cloud'))
    assert.equal((await claimsOn(page)).sub, atMobile.sub, 'the second service of a company knows the same subject')
  })

  it('says not now at Games, and Games has learned nothing (T19)', async () => {
    const ada = demoPerson(product, ['pictures'])
    await goToSignIn(page, product.service('pictures-premiere'))
    await signIn(page, ada.email, ada.password)
    await page.getByTestId('claims').waitFor()
    const before = await product.received(games())
    await goToSignIn(page, games())
    await press(page, 'Not now')
    assert.equal(await errorOn(page), 'access_denied')
    assert.deepEqual(await product.received(games()), before)
  })

  it('links an account from before: its subject stays, and the value that was chosen holds everywhere', async () => {
    const yuki = product.demo.people.find(({ separate, password }) => separate.length > 0 && password)
    const own = yuki?.separate[0]
    assert.ok(yuki?.password && own)
    const other = await openWindow(browser)
    const before = await other.newPage()
    await goToSignIn(before, games())
    await signIn(before, own.email, own.password)
    await press(before, 'Not now')
    const { sub } = await claimsOn(before)
    await other.close()

    await goToSignIn(page, mobile())
    await signIn(page, yuki.email, yuki.password)
    await page.getByTestId('claims').waitFor()
    await goToSignIn(page, games())
    await press(page, 'I already have an account here')
    await page.getByLabel('Email address').fill(own.email)
    await page.getByLabel('Password').fill(own.password)
    await press(page, 'Continue')
    const preview = page.getByTestId('preview')
    assert.deepEqual(await accessibilityProblems(page), [])
    await preview.getByRole('group', { name: 'Family name' }).getByRole('radio', { name: '田中' }).check()
    await press(page, 'Link and continue')
    const linked = await claimsOn(page)
    assert.equal(linked.sub, sub)
    assert.equal(linked.family_name, '田中')
    await product.idle()
    await goToSignIn(page, product.service('mobile-cloud'))
    assert.equal((await claimsOn(page)).family_name, '田中', 'Mobile has the chosen value too')
    const mails = await product.mails(yuki.email)
    assert.ok(mails.some(({ kind, text }) => kind === 'account-linked' && text.includes('/undo/')))
  })

  it('keeps an account at Games separate: Mobile’s details stay where they are', async () => {
    const noa = somebody('Noa')
    await register(page, product, mobile(), noa)
    await goToSignIn(page, games())
    await press(page, 'Keep separate')
    const own = { ...somebody('Nova'), email: 'nova.play@mail.example', familyName: 'Player' }
    await page.getByLabel('Email address').fill(own.email)
    await page.getByLabel('Password').fill('purple kettle and nine stairs')
    await page.getByLabel('Given name').fill(own.givenName)
    await page.getByLabel('Family name').fill(own.familyName)
    await page.getByLabel('Birth date').fill('1991-01-02')
    await page.getByLabel('Country').selectOption('NO')
    await press(page, 'Create account')
    await enterCode(page, product, own.email, 'separate-code')
    const claims = await claimsOn(page)
    assert.equal(claims.family_name, 'Player')
    assert.equal(claims.email, own.email)

    // The unified sign-in was put aside: it asks for its password again.
    await goToSignIn(page, mobile())
    await signIn(page, noa.email, noa.password)
    assert.equal((await claimsOn(page)).family_name, 'Holm')
  })

  it('is offered to link a separate account once, at its next sign-in', async () => {
    const tom = product.demo.people.find(({ password, separate }) => !password && separate.length > 0)?.separate[0]
    assert.ok(tom)
    await goToSignIn(page, games())
    await signIn(page, tom.email, tom.password)
    await press(page, 'Not now')
    await page.getByTestId('claims').waitFor()
    const again = await openWindow(browser)
    const other = await again.newPage()
    await goToSignIn(other, games())
    await signIn(other, tom.email, tom.password)
    await other.getByTestId('claims').waitFor()
    await again.close()
  })

  it('asks a partner application’s authorisation once, and gives it a subject of its own', async () => {
    const elin = demoPerson(product, ['mobile', 'games', 'pictures'])
    const partner = product.demo.partners[0]
    assert.ok(partner)
    await goToSignIn(page, games())
    await signIn(page, elin.email, elin.password)
    const { sub } = await claimsOn(page)
    await goToSignIn(page, partner.url)
    await press(page, 'Allow')
    const atPartner = await claimsOn(page)
    assert.notEqual(atPartner.sub, sub)
    await window.clearCookies({ name: /service/ })
    await goToSignIn(page, partner.url)
    assert.equal((await claimsOn(page)).sub, atPartner.sub, 'asked once only')
  })

  it('registers a known address with the same pages, and goes on with its password (T19)', async () => {
    const noor = demoPerson(product, ['pictures'])
    await goToSignIn(page, mobile())
    await fillRegistration(page, { ...somebody('Eve'), email: noor.email })
    await enterCode(page, product, noor.email, 'registration-known')
    await page.getByLabel('Password').fill(noor.password)
    await press(page, 'Continue')
    await press(page, 'Link and continue').catch(() => {})
    // Mobile needs nothing that is not known: the claims are theirs, not what the stranger's form said.
    assert.notEqual((await claimsOn(page)).given_name, 'Eve')
  })

  it('recovers by a code: the old password is dead, the new one signs in', async () => {
    const ida = somebody('Ida')
    await register(page, product, mobile(), ida)
    const other = await openWindow(browser)
    const elsewhere = await other.newPage()
    await goToSignIn(elsewhere, mobile())
    await elsewhere.getByRole('link', { name: 'Forgot password?' }).click()
    await elsewhere.getByLabel('Email address').fill(ida.email)
    await press(elsewhere, 'Continue')
    await enterCode(elsewhere, product, ida.email, 'recovery-code')
    await elsewhere.getByLabel('Password').fill('four umbrellas in a quiet field')
    await press(elsewhere, 'Save changes')
    await elsewhere.getByTestId('claims').waitFor()
    await other.close()

    // The session that was open elsewhere is over (T2).
    await goToSignIn(page, product.service('mobile-cloud'))
    await signIn(page, ida.email, ida.password)
    await page.getByText('is wrong').first().waitFor()
    await signIn(page, ida.email, 'four umbrellas in a quiet field')
    await page.getByTestId('claims').waitFor()
  })

  it('signs out at one service and is signed out everywhere in this browser', async () => {
    const elin = demoPerson(product, ['mobile', 'games', 'pictures'])
    await goToSignIn(page, mobile())
    await signIn(page, elin.email, elin.password)
    await page.getByTestId('claims').waitFor()
    for (const service of [games(), product.service('pictures-premiere')]) {
      await goToSignIn(page, service)
      await page.getByTestId('claims').waitFor()
    }
    await page.getByRole('link', { name: 'Sign out' }).click()
    const button = page.getByRole('button', { name: 'Sign out' })
    if (await button.isVisible().catch(() => false)) await button.click()
    await product.idle()
    for (const service of [mobile(), games(), product.service('pictures-premiere')]) {
      await page.goto(service)
      await page.getByRole('link', { name: 'Sign in' }).waitFor()
    }
    await goToSignIn(page, games())
    await page.getByLabel('Password').waitFor()
  })

  it('is too young: kindly told, nothing kept, and no second date in this browser (S11)', async () => {
    const kim = { ...somebody('Kim'), birthDate: '2015-03-04' }
    await goToSignIn(page, mobile())
    await fillRegistration(page, kim)
    await page.getByText('Not yet').first().waitFor()
    await goToSignIn(page, mobile())
    await press(page, 'Create account')
    await page.getByText('Not yet').first().waitFor()
    assert.deepEqual(await product.mails(kim.email), [])
  })
})
