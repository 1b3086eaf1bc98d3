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

  it('S3-b: an analyst reads the name of every bar and month, which has a hyphen', async () => {
    const months = ['2026-03', '2026-04', '2026-05'].map((_id) => {
      const tally = createTally()
      for (const methods of [['password'], ['session']] as const)
        for (let n = 0; n < 40; n += 1)
          tally.add({
            country: 'SE',
            age: '30-44',
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
    for (const name of ['2026-03', 'Already signed in', 'With a password'])
      assert.ok(
        texts.some(([text]) => text === name),
        `${name} is drawn`,
      )
    assert.deepEqual(
      texts.filter(([, isSeen]) => !isSeen),
      [],
    )
  })
})
