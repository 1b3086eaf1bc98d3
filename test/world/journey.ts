/** Hooks of a journey: the product and a browser for the whole file, skipped where there is no Chromium. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { chromiumPath, type Looks, openBrowser, openWindow } from './chromium.ts'
import { type Product, startProduct } from './product.ts'

export interface Stage {
  product: Product
  browser: Browser
}

export interface Journey extends Stage {
  window: BrowserContext
  page: Page
}

/** `begin` is handed what was opened before the first test; all of it is closed after the last. */
export const aStage = (begin: (at: Stage) => void): void => {
  let at: Partial<Stage> = {}
  before(async function () {
    if (!chromiumPath) this.skip()
    const [product, browser] = await Promise.all([startProduct(), openBrowser()])
    at = { product, browser }
    begin({ product, browser })
  })
  after(async () => {
    await at.browser?.close()
    await at.product?.close()
  })
}

/** With a window and a page that `begin` is handed before each test; `one` for a story that goes on from test to test. */
export const aJourney = (
  begin: (at: Journey) => void,
  { one = false, ...looks }: Looks & { one?: boolean } = {},
): void => {
  let stage: Stage
  let window: BrowserContext | undefined
  aStage((at) => (stage = at))
  const [first, last] = one ? [before, after] : [beforeEach, afterEach]
  first(async () => {
    window = await openWindow(stage.browser, looks)
    begin({ ...stage, window, page: await window.newPage() })
  })
  last(() => window?.close())
}
