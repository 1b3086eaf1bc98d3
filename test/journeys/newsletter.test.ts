import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { createTranslations, type Language, languages } from '../../src/i18n/index.ts'
import { words } from '../http/site.ts'
import { aJourney } from '../world/journey.ts'
import type { Letter, Product } from '../world/product.ts'
import { claimsOn, demoPerson, goToSignIn, press, signIn } from './walk.ts'

const atService = createTranslations(join(import.meta.dirname, '../../scripts/demonstration/words'))

describe('a company sends its newsletter, in a real browser', function () {
  this.timeout(120_000)
  let product: Product
  let page: Page
  aJourney((at) => ({ product, page } = at))

  const newsletters = async (email: string): Promise<Letter[]> =>
    (await product.mails(email)).filter(({ kind }) => kind === 'newsletter')

  /** How many letters went out, as the service says it in this language. */
  const send = async (language: Language): Promise<number> => {
    await page.goto(`${product.service('games-arcade')}?lang=${language}`)
    await page.getByRole('link', { name: atService.t(language, 'newsletter'), exact: true }).click()
    await press(page, atService.t(language, 'newsletter-send'))
    const said = (await page.getByTestId('newsletter').textContent()) ?? ''
    const [sent = Number.NaN, skipped = Number.NaN] = [...said.matchAll(/\d+/g)].map(Number)
    assert.equal(said, atService.t(language, 'newsletter-sent', { sent, skipped }))
    return sent
  }

  const choice = async (language: Language) => {
    await page.goto(`${product.issuer}/account/messages?lang=${language}`)
    const name = words.t(language, 'portal.choices.channels.email')
    return page.getByRole('group', { name: 'Games', exact: true }).getByLabel(name, { exact: true })
  }

  for (const language of languages)
    it(`S6-b: in ${language}, to those who want it; one click in the mailbox, and the next one goes past them`, async () => {
      const { email, password } = demoPerson(product, ['mobile', 'games'])
      const before = (await newsletters(email)).length
      assert.equal(await send(language), 0)
      await goToSignIn(page, `${product.service('mobile-store')}?lang=en`)
      await signIn(page, email, password)
      await claimsOn(page)
      await (await choice(language)).check()
      await press(page, words.t(language, 'portal.choices.save'))
      await product.idle()

      assert.equal(await send(language), 1)
      const [letter, ...others] = await newsletters(email)
      assert.equal(others.length, before)
      assert.ok(letter?.text.includes(atService.t(language, 'newsletter-leave')))
      assert.match(letter?.headers['DKIM-Signature'] ?? '', /h=[^;]*List-Unsubscribe-Post/i)

      await page.getByRole('link', { name: atService.t(language, 'newsletter-mails'), exact: true }).click()
      await page
        .getByRole('button', { name: words.t(language, 'portal.unsubscribe.button'), exact: true })
        .first()
        .click()
      await page.getByRole('heading', { name: words.t(language, 'portal.unsubscribe.done-title') }).waitFor()
      assert.equal(await send(language), 0)
      assert.equal((await newsletters(email)).length, before + 1)
      assert.equal(await (await choice(language)).isChecked(), false)
    })

  it('S6-b: no other site’s page makes a company send', async () => {
    const headers = { origin: 'https://evil.example' }
    const answer = await fetch(`${product.service('games-arcade')}/newsletter`, { method: 'POST', headers })
    assert.equal(answer.status, 403)
  })
})
