import assert from 'node:assert/strict'
import type { Browser, Page } from 'playwright-core'
import { totpOf } from '../../src/staff/index.ts'
import { accessibilityProblems, openWindow, overflows } from '../world/chromium.ts'
import { aJourney } from '../world/journey.ts'
import type { Product } from '../world/product.ts'
import { claimsOn, errorOn, goToSignIn, press, register, signIn, somebody } from './walk.ts'

describe('support of a company, in a real browser', function () {
  this.timeout(120_000)
  let product: Product
  let browser: Browser
  let page: Page
  aJourney((at) => ({ product, browser, page } = at))

  const games = () => product.service('games-arcade')

  /** At work for a company, second factor and all. A code counts once: the clock moves on to the next. */
  const atWork = async (company: string, role: string) => {
    const member = product.demo.staff.find((each) => each.company === company && each.roles.includes(role))
    assert.ok(member)
    const { now } = (await (await product.post('/dev/clock', { advance: 'PT30S' })).json()) as { now: string }
    const window = await openWindow(browser)
    const console = await window.newPage()
    await console.goto(`${product.issuer}/console/sign-in`)
    await signIn(console, member.email, member.password)
    const code = totpOf(member.totpSecret, member.email).generate({ timestamp: Date.parse(now) })
    await console.getByLabel('Code').fill(code)
    await press(console, 'Continue')
    return { window, console, member, code }
  }

  const openCase = async (console: Page, reason: string, query: string): Promise<void> => {
    await console.goto(`${product.issuer}/console/cases`)
    await console.getByLabel('Reason').fill(reason)
    await press(console, 'Open case')
    await console.getByLabel('Find').fill(query)
    await press(console, 'Find')
  }

  const stateOf = async (console: Page): Promise<string> =>
    (await console.getByTestId('case-status').textContent())?.trim() ?? ''

  const linkedPerson = async (name: string) => {
    const person = somebody(name)
    await register(page, product, product.service('mobile-store'), person)
    await goToSignIn(page, games())
    await press(page, 'Link and continue')
    await page.getByTestId('claims').waitFor()
    await product.idle()
    return person
  }

  it('sees the state of an account and nothing else, until the caller has proven themselves by a code', async () => {
    const gun = await linkedPerson('Gun')
    const { window, console } = await atWork('games', 'support')
    await openCase(console, 'The name is old at Games', gun.email)
    assert.equal(await stateOf(console), 'case open')
    assert.match((await console.getByTestId('link-status').textContent())?.trim() ?? '', /^in step/)
    assert.equal(await console.getByTestId('basic-details').count(), 0)
    assert.ok(!(await console.content()).includes('Holm'), 'no detail before the proof')
    assert.deepEqual(await accessibilityProblems(console), [])

    await press(console, 'Send code')
    await console.getByLabel('Code').fill(await product.code(gun.email, 'support-code'))
    await press(console, 'Continue')
    await console.getByTestId('basic-details').waitFor()
    assert.equal(await stateOf(console), 'caller proven')
    assert.ok(!(await console.content()).includes('Mobile'), 'where else they are is theirs to show')

    await console.getByText('Correct details').click()
    await console.getByLabel('Family name').fill('Holmqvist')
    await press(console, 'Save changes')
    await product.idle()
    await page.goto(games())
    assert.equal((await claimsOn(page)).family_name, 'Holmqvist')
    const letter = (await product.mails(gun.email)).find(({ kind }) => kind === 'details-changed')
    assert.ok(letter?.text.includes('/undo/'))

    await press(console, 'Ask for services')
    await page.goto(`${product.issuer}/account/security`)
    await press(page, 'Approve')
    await console.reload()
    assert.equal(await stateOf(console), 'person approved')
    assert.match((await console.getByTestId('linked-services').textContent()) ?? '', /mobile/i)
    assert.deepEqual(await accessibilityProblems(console), [])
    await page.goto(`${product.issuer}/account/security`)
    for (const entry of ['security', 'sharing']) {
      await page.goto(`${product.issuer}/account/${entry}`)
      assert.match((await page.textContent('main')) ?? '', /The name is old at Games/, entry)
    }
    await window.close()
  })

  it('marks an account as misused: nobody signs in with it at that company, and elsewhere nothing changes', async () => {
    const karl = await linkedPerson('Karl')
    const { window, console } = await atWork('games', 'support')
    await openCase(console, 'The account sends threats', karl.email)
    await press(console, 'Send code')
    await console.getByLabel('Code').fill(await product.code(karl.email, 'support-code'))
    await press(console, 'Continue')
    await press(console, 'Mark as misused')
    await product.idle()
    await goToSignIn(page, games())
    assert.equal(await errorOn(page), 'access_denied')
    await goToSignIn(page, product.service('mobile-cloud'))
    await page.getByTestId('claims').waitFor()
    await press(console, 'Clear the mark')
    await goToSignIn(page, games())
    await page.getByTestId('claims').waitFor()
    await window.close()
  })

  it('changes a birth date only when a second agent agrees, who has seen what speaks for it; every copy follows (T17)', async () => {
    const ebba = await linkedPerson('Ebba')
    const { window, console } = await atWork('mobile', 'support')
    await openCase(console, 'The birth date was mistyped', ebba.email)
    await press(console, 'Send code')
    await console.getByLabel('Code').fill(await product.code(ebba.email, 'support-code'))
    await press(console, 'Continue')
    await console.getByText('Birth date and country', { exact: true }).click()
    await console.getByLabel('Birth date').fill('1990-06-05')
    await console.getByLabel('Evidence').fill('Passport shown on video')
    await press(console, 'Propose')
    assert.equal(
      await console.getByRole('button', { name: 'I have seen the evidence', exact: true }).count(),
      0,
      'not one’s own',
    )
    await page.goto(product.service('mobile-store'))
    assert.equal((await claimsOn(page)).birthdate, '1990-05-06')

    const lead = await atWork('mobile', 'support-lead')
    await lead.console.goto(console.url())
    await lead.console.getByText('Passport shown on video').waitFor()
    assert.deepEqual(await accessibilityProblems(lead.console), [])
    await press(lead.console, 'I have seen the evidence')
    await product.idle()
    for (const service of ['mobile-store', 'games-arcade']) {
      await page.goto(product.service(service))
      assert.equal((await claimsOn(page)).birthdate, '1990-06-05', service)
    }
    await Promise.all([window.close(), lead.window.close()])
  })

  it('finds nobody by a part of an address, nobody of another company, and says the same of both (T14, T19)', async () => {
    const hedda = await linkedPerson('Hedda')
    const { window, console } = await atWork('pictures', 'support')
    const answers: string[] = []
    for (const query of [hedda.email, hedda.email.slice(0, 8), 'nobody@mail.example', '{"$gt":""}']) {
      await openCase(console, 'Somebody asks about an account', query)
      answers.push((await console.getByTestId('not-found').textContent())?.trim() ?? '')
    }
    assert.equal(new Set(answers).size, 1)
    await window.close()
  })

  it('never acts for another company: its cases are not there (T15)', async () => {
    const inga = await linkedPerson('Inga')
    const one = await atWork('games', 'support')
    await openCase(one.console, 'A question about Games', inga.email)
    const address = one.console.url()
    const other = await atWork('mobile', 'support')
    assert.equal((await other.console.goto(address))?.status(), 404)
    assert.equal((await other.console.goto(`${product.issuer}/console/staff`))?.status(), 403)
    await Promise.all([one.window.close(), other.window.close()])
  })

  it('takes each code of the second factor once, and ends after a quarter of an hour without work (T15)', async () => {
    const { window, console, member, code } = await atWork('games', 'support')
    const again = await openWindow(browser)
    const thief = await again.newPage()
    await thief.goto(`${product.issuer}/console/sign-in`)
    await signIn(thief, member.email, member.password)
    await thief.getByLabel('Code').fill(code)
    await press(thief, 'Continue')
    await thief.getByText('has already been used').first().waitFor()
    await again.close()
    await product.post('/dev/clock', { advance: 'PT16M' })
    await console.goto(`${product.issuer}/console/cases`)
    assert.match(console.url(), /\/console\/sign-in/)
    await window.close()
  })

  it('fits a tablet and a phone', async () => {
    const jon = await linkedPerson('Jon')
    const { window, console } = await atWork('games', 'support')
    await openCase(console, 'A question', jon.email)
    for (const width of [768, 360]) {
      await console.setViewportSize({ width, height: 900 })
      assert.equal(await overflows(console), false, `at ${width}`)
    }
    await window.close()
  })
})
