import assert from 'node:assert/strict'
import { clientSecret } from '../../src/config/settings.ts'
import { adjustableClock, day } from '../../src/lib/clock.ts'
import { createLog } from '../../src/lib/log.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { handedOver, type Visit } from '../world/browser.ts'
import { aDesk, staffPassword, totpNow, totpSecret } from '../world/desk.ts'
import { fieldsOf } from '../world/pages.ts'
import { verifier } from '../world/tokens.ts'
import { aRegistration, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

const wrong = (code: string) => (code === '000000' ? '000001' : '000000')

/** One person's whole story, failures included, with everything in it that must not be seen. */
describe('a story told from registration to deletion, with every mistake people make (§8, A 16.2.5)', () => {
  const lines: string[] = []
  const secrets = new Map<string, string>()
  const personal = new Map<string, string>()
  let app: TestApp
  before(async () => {
    app = await aTestApp({ log: createLog('debug', { write: (line) => void lines.push(line) }) })
    await tell()
  })
  after(() => app.close())

  const secret = (what: string, value: string | null | undefined): string => {
    assert.ok(value, `no ${what} in the story`)
    secrets.set(what, value)
    return value
  }
  const note = (what: string, value: string): string => {
    personal.set(what, value)
    return value
  }
  const keepCookies = (what: string, visit: Visit) => {
    for (const cookie of visit.headers.getSetCookie()) {
      const [pair = ''] = cookie.split(';')
      const value = pair.slice(pair.indexOf('=') + 1)
      if (value.length >= 20) secrets.set(`${what}: ${pair.split('=')[0]}`, value)
    }
  }

  async function tell(): Promise<void> {
    const email = note('address', 'canary.ada@mail.example')
    const other = note('new address', 'canary.beda@mail.example')
    const password = secret('password', 'nine private umbrellas drying')
    const newer = secret('newer password', 'eleven hidden kettles boiling')
    const details = {
      givenName: note('given name', 'Privatia'),
      familyName: note('family name', 'Secretsdotter'),
      birthDate: note('birth date', '1971-03-09'),
    }

    const traveller = aTraveller(app)
    const request = { state: secret('state', 'state-of-the-canary') }
    const asked = await traveller.go('mobile-store', { ...request, login_hint: email })
    const form = await traveller.open(asked, '/create')
    secret('csrf token', fieldsOf(form, `${traveller.baseOf(form)}/create`).csrf)
    await traveller.send(form, '/create', aRegistration(email, { ...details, password: 'short', country: 'Nowhere' }))
    const sent = await traveller.send(form, '/create', aRegistration(email, { ...details, password }))
    keepCookies('draft', sent)
    const code = secret('registration code', await app.code(email))
    const page = await traveller.follow(sent.next ?? '', () => false)
    await traveller.send(page, '/create/code', { code: secret('wrong code', wrong(code)) })
    const back = await traveller.act(page, '/create/code', { code })
    const authorization = secret('authorization code', handedOver(back).get('code'))
    keepCookies('after the sign-in', await traveller.visit(`${app.issuer}/account/services`))
    secret('session cookie', traveller.cookie('localhost', `session-${app.config.port}`))
    secret('browser cookie', traveller.cookie('localhost', `browser-${app.config.port}`))

    const id = 'mobile-store'
    const own = secret('client secret', clientSecret(app.config, id))
    const post = async (path: string, fields: Record<string, string>, authorized = own) =>
      fetch(app.issuer + path, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${id}:${authorized}`)}` },
        body: new URLSearchParams(fields),
      })
    const redirect = app.config.group.clients.get(id)?.client.redirectUris[0] ?? ''
    const redeem = { grant_type: 'authorization_code', code: authorization, redirect_uri: redirect }
    await post(
      '/token',
      { ...redeem, code_verifier: verifier },
      secret('wrong client secret', 'a-client-secret-of-nobody'),
    )
    await post('/token', { ...redeem, code_verifier: secret('wrong verifier', 'x'.repeat(43)) })
    const tokens = (await (await post('/token', { ...redeem, code_verifier: verifier })).json()) as Record<
      string,
      string
    >
    secret('ID token', tokens.id_token)
    const access = secret('access token', tokens.access_token)
    await fetch(`${app.issuer}/me`, { headers: { authorization: `Bearer ${access}` } })
    await fetch(`${app.issuer}/me`, { headers: { authorization: 'Bearer nothing-of-the-kind' } })
    await post('/token/introspection', { token: access })
    if (tokens.refresh_token) {
      const refresh = { grant_type: 'refresh_token', refresh_token: secret('refresh token', tokens.refresh_token) }
      await post('/token', refresh)
      await post('/token', refresh)
    }

    const person = aVisitor(app.issuer)
    await assert.rejects(person.signIn({ email, password: secret('wrong password', 'not at all the password') }))
    await person.signIn({ email, password })
    const company = await app.companyToken('mobile')
    secret('company’s token', company)
    await person.act('/account/details', { city: note('city', 'Hemligby'), phone: note('phone', '+46700000471') })
    await person.act('/account/details', { email: other })
    const moved = secret('address code', await app.code(other))
    await person.act('/account/details/address', { code: wrong(moved) })
    await person.act('/account/details/address', { code: moved })
    await person.act('/account/security/password', { password: newer })

    const forgetful = aTraveller(app)
    const lost = await forgetful.open(await forgetful.go('games-arcade'), '/recover')
    const recovery = await forgetful.act(lost, '/recover', { email: other })
    const proven = await forgetful.act(recovery, '/recover/code', {
      code: secret('recovery code', await app.code(other)),
    })
    const last = secret('last password', 'thirteen silent lanterns swaying')
    await forgetful.act(proven, '/recover/password', { password: last })

    const desk = aDesk(app)
    const member = await desk.aMember('mobile', 'support', 'administrator')
    secret('TOTP seed', totpSecret)
    secret('staff’s password', staffPassword)
    const staff = aVisitor(app.issuer)
    await staff.act('/console/sign-in', { email: member._id, password: 'not the staff’s password' })
    const half = await staff.act('/console/sign-in', { email: member._id, password: staffPassword })
    const { csrf = '' } = fieldsOf(half, '/console/sign-in/code')
    await staff.submit(`${app.issuer}/console/sign-in/code`, { csrf, code: wrong(totpNow()) })
    const whole = await staff.submit(`${app.issuer}/console/sign-in/code`, { csrf, code: secret('TOTP', totpNow()) })
    keepCookies('staff', whole)
    const opened = await staff.act('/console/cases', {
      reference: '',
      reason: note('reason', 'Privatia asks about the move to Hemligby'),
    })
    const path = new URL(opened.url).pathname
    await staff.act(path, { query: other }, `${path}/find`)
    await staff.act(path, {}, `${path}/send-code`).catch(() => undefined)
    secret('undo link', /\/undo\/([\w-]+)/.exec((await letters()).map(({ text }) => text).join(' '))?.[1])

    const [sub] = [tokens.id_token?.split('.')[1] ?? '']
    const { sub: subject } = JSON.parse(Buffer.from(sub, 'base64url').toString()) as { sub: string }
    const scim = (body: string) =>
      fetch(`${app.issuer}/scim/mobile/Users/${subject}`, {
        method: 'PATCH',
        headers: {
          authorization: `Bearer ${company}`,
          'content-type': 'application/scim+json',
          'change-reason': encodeURIComponent('Privatia said so'),
        },
        body,
      })
    const operation = { op: 'replace', path: 'addresses.streetAddress', value: note('street', 'Hidden Lane 7') }
    await scim(JSON.stringify({ schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations: [operation] }))
    await scim(`{"name": "${email}"`)
    await scim(JSON.stringify({ schemas: [], Operations: [{ ...operation, path: email }] }))
    for (const odd of [
      `/account/${email}`,
      `/undo/${encodeURIComponent(email)}`,
      `/privacy/${email}`,
      `/auth?login_hint=${email}`,
    ])
      await fetch(app.issuer + odd)

    await app.settled()
    const leaver = aVisitor(app.issuer)
    await leaver.signIn({ email: other, password: last })
    await leaver.act('/account/services/mobile/close')
    await leaver.act('/account/security/delete')
    await app.settled()
    const kinds = new Set((await letters()).map(({ kind }) => kind))
    for (const kind of [
      'registration-code',
      'address-code',
      'recovery-code',
      'support-code',
      'details-changed',
      'deletion-started',
    ])
      assert.ok(kinds.has(kind), `no letter "${kind}" in the story`)
  }

  async function letters() {
    return (await app.features.mailer.mailbox?.list()) ?? []
  }

  it('is in no line of the log, and in no number that an operator watches', async () => {
    assert.ok(lines.length > 60, `${lines.length} lines`)
    assert.ok(secrets.size > 25, [...secrets.keys()].join(', '))
    const said = `${lines.join('')}\n${await (await fetch(`${app.issuer}/metrics`)).text()}`
    const isIn = (value: string) =>
      /^\d{6}$/.test(value) ? new RegExp(`(?<![\\d.])${value}(?!\\d)`).test(said) : said.includes(value)
    for (const [what, value] of [...secrets, ...personal]) {
      assert.ok(!isIn(value), `${what} is in the log`)
      assert.ok(!isIn(encodeURIComponent(value)), `${what}, encoded, is in the log`)
    }
  })

  it('leaves no secret readable in the store', async () => {
    const { connection } = app.database
    const names = [...connection.declared.keys()]
    // Development's mailbox is where letters are read.
    const stored = await Promise.all(
      names.filter((name) => name !== 'mailbox').map((name) => connection.collection(name).find({}).toArray()),
    )
    const text = JSON.stringify(stored)
    for (const [what, value] of secrets)
      if (!/^\d{6}$/.test(value)) assert.ok(!text.includes(value), `the store holds the ${what}`)
  })

  it('leaves nothing of the person in the store once the last account is closed and the sign-in deleted', async () => {
    const clock = adjustableClock()
    // Until then the mailbox of before may take the sign-in back (T5).
    clock.advance(4 * day)
    await app.settled()
    clock.reset()
    const { connection } = app.database
    const people = await connection.collection('people').find({}).toArray()
    assert.deepEqual(
      people.map(({ status }) => status),
      ['erased'],
    )
    const names = [...connection.declared.keys()]
    for (const name of names.filter((each) => each !== 'mailbox')) {
      const text = JSON.stringify(await connection.collection(name).find({}).toArray())
      for (const [what, value] of personal) assert.ok(!text.includes(value), `${what} stays in ${name}`)
    }
  })
})
