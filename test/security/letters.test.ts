import assert from 'node:assert/strict'
import { request } from 'node:http'
import { mailKinds } from '../../src/mail/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk } from '../world/desk.ts'
import { fieldsOf } from '../world/pages.ts'
import { aRegistration, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

type Headers = Record<string, string>

const forged: Headers[] = [
  { 'x-forwarded-host': 'evil.example' },
  { 'x-forwarded-proto': 'gopher', 'x-forwarded-port': '666' },
  { forwarded: 'host=evil.example;proto=http' },
  { 'x-original-host': 'evil.example', 'x-original-url': '/evil' },
  { 'x-host': 'evil.example', 'x-rewrite-url': '/evil' },
]

/** GHSA-93m4-mfpg-c3xf, CVE-2025-64101, GHSA-pfrf-9r5f-73f5: the same mistake, four times. */
describe('no letter leads where its asker says (Z2, CVE-2023-49097)', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  const kinds = new Set<string>()

  /** Everything that makes somebody be written to, done with these headers; the letters, without what differs each time. */
  const lettersOf = async (headers: Headers): Promise<string[]> => {
    await app.features.mailer.mailbox?.clear()
    await app.features.limits.clear()
    const unique = Math.random().toString(36).slice(2, 8)
    const email = `new.${unique}@mail.example`
    const traveller = aTraveller(app)
    const at = (page: Awaited<ReturnType<typeof traveller.go>>, end: string, fields: Record<string, string> = {}) =>
      traveller.submit(
        `${app.issuer}${traveller.baseOf(page)}${end}`,
        { ...fieldsOf(page, `${traveller.baseOf(page)}${end}`), ...fields },
        headers,
      )
    const first = await traveller.go('mobile-store')
    await at(await traveller.open(first, '/create'), '/create', aRegistration(email))
    await at(await traveller.open(first, '/recover'), '/recover', { email })

    const person = await app.aPerson({ email: `known.${unique}@mail.example`, links: ['games'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const send = async (from: string, fields: Record<string, string> = {}, action = from) =>
      visitor.submit(app.issuer + action, { ...fieldsOf(await visitor.page(from), action), ...fields }, headers)
    await send('/account/details', { email: `moved.${unique}@mail.example` })
    await send('/account/security/password', { password: 'a very different sentence' })
    await send('/account/services/games/unlink')
    await send('/account/services/games/way-in')

    const guest = aVisitor(app.issuer)
    const join = await guest.page('/console/join')
    await guest.submit(`${app.issuer}/console/join`, { ...fieldsOf(join, '/console/join'), email }, headers)

    const other = await app.aPerson({ email: `helped.${unique}@mail.example`, links: ['games'] })
    const member = await desk.aMember('games', 'support')
    const id = await desk.aProvenCase(member, other.email)
    await desk.actOnAccount.act(member, id, 'recovery-started')
    await desk.actOnAccount.act(member, id, 'address-offered', `offered.${unique}@mail.example`)
    await desk.actOnAccount.act(member, id, 'unlink-asked')
    const token = await app.companyToken('games')
    await fetch(`${app.issuer}/scim/games/Users/${other.accounts.games?.split(':')[1]}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json', ...headers },
      body: JSON.stringify({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'name.givenName', value: 'Alva' }],
      }),
    })
    await app.settled()
    const letters = (await app.features.mailer.mailbox?.list()) ?? []
    for (const { kind } of letters) kinds.add(kind)
    return letters
      .map(({ kind, text, html }) => {
        for (const [link] of `${text} ${html}`.matchAll(/\b(?:https?|gopher):\/\/[^\s"<]+/g))
          assert.ok(link.startsWith(`${app.issuer}/`), `${kind} leads to ${link}`)
        assert.doesNotMatch(text + html, /evil|gopher/)
        const same = `${kind} ${text} ${html}`.replaceAll(unique, 'U').replaceAll(/\d{2}:\d{2}/g, 'T')
        return same.replaceAll(/\d{6}|[\w-]{22,}|\b[A-Z0-9]{3}-[A-Z0-9-]{3,}\b/g, 'X')
      })
      .sort()
  }

  it('whatever headers come with what it is written for: each is the letter it would have been', async () => {
    const plain = await lettersOf({})
    for (const headers of forged) assert.deepEqual(await lettersOf(headers), plain, JSON.stringify(headers))
    assert.ok(kinds.size >= 10, `${[...kinds].join(', ')} of ${mailKinds.length}`)
  })

  it('nor is one written when another host is asked', async () => {
    const page = await aVisitor(app.issuer).page('/console/join')
    await app.features.mailer.mailbox?.clear()
    const status = await new Promise<number>((resolve, reject) => {
      const body = new URLSearchParams({ ...fieldsOf(page, '/console/join'), email: 'asked@mail.example' }).toString()
      const cookie = page.headers
        .getSetCookie()
        .map((each) => each.split(';')[0])
        .join('; ')
      const headers = { host: 'evil.example', cookie, 'content-type': 'application/x-www-form-urlencoded' }
      const sent = request({ port: app.config.port, host: '127.0.0.1', method: 'POST', path: '/console/join', headers })
      sent
        .on('response', ({ statusCode }) => resolve(statusCode ?? 0))
        .on('error', reject)
        .end(body)
    })
    assert.equal(status, 421)
    assert.deepEqual(await app.features.mailer.mailbox?.list(), [])
  })
})
