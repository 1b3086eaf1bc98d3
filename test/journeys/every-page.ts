/**
 * Every page that exists, in the states in which people meet it. Fields and forms are found by their names, so the way
 * is the same in every language; `at` is called wherever there is something to look at.
 */
import type { BrowserContext, Page } from 'playwright-core'
import { totpOf } from '../../src/staff/index.ts'
import { anAuthorization } from '../world/browser.ts'
import type { Product } from '../world/product.ts'
import { demoPerson, goLed, somebody } from './walk.ts'

export interface Walk {
  product: Product
  /** Given name of whom the walk is about: walks side by side have one each. */
  name: string
  /** A window in which somebody, linked at Pictures alone, signed in to the account pages more than 15 minutes ago. */
  earlier: Page
  open: () => Promise<BrowserContext>
  at: (name: string, page: Page) => Promise<void>
}

const longFamilyName = 'Oxenstierna-Wachtmeister af Johannishus'

export const walkEveryPage = async ({ product, name, earlier, open, at: look }: Walk): Promise<void> => {
  const { issuer } = product
  const mobile = product.service('mobile-store')
  const games = product.service('games-arcade')
  const pictures = product.service('pictures-premiere')
  const partner = product.demo.partners[0]?.url ?? ''
  const person = { ...somebody(name), familyName: longFamilyName }
  const own = { ...person, email: `own.${person.email}`, password: 'purple kettle and nine stairs', familyName: 'Falk' }
  const alone = { ...person, email: `alone.${person.email}` }
  const noor = demoPerson(product, ['pictures'])
  const toAccount = (page: Page, path: string) => page.goto(`${issuer}/account/${path}`)

  /** Where a page goes on by itself, the next is meant. */
  const at: Walk['at'] = async (where, page) => {
    await page.locator('html:not(:has(meta[http-equiv="refresh"]))').waitFor({ state: 'attached' })
    await page.waitForLoadState()
    await look(where, page)
  }
  const inWindow = async (story: (page: Page) => Promise<void>): Promise<void> => {
    const window = await open()
    await story(await window.newPage())
    await window.close()
  }
  const signIn = async (page: Page, service: string, who: { email: string; password: string }): Promise<void> => {
    await page.goto(service)
    await fill(page, { email: who.email, password: who.password })
    await page.locator('#sign-in').click()
  }
  const enterCode = async (page: Page, to: string, kind: string): Promise<void> => {
    await fill(page, { code: await product.code(to, kind) })
    await send(page)
  }
  const begin = (service: string) => `${service}/sign-in`
  const undoLink = async (to: string, kind: string): Promise<string> =>
    (await product.letter(to, kind)).text.match(/http\S+\/undo\/\S+/)?.[0] ?? ''

  const registration = async (page: Page): Promise<void> => {
    await page.goto(mobile)
    await at('service', page)
    await page.goto(`${mobile}/nowhere`)
    await at('service-not-found', page)
    await page.goto(begin(mobile))
    await at('sign-in', page)
    await fill(page, { email: 'nobody@mail.example', password: 'wrong entirely' })
    await page.locator('#sign-in').click()
    await at('sign-in-wrong', page)
    await send(page, '/create')
    await at('create', page)
    await fill(page, { email: 'no address', password: 'short', birthDate: '2090-01-01' })
    await sendUnchecked(page, '/create')
    await at('create-wrong', page)
    await fill(page, person)
    await send(page, '/create')
    await at('code', page)
    await fill(page, { code: '000000' })
    await send(page, '/code')
    await at('code-wrong', page)
    await send(page, '/send-again')
    await at('code-again', page)
    await enterCode(page, person.email, 'registration-code')
    await signedIn(page)
    await at('service-signed-in', page)
    await page.goto(await authorizeUrl('prompt=login'))
    await at('sign-in-again', page)
    await page.goto(await authorizeUrl('response_mode=form_post'))
    await at('form-post', page)
  }

  /** With the group's spare client, which no service uses. */
  const authorizeUrl = async (more: string): Promise<string> => {
    const spare = product.demo.clients.find(({ company, device }) => company === 'mobile' && !device)
    const query = anAuthorization(spare?.clientId ?? '', spare?.redirectUri ?? '', {
      state: 'a-state-of-the-walk',
      nonce: 'a-nonce-of-the-walk',
    })
    return `${issuer}/auth?${query}&${more}`
  }

  const otherWaysIn = async (page: Page): Promise<void> => {
    await page.goto(begin(mobile))
    await send(page, '/create')
    await fill(page, { ...person, email: noor.email })
    await send(page, '/create')
    await enterCode(page, noor.email, 'registration-known')
    await at('known', page)
    for (const [email, view] of [
      [`nobody.${person.email}`, 'nobody'],
      [person.email, 'new-password'],
    ] as const) {
      await page.goto(begin(mobile))
      await page.locator('a[href$="/recover"]').click()
      if (view === 'nobody') await at('recover', page)
      await fill(page, { email })
      await send(page, '/recover')
      if (view === 'nobody') await at('recover-code', page)
      await enterCode(page, email, 'recovery-code')
      await at(view, page)
    }
    await page.goto(begin(mobile))
    await send(page, '/not-now')
    await page.getByTestId('error').waitFor()
    await at('service-error', page)
    await page.goto(begin(mobile))
    await page.route('**/not-now', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, body: (await response.text()).replace(/<meta http-equiv[^>]*>/, '') })
    })
    await send(page, '/not-now')
    await page.locator('#continue').waitFor()
    await at('continue', page)
    await page.goto(begin(mobile))
    await send(page, '/create')
    await fill(page, { ...person, birthDate: '2015-03-04' })
    await send(page, '/create')
    await at('too-young', page)
  }

  const keptSeparate = async (page: Page): Promise<void> => {
    await signIn(page, begin(mobile), person)
    await signedIn(page)
    await page.goto(begin(games))
    await at('link', page)
    await page.locator('main summary').click()
    await at('link-unfolded', page)
    await page.locator('#separate').click()
    await at('separate', page)
    await fill(page, own)
    await send(page, '/separate')
    await at('separate-code', page)
    await enterCode(page, own.email, 'separate-code')
    await signedIn(page)
    for (const entry of entries) {
      await toAccount(page, entry)
      await at(`separate-${entry}`, page)
    }
    // The way to a unified sign-in, and to another company by it.
    for (const path of ['link', 'link/games', 'link/mobile', 'link/games/unified', 'link/games/address/code']) {
      await toAccount(page, `services/${path}`)
      await at(`separate-services/${path}`, page)
    }
  }

  const offered = async (page: Page): Promise<void> => {
    await signIn(page, begin(games), own)
    await at('offer', page)
    await page.locator('#link-and-continue').click()
    await at('offer-proof', page)
    await page.goBack()
    await page.goto(`${page.url().replace(/\/$/, '')}/address/code`)
    await at('offer-address-code', page)
    await page.goBack()
    await send(page, '/not-now')
    await signedIn(page)
  }

  const linking = async (page: Page): Promise<void> => {
    await signIn(page, begin(mobile), person)
    await signedIn(page)
    await page.goto(begin(games))
    await page.locator('#existing').click()
    await at('existing', page)
    await page.locator('a[href$="/by-code"]').click()
    await at('existing-by-code', page)
    await fill(page, { email: own.email })
    await send(page, '/by-code')
    await at('existing-code', page)
    await page.goto(page.url().replace('/by-code/code', '/existing'))
    await fill(page, { email: own.email, password: own.password })
    await send(page, '/existing')
    await at('preview', page)
    await send(page, '/preview')
    await signedIn(page)
    await page.goto(await undoLink(person.email, 'account-linked'))
    await at('undo', page)
    await send(page)
    await at('undone-way-in', page)
    await fill(page, { code: await product.code(own.email, 'way-in-code'), password: own.password })
    await send(page, '/way-in')
    await at('undone', page)
    await page.goto(begin(partner))
    await at('authorize', page)
    await send(page, '/link')
    await signedIn(page)
    await at('partner-signed-in', page)
    await page.goto(begin(pictures))
    await send(page, '/link')
    await signedIn(page)
    await at('pictures-signed-in', page)
    await page.goto(begin(games))
    await signedIn(page)
    await at('games-signed-in', page)
  }

  const account = async (page: Page): Promise<void> => {
    await toAccount(page, 'services')
    await at('account-sign-in', page)
    await fill(page, { email: person.email, password: person.password })
    await page.locator('#sign-in').click()
    await page.waitForURL(/\/account\//)
    await toAccount(page, 'details')
    await fill(page, { phone: '12', givenName: '' })
    await sendUnchecked(page, '/details')
    await at('details-wrong', page)
    await toAccount(page, 'details')
    await fill(page, { street: 'Södra Esplanaden 13 B, uppgång 2', city: 'Lund', postalCode: '223 54' })
    await send(page, '/details')
    await at('details-saved', page)
    await page.goto(`${issuer}/account`)
    await at('account-overview', page)
    for (const entry of entries) {
      await toAccount(page, entry)
      await at(`account-${entry}`, page)
    }
    await toAccount(page, 'details')
    await fill(page, { email: `new.${person.email}` })
    await send(page, '/details')
    await at('address-code', page)
    for (const path of ['security/password', 'security/delete', 'services/games/own-fields', 'services/link']) {
      await toAccount(page, path)
      await at(path, page)
    }
    for (const company of ['mobile', 'games', 'pictures'])
      for (const act of ['unlink', 'close']) {
        await toAccount(page, `services/${company}/${act}`)
        if (act === 'close' || company === 'mobile') await at(`${act}-${company}`, page)
      }
    await toAccount(page, 'services/mobile/close')
    await send(page, '/close')
    await at('closing', page)
    await toAccount(page, 'services/games/close')
    await send(page, '/close')
    await at('closed', page)
    await toAccount(page, 'services/pictures/unlink')
    await send(page, '/unlink')
    await at('way-in', page)
    await send(page, '/way-in')
    await at('way-in-code', page)
    await toAccount(page, 'services')
    await at('account-services-ended', page)
    await toAccount(page, 'services/link/games/by-code')
    await at('link-by-code', page)
    await fill(page, { email: own.email })
    await send(page, '/by-code')
    await at('link-code', page)
    await toAccount(page, 'services/link/games')
    await at('link-proof', page)
    await fill(page, { email: own.email, password: own.password })
    await send(page, '/games')
    await at('link-preview', page)
  }

  /** The account that was unlinked has no password of its own yet. */
  const twoPasswords = async (page: Page): Promise<void> => {
    await page.goto(begin(pictures))
    await page.locator('a[href$="/recover"]').click()
    await fill(page, { email: person.email })
    await send(page, '/recover')
    await enterCode(page, person.email, 'recovery-code')
    await at('which-password', page)
    await page.locator('#which-own').click()
    await at('new-password-own', page)
  }

  const proofAnew = async (): Promise<void> => {
    await toAccount(earlier, 'services/pictures/unlink')
    await send(earlier, '/unlink')
    await at('account-fresh-proof', earlier)
    await earlier.goto(begin(games))
    await earlier.locator('#existing').click()
    await at('fresh-proof', earlier)
    await fill(earlier, { password: 'none of theirs at all' })
    await send(earlier, '/existing/fresh')
    await at('fresh-proof-wrong', earlier)
  }

  const nothingYet = async (page: Page): Promise<void> => {
    await toAccount(page, 'services')
    await send(page, '/create')
    await at('create-alone', page)
    await fill(page, alone)
    await send(page, '/create')
    await enterCode(page, alone.email, 'registration-code')
    await page.waitForURL(/\/account\//)
    for (const entry of entries) {
      await toAccount(page, entry)
      await at(`new-${entry}`, page)
    }
    await toAccount(page, 'security/delete')
    await at('delete', page)
    await send(page, '/delete')
    await at('deleted', page)
  }

  /** What waits for a code at the address of before is led here. */
  const moved = async (page: Page): Promise<void> => {
    const before = { ...person, email: `moved.${person.email}` }
    await toAccount(page, 'services')
    await send(page, '/create')
    await fill(page, before)
    await send(page, '/create')
    await enterCode(page, before.email, 'registration-code')
    await page.waitForURL(/\/account\//)
    await toAccount(page, 'details')
    await fill(page, { email: `after.${person.email}` })
    await send(page, '/details')
    await enterCode(page, `after.${person.email}`, 'address-code')
    await page.waitForURL(/\/account\/details/)
    await toAccount(page, 'details/former-address')
    await at('former-address', page)
  }

  const forEverybody = async (page: Page): Promise<void> => {
    for (const path of [
      'privacy/mobile',
      'privacy/games',
      'privacy/sign-in',
      'cookies',
      'accessibility',
      'report-child',
      'report-death',
      'undone',
      'undone/address?at=games',
      'undone/recovery',
      'undone/account?at=games',
      'nowhere',
      'account/signed-out',
      'account/closed',
      'account/callback',
      'account/callback?error=access_denied',
      'auth?client_id=nobody',
      'session/end/success',
      'dev',
      'dev/mail',
      'dev/mail?to=nobody',
      'developers',
      'developers/api',
    ]) {
      await goLed(page, product, `/${path}`)
      await at(path, page)
    }
  }

  const deviceCode = async (): Promise<string> => {
    const device = product.demo.clients.find((each) => each.company === 'mobile' && each.device)
    const begun = await fetch(`${issuer}/device/auth`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${device?.clientId}:${device?.clientSecret}`)}` },
      body: new URLSearchParams({ scope: 'openid', client_id: device?.clientId ?? '' }),
    })
    return ((await begun.json()) as { user_code: string }).user_code
  }

  const television = async (page: Page): Promise<void> => {
    await page.goto(`${issuer}/device`)
    await at('device', page)
    await fill(page, { user_code: 'WRONG' })
    await send(page, '/device')
    await at('device-wrong', page)
    for (const { email, password, view } of [
      { ...noor, view: 'device-unlinked' },
      { ...person, view: 'device-done' },
    ]) {
      await page.context().clearCookies()
      await page.goto(`${issuer}/device`)
      await fill(page, { user_code: await deviceCode() })
      await send(page, '/device')
      if (view === 'device-done') await at('device-confirm', page)
      await page.locator('[name=confirm]').click()
      await fill(page, { email, password })
      await page.locator('#sign-in').click()
      await page.locator('#sign-in').waitFor({ state: 'detached' })
      await at(view, page)
    }
  }

  const leaving = async (page: Page): Promise<void> => {
    const elin = demoPerson(product, ['mobile', 'games', 'pictures'])
    await signIn(page, begin(mobile), elin)
    await signedIn(page)
    await page.goto(`${issuer}/session/end`)
    await at('sign-out', page)
    await page.locator('#sign-out').click()
    await at('signed-out', page)
  }

  /** A code counts once, so the clock moves on to the next; walks side by side enter one after the other. */
  const enterConsole = (page: Page, role: string): Promise<void> => {
    const turn = lastEntry.then(() => enter(page, role))
    lastEntry = turn.catch(() => {})
    return turn
  }
  const enter = async (page: Page, role: string): Promise<void> => {
    const member = product.demo.staff.find((each) => each.company === 'mobile' && each.roles.includes(role))
    if (!member) throw new Error(`nobody is ${role}`)
    const { now } = (await (await product.post('/dev/clock', { advance: 'PT30S' })).json()) as { now: string }
    await page.goto(`${issuer}/console/sign-in`)
    if (role === 'support') await at('console-sign-in', page)
    await fill(page, { email: member.email, password: member.password })
    await send(page, '/sign-in')
    if (role === 'support') await at('second-factor', page)
    await fill(page, { code: totpOf(member.totpSecret, member.email).generate({ timestamp: Date.parse(now) }) })
    await send(page, '/code')
    await page.waitForURL(/\/console\/(?!sign-in)/)
  }

  const support = async (page: Page): Promise<void> => {
    await enterConsole(page, 'support')
    await at('console-cases', page)
    await send(page, '/cases')
    await at('console-cases-wrong', page)
    await fill(page, { reference: 'M-2031', reason: 'She moved, and her address is old at Mobile' })
    await send(page, '/cases')
    await fill(page, { query: 'nobody@mail.example' })
    await send(page, '/find')
    await at('case-not-found', page)
    await fill(page, { query: person.email })
    await send(page, '/find')
    await at('case-found', page)
    await send(page, '/send-code')
    await at('case-code', page)
    await fill(page, { code: await product.code(person.email, 'support-code') })
    await send(page, '/code')
    for (const summary of await page.locator('main summary').all()) await summary.click()
    await at('case-proven', page)
    await fill(page, { evidence: 'Passport shown on video' })
    await page.locator('form[action$="/guarded"] [name=birthDate]').fill('1990-06-05')
    await send(page, '/guarded')
    await at('case-guarded', page)
    await send(page, '/ask-services')
    const theCase = page.url()
    await inWindow(async (theirs) => {
      await toAccount(theirs, 'security')
      await fill(theirs, { email: person.email, password: person.password })
      await theirs.locator('#sign-in').click()
      await theirs.waitForURL(/\/account\//)
      await at('security-asked', theirs)
      await send(theirs, '/approve')
      await at('security-approved', theirs)
      await toAccount(theirs, 'sharing')
      await at('sharing-support', theirs)
    })
    await page.goto(theCase)
    await at('case-approved', page)
    await send(page, '/close')
    await page.goto(theCase)
    await at('case-closed', page)
  }

  const administration = async (page: Page): Promise<void> => {
    await enterConsole(page, 'administrator')
    await page.goto(`${issuer}/console/staff`)
    await at('console-staff', page)
    const newcomer = `${name.toLowerCase()}.new@mobile.tsukimori.example`
    await page.locator('form:has([name="email"]:not([type=hidden])) [name="role.support"]').check()
    await fill(page, { email: newcomer })
    await page.locator('form:has([name="email"]:not([type=hidden])) button').click()
    await page.goto(`${issuer}/console/join`)
    await at('join', page)
    await fill(page, { email: newcomer })
    await send(page, '/join')
    await at('join-code', page)
    await enterCode(page, newcomer, 'staff-code')
    await at('join-set-up', page)
    await page.goto(`${issuer}/console/join/set-up`)
    await at('join-set-up-again', page)
    await page.goto(`${issuer}/console/cases`)
    await at('console-forbidden', page)
  }

  const lead = async (page: Page): Promise<void> => {
    await enterConsole(page, 'support-lead')
    await page.goto(`${issuer}/console/audit`)
    await at('console-audit', page)
    await page.goto(`${issuer}/console/audit?kind=case&value=none`)
    await at('console-audit-none', page)
    await page.goto(`${issuer}/console/nothing`)
    await at('console-nothing', page)
  }

  const requests = async (page: Page): Promise<void> => {
    await toAccount(page, 'requests/new')
    await fill(page, { email: person.email, password: person.password })
    await page.locator('#sign-in').click()
    await page.waitForURL(/\/account\//)
    await at('request-new', page)
    await sendUnchecked(page, '/account/requests')
    await at('request-wrong', page)
    await page.locator('[name=kind]').selectOption('access')
    await page.locator('[name="company.mobile"]').check()
    await fill(page, { about: 'Everything since last spring, please.' })
    await send(page, '/account/requests')
    await at('requests-sent', page)
    await page.locator('[data-testid=request-part] a').first().click()
    await at('request', page)
    await inWindow(async (desk) => {
      await enterConsole(desk, 'privacy')
      await desk.goto(`${issuer}/console/requests`)
      await at('console-requests', desk)
      await desk.locator('[data-testid=request] a').first().click()
      await at('console-request', desk)
    })
  }

  const statistics = async (page: Page): Promise<void> => {
    await enterConsole(page, 'analyst')
    await page.goto(`${issuer}/console/statistics`)
    await at('console-statistics', page)
  }

  const stories = [
    registration,
    otherWaysIn,
    keptSeparate,
    offered,
    linking,
    television,
    support,
    administration,
    lead,
    requests,
    statistics,
    account,
    twoPasswords,
    nothingYet,
    moved,
    forEverybody,
    leaving,
  ]
  for (const story of stories) await inWindow(story)
  await proofAnew()
}

let lastEntry: Promise<void> = Promise.resolve()

const entries = ['services', 'details', 'security', 'sharing', 'messages', 'requests']

const send = (page: Page, action?: string): Promise<void> =>
  page
    .locator(`main form${action ? `[action$="${action}"]` : ''} button:not([type=button])`)
    .first()
    .click()

const fill = async (page: Page, values: Record<string, string>): Promise<void> => {
  for (const [name, value] of Object.entries(values)) {
    const control = page.locator(`[name="${name}"]:not([type=hidden])`)
    if (name === 'country') await control.selectOption(value)
    else await control.fill(value)
  }
}

/** As a browser would send it that checks nothing. */
const sendUnchecked = async (page: Page, action: string): Promise<void> => {
  await page.evaluate('for (const form of document.forms) form.noValidate = true')
  await send(page, action)
}

const signedIn = (page: Page): Promise<void> => page.getByTestId('claims').waitFor()
