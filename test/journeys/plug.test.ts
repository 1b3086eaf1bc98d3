import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { type Product, startProduct } from '../world/product.ts'
import { demoPerson } from './walk.ts'

const change = 'https://schemas.openid.net/secevent/caep/event-type/token-claims-change'
const homes = { mobile: 'mobile-store', games: 'games-arcade', pictures: 'pictures-premiere' }

describe('the plug is pulled on the provider @embedded', function () {
  this.timeout(180_000)
  let product: Product
  before(async function () {
    if (!existsSync(`/proc/${process.pid}/task/${process.pid}/children`)) this.skip()
    product = await startProduct()
  })
  after(() => product?.close())

  interface Event {
    sub_id: { sub: string }
    events: Record<string, { claims: Record<string, string>; version: string }>
  }

  const eventsAt = async (service: string): Promise<Event[]> =>
    (await product.received(product.service(service)))
      .filter(({ kind }) => kind === 'event')
      .map(({ payload }) => payload as unknown as Event)

  /** What a service was told of one person, newest first. */
  const toldOf = async (service: string, email: string) =>
    (await eventsAt(service)).flatMap(({ sub_id, events }) => {
      const event = events[change]
      return event?.claims.email === email ? [{ subject: sub_id.sub, claims: event.claims }] : []
    })

  const call = async (company: string, subject: string, value?: string): Promise<Response> => {
    const api = product.demo.apis.find((each) => each.company === company)
    assert.ok(api)
    const token = await fetch(api.tokenEndpoint, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${api.clientId}:${api.clientSecret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'accounts.write', resource: api.scim }),
    })
    const { access_token } = (await token.json()) as { access_token: string }
    return fetch(`${api.scim}/Users/${subject}`, {
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/scim+json' },
      ...(value !== undefined && {
        method: 'PATCH',
        body: JSON.stringify({
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [{ op: 'replace', path: 'name.givenName', value }],
        }),
      }),
    })
  }

  it('again and again: what was acknowledged is there, every copy agrees, every service was told the newest (G1, G2, G4)', async () => {
    const { email } = demoPerson(product, ['mobile', 'games', 'pictures'])
    await product.idle()
    const subjects: Record<string, string> = {}
    for (const [company, service] of Object.entries(homes)) {
      const [newest] = await toldOf(service, email)
      assert.ok(newest, `${service} was told of ${email}`)
      subjects[company] = newest.subject
    }

    let acknowledged = 0
    for (let round = 1; round <= 3; round++) {
      const enough = acknowledged + 5 + round
      const reached = Promise.withResolvers<void>()
      const writing = (async () => {
        for (let n = acknowledged + 1; ; n++) {
          const answer = await call('games', subjects.games!, `Name ${n}`).catch(() => undefined)
          if (!answer?.ok) return reached.reject(new Error(`write ${n} was answered ${answer?.status ?? 'by nobody'}`))
          acknowledged = n
          if (n >= enough) reached.resolve()
        }
      })()
      await reached.promise
      await product.pullThePlug()
      await writing

      await product.start()
      await product.idle()
      const names = await Promise.all(
        Object.entries(subjects).map(async ([company, subject]) => {
          const { name } = (await (await call(company, subject)).json()) as { name: { givenName: string } }
          return name.givenName
        }),
      )
      assert.equal(new Set(names).size, 1, `the copies differ: ${names}`)
      const kept = Number(names[0]?.split(' ')[1])
      assert.ok(kept >= acknowledged, `${acknowledged} was acknowledged, ${kept} is there`)
      acknowledged = kept
      // A service that was going down with us is tried again when its pause is over.
      await call('games', subjects.games!, `Name ${++acknowledged}`)
      await product.post('/dev/clock', { advance: 'PT2H' })
      await product.idle()
      for (const service of Object.values(homes)) {
        const [newest] = await toldOf(service, email)
        assert.equal(newest?.claims.given_name, `Name ${acknowledged}`, service)
      }
    }
  })
})
