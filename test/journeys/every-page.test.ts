import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { accessibilityFaults, chromiumPath, openBrowser, openWindow, overflows } from '../support/chromium.ts'
import { type Product, startProduct } from '../support/product.ts'
import { walkEveryPage } from './every-page.ts'
import { demoPerson } from './walk.ts'

/** 1280 pixels at 400 % (WCAG 1.4.10). */
const narrowest = { width: 320, height: 640 }
const desk = { width: 1280, height: 800 }

/** The words differ by language, the colours do not: each theme is looked at once at least. */
const walks = [
  { language: 'en', name: 'Maja', colours: 'light' },
  { language: 'sv', name: 'Anna-Kristina', colours: 'dark' },
  { language: 'ja', name: 'Akiko', colours: 'light' },
] as const
type Walk = (typeof walks)[number]

describe('every page that exists, in a real browser', function () {
  this.timeout(1_200_000)
  let product: Product
  let browser: Browser
  before(async function () {
    if (!chromiumPath) this.skip()
    ;[product, browser] = await Promise.all([startProduct(), openBrowser()])
  })
  after(async () => {
    await browser?.close()
    await product?.close()
  })

  const signedInEarlier = async ({ language, colours }: Walk): Promise<Page> => {
    const { email, password } = demoPerson(product, ['pictures'])
    const page = await (await openWindow(browser, { language, dark: colours === 'dark', still: true })).newPage()
    await page.goto(`${product.issuer}/account/services`)
    await page.locator('[name=email]').fill(email)
    await page.locator('[name=password]').fill(password)
    await page.locator('#sign-in').click()
    await page.waitForURL(/\/account\//)
    return page
  }

  const look = async (page: Page, { language }: Walk): Promise<string[]> => {
    const isOurs = page.url().startsWith(product.issuer)
    const spoken = await page.locator('html').getAttribute('lang')
    const found = isOurs && spoken !== language ? [`is in ${spoken}`] : []
    await page.setViewportSize(desk)
    found.push(...(await accessibilityFaults(page)))
    if (isOurs) found.push(...(await tooWide(page)))
    await page.setViewportSize(narrowest)
    found.push(...(await tooSmall(page)))
    if (await overflows(page)) found.push(`is wider than ${narrowest.width} pixels`)
    return found
  }

  it('reads well in three languages, light and dark, at a desk and on the narrowest phone; axe finds nothing', async () => {
    const faults: string[] = []
    const earlier = await Promise.all(walks.map(signedInEarlier))
    await product.post('/dev/clock', { advance: 'PT16M' })
    await Promise.all(
      walks.map((walk, i) =>
        walkEveryPage({
          product,
          name: walk.name,
          earlier: earlier[i] as Page,
          open: () => openWindow(browser, { language: walk.language, dark: walk.colours === 'dark', still: true }),
          at: async (where, page) => {
            for (const fault of await look(page, walk)) faults.push(`${walk.language} ${where} ${fault}`)
          },
        }),
      ),
    )
    assert.deepEqual(faults, [])
  })
})

/** What a thumb would miss: less than 44 pixels high (WCAG 2.5.5). *Show* lies in a field that is as high. */
const tooSmall = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('button:not(.show), .button, select, summary, main input:not([type=hidden], [type=radio], [type=checkbox])')]
    .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44)
    .map((each) => 'is too low for a thumb: ' + (each.name || each.textContent.trim()))`)

/** A line longer than some 90 characters is hard to read; a form to fill in is no wider than its fields need. */
const tooWide = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('body.narrow main, body.wide main')]
    .filter((each) => each.clientWidth > (document.body.className === 'narrow' ? 600 : 1100))
    .map((each) => 'is wider at a desk than it should be: ' + each.clientWidth)`)
