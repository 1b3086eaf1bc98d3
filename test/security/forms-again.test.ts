import assert from 'node:assert/strict'
import type { z } from 'zod'
import { createKeptForms } from '../../src/http/kept-forms.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import type { TestBrowser, Visit } from '../world/browser.ts'
import { aDesk, staffPassword, totpNow } from '../world/desk.ts'
import { documentOf, fieldsOf, tokenOf } from '../world/pages.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'
import { aVisitor } from '../world/visitor.ts'

type Room = 'sign-in' | 'portal' | 'console'

/** One that is too long for its field, of each form that has a field. */
interface Wrong {
  path: string
  field: string
  value: string
}

const secrets = ['password', 'code', 'proofPassword', 'newPassword']

describe('U9: every form of ours that is wrong leads to its page, which says so once', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  /** Found in the tables: a form that is added is tried without anybody's doing. */
  const wrongOf = (room: Room): Wrong[] =>
    app.tables[room].flatMap((route) => {
      if (route.method !== 'POST' || !route.again) return []
      for (const field of namesIn(route.form)) {
        const issue = route.form
          ?.safeParse({ [field]: 'z'.repeat(1999) })
          .error?.issues.find(({ path }) => path[0] === field)
        const most = issue?.code === 'custom' && issue.params?.most
        if (typeof most === 'number') return [{ path: route.path, field, value: 'z'.repeat(most + 1) }]
      }
      return []
    })

  const keptIn = (browser: TestBrowser): unknown => {
    const cookies = browser.cookiesAt(new URL(app.issuer).host)
    const named = (name: string) => cookies.get(`${name}-${app.config.port}`)
    const ctx = { cookies: { get: () => named('form') }, page: { knownBrowser: named('browser') } }
    return createKeptForms(app.config).look(ctx as never)
  }

  /** Sends each; those that its sender may not send now are left out. Which of them told what was wrong. */
  const tryAll = async (browser: TestBrowser, forms: Wrong[], csrf: string, fill: (path: string) => string) => {
    const told: string[] = []
    for (const { path, field, value } of forms) {
      const where = app.issuer + fill(path)
      const typed = { csrf, password: 'never to be kept', code: '135790', [field]: value }
      const answer = await browser.visit(where, {
        method: 'POST',
        body: new URLSearchParams(typed),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
      assert.notEqual(answer.status, 400, `${path} is told at once`)
      const kept = keptIn(browser)
      if (answer.status !== 303 || !kept) continue
      const text = JSON.stringify(kept)
      for (const secret of ['never to be kept', '135790', ...(secrets.includes(field) ? [value] : [])])
        assert.ok(!text.includes(secret), `${path} keeps ${secret}`)
      const page = await browser.visit(answer.next ?? '')
      if (page.status >= 400) continue
      assert.equal(page.status, 200, path)
      assertTells(page, { path, field, value })
      assert.equal(keptIn(browser), undefined, `${path} is told once`)
      told.push(path)
    }
    return told
  }

  /** Sends each with nothing in it: its page tells of every field that has to be filled in, not of one after another. */
  const sendEmpty = async (browser: TestBrowser, room: Room, csrf: string, fill: (path: string) => string) => {
    for (const { method, path, form, again } of app.tables[room]) {
      if (method !== 'POST' || !again || namesIn(form).length === 0) continue
      const where = app.issuer + fill(path)
      const answer = await browser.visit(where, {
        method: 'POST',
        body: new URLSearchParams({ csrf }),
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      })
      if (answer.status !== 303 || !keptIn(browser)) continue
      const page = await browser.visit(answer.next ?? '')
      if (page.status !== 200) continue
      assertLeads(page, path)
      const sent = documentOf(page)
        .querySelectorAll('form')
        .find((each) => each.getAttribute('action') === fill(path))
      const untold = (sent?.querySelectorAll('[required]') ?? []).filter((each) => !each.hasAttribute('aria-invalid'))
      const isOfFields = documentOf(page).querySelector('[data-testid="problems"] a') !== null
      if (isOfFields)
        assert.deepEqual(
          untold.map((each) => each.getAttribute('name')),
          [],
          `${path} tells of these later`,
        )
    }
  }

  it('U9: those of the account pages', async () => {
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const csrf = tokenOf(await visitor.page('/account/details'))
    const told = new Set<string>()
    for (const company of ['games', 'pictures'])
      for (const path of await tryAll(visitor, wrongOf('portal'), csrf, (path) => path.replace(':company', company)))
        told.add(path)
    assert.ok(told.size >= 7, [...told].join(' '))
    for (const company of ['games', 'pictures'])
      await sendEmpty(visitor, 'portal', csrf, (path) => path.replace(':company', company))
  })

  it('U9: those of the sign-in, before it and on the way to a company', async () => {
    const person = await app.aPerson()
    const traveller = aTraveller(app)
    const first = await traveller.go('games-arcade')
    const at = (page: Visit) =>
      tryAll(traveller, wrongOf('sign-in'), tokenOf(page), (path) =>
        path.replace('/sign-in/:uid', traveller.baseOf(page)),
      )
    const told = new Set(await at(first))
    const link = await traveller.act(first, '', asTyped(person))
    for (const path of await at(link)) told.add(path)
    assert.ok(told.size >= 10, [...told].join(' '))
    for (const page of [first, link])
      await sendEmpty(traveller, 'sign-in', tokenOf(page), (path) =>
        path.replace('/sign-in/:uid', traveller.baseOf(page)),
      )
  })

  it('U9: those of the console', async () => {
    const desk = aDesk(app)
    const member = await desk.aMember('games', 'support', 'support-lead', 'privacy', 'administrator')
    const person = await app.aPerson({ links: ['games'] })
    const id = (await desk.aCase(member, person.email)).replaceAll(':', '.')
    const visitor = aVisitor(app.issuer)
    const half = await visitor.act('/console/sign-in', { email: member._id, password: staffPassword })
    const { csrf = '' } = fieldsOf(half, '/console/sign-in/code')
    await visitor.submit(`${app.issuer}/console/sign-in/code`, { csrf, code: totpNow() })
    const told = await tryAll(visitor, wrongOf('console'), csrf, (path) => path.replace(/:\w+/g, id))
    assert.ok(told.length >= 8, told.join(' '))
    await sendEmpty(visitor, 'console', csrf, (path) => path.replace(/:\w+/g, id))
  })
})

const namesIn = (form: z.ZodType | undefined): string[] => {
  const { shape, out } = (form?._zod.def ?? {}) as { shape?: object; out?: z.ZodType }
  return shape ? Object.keys(shape) : out ? namesIn(out) : []
}

/** Each line of what is wrong leads to a field that is there. */
const assertLeads = (page: Visit, path: string): void => {
  for (const link of documentOf(page).querySelectorAll('[data-testid="problems"] a')) {
    const field = link.getAttribute('href')?.slice(1) ?? ''
    assert.ok(documentOf(page).getElementById(field), `${path} names ${field}, which is not there`)
  }
}

/** What is wrong stands above the form, and what was typed is in its field, unless nobody else should read it. */
const assertTells = (page: Visit, { path, field, value }: Wrong): void => {
  assert.ok(documentOf(page).querySelector('[data-testid="problems"]'), `${path} says nothing of what was wrong`)
  assertLeads(page, path)
  const shown = documentOf(page)
    .querySelectorAll(`input[name="${field}"]:not([type="hidden"]), textarea[name="${field}"]`)
    .map((each) => (each.tagName === 'TEXTAREA' ? each.text : each.getAttribute('value')))
  if (secrets.includes(field)) assert.ok(!page.text.includes(value), `${path} shows what was typed in secret`)
  else if (shown.length > 0) assert.ok(shown.includes(value), `${path} lost what was typed in ${field}`)
}
