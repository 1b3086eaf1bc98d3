import assert from 'node:assert/strict'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk, staffPassword, totpNow } from '../world/desk.ts'
import { fieldsOf, tokenOf } from '../world/pages.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'
import { kept, routesIn } from './routes.ts'

describe('whoever may only look changes nothing', () => {
  let app: TestApp
  let desk: Desk
  let id: string
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
    const lead = await desk.aMember('games', 'support-lead')
    const { email } = await app.aPerson({ links: ['games'] })
    id = (await desk.aCase(lead, email)).replaceAll(':', '.')
  })
  after(() => app.close())

  const signedInStaff = async (...roles: Parameters<Desk['aMember']>[1][]): Promise<Visitor> => {
    const member = await desk.aMember('games', ...roles)
    const visitor = aVisitor(app.issuer)
    const half = await visitor.act('/console/sign-in', { email: member._id, password: staffPassword })
    const { csrf = '' } = fieldsOf(half, '/console/sign-in/code')
    await visitor.submit(`${app.issuer}/console/sign-in/code`, { csrf, code: totpNow() })
    return visitor
  }

  const getsIn = (room: Parameters<typeof routesIn>[1]): string[] =>
    routesIn(app, room).flatMap(({ method, path }) => (method === 'GET' ? [path] : []))

  const undoLink = async (email: string): Promise<string> => {
    const letters = (await app.features.mailer.mailbox?.list(email)) ?? []
    return letters.map(({ text }) => /\/undo\/([\w-]+)/.exec(text)?.[1]).find(Boolean) ?? ''
  }

  it('§6: no address changes anything by being opened, HEAD included: mail programs and browsers open them unasked', async () => {
    const person = await app.aPerson({ links: ['games', 'mobile'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const staff = await signedInStaff('support', 'support-lead', 'privacy', 'administrator')
    const traveller = aTraveller(app)
    const asked = await traveller.act(await traveller.go('mobile-store'), '', asTyped(await app.aPerson()))
    const token = await undoLink(person.email)
    assert.ok(token)
    const addresses: [Pick<Visitor, 'visit'>, string][] = [
      ...getsIn('portal').map((path): [Visitor, string] => [
        visitor,
        path.replace(':company', 'games').replace(':token', token),
      ]),
      ...getsIn('console').map((path): [Visitor, string] => [staff, path.replace(/:\w+/g, id)]),
      ...getsIn('sign-in').map((path): [Pick<Visitor, 'visit'>, string] => [
        traveller,
        path.replace('/sign-in/:uid', traveller.baseOf(asked)),
      ]),
    ]
    assert.ok(addresses.length >= 30, `${addresses.length} addresses`)
    // That a case was looked at is the one thing that looking writes.
    const butCases = async () => ({ ...(await kept(app)), cases: '' })
    const before = await butCases()
    const sessions = async () => app.features.oidc.sessionsOf({ kind: 'person', person: person.id })
    const signedIn = (await sessions()).length
    for (const [browser, path] of addresses)
      for (const method of ['GET', 'HEAD']) {
        const { status } = await browser.visit(app.issuer + path, { method })
        assert.ok(status < 500, `${method} ${path} answered ${status}`)
      }
    // What an old address says, and what a form's fields do in a query.
    for (const path of ['/account/sign-out', '/account/security/delete', '/account/details', '/session/end'])
      await visitor.page(
        `${path}?givenName=Eve&was.givenName=Ada&csrf=${tokenOf(await visitor.page('/account/details'))}`,
      )
    assert.deepEqual(await butCases(), before)
    assert.equal((await sessions()).length, signedIn)
  })

  it('CVE-2026-25227: staff whose role lets them do nothing are refused every form there is', async () => {
    const forms = routesIn(app, 'console').filter(
      ({ method, path }) => method === 'POST' && !/\/(sign-in|sign-out|join)/.test(path),
    )
    assert.ok(forms.length >= 10, `${forms.length} forms`)
    for (const role of ['developer', 'analyst'] as const) {
      const visitor = await signedInStaff(role)
      const csrf = tokenOf(await visitor.page('/console/nothing'))
      assert.ok(csrf)
      const before = await kept(app)
      for (const { path } of forms) {
        const fields = {
          csrf,
          email: 'x@games.example',
          'role.administrator': 'on',
          reason: 'No reason at all',
          code: '1',
        }
        const answer = await visitor.submit(app.issuer + path.replace(/:\w+/g, id), fields)
        assert.equal(answer.status, 403, `${role} at ${path}`)
      }
      assert.deepEqual(await kept(app), before)
    }
  })

  it('§6: no other site’s script reads an answer with the person’s cookies (CVE-2024-41657)', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const paths = [
      '/account/details',
      '/sign-in/x',
      '/auth',
      '/token',
      '/me',
      '/scim/games/Users/x',
      '/console/sign-in',
    ]
    for (const path of [...paths, '/.well-known/openid-configuration', '/jwks', '/session/end', '/health/live'])
      for (const origin of ['https://evil.example', 'null', app.urlOf('games-arcade'), `${app.issuer}.evil.example`])
        for (const method of ['GET', 'OPTIONS']) {
          const asks = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-csrf' }
          const { headers } = await visitor.visit(app.issuer + path, { method, headers: asks })
          assert.equal(headers.get('access-control-allow-credentials'), null, `${method} ${path} for ${origin}`)
          const allowed = headers.get('access-control-allow-origin')
          assert.ok(allowed === null || !/account|sign-in|console|scim|health/.test(path), `${path}: ${allowed}`)
        }
  })
})
