import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'node-html-parser'
import { totpOf } from '../../src/staff/index.ts'
import { demoPerson } from '../journeys/walk.ts'
import { createTestBrowser } from '../world/browser.ts'
import { fieldsOf, readable } from '../world/pages.ts'
import { type Product, startProduct } from '../world/product.ts'
import { aVisitor } from '../world/visitor.ts'

const root = join(import.meta.dirname, '../..')

describe('the development door', function () {
  this.timeout(120_000)
  let product: Product
  before(async () => {
    product = await startProduct()
  })
  after(() => product?.close())

  const get = (path: string): Promise<Response> => fetch(product.issuer + path)
  const clock = async () => (await (await get('/dev/clock')).json()) as { now: string }
  const allServices = () => [
    ...product.demo.companies.flatMap(({ services }) => services.map(({ url }) => url)),
    ...product.demo.partners.map(({ url }) => url),
  ]

  it('U8: the bare address leads to the tour', async () => {
    const { status, headers } = await fetch(`${product.issuer}/`, { redirect: 'manual' })
    assert.deepEqual([status, headers.get('location')], [303, '/dev'])
  })

  it('says in demo.json where everything is, and no address in it ends in a slash', async () => {
    const text = await (await get('/dev/demo.json')).text()
    assert.doesNotMatch(text, /https?:[^"]*\/"/)
    const { companies, partners, people, staff, apis, clients } = product.demo
    assert.deepEqual(
      companies.map(({ id, receives, writes }) => [id, receives.toSorted(), writes.toSorted()]),
      [
        ['games', ['address', 'birthdate', 'email', 'name'], ['address', 'name']],
        [
          'mobile',
          ['address', 'birthdate', 'email', 'name', 'phone_number'],
          ['address', 'birthdate', 'name', 'phone_number'],
        ],
        ['pictures', ['email', 'name'], []],
      ],
    )
    const ids = companies.map(({ id }) => id)
    for (const company of [
      ...partners.map((each) => each.company),
      ...people.flatMap((each) => [...each.links, ...each.separate.map((own) => own.company)]),
      ...staff.map((each) => each.company),
      ...apis.map((each) => each.company),
      ...clients.map((each) => each.company),
    ])
      assert.ok(ids.includes(company), `${company} is the id of a company`)
    for (const { email, password, links, separate } of people)
      if (password === null) assert.deepEqual([email, links], [separate[0]?.email, []])
    assert.deepEqual(
      apis.map(({ company, scim, tokenEndpoint }) => [company, scim, tokenEndpoint]),
      ids.map((id) => [id, `${product.issuer}/scim/${id}`, `${product.issuer}/token`]),
    )
    assert.deepEqual(
      clients.map(({ company, device, redirectUri }) => [company, device, redirectUri !== null]),
      ['mobile', 'mobile', 'games', 'games'].map((company, i) => [company, i % 2 === 1, i % 2 === 0]),
    )
    for (const { clientSecret } of [...clients, ...apis]) assert.match(clientSecret, /^[\w-]{43}$/)
    const kinds = people.map(({ password, links, separate }) =>
      [password !== null, links.join(), separate.map((own) => own.company).join()].join(' '),
    )
    for (const kind of ['true mobile,games ', 'true mobile games', 'false  games', 'true pictures '])
      assert.ok(kinds.includes(kind), `there is somebody ${kind}`)
  })

  it('R11: gives every secret that development made up, those of services too, each the one that is taken', async () => {
    const { secrets } = product.demo
    assert.ok(Object.keys(secrets).length > product.demo.clients.length)
    for (const [id, secret] of Object.entries(secrets)) {
      const asked = (tried: string) =>
        fetch(`${product.issuer}/token`, {
          method: 'POST',
          headers: { authorization: `Basic ${btoa(`${id}:${tried}`)}` },
          body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'none' }),
        })
      assert.equal((await asked(secret)).status, 400, id)
      assert.equal((await asked(`${secret}x`)).status, 401, id)
    }
  })

  it('counts for staff at once: the secret in demo.json gives the second factor', async () => {
    for (const { email, password, totpSecret } of product.demo.staff.slice(0, 2)) {
      const visitor = aVisitor(product.issuer)
      const asked = await visitor.act('/console/sign-in', { email, password })
      const path = new URL(asked.url).pathname
      const code = totpOf(totpSecret, email).generate({ timestamp: Date.parse((await clock()).now) })
      const inside = await visitor.act(path, { code })
      assert.equal(new URL(inside.url).pathname.startsWith('/console/sign-in'), false, inside.url)
      assert.equal(inside.status, 200)
    }
  })

  it('shows mails newest first; a code is the only run of six digits, and in no subject', async () => {
    const email = 'maja.holm@mail.example'
    for (let i = 0; i < 2; i++) {
      await product.post('/dev/clock', { advance: 'PT10M' })
      await startRegistration(email)
    }
    const mails = (await (await get(`/dev/mail.json?to=${email}`)).json()) as Record<string, string>[]
    assert.equal(mails.length, 2)
    assert.ok(Date.parse(mails[0]?.at ?? '') > Date.parse(mails[1]?.at ?? ''))
    for (const mail of mails) {
      assert.deepEqual(Object.keys(mail).toSorted(), ['at', 'headers', 'html', 'kind', 'subject', 'text', 'to'])
      assert.equal(mail.kind, 'registration-code')
      assert.equal(mail.text?.match(/\d{6,}/g)?.length, 1)
      assert.equal(/\d{6}/.test(mail.subject ?? ''), false)
    }
    assert.deepEqual(await (await get('/dev/mail.json?to=nobody@mail.example')).json(), [])
  })

  it('S0: the tour shows a letter’s code beside the step that asks for it, and ticks it off once it is used', async () => {
    const email = 'noa.holm@mail.example'
    await startRegistration(email)
    const code = await product.code(email, 'registration-code')
    const tour = async () => parse(await (await get('/dev')).text())
    const step = (page: Awaited<ReturnType<typeof tour>>, id: string) => page.querySelector(`#${id}`)?.text ?? ''
    assert.ok(step(await tour(), 'first').includes(`${email}: ${code}`))
    assert.ok(!step(await tour(), 'second').includes(code))
    await product.post('/dev/clock', { advance: 'PT16M' })
    assert.ok(!step(await tour(), 'first').includes(code), 'it holds no longer')
  })

  it('S0: *Break* and *Mend* stand in the step, lead back to it, and count once something changed in between', async () => {
    const arcade = product.service('games-arcade')
    const mode = async () => ((await (await fetch(`${arcade}/dev/fault`)).json()) as { mode: string }).mode
    const press = async (step: string) => {
      const page = parse(await (await get('/dev')).text())
      const form = page.querySelector(`#${step} form[action="/dev/fault"]`)
      const sent = new URLSearchParams()
      for (const field of form?.querySelectorAll('input') ?? [])
        sent.set(field.getAttribute('name') ?? '', field.getAttribute('value') ?? '')
      const answer = await fetch(`${product.issuer}/dev/fault`, { method: 'POST', body: sent, redirect: 'manual' })
      assert.deepEqual([answer.status, answer.headers.get('location')], [303, `/dev#${step}`])
    }
    const done = async () => /Done/.test(parse(await (await get('/dev')).text()).querySelector('#fault h3')?.text ?? '')
    await product.post('/dev/reset')
    await press('fault')
    assert.equal(await mode(), '500')
    await somethingChanges()
    assert.equal(await done(), false)
    await press('fault')
    assert.equal(await mode(), 'off')
    await product.idle()
    assert.equal(await done(), true)
    await product.post('/dev/reset')
    assert.equal(await done(), false, 'a new beginning')
  })

  it('moves every clock forward, the services’ too, and never back', async () => {
    const before = Date.parse((await clock()).now)
    const answer = (await (await product.post('/dev/clock', { advance: 'P3D' })).json()) as { now: string }
    assert.ok(Date.parse(answer.now) - before >= 3 * 86_400_000)
    for (const advance of ['-P1D', 'P-1D', 'three days', '3', 3, null, undefined, 'P101Y', {}]) {
      const refused = await product.post('/dev/clock', { advance })
      assert.equal(refused.status, 400, String(advance))
      assert.match(((await refused.json()) as { error: string }).error, /ISO 8601 duration, forward only/)
    }
    for (const body of ['null', '[', '"P1D"'])
      assert.equal((await fetch(`${product.issuer}/dev/clock`, { method: 'POST', body })).status, 400, body)
    assert.ok(Math.abs(Date.parse((await clock()).now) - Date.parse(answer.now)) < 60_000)

    const store = product.service('mobile-store')
    await fetch(`${store}/dev/reset`, { method: 'POST' })
    await somethingChanges()
    await product.idle()
    const [newest] = (await (await fetch(`${store}/dev/received`)).json()) as { at: string; kind: string }[]
    assert.equal(newest?.kind, 'event')
    assert.ok(Date.parse(newest.at) >= Date.parse(answer.now))
  })

  it('says what is pending only while it could be done now: a retry that waits for its time is not', async () => {
    const arcade = product.service('games-arcade')
    await product.post(`${arcade}/dev/fault`, { mode: '500' })
    await somethingChanges()
    assert.equal((await product.post('/dev/idle')).status, 200)
    await product.post(`${arcade}/dev/fault`, { mode: 'off' })
    await product.post('/dev/clock', { advance: 'P1D' })
    assert.equal((await product.post('/dev/idle')).status, 200)
  })

  it('begins anew as it was, twice at once and with a telling on its way', async () => {
    await product.post(`${product.service('games-arcade')}/dev/fault`, { mode: 'hang' })
    await somethingChanges()
    const answers = await Promise.all([product.post('/dev/reset'), product.post('/dev/reset')])
    for (const answer of answers) assert.equal(answer.status, 200, await answer.text())
    assert.ok(Math.abs(Date.parse((await clock()).now) - Date.now()) < 60_000, 'the clock is everybody’s again')
    assert.deepEqual(await (await get('/dev/mail.json')).json(), [])
    for (const url of allServices()) {
      const received = (await (await fetch(`${url}/dev/received`)).json()) as { payload: { sub_id: { sub: string } } }[]
      const told = received.map(
        ({ payload: { sub_id: id, ...rest } }) =>
          `${id.sub} ${Object.keys((rest as { events?: object }).events ?? {})}`,
      )
      assert.equal(new Set(told).size, told.length, `${url} was told of each account once`)
    }
    for (const { email, password } of product.demo.people.filter((each) => each.password !== null)) {
      const visitor = aVisitor(product.issuer)
      await visitor.signIn({ email, password: password ?? '' })
      assert.equal((await visitor.page('/account/services')).status, 200, `${email} is signed in`)
    }
  })

  it('ends the session of a browser that was signed in before it began anew', async () => {
    const { email, password } = demoPerson(product, ['mobile', 'games'])
    const visitor = aVisitor(product.issuer)
    await visitor.signIn({ email, password })
    assert.match((await visitor.page('/account/services')).text, /data-testid="link-status"/)
    await product.post('/dev/reset')
    assert.equal((await visitor.page('/account/services')).status, 303)
  })

  it('refuses whatever another site’s page asks for, without any token of its own (T8)', async () => {
    const posts = ['clock', 'idle', 'mail', 'reset', 'fault'].map((path) => `${product.issuer}/dev/${path}`)
    for (const url of allServices()) posts.push(`${url}/dev/fault`, `${url}/dev/clock`, `${url}/dev/reset`)
    for (const url of posts)
      for (const origin of ['https://evil.example', 'null']) {
        const answer = await fetch(url, { method: 'POST', headers: { origin }, body: '{"mode":"500"}' })
        assert.equal(answer.status, 403, `${url} for ${origin}`)
      }
    const own = await fetch(`${product.issuer}/dev/idle`, { method: 'POST', headers: { origin: product.issuer } })
    assert.equal(own.status, 200)
  })

  it('takes a letter that a company’s mailer sent, and nothing that is none', async () => {
    const letter =
      'From: news@games.example\r\nTo: Maja <maja@mail.example>\r\nSubject: New games\r\n\r\nThree of them.\r\n'
    const lying = async () =>
      (await (await get('/dev/mail.json')).json()) as { to: string; kind: string; text: string }[]
    const before = await lying()
    const noLetters = [
      ...['', '{', 'null', '[]', '{"message":17}', '{"message":{"to":"maja@mail.example"}}', '{"letter":"x"}'],
      ...['', 'To: ', 'no header at all', letter.replace(/To: .*\r\n/, '')].map((message) =>
        JSON.stringify({ message }),
      ),
    ]
    for (const body of noLetters) {
      const answer = await fetch(`${product.issuer}/dev/mail`, { method: 'POST', body })
      assert.equal(answer.status, 400, body.slice(0, 100))
    }
    const tooLong = await fetch(`${product.issuer}/dev/mail`, { method: 'POST', body: 'x'.repeat(17 * 1024) })
    assert.equal(tooLong.status, 413)
    assert.deepEqual(await lying(), before, 'nothing arrived')

    assert.equal((await product.post('/dev/mail', { message: letter })).status, 200)
    const [newest] = await lying()
    assert.deepEqual(
      [newest?.to, newest?.kind, newest?.text.trim()],
      ['maja@mail.example', 'newsletter', 'Three of them.'],
    )
  })

  it('knows five faults, whatever is sent instead', async () => {
    const store = product.service('mobile-store')
    for (const body of ['{', 'null', '{"mode":"explode"}', 'mode=explode', ''])
      assert.equal((await fetch(`${store}/dev/fault`, { method: 'POST', body })).status, 400, body)
    for (const mode of ['hang', 'refuse', '500', 'html', 'off']) {
      assert.equal((await product.post(`${store}/dev/fault`, { mode })).status, 200)
      assert.equal((await fetch(store)).status, 200, 'people are served in any case')
    }
  })

  it('leads from the tour to every service, person and member of staff, and its buttons work', async () => {
    const visitor = aVisitor(product.issuer)
    const tour = await visitor.page('/dev')
    for (const url of allServices()) assert.ok(tour.text.includes(`href="${url}"`), url)
    const { people, staff } = product.demo
    const passwords = [...people.flatMap((each) => [each, ...each.separate]), ...staff].map(({ password }) => password)
    for (const password of passwords.filter((each) => each !== null)) assert.ok(tour.text.includes(password), password)
    for (const [, path] of tour.text.matchAll(/href="(\/[^"?#]*)"/g))
      assert.ok((await visitor.page(path ?? '')).status < 400, path)

    const store = product.service('mobile-store')
    const mode = async () => ((await (await fetch(`${store}/dev/fault`)).json()) as { mode: string }).mode
    for (const wanted of ['hang', 'off']) {
      const set = await visitor.submit(`${product.issuer}/dev/fault`, { service: 'mobile-store', mode: wanted })
      assert.deepEqual([set.status, set.next], [303, `${product.issuer}/dev`])
      assert.equal(await mode(), wanted)
      assert.equal(/value="hang" selected/.test((await visitor.page('/dev')).text), wanted === 'hang')
    }
    const before = Date.parse((await clock()).now)
    const moved = await visitor.submit(`${product.issuer}/dev/clock`, { advance: 'PT15M' })
    assert.equal(moved.status, 303)
    assert.ok(Date.parse((await clock()).now) - before >= 900_000)
  })

  it('is not started twice on one port, and says so in one sentence', async () => {
    const port = new URL(product.issuer).port
    const folder = mkdtempSync(join(tmpdir(), 'second-'))
    const said = await refusal({ PORT: port, DATA_DIR: folder })
    rmSync(folder, { recursive: true })
    assert.match(said, /^Port \d+ is in use by another process: stop that one, or set PORT to another[^\n]*\n$/)
  })

  it('is no part of production: npm start refuses it there', async () => {
    assert.match(await refusal({ NODE_ENV: 'production' }), /^npm start is the demonstration[^\n]*\n$/)
  })

  it('leaves no process behind when whoever started it is killed, and goes on where it stood', async () => {
    const { now } = (await (await product.post('/dev/clock', { advance: 'P2D' })).json()) as { now: string }
    const processes = product.processes()
    await product.stop('SIGKILL')
    for (const each of processes) await ended(each)
    await product.start()
    assert.deepEqual(await (await get('/dev/demo.json')).json(), product.demo)
    assert.ok(Date.parse((await clock()).now) >= Date.parse(now), 'the clock is not set back')
    await product.stop('SIGTERM')
    for (const url of [product.issuer, ...allServices()]) await assert.rejects(fetch(url))
    await product.start()
  })

  /** Not only deaf: its hold on the database is gone as well. One that nobody has buried yet has ended too. */
  const ended = async (id: number): Promise<void> => {
    const isRunning = () => {
      try {
        return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${id}/status`, 'utf8'))
      } catch {
        return false
      }
    }
    while (isRunning()) await new Promise((resolve) => setTimeout(resolve, 25))
  }

  const refusal = (env: Record<string, string>): Promise<string> =>
    new Promise((resolve) => {
      const child = spawn(process.execPath, ['scripts/start.ts'], { cwd: root, env: { ...process.env, ...env } })
      let said = ''
      child.stderr.on('data', (text) => (said += text))
      child.once('exit', (code) => resolve(code === 1 ? said : `ended with ${code}: ${said}`))
    })

  /** A company corrects somebody's name. */
  let names = 0
  const somethingChanges = async (): Promise<void> => {
    const [newest] = (await product.received(product.service('games-arcade'))).filter(({ kind }) => kind === 'event')
    const api = product.demo.apis.find(({ company }) => company === 'games')
    assert.ok(api && newest)
    const token = await fetch(api.tokenEndpoint, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${api.clientId}:${api.clientSecret}`)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'accounts.write', resource: api.scim }),
    })
    const { access_token } = (await token.json()) as { access_token: string }
    const answer = await fetch(`${api.scim}/Users/${(newest.payload.sub_id as { sub: string }).sub}`, {
      method: 'PATCH',
      headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/scim+json' },
      body: JSON.stringify({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
        Operations: [{ op: 'replace', path: 'name.givenName', value: `Name ${++names}` }],
      }),
    })
    assert.equal(answer.status, 200)
  }

  /** Somebody new begins to create an account, from a service's own button. */
  const startRegistration = async (email: string): Promise<void> => {
    const browser = createTestBrowser()
    const signIn = await browser.follow(`${product.service('mobile-store')}/sign-in`, () => false)
    const base = `/sign-in/${new URL(signIn.url).pathname.split('/')[2]}`
    const form = await browser.visit(`${product.issuer}${base}/create`)
    assert.equal(form.status, 200)
    const answer = await browser.submit(`${product.issuer}${base}/create`, {
      ...fieldsOf(form, `${base}/create`),
      email,
      password: 'lantern over still water',
      givenName: 'Maja',
      familyName: 'Holm',
      birthDate: '1994-05-06',
      country: 'SE',
    })
    assert.match(answer.next ?? '', /\/create\/code$/, readable(answer))
  }
})
