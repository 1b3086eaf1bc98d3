import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { type Language, localeOf } from '../../src/i18n/index.ts'
import { viewsDir } from '../http/site.ts'
import { chromiumPath, openBrowser, openWindow } from '../world/chromium.ts'

/** What the script of every page does with a text; the pages themselves are walked in `every-page.test.ts`. */
describe('the script of every page, in a real browser', function () {
  this.timeout(60_000)
  const script = readFileSync(join(viewsDir, 'assets/page.js'), 'utf8')
  let browser: Browser
  let page: Page
  before(async function () {
    if (!chromiumPath) this.skip()
    browser = await openBrowser()
    page = await (await openWindow(browser)).newPage()
  })
  after(() => browser?.close())

  const show = async (language: Language, main: string): Promise<void> => {
    await page.setContent(`<html lang="${language}" data-locale="${localeOf(language)}"><main>${main}</main></html>`)
    await page.addScriptTag({ content: `{${script}}` })
  }
  const textsOf = (selector: string): Promise<string[]> => page.locator(selector).allTextContents()

  it('U19: names a day of the week short where that is a word, else in full', async () => {
    const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000).toISOString()
    const forms: Record<Language, RegExp> = {
      en: /^[A-Z][a-z]{2} \d\d:\d\d$/,
      sv: /^[a-zåäö]{3} \d\d:\d\d$/,
      ja: /^[日月火水木金土]曜日 \d\d:\d\d$/,
    }
    for (const [language, form] of Object.entries(forms) as [Language, RegExp][]) {
      await show(language, `<p><time datetime="${twoDaysAgo}">${twoDaysAgo}</time></p>`)
      assert.match((await textsOf('time [aria-hidden]'))[0] ?? '', form, language)
    }
  })

  it('U20: keeps a date, a number of months and the words that a phrase would tear in one piece', async () => {
    await show('sv', '<p>sedan 29 november 2026 hos Mobile-kontot</p>')
    assert.deepEqual(await textsOf('.piece, .whole'), ['29 november 2026', 'Mobile-kontot'])
    await show('ja', '<h2>お問い合わせはありません</h2><p>2026年11月29日から、1か月以内にプライバシーポリシーを</p>')
    assert.deepEqual(await textsOf('.piece, .whole'), [
      'お問い合わせ',
      '2026年11月29日から、',
      '1か月以内',
      'プライバシー',
      'ポリシー',
    ])
    assert.equal(await page.locator('h2').textContent(), 'お問い合わせはありません', 'the text stays as it was')
  })

  it('H41: a file can be taken again from the same page, and no other form is sent twice', async () => {
    let given = 0
    await page.route('**/me.pdf', (route) => {
      given += 1
      return route.fulfill({ headers: { 'content-disposition': 'attachment' }, body: 'all' })
    })
    await show(
      'en',
      '<form method="post" action="http://here.example/me.pdf" data-gives-file><button>Take</button></form>',
    )
    for (const time of [1, 2]) {
      const download = page.waitForEvent('download')
      await page.getByRole('button').click()
      await (await download).path()
      assert.equal(given, time)
    }
    await show('en', '<form method="post"><button>Send</button></form>')
    const pressed = page.evaluate(`new Promise((resolve) => {
      const seen = []
      addEventListener('submit', (event) => {
        seen.push(event.defaultPrevented)
        event.preventDefault()
        if (seen.length === 2) resolve(seen)
      })
    })`)
    for (let times = 0; times < 2; times++) await page.getByRole('button').click()
    assert.deepEqual(await pressed, [false, true])
  })

  it('H40: too many or too large files are said before anything is sent, and no more once others are chosen', async () => {
    await show(
      'en',
      '<form method="post"><input type="file" multiple data-most="2" data-too-many="Too many" data-most-bytes="10" data-too-large="Too large"></form>',
    )
    const saidOf = async (...sizes: number[]) => {
      const files = sizes.map((size, i) => ({ name: `${i}.txt`, mimeType: 'text/plain', buffer: Buffer.alloc(size) }))
      await page.locator('input').setInputFiles(files)
      return page.evaluate('document.querySelector("input").validationMessage')
    }
    assert.equal(await saidOf(6, 5), 'Too large')
    assert.equal(await saidOf(1, 1, 1), 'Too many')
    assert.equal(await saidOf(6, 4), '')
  })
})
