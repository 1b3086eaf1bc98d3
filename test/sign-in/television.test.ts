import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { aClient, aCompany, aService, declared } from '../world/group.ts'
import { readable, testIds } from '../world/pages.ts'
import { shownDetails } from '../world/shown.ts'
import { aRegistration, asTyped, aTraveller, type Traveller } from '../world/traveller.ts'

const companies = () => {
  const games = aService('games', 'games-tv', 'https://games-tv.example', { events: undefined })
  games.clients = [aClient({ id: 'games-tv', kind: 'device', secret: undefined, scopes: ['openid', 'profile'] })]
  const site = aService('games', 'games-site', 'https://games-site.example', { events: undefined })
  const [company, mobile] = [aCompany({ id: 'games' }), aCompany({ id: 'mobile' })]
  return [declared(company, [games, site]), declared(mobile, [aService('mobile', 'mobile-site', 'https://m.example')])]
}

describe('a television’s code, allowed by somebody without an account at its company (T13, T20)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp({ config: { companies: companies() } as object })
  })
  after(() => app.close())

  const shown = async () => {
    const answer = await fetch(`${app.issuer}/device/auth`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'games-tv', scope: 'openid profile' }),
    })
    return (await answer.json()) as { device_code: string; user_code: string }
  }

  const poll = async (device_code: string) => {
    await app.database.connection.collection('artifacts').updateMany({}, { $unset: { polledAt: '' } })
    const answer = await fetch(`${app.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code,
        client_id: 'games-tv',
      }),
    })
    return (await answer.json()) as { error?: string; access_token?: string }
  }

  const xsrfOf = ({ text }: Visit) => /name="xsrf" value="([^"]+)"/.exec(text)?.[1] ?? ''

  /** Enters the code, allows it, and stands where that leads. */
  const allow = async (traveller: Traveller, user_code: string): Promise<Visit> => {
    const page = await traveller.visit(`${app.issuer}/device`)
    const confirm = await traveller.submit(`${app.issuer}/device`, { xsrf: xsrfOf(page), user_code })
    const answer = await traveller.submit(`${app.issuer}/device`, {
      xsrf: xsrfOf(confirm),
      user_code,
      confirm: 'yes',
    })
    return answer.next ? traveller.follow(answer.next, () => false) : answer
  }

  const assertTold = (page: Visit, user_code: string): void => {
    assert.match(page.text, /data-code="device-unlinked"/)
    assert.match(readable(page), /Link at games-site.*code on your device stays valid/)
    assert.ok(page.text.includes(`/device?user_code=${user_code.replace('-', '')}`), page.text)
  }

  it('H19: who registers there is linked with nobody; the page says where to link, the code waits, and is allowed afterwards', async () => {
    const [traveller, { device_code, user_code }] = [aTraveller(app), await shown()]
    const form = await traveller.open(await allow(traveller, user_code), '/create')
    assert.deepEqual(shownDetails(form), [])
    assert.match(readable(form), /accounts can’t be linked from a device/)
    const email = 'maja.tv@new.example'
    const asked = await traveller.act(form, '/create', aRegistration(email))
    assertTold(await traveller.act(asked, '/create/code', { code: await app.code(email) }), user_code)
    const made = await app.features.authentication.authenticate(email, aRegistration(email).password ?? '', null)
    assert.ok(made?.kind === 'person')
    assert.deepEqual(await app.features.links.accountsOf(made.person), [])
    assert.equal((await poll(device_code)).error, 'authorization_pending')

    const link = await traveller.go('games-site')
    assert.deepEqual(testIds(link, 'controller'), ['Example Games AB'])
    assert.equal(traveller.told(await traveller.act(link, '/link')), 'code')
    await allow(traveller, user_code)
    assert.ok((await poll(device_code)).access_token)
  })

  it('H19: who signs in there likewise', async () => {
    const person = await app.aPerson()
    const [traveller, { device_code, user_code }] = [aTraveller(app), await shown()]
    assertTold(await traveller.act(await allow(traveller, user_code), '', asTyped(person)), user_code)
    assert.deepEqual(await app.features.links.accountsOf(person.id), [])
    assert.equal((await poll(device_code)).error, 'authorization_pending')
  })
})
