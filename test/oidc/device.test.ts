import assert from 'node:assert/strict'
import * as client from 'openid-client'
import { adjustableClock, hour, minute } from '../../src/lib/clock.ts'
import { AppError } from '../../src/lib/errors.ts'
import type { Person } from '../../src/people/index.ts'
import { createTestBrowser, type TestBrowser, type Visit } from '../world/browser.ts'
import { aClient, aCompany, aService, declared } from '../world/group.ts'
import { asPerson, aTestOidc, signedIn, type TestOidc } from '../world/oidc.ts'
import { fieldsOf } from '../world/pages.ts'
import { aRelyingParty, type RelyingParty } from '../world/relying-party.ts'
import { scanned } from '../world/scanned.ts'

describe('signing in on a television', () => {
  let product: TestOidc
  let television: RelyingParty
  let guesses = 0
  before(async () => {
    product = await aTestOidc({
      companies: (url) => {
        const service = aService('games', 'games-tv', url('games-tv'))
        service.clients = [
          aClient({
            id: 'games-tv',
            kind: 'device',
            secret: undefined,
            offline: true,
            backchannelLogoutUri: `${url('games-tv')}/backchannel-logout`,
            scopes: ['openid', 'profile', 'offline_access'],
          }),
        ]
        return [declared(aCompany({ id: 'games' }), [service])]
      },
      deps: {
        limits: {
          consume: async () => 0,
          refund: async () => {},
          judged: async (_rules, look) => {
            if (guesses >= 50) throw new AppError('limited', 'too-many-attempts', { values: { minutes: 1 } })
            const found = await look()
            if (found === undefined) guesses++
            return { found, nth: [guesses] }
          },
        },
      },
    })
    television = await aRelyingParty(product, 'games-tv')
  })
  after(() => product.close())

  const shown = () => client.initiateDeviceAuthorization(television.config, { scope: 'openid profile offline_access' })
  const xsrfOf = ({ text }: Visit): string => {
    const found = /name="xsrf" value="([^"]+)"/.exec(text)?.[1]
    assert.ok(found, text)
    return found
  }
  const enter = async (browser: TestBrowser, code: string) => {
    const page = await browser.visit(`${product.issuer}/device`)
    return browser.submit(`${product.issuer}/device`, { xsrf: xsrfOf(page), user_code: code })
  }
  const allow = (
    browser: TestBrowser,
    confirm: Visit,
    code: string,
    button: Record<string, string> = { confirm: 'yes' },
  ) => browser.submit(`${product.issuer}/device`, { xsrf: xsrfOf(confirm), user_code: code, ...button })
  /** As a patient television asks: what it asked before is long ago. */
  const pollLater = async (device: string) => {
    await product.connection.collection('artifacts').updateMany({}, { $unset: { polledAt: '' } })
    return poll(device)
  }
  const poll = async (device: string) => {
    const response = await fetch(`${product.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: device,
        client_id: 'games-tv',
      }),
    })
    return (await response.json()) as {
      error?: string
      error_description?: string
      access_token?: string
      refresh_token?: string
    }
  }
  const never = () => false

  /** A person's television, and the browser in which they allowed it. */
  const allowedBy = async (person: Person) => {
    const browser = createTestBrowser()
    const { device_code, user_code } = await shown()
    const answer = await allow(browser, await enter(browser, user_code), user_code)
    const page = await browser.follow(answer.next!, never)
    const finished = await browser.submit(page.url, { result: JSON.stringify(signedIn(asPerson(person))) })
    await browser.follow(finished.next!, never)
    return { browser, tokens: await pollLater(device_code) }
  }

  it('O6: a code that ran out says so, to the television and on the page, not that there was none', async () => {
    const { device_code, user_code } = await shown()
    const before = await product.connection.collection('artifacts').countDocuments()
    const clock = adjustableClock()
    clock.advance(11 * minute)
    try {
      const { error, error_description } = await poll(device_code)
      assert.deepEqual([error, error_description], ['expired_token', 'device code is expired'])
      const page = await enter(createTestBrowser(), user_code)
      assert.match(page.text, /This code has expired/)
      await product.oidc.tick()
      assert.equal((await pollLater(device_code)).error, 'expired_token')
      clock.advance(hour)
      assert.equal((await pollLater(device_code)).error, 'invalid_grant')
      await product.oidc.tick()
      assert.ok((await product.connection.collection('artifacts').countDocuments()) < before)
    } finally {
      clock.reset()
    }
  })

  it('K2: a code in wide letters is the same code, typed or in the address; the page shows it as the television does', async () => {
    const { user_code } = await shown()
    const wide = [...user_code.replace('-', 'ー').toLowerCase()].map((letter) =>
      /[a-z]/.test(letter) ? String.fromCharCode(letter.charCodeAt(0) + 0xfee0) : letter,
    )
    const confirm = await enter(createTestBrowser(), wide.join(''))
    assert.match(confirm.text, /<button[^>]*>Allow<\/button>/)
    assert.ok(confirm.text.includes(user_code))
    const address = `${product.issuer}/device?user_code=${encodeURIComponent(wide.join(''))}`
    const filled = fieldsOf(await createTestBrowser().visit(address), '/device').user_code
    assert.equal(filled?.toUpperCase(), user_code.replace('-', ''))
    const endless = await enter(createTestBrowser(), wide.join('').repeat(500))
    assert.match(endless.text, /name="user_code"/)
    assert.doesNotMatch(endless.text, /<button[^>]*>Allow<\/button>/)
  })

  it('RFC 8628: code, *Continue*, *Allow*, sign-in; the television gets its tokens', async () => {
    const person = await product.aPerson()
    const account = await product.link(person, 'games')
    const browser = createTestBrowser()
    const { device_code, user_code } = await shown()
    assert.equal((await pollLater(device_code)).error, 'authorization_pending')
    const confirm = await enter(browser, user_code.toLowerCase().replace('-', ' '))
    assert.match(confirm.text, /Example Games AB/)
    assert.match(confirm.text, /<button[^>]*>Allow<\/button>/)
    const answer = await allow(browser, confirm, user_code)
    const page = await browser.follow(answer.next!, never)
    const finished = await browser.submit(page.url, { result: JSON.stringify(signedIn(asPerson(person))) })
    const done = await browser.follow(finished.next!, never)
    assert.equal(done.status, 200)
    assert.match(done.text, /signed in/)
    const tokens = await pollLater(device_code)
    assert.ok(tokens.refresh_token)
    const info = await client.fetchUserInfo(television.config, tokens.access_token!, account.subject)
    assert.equal(info.given_name, 'Ada')
  })

  it('begins a session of the browser that it was allowed in, by whose end its company can end it', async () => {
    const person = await product.aPerson()
    await product.link(person, 'games')
    await allowedBy(person)
    const [session, ...others] = await product.oidc.sessionsOf(asPerson(person))
    assert.deepEqual([session?.device, others], ['Firefox, Linux', []])
    const collection = (name: string) => product.connection.collection<{ _id: string; browser?: string }>(name)
    const stored = await collection('sessions').findOne({ _id: session!.uid })
    const pointer = await collection('artifacts').findOne({ _id: `browser:${stored?.browser}` })
    assert.ok(stored?.browser && pointer, 'other tabs of this browser join it (P5)')
  })

  it('P7: a browser’s sign-out leaves the television signed in, by the service’s declaration', async () => {
    const person = await product.aPerson()
    const account = await product.link(person, 'games')
    const { browser, tokens } = await allowedBy(person)
    await browser.submit(`${product.issuer}/account/sign-out`, {})
    const again = await client.refreshTokenGrant(television.config, tokens.refresh_token!)
    await product.links.unlink(person._id, 'games', { keep: 'now', actor: { kind: 'person', id: person._id } })
    await assert.rejects(client.refreshTokenGrant(television.config, again.refresh_token!), { error: 'invalid_grant' })
    assert.equal((await product.accounts.get(account._id))!.link, null)
  })

  it('stays where its person finds and ends it after the browser signed out; nobody else does (A 7.5.2)', async () => {
    const [person, stranger] = [await product.aPerson(), await product.aPerson()]
    await product.link(person, 'games')
    const { browser, tokens } = await allowedBy(person)
    const offlineSessions = () => product.oidc.offlineSessionsOf(asPerson(person))
    assert.deepEqual(await offlineSessions(), [])
    await browser.submit(`${product.issuer}/account/sign-out`, {})
    const [television_, ...others] = await offlineSessions()
    assert.deepEqual([television_?.name, others], ['games-tv', []])
    const id = television_?.id ?? ''
    for (const wrong of [id.slice(1), '', '{"$gt":""}'])
      assert.equal(await product.oidc.endOfflineSession(asPerson(person), wrong), false)
    assert.equal(await product.oidc.endOfflineSession(asPerson(stranger), id), false)
    const again = await client.refreshTokenGrant(television.config, tokens.refresh_token!)
    assert.equal(await product.oidc.endOfflineSession(asPerson(person), id), true)
    await assert.rejects(client.refreshTokenGrant(television.config, again.refresh_token!), { error: 'invalid_grant' })
    assert.deepEqual(await offlineSessions(), [])
  })

  it('is not named any more once an unlink, or nothing left to use, has ended it (G5)', async () => {
    for (const ended of ['unlink', 'revoked'] as const) {
      const person = await product.aPerson()
      await product.link(person, 'games')
      const { browser, tokens } = await allowedBy(person)
      await browser.submit(`${product.issuer}/account/sign-out`, {})
      assert.equal((await product.oidc.offlineSessionsOf(asPerson(person))).length, 1)
      if (ended === 'revoked') await client.tokenRevocation(television.config, tokens.refresh_token!)
      else await product.links.unlink(person._id, 'games', { keep: 'now', actor: { kind: 'person', id: person._id } })
      assert.deepEqual(await product.oidc.offlineSessionsOf(asPerson(person)), [], ended)
    }
  })

  it('T13, T20: nobody links by way of a device: the page says where to, the code waits (H19)', async () => {
    const person = await product.aPerson()
    const browser = createTestBrowser()
    const { device_code, user_code } = await shown()
    const answer = await allow(browser, await enter(browser, user_code), user_code)
    const page = await browser.follow(answer.next!, never)
    const finished = await browser.submit(page.url, { result: JSON.stringify(signedIn(asPerson(person))) })
    const told = await browser.follow(finished.next!, never)
    assert.match(told.text, /data-code="device-unlinked"/)
    assert.equal((await pollLater(device_code)).error, 'authorization_pending')
    assert.equal(await product.links.accountAt(person._id, 'games'), undefined)
    await product.link(person, 'games')
    const confirm = await enter(browser, user_code)
    const done = await allow(browser, confirm, user_code)
    assert.equal(done.next, undefined, done.text)
    assert.ok((await pollLater(device_code)).access_token)
  })

  it('*Not now* tells the television; a code is good once', async () => {
    const browser = createTestBrowser()
    const { device_code, user_code } = await shown()
    const confirm = await enter(browser, user_code)
    await allow(browser, confirm, user_code, { abort: 'yes' })
    assert.equal((await pollLater(device_code)).error, 'access_denied')
    assert.match((await enter(browser, user_code)).text, /used before/)
  })

  it('R9: *Not now* at the code and *Not now* at the sign-in are told to the television in the same words', async () => {
    const answers: object[] = []
    for (const where of ['code', 'sign-in']) {
      const browser = createTestBrowser()
      const { device_code, user_code } = await shown()
      const confirm = await enter(browser, user_code)
      const answer = await allow(browser, confirm, user_code, where === 'code' ? { abort: 'yes' } : undefined)
      if (where === 'sign-in') {
        const page = await browser.follow(answer.next!, never)
        const finished = await browser.submit(page.url, { result: JSON.stringify({ refused: true }) })
        await browser.follow(finished.next!, never)
      }
      answers.push(await pollLater(device_code))
    }
    assert.deepEqual(answers[0], { error: 'access_denied', error_description: 'The request was not approved.' })
    assert.deepEqual(answers[1], answers[0])
  })

  it('CVE-2026-45337: another browser’s page can’t allow a code that this browser entered', async () => {
    const { device_code, user_code } = await shown()
    const confirm = await enter(createTestBrowser(), user_code)
    const other = createTestBrowser()
    const stolen = await allow(other, confirm, user_code)
    assert.equal(stolen.next, `${product.issuer}/device`)
    await other.visit(stolen.next!)
    assert.equal((await allow(other, confirm, user_code)).status, 400)
    assert.equal((await pollLater(device_code)).error, 'authorization_pending')
  })

  it('H2: a television’s sign-in, carried to another browser, is shown and led on in none but its own', async () => {
    const person = await product.aPerson()
    await product.link(person, 'games')
    const [browser, other] = [createTestBrowser(), createTestBrowser()]
    const { device_code, user_code } = await shown()
    const answer = await allow(browser, await enter(browser, user_code), user_code)
    const page = await browser.follow(answer.next!, never)
    const finished = await browser.submit(page.url, { result: JSON.stringify(signedIn(asPerson(person))) })
    await other.visit(`${product.issuer}/device`)
    for (const [name, value] of browser.cookiesAt('localhost'))
      if (/^(interaction|resume)-/.test(name)) other.plant('localhost', name, value)
    assert.equal((await other.visit(page.url)).status, 410)
    assert.equal((await other.follow(finished.next!, never)).status, 400)
    assert.equal((await pollLater(device_code)).error, 'authorization_pending')
    assert.deepEqual(await product.oidc.sessionsOf(asPerson(person)), [])
    await browser.follow(finished.next!, never)
    assert.ok((await pollLater(device_code)).access_token)
  })

  it('P9, T20: a code in the address is filled in, never sent by itself', async () => {
    const { verification_uri_complete, user_code, device_code } = await shown()
    const page = await createTestBrowser().visit(verification_uri_complete!)
    assert.ok(page.text.includes(`value="${user_code}"`))
    assert.doesNotMatch(page.text, /<script>|Allow/)
    assert.equal((await pollLater(device_code)).error, 'authorization_pending')
    const hostile = await createTestBrowser().visit(
      `${product.issuer}/device?user_code=%22%3E%3Cscript%3Ealert(1)%3C/script%3E`,
    )
    assert.doesNotMatch(hostile.text, /<script>/)
  })

  it('RFC 8628 §3.5: a television that asks too often is told to slow down, and still gets its answer', async () => {
    const { device_code } = await shown()
    const answers = await Promise.all([poll(device_code), poll(device_code), poll(device_code)])
    assert.deepEqual(answers.map(({ error }) => error).sort(), ['authorization_pending', 'slow_down', 'slow_down'])
  })

  it('counts guesses at codes, and answers none after too many', async () => {
    const browser = createTestBrowser()
    guesses = 0
    await enter(browser, (await shown()).user_code)
    assert.equal(guesses, 0)
    const wrong = await enter(browser, 'BBBB-BBBB')
    assert.match(wrong.text, /This code is unknown/)
    assert.equal(guesses, 1)
    guesses = 50
    assert.equal((await enter(browser, 'CCCC-CCCC')).status, 429)
    guesses = 0
  })

  it('shows its code as a picture, which tells nobody whether the code exists', async () => {
    const { user_code } = await shown()
    const browser = createTestBrowser()
    for (const code of [user_code, 'BBBB-BBBB']) {
      const picture = await browser.visit(`${product.issuer}/device/code.svg?user_code=${code}`)
      assert.equal(picture.headers.get('content-type'), 'image/svg+xml')
      assert.equal(scanned(picture.text), `${product.issuer}/device?user_code=${code}`)
    }
    assert.equal((await browser.visit(`${product.issuer}/device/code.svg?user_code=<svg>`)).status, 404)
  })
})
