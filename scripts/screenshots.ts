/**
 * The pictures of the README, made from the running product: `node scripts/screenshots.ts`. Needs Chromium.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { totpOf } from '../src/staff/index.ts'
import { goToSignIn, press, register, signIn, somebody } from '../test/journeys/walk.ts'
import { openBrowser, openWindow } from '../test/world/chromium.ts'
import { startProduct } from '../test/world/product.ts'

const folder = join(import.meta.dirname, '../docs/screenshots')
mkdirSync(folder, { recursive: true })
const shoot = async (page: Page, name: string, fullPage = true): Promise<void> => {
  await page.waitForLoadState()
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage })
}

const [product, browser] = await Promise.all([startProduct(), openBrowser()])
try {
  const mobile = product.service('mobile-store')
  const games = product.service('games-arcade')

  const desk = await openWindow(browser, { sharp: true })
  const page = await desk.newPage()
  await page.setViewportSize({ width: 1100, height: 760 })
  await goToSignIn(page, mobile)
  await shoot(page, 'sign-in')
  const person = somebody('Maja')
  await register(page, product, mobile, person)
  await goToSignIn(page, games)
  await shoot(page, 'link')
  await press(page, 'Link and continue')
  await page.getByTestId('claims').waitFor()
  await shoot(page, 'service', false)
  await product.idle()
  await page.goto(`${product.issuer}/account`)
  await shoot(page, 'overview', false)
  await page.goto(`${product.issuer}/account/services`)
  await shoot(page, 'services', false)
  await page.goto(`${product.issuer}/account/details`)
  await page.getByLabel('Family name').fill('Holmgren')
  await press(page, 'Save changes')
  await product.idle()
  await page.goto(`${product.issuer}/account/sharing#now`)
  await shoot(page, 'sharing', false)
  await page.goto(`${product.issuer}/dev`)
  await shoot(page, 'tour', false)

  const phone = await openWindow(browser, { phone: true, dark: true, language: 'ja', sharp: true })
  const small = await phone.newPage()
  await small.goto(`${mobile}/sign-in`)
  await shoot(small, 'sign-in-phone-dark-ja')

  const staff = product.demo.staff.find(({ company, roles }) => company === 'games' && roles.includes('support'))
  if (staff) {
    const desktop = await openWindow(browser, { sharp: true })
    const support = await desktop.newPage()
    await support.goto(`${product.issuer}/console/sign-in`)
    await signIn(support, staff.email, staff.password)
    await support.getByLabel('Code').fill(totpOf(staff.totpSecret, staff.email).generate())
    await press(support, 'Continue')
    await support.getByLabel('Reason').fill('My name is old at Games')
    await press(support, 'Open case')
    await support.getByLabel('Find').fill(person.email)
    await press(support, 'Find')
    await support.getByTestId('link-status').waitFor()
    // The page begins at what comes next; the picture at what it is about.
    await support.evaluate('scrollTo(0, 0)')
    await shoot(support, 'case', false)
  }
} finally {
  await browser.close()
  await product.close()
}
