import assert from 'node:assert/strict'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { chromiumPath, openBrowser, openWindow } from '../world/chromium.ts'
import { type Product, startProduct } from '../world/product.ts'
import { claimsOn, demoPerson, goToSignIn, press, signIn } from './walk.ts'

describe('a company sends its newsletter, in a real browser', function () {
  this.timeout(120_000)
  let product: Product
  let browser: Browser
  let window: BrowserContext
  let page: Page
  before(async function () {
    if (!chromiumPath) this.skip()
    ;[product, browser] = await Promise.all([startProduct(), openBrowser()])
    window = await openWindow(browser)
    page = await window.newPage()
  })
  after(async () => {
    await browser?.close()
    await product?.close()
  })

  const newsletters = async (email: string) => (await product.mails(email)).filter(({ kind }) => kind === 'newsletter')
  const send = async (): Promise<string> => {
    await page.goto(product.service('games-arcade'))
    await page.getByRole('link', { name: 'Newsletter', exact: true }).click()
    await press(page, 'Send newsletter')
    return (await page.getByTestId('newsletter').textContent()) ?? ''
  }

  it('S6-b: to those who want it; one click in the mailbox, and the next one goes past them', async () => {
    const { email, password } = demoPerson(product, ['mobile', 'games'])
    assert.match(await send(), /^0 letters were sent/)
    await goToSignIn(page, product.service('mobile-store'))
    await signIn(page, email, password)
    await claimsOn(page)
    await page.goto(`${product.issuer}/account/messages`)
    await page.getByRole('group', { name: 'Games', exact: true }).getByLabel('Email', { exact: true }).check()
    await press(page, 'Save choices')
    await product.idle()

    assert.match(await send(), /^1 letter was sent/)
    const [letter, ...others] = (await newsletters(email)) as { headers?: Record<string, string>; text: string }[]
    assert.equal(others.length, 0)
    assert.match(letter?.headers?.['DKIM-Signature'] ?? '', /h=[^;]*List-Unsubscribe-Post/i)

    await page.getByRole('link', { name: 'Mails', exact: true }).click()
    await press(page, 'Unsubscribe')
    await page.getByRole('heading', { name: 'You are unsubscribed' }).waitFor()
    assert.match(await send(), /^0 letters were sent/)
    assert.equal((await newsletters(email)).length, 1)

    await page.goto(`${product.issuer}/account/messages`)
    const games = page.getByRole('group', { name: 'Games', exact: true })
    assert.equal(await games.getByLabel('Email', { exact: true }).isChecked(), false)
  })

  it('S6-b: no other site’s page makes a company send', async () => {
    const headers = { origin: 'https://evil.example' }
    const answer = await fetch(`${product.service('games-arcade')}/newsletter`, { method: 'POST', headers })
    assert.equal(answer.status, 403)
  })
})
