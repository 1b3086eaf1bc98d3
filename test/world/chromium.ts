/** Debian's Chromium, as a person would use it: a phone or a desk, light or dark, one of three languages. */
import { existsSync } from 'node:fs'
import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { Language } from '../../src/i18n/index.ts'
import { localeOf } from '../../src/i18n/language.ts'

export const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path))

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath ?? '',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })

export interface Looks {
  language?: Language
  phone?: boolean
  dark?: boolean
  javaScript?: boolean
  /** Nothing fades: what is looked at is what stays. */
  still?: boolean
  /** Two points for one, as on today's screens. */
  sharp?: boolean
}

export const openWindow = async (
  browser: Browser,
  { language = 'en', phone = false, dark = false, javaScript = true, still = false, sharp = false }: Looks = {},
) => {
  const context: BrowserContext = await browser.newContext({
    locale: localeOf(language),
    viewport: phone ? { width: 360, height: 740 } : { width: 1200, height: 900 },
    deviceScaleFactor: sharp ? 2 : 1,
    colorScheme: dark ? 'dark' : 'light',
    javaScriptEnabled: javaScript,
    reducedMotion: still ? 'reduce' : 'no-preference',
  })
  context.setDefaultTimeout(30_000)
  return context
}

/**
 * What axe finds on a page, in words; nothing when all is well. Axe runs in the page and answers with what is wrong: its
 * own driver carries home all that it looked at, which takes longer than looking.
 */
export const accessibilityProblems = async (page: Page): Promise<string[]> => {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source)
  return page.evaluate(`axe
    .run({ resultTypes: ['violations'], preload: false, rules: { 'target-size': { enabled: true } } })
    .then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ target }) => target.join(' ')).join(', ')))`)
}

/** True when the page is wider than the window. */
export const overflows = (page: Page): Promise<boolean> =>
  page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth + 1')
