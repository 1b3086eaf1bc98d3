/** `oidcc-rp-initiated-logout-certification-test-plan` (O13): each test has the name of its module and checks what that checks. */
import assert from 'node:assert/strict'
import { generateKeyPair, SignJWT } from 'jose'
import type { Person } from '../../../src/people/index.ts'
import type { TestBrowser, Visit } from '../../world/browser.ts'
import type { TestOidc } from '../../world/oidc.ts'
import { fieldsOf, readable } from '../../world/pages.ts'
import { aLinkedPerson, aSuiteClient, aSuiteProduct, discoveryOf } from '../../world/suite-client.ts'

describe('OpenID conformance, RP-initiated logout (O13)', () => {
  let product: TestOidc
  let person: Person
  let client: ReturnType<typeof aSuiteClient>
  let home: string
  const state = 's'.repeat(128)
  before(async () => {
    product = await aSuiteProduct()
    person = await aLinkedPerson(product)
    client = aSuiteClient({ product, person })
    home = product.config.group.clients.get(client.id)!.client.postLogoutRedirectUris[0]!
  })
  after(() => product.close())

  const ended = (browser: TestBrowser, sent: Record<string, string>): Promise<Visit> =>
    browser.visit(`${product.issuer}/session/end?${new URLSearchParams(sent)}`)
  const asksSilently = async (browser: TestBrowser) =>
    (await client.authorize({ prompt: 'none' }, browser)).answer.get('error')
  const isSignedOut = async (browser: TestBrowser) =>
    assert.match((await asksSilently(browser)) ?? '', /^(interaction|login|account_selection|consent)_required$/)
  /** Somebody signed in at the client, and what it then asks with. */
  const begun = async () => {
    const { browser, body } = await client.flow()
    return { browser, whole: { id_token_hint: body.id_token!, post_logout_redirect_uri: home, state } }
  }
  /** An error page, or the question whether they want to sign out; the client is not called. */
  const leadsNowhere = (visit: Visit) => {
    assert.equal(visit.next, undefined)
    assert.ok(visit.status === 400 || /Sign out/.test(readable(visit)), readable(visit))
  }
  /** Signed out in the end, by a page that says so; asked first where nothing proves which session is meant. */
  const endsHere = async (browser: TestBrowser, visit: Visit) => {
    if (visit.next) assert.equal(new URL(visit.next).origin, product.issuer)
    const confirm = '/session/end/confirm'
    const last = visit.text.includes('name="xsrf"')
      ? await browser.submit(product.issuer + confirm, { ...fieldsOf(visit, confirm), logout: 'yes' })
      : visit
    const said = last.next ? await browser.visit(last.next) : last
    assert.match(readable(said), /signed out/i)
    await isSignedOut(browser)
  }

  it('O13: oidcc-rp-initiated-logout-discovery-endpoint-verification', async () => {
    assert.equal((await discoveryOf(product)).end_session_endpoint, `${product.issuer}/session/end`)
  })
  it('O13: oidcc-rp-initiated-logout: back with the state and nothing else, and nobody is signed in', async () => {
    const { browser, whole } = await begun()
    const { next } = await ended(browser, whole)
    assert.equal(next, `${home}?${new URLSearchParams({ state })}`)
    await isSignedOut(browser)
  })
  it('O13: oidcc-rp-initiated-logout-no-state: back, without a state', async () => {
    const { browser, whole } = await begun()
    const { state: _, ...sent } = whole
    assert.equal((await ended(browser, sent)).next, home)
    await isSignedOut(browser)
  })
  it('O13: oidcc-rp-initiated-logout-bad-post-logout-redirect-uri, -query-added-to-post-logout-redirect-uri', async () => {
    for (const uri of [`${home}/other`, `${home}?foo=bar`]) {
      const { browser, whole } = await begun()
      leadsNowhere(await ended(browser, { ...whole, post_logout_redirect_uri: uri }))
    }
  })
  it('O13: oidcc-rp-initiated-logout-modified-id-token-hint: one whose `alg` became none', async () => {
    const { browser, whole } = await begun()
    const none = Buffer.from('{"alg":"none"}').toString('base64url')
    leadsNowhere(await ended(browser, { ...whole, id_token_hint: `${none}.${whole.id_token_hint.split('.')[1]}.` }))
  })
  it('O13: oidcc-rp-initiated-logout-bad-id-token-hint: one that somebody else signed', async () => {
    const { browser, whole } = await begun()
    const { privateKey } = await generateKeyPair('RS256')
    const claims = JSON.parse(Buffer.from(whole.id_token_hint.split('.')[1]!, 'base64url').toString())
    const forged = await new SignJWT(claims).setProtectedHeader({ alg: 'RS256' }).sign(privateKey)
    leadsNowhere(await ended(browser, { ...whole, id_token_hint: forged }))
  })
  it('O13: oidcc-rp-initiated-logout-no-id-token-hint', async () => {
    const { browser, whole } = await begun()
    const { id_token_hint: _, ...sent } = whole
    leadsNowhere(await ended(browser, sent))
  })
  it('O13: oidcc-rp-initiated-logout-no-params, -only-state, -no-post-logout-redirect-uri: signed out, by a page that says so', async () => {
    for (const names of [[], ['state'], ['id_token_hint', 'state']]) {
      const { browser, whole } = await begun()
      const sent = Object.fromEntries(Object.entries(whole).filter(([name]) => names.includes(name)))
      await endsHere(browser, await ended(browser, sent))
    }
  })
})
