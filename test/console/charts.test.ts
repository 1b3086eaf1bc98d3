import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { createTally } from '../../src/analytics/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { chromiumPath, openBrowser, openWindow } from '../world/chromium.ts'
import { aDesk, staffPassword, totpNow } from '../world/desk.ts'

describe('the charts of the console, in a real browser', function () {
  this.timeout(120_000)
  let app: TestApp
  let browser: Browser
  before(async function () {
    if (!chromiumPath) this.skip()
    ;[app, browser] = await Promise.all([aTestApp(), openBrowser()])
  })
  after(async () => {
    await browser?.close()
    await app?.close()
  })

  it('S3-b: an analyst reads the name of every bar and month, as somebody would write it', async () => {
    const months = ['2026-03', '2026-04', '2026-05'].map((_id) => {
      const tally = createTally()
      for (const methods of [['password'], ['session']] as const)
        for (let n = 0; n < 40; n += 1)
          tally.add({
            country: 'SE',
            age: n % 2 ? '30-44' : 'under-18',
            methods: [...methods],
            pairs: [],
            companies: ['games'],
            services: [],
          })
      return { ...tally.month(), _id }
    })
    await app.database.connection.collection('statistics').insertMany(months as never[])
    const member = await aDesk(app).aMember('games', 'analyst')
    const page = await (await openWindow(browser, { still: true })).newPage()
    await page.goto(`${app.issuer}/console/statistics`)
    await page.getByLabel('Email address').fill(member._id)
    await page.getByLabel('Password').fill(staffPassword)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Code').fill(totpNow())
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.locator('svg.chart').first().waitFor()
    const texts: [string, boolean][] = await page.evaluate(
      "[...document.querySelectorAll('svg.chart text')].map((text) => [text.textContent, text.getBBox().width > 0])",
    )
    for (const name of ['Mar 2026', 'Already signed in', 'With a password'])
      assert.ok(
        texts.some(([text]) => text === name),
        `${name} is drawn`,
      )
    const figures = await page.getByTestId('figure').locator('td:first-child').allTextContents()
    assert.ok(figures.indexOf('Under 18') < figures.indexOf('30 to 44'), 'ages stand in their order')
    assert.deepEqual(await page.locator('[name=month] option').allTextContents(), [
      'May 2026',
      'April 2026',
      'March 2026',
    ])
    assert.deepEqual(
      texts.filter(([, isSeen]) => !isSeen),
      [],
    )
  })
})
