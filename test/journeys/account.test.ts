import assert from 'node:assert/strict'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { accessibilityProblems, openWindow, overflows } from '../world/chromium.ts'
import { aJourney } from '../world/journey.ts'
import type { Product } from '../world/product.ts'
import { claimsOn, enterCode, goLed, goToSignIn, press, register, signIn, somebody } from './walk.ts'

const entries = ['services', 'details', 'security', 'sharing', 'messages', 'requests']

describe('a person and their own pages, in a real browser', function () {
  this.timeout(120_000)
  let product: Product
  let browser: Browser
  let window: BrowserContext
  let page: Page
  aJourney((at) => ({ product, browser, window, page } = at))

  const mobile = () => product.service('mobile-store')
  const games = () => product.service('games-arcade')
  const account = (entry: string) => `${product.issuer}/account/${entry}`
  const cardOf = (company: string) =>
    page.locator('section', { has: page.getByRole('heading', { name: company, exact: true }) })
  const statusAt = async (company: string): Promise<string> =>
    ((await cardOf(company).getByTestId('link-status').textContent()) ?? '').trim()

  /** Somebody new, linked at Mobile and Games, signed in at both in this window. */
  const linkedPerson = async (name: string) => {
    const person = somebody(name)
    await register(page, product, mobile(), person)
    await goToSignIn(page, games())
    await press(page, 'Link and continue')
    const atGames = await claimsOn(page)
    await product.idle()
    return { ...person, subjectAtGames: String(atGames.sub) }
  }

  /** Games corrects a detail of its own account, as its systems would. */
  const gamesWrites = async (subject: string, path: string, value: string): Promise<number> => {
    const api = product.demo.apis.find(({ company }) => company === 'games')
    assert.ok(api)
    const token = await fetch(api.tokenEndpoint, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${api.clientId}:${api.clientSecret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'accounts.write', resource: api.scim }),
    })
    const { access_token } = (await token.json()) as { access_token: string }
    const answer = await fetch(`${api.scim}/Users/${subject}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${access_token}`,
        'content-type': 'application/scim+json',
        'change-reason': encodeURIComponent('Rättat efter samtal'),
      },
      body: JSON.stringify({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path, value }],
      }),
    })
    return answer.status
  }

  it('U19: shows times short, and whole to whoever asks for it, by keyboard too', async () => {
    await linkedPerson('Tuva')
    await page.goto(account('security'))
    const time = page.locator('time').first()
    const [short, whole] = [time.locator('[aria-hidden]'), time.locator('.unseen')]
    const widthOf = async (part: typeof whole) => (await part.boundingBox())?.width ?? 0
    assert.match((await short.textContent()) ?? '', /^\d\d:\d\d( [AP]M)?$/)
    assert.match((await whole.textContent()) ?? '', /\d{4}.*\d\d:\d\d.*[A-Z]/)
    assert.ok((await widthOf(short)) > 20 && (await widthOf(whole)) <= 1)
    await page.getByRole('button', { name: 'Show dates and times in full' }).press('Enter')
    assert.ok((await widthOf(short)) === 0 && (await widthOf(whole)) > 80)
    assert.deepEqual(await accessibilityProblems(page), [])
  })

  it('changes their name once: an open page at Games shows it by itself, and Sharing says when it was acknowledged', async () => {
    await linkedPerson('Alva')
    const beside = await window.newPage()
    await beside.goto(games())
    await page.goto(account('details'))
    await page.getByLabel('Given name').fill('Alvina')
    await press(page, 'Save changes')
    await beside.getByText('"given_name": "Alvina"').waitFor()
    await product.idle()
    await page.goto(account('services'))
    for (const company of ['Mobile', 'Games']) assert.match(await statusAt(company), /^in step/)
    await page.goto(account('sharing'))
    const told = await page.getByTestId('acknowledgement').allTextContents()
    assert.ok(told.length >= 3)
    assert.ok(told.some((text) => text.includes('acknowledged')))
  })

  it('sees "on its way" while Games does not answer, and "in step" when it does', async () => {
    await linkedPerson('Bodil')
    await product.post(`${games()}/dev/fault`, { mode: '500' })
    await page.goto(account('details'))
    await page.getByLabel('Street address').fill('Storgatan 1')
    await press(page, 'Save changes')
    await product.idle()
    await page.goto(account('services'))
    assert.match(await statusAt('Games'), /^on its way/)
    assert.match(await statusAt('Mobile'), /^in step/)
    await product.post(`${games()}/dev/fault`, { mode: 'off' })
    await product.post('/dev/clock', { advance: 'PT2H' })
    await product.idle()
    await page.reload()
    assert.match(await statusAt('Games'), /^in step/)
  })

  it('U19: hears once, and sees once, that the last company has the new value, wherever the page stands open', async () => {
    await linkedPerson('Berit')
    await product.post(`${games()}/dev/fault`, { mode: '500' })
    await page.goto(account('details'))
    await page.getByLabel('Street address').fill('Storgatan 2')
    await press(page, 'Save changes')
    await product.idle()
    await page.goto(account('services'))
    assert.match(await statusAt('Games'), /^on its way/)
    await page.evaluate(`window.seen = { said: [], arrived: [] }
      new MutationObserver((changes) => {
        for (const { target, addedNodes } of changes) {
          const status = target.closest?.('body > [role=status]')
          if (status && addedNodes.length > 0) seen.said.push(status.textContent)
        }
        for (const each of document.querySelectorAll('.arrived')) if (!seen.arrived.includes(each)) seen.arrived.push(each)
      }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['class'] })`)
    const readAgain = () => page.waitForResponse((answer) => answer.url() === page.url())
    await readAgain()
    await product.post(`${games()}/dev/fault`, { mode: 'off' })
    await product.post('/dev/clock', { advance: 'PT2H' })
    await product.idle()
    await cardOf('Games').getByTestId('link-status').filter({ hasText: 'in step' }).waitFor()
    await readAgain()
    await readAgain()
    const { said, arrived } = (await page.evaluate(
      '({ said: seen.said, arrived: seen.arrived.map((each) => each.id) })',
    )) as { said: string[]; arrived: string[] }
    assert.equal(said.length, 1, said.join(' | '))
    assert.match(said[0] ?? '', /^Games: in step/)
    assert.deepEqual(arrived, ['standing-games'])
  })

  it('undoes what a company changed, from the mail and without signing in', async () => {
    const cajsa = await linkedPerson('Cajsa')
    assert.equal(await gamesWrites(cajsa.subjectAtGames, 'name.familyName', 'Hoolm'), 200)
    assert.equal(await gamesWrites(cajsa.subjectAtGames, 'phoneNumbers', '+4612345'), 400)
    await product.idle()
    await page.goto(account('details'))
    assert.equal(await page.getByLabel('Family name').inputValue(), 'Hoolm')
    const letter = (await product.mails(cajsa.email)).find(({ kind }) => kind === 'details-changed')
    const link = letter?.text.match(/http\S+\/undo\/\S+/)?.[0]
    assert.ok(link)
    const stranger = await openWindow(browser)
    const elsewhere = await stranger.newPage()
    await elsewhere.goto(link)
    assert.deepEqual(await accessibilityProblems(elsewhere), [])
    await press(elsewhere, 'Undo')
    await product.idle()
    await stranger.close()
    await page.reload()
    assert.equal(await page.getByLabel('Family name').inputValue(), 'Holm')
  })

  it('unlinks Games, gives the account a way in of its own, and signs in with it', async () => {
    const disa = await linkedPerson('Disa')
    await page.goto(account('services'))
    await cardOf('Games').getByRole('button', { name: 'Unlink' }).click()
    await press(page, 'Unlink')
    await product.idle()
    await page.goto(account('services'))
    assert.match(await statusAt('Games'), /^not linked/)
    const before = (await product.received(games())).length
    await page.goto(account('details'))
    await page.getByLabel('City').fill('Lund')
    await press(page, 'Save changes')
    await product.idle()
    assert.equal((await product.received(games())).length, before, 'nothing is told after the unlink (G5)')

    await page.goto(account('services'))
    await cardOf('Games').getByRole('button').first().click()
    await page.getByRole('main').getByRole('button').first().click()
    await page.getByLabel('Password').fill('a green door in november')
    await enterCode(page, product, disa.email, 'way-in-code')
    await product.idle()
    const again = await openWindow(browser)
    const other = await again.newPage()
    await goToSignIn(other, games())
    await signIn(other, disa.email, 'a green door in november')
    await other.getByRole('heading', { name: 'One sign-in for all your accounts?' }).waitFor()
    await press(other, 'Not now')
    assert.equal((await claimsOn(other)).sub, disa.subjectAtGames)
    await again.close()
  })

  it('closes the account at Games: nothing changes at Mobile, and its subject is never met again', async () => {
    const ebba = await linkedPerson('Ebba')
    await page.goto(account('services'))
    await cardOf('Games').getByRole('button', { name: 'Close account' }).click()
    await press(page, 'Close account')
    await product.idle()
    await page.goto(account('services'))
    assert.match(await statusAt('Games'), /^closed/)
    assert.match(await statusAt('Mobile'), /^in step/)
    await goToSignIn(page, games())
    await press(page, 'Link and continue')
    assert.notEqual((await claimsOn(page)).sub, ebba.subjectAtGames)
  })

  it('changes the address that signs in: nothing before the code, and the old one is told (T3)', async () => {
    const freja = await linkedPerson('Freja')
    const fresh = 'freja.new@mail.example'
    await page.goto(account('details'))
    await page.getByLabel('Email address').fill(fresh)
    await press(page, 'Save changes')
    await page.goto(account('details'))
    assert.equal(await page.getByLabel('Email address').inputValue(), freja.email)
    await page.getByLabel('Email address').fill(fresh)
    await press(page, 'Save changes')
    await enterCode(page, product, fresh, 'address-code')
    await product.idle()
    assert.ok((await product.mails(freja.email)).some(({ kind }) => kind === 'address-changed'))
    // R2: what Games held was given out under the old address; it comes back by one press, without a form.
    await goToSignIn(page, games())
    assert.equal((await claimsOn(page)).email, fresh)
  })

  for (const looks of [
    { name: 'on a phone, in the dark, in Swedish', language: 'sv', phone: true, dark: true },
    { name: 'at a desk, in Japanese', language: 'ja', phone: false, dark: false },
    { name: 'without JavaScript, in English', language: 'en', phone: true, dark: false, javaScript: false },
  ] as const)
    it(`reads all six pages and the public ones ${looks.name}: nothing overflows, axe finds nothing`, async () => {
      const person = product.demo.people.find(({ password, links }) => password && links.length === 3)
      assert.ok(person?.password)
      const other = await openWindow(browser, looks)
      const own = await other.newPage()
      await own.goto(account('services'))
      await own.locator('input[name=email]').fill(person.email)
      await own.locator('input[name=password]').fill(person.password)
      await own.locator('#sign-in').click()
      await own.waitForURL(/\/account\//)
      for (const entry of entries) {
        await own.goto(account(entry))
        assert.equal(await own.locator('html').getAttribute('lang'), looks.language)
        assert.equal(await overflows(own), false, `${entry} is wider than the window`)
        if (!('javaScript' in looks)) assert.deepEqual(await accessibilityProblems(own), [], entry)
      }
      // What says that an account is closed says it while nobody is signed in.
      await other.clearCookies({ name: /session/ })
      for (const path of [
        '/privacy/mobile',
        '/cookies',
        '/report-child',
        '/undone/address?at=games',
        '/account/closed',
      ]) {
        await goLed(own, product, path)
        assert.equal(await overflows(own), false, `${path} is wider than the window`)
        if (!('javaScript' in looks)) assert.deepEqual(await accessibilityProblems(own), [], path)
      }
      await other.close()
    })
})
