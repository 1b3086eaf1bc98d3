import assert from 'node:assert/strict'
import { asPerson } from '../../src/accounts/index.ts'
import { type Action, may, roles, type Staff } from '../../src/staff/index.ts'
import { kept, routesIn } from '../security/routes.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aDesk, type Desk, staffPassword, totpNow } from '../world/desk.ts'
import { readable, tokenOf } from '../world/pages.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'

/** What each address of the console asks of whoever is there; `null`: a session and nothing more. */
const needs: Record<string, Action | null> = {
  'GET /console/nothing': null,
  'GET /console/cases': 'case',
  'POST /console/cases': 'case',
  'GET /console/cases/:id': 'case',
  'POST /console/cases/:id/find': 'case',
  'POST /console/cases/:id/first-code': 'act',
  'POST /console/cases/:id/send-code': 'prove',
  'POST /console/cases/:id/code': 'prove',
  'POST /console/cases/:id/ask-approval': 'prove',
  'POST /console/cases/:id/papers': 'evidence',
  'POST /console/cases/:id/agree-papers': 'second',
  'POST /console/cases/:id/ask-services': 'prove',
  'POST /console/cases/:id/correct': 'correct',
  'POST /console/cases/:id/guarded': 'correct',
  'POST /console/cases/:id/agree': 'second',
  'POST /console/cases/:id/act': 'act',
  'POST /console/cases/:id/again': 'case',
  'POST /console/cases/:id/close': 'case',
  'GET /console/requests': 'requests',
  'GET /console/requests/:request': 'requests',
  'POST /console/requests/:request/take': 'requests',
  'POST /console/requests/:request/hand-over': 'requests',
  'POST /console/requests/:request/message': 'requests',
  'POST /console/requests/:request/ask-proof': 'requests',
  'POST /console/requests/:request/extend': 'requests',
  'POST /console/requests/:request/files/:file': 'requests',
  'POST /console/requests/:request/answer': 'requests',
  'POST /console/requests/:request/refuse': 'requests',
  'GET /console/audit': 'audit',
  'GET /console/audit.jsonl': 'audit',
  'GET /console/audit-head.jwt': 'audit',
  'POST /console/audit/close-alarm': 'alarms',
  'GET /console/statistics': 'statistics',
  'GET /console/statistics.json': 'statistics',
  'GET /console/statistics.csv': 'statistics',
  'GET /console/staff': 'staff',
  'POST /console/staff': 'staff',
  'POST /console/staff/unlock': 'staff',
}

/** Forms that are whole, so that it is the right that decides and not what is missing in them. */
const forms: Record<string, Record<string, string>> = {
  find: { query: 'nobody@mail.example' },
  'first-code': { email: 'newcomer@mail.example' },
  code: { code: '000000' },
  papers: { evidence: 'A decision of the court' },
  correct: { city: 'Lund', 'shown.city': '' },
  guarded: { country: 'NO', 'shown.country': 'SE', evidence: 'A letter from a new home' },
  act: { act: 'unlocked' },
  'close-alarm': { alarm: 'games:none', why: 'Their lead had asked for it' },
  message: { message: 'What do you need?' },
  answer: { answer: 'Here it is' },
  refuse: { reason: 'The law says so' },
}

const ways = Object.keys(needs)
const byRole = /Your role does not allow this/

