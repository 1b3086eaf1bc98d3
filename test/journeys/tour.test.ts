import assert from 'node:assert/strict'
import type { BrowserContext, Page } from 'playwright-core'
import { accessibilityProblems, overflows } from '../world/chromium.ts'
import { aJourney } from '../world/journey.ts'
import type { Product } from '../world/product.ts'
import { fillRegistration, press, somebody } from './walk.ts'

describe('somebody new who takes the tour, in a real browser', function () {
  this.timeout(180_000)
  let product: Product
  let window: BrowserContext
  let page: Page
  aJourney((at) => ({ product, window, page } = at), { one: true })

  const step = (id: string) => page.locator(`#${id}`)
  const isDone = async (id: string) => {
    await page.goto(`${product.issuer}/dev`)
    return (await step(id).getByTestId(`step-${id}`).textContent())?.trim() === 'Done'
  }
  /** A step's link in the window beside, which then shows what it leads to. */
  const beside = async (id: string): Promise<Page> => {
    const [opened] = await Promise.all([
      window.waitForEvent('page'),
      step(id)
        .getByRole('link', { name: /in a second window$/ })
        .click(),
    ])
    await opened.waitForLoadState()
    return opened
  }

  it('S0: does each step as it stands there, and sees it ticked off', async () => {
    const maja = somebody('Maja')
    await page.goto(`${product.issuer}/dev`)
    assert.match((await page.locator('#steps-done').textContent()) ?? '', /^0 of 7/)
    assert.deepEqual([await accessibilityProblems(page), await overflows(page)], [[], false])

    const service = await beside('first')
    await service.getByRole('link', { name: 'Sign in' }).click()
    await fillRegistration(service, maja)
    await step('first').getByText(maja.email).waitFor()
    const code = /\d{6}/.exec((await step('first').getByTestId('codes').textContent()) ?? '')?.[0] ?? ''
    await service.getByLabel('Code').fill(code)
    await press(service, 'Continue')
    await service.getByRole('link', { name: 'Sign out' }).waitFor()
    await service.close()
    assert.equal(await isDone('first'), true)

    const games = await beside('second')
    await games.getByRole('link', { name: 'Sign in' }).click()
    await press(games, 'Link and continue')
    await games.getByRole('link', { name: 'Sign out' }).waitFor()
    await games.getByRole('link', { name: 'The tour' }).click()
    assert.equal(new URL(games.url()).pathname, '/dev')
    await games.close()
    assert.equal(await isDone('second'), true)
    assert.equal(await isDone('change'), false)
  })

  it('S0: breaks a company in the step, changes something, and mends it there', async () => {
    await page.goto(`${product.issuer}/dev`)
    await press(page, 'Break Games Arcade')
    assert.equal(new URL(page.url()).hash, '#fault')
    await page.goto(`${product.issuer}/account/details`)
    await page.getByLabel('Given name').fill('Malin')
    await press(page, 'Save changes')
    assert.equal(await isDone('fault'), false)
    assert.equal(await isDone('change'), true)
    await press(page, 'Repair Games Arcade')
    assert.equal(await isDone('fault'), true)
  })

  it('S0: signs out at one service, and moves the clock', async () => {
    await page.goto(product.service('mobile-store'))
    await page.getByRole('link', { name: 'Sign out' }).click()
    await page.getByRole('link', { name: 'Sign in' }).waitFor()
    assert.equal(await isDone('out'), true)
    assert.match((await page.locator('#steps-done').textContent()) ?? '', /^5 of 7/)
    await step('fault').getByRole('button', { name: 'Forward a day' }).click()
    assert.equal(new URL(page.url()).hash, '#fault')
  })
})