describe('every address of the console, for every role, at its own and at another company (T14, S7-a)', () => {
  let app: TestApp
  let desk: Desk
  before(async () => {
    app = await aTestApp()
    desk = aDesk(app)
  })
  after(() => app.close())

  const signedIn = async ({ _id }: Staff): Promise<{ visitor: Visitor; csrf: string }> => {
    const visitor = aVisitor(app.issuer)
    const begun = await visitor.act('/console/sign-in', { email: _id, password: staffPassword })
    const csrf = tokenOf(begun)
    await visitor.submit(`${app.issuer}/console/sign-in/code`, { csrf, code: totpNow() })
    return { visitor, csrf }
  }

  /** Of somebody at Games, with a file. */
  const aRequest = async (): Promise<{ request: string; file: string }> => {
    const { id, accounts } = await app.aPerson({ links: ['games'] })
    const { ask: asks } = app.features.rightsRequests
    const who = await app.features.readPrincipal(asPerson(id))
    assert.ok(who)
    const held = [await app.account(accounts.games ?? '')]
    await asks.ask(who, held, { kind: 'access', about: '', companies: ['games'], once: id })
    const [sent] = (await asks.page(who.id, held)).parts
    await asks.say(who.id, sent?.id ?? '', 'See', [{ name: 'a.txt', bytes: Buffer.from('a') }])
    const [request] = (await asks.page(who.id, held)).parts
    return { request: request?.id ?? '', file: request?.said.at(-1)?.files[0]?.id ?? '' }
  }

  const ask = (
    way: string,
    id: string,
    { visitor, csrf }: { visitor: Visitor; csrf: string },
    { request, file } = { request: 'games:0', file: '0' },
  ) => {
    const [method, path = ''] = way.split(' ')
    const at = path
      .replace(':id', id.replaceAll(':', '.'))
      .replace(':request', request.replace(':', '.'))
      .replace(':file', file)
    const form = forms[path.slice(path.lastIndexOf('/') + 1)] ?? {}
    return method === 'GET' ? visitor.page(at) : visitor.submit(`${app.issuer}${at}`, { csrf, ...form })
  }

  it('knows every address there is', () => {
    const open = /^\/console($|\/(sign-in|sign-out|join)(\/|$))/
    const guarded = routesIn(app, 'console').filter(({ path }) => !open.test(path))
    assert.deepEqual(guarded.map(({ method, path }) => `${method} ${path}`).sort(), [...ways].sort())
  })

  for (const role of roles)
    it(`${role}: is let do what the role lets them, and everything else is refused and changes nothing`, async () => {
      const { email } = await app.aPerson({ links: ['games', 'mobile'] })
      const [opener, member, other] = [
        await desk.aMember('games', 'support'),
        await desk.aMember('games', role),
        await desk.aMember('mobile', role),
      ]
      const [inside, outside] = [await signedIn(member), await signedIn(other)]
      const shared = await desk.aProvenCase(opener, email)
      const theirs = await aRequest()
      const before = await kept(app)
      for (const way of ways) {
        const action = needs[way]
        const allowed = action === null || action === undefined || may(member, action, 'games')
        if (allowed) continue
        const answer = await ask(way, shared, inside, theirs)
        assert.ok(answer.status === 403 && byRole.test(readable(answer)), `${way} answered ${answer.status}`)
      }
      for (const way of ways.filter((each) => each.includes(':id'))) {
        const answer = await ask(way, shared, outside)
        assert.equal(answer.status, may(other, 'case', 'mobile') ? 404 : 403, way)
        assert.doesNotMatch(answer.text, /Berg|basic-details|link-status/, way)
      }
      for (const way of ways.filter((each) => each.includes(':request'))) {
        const answer = await ask(way, shared, outside, theirs)
        assert.equal(answer.status, may(other, 'requests', 'mobile') ? 404 : 403, way)
      }
      assert.deepEqual(await kept(app), before)

      for (const way of ways) {
        const action = needs[way]
        if (action !== null && action !== undefined && !may(member, action, 'games')) continue
        const answer = await ask(
          way,
          await desk.aProvenCase(opener, (await app.aPerson({ links: ['games'] })).email),
          inside,
          way.includes(':request') ? await aRequest() : undefined,
        )
        assert.ok(answer.status < 500 && answer.status !== 404, `${way} answered ${answer.status}`)
        assert.doesNotMatch(readable(answer), byRole, way)
      }
    })

  it('nobody without a staff session reads or does anything, a signed-in customer least of all (T15)', async () => {
    const person = await app.aPerson({ links: ['games'] })
    const id = await desk.aProvenCase(await desk.aMember('games', 'support'), person.email)
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const csrf = tokenOf(await visitor.page('/account/details'))
    const before = await kept(app)
    for (const way of ways) {
      const answer = await ask(way, id, { visitor, csrf })
      assert.equal(answer.status, 303, way)
      assert.equal(new URL(answer.next ?? '').pathname, '/console/sign-in', way)
    }
    assert.deepEqual(await kept(app), before)
  })
})
