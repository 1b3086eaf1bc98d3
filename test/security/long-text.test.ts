import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { patchSchema } from '../../src/company-api/scim-resource.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import type { Visit } from '../world/browser.ts'
import { aDesk, staffPassword, totpNow } from '../world/desk.ts'
import { fieldsOf } from '../world/pages.ts'
import { aTraveller } from '../world/traveller.ts'
import { aVisitor, type Visitor } from '../world/visitor.ts'
import { crawl } from './crawl.ts'

const src = join(import.meta.dirname, '../../src')

/** Marks on one letter: composing them takes the square of their number. Nobody else's text has this letter. */
const letter = 'ǆ'
const marks = (length: number) => letter.repeat(3) + '\u0315\u0300'.repeat((length - 3) / 2)
const touching = ['normalize', 'toLowerCase', 'toUpperCase', 'localeCompare'] as const

/** The longest of that text that anything composed or folded while it went on. */
const longestTouched = async (during: () => Promise<unknown>): Promise<number> => {
  let longest = 0
  const before = touching.map((name) => [name, String.prototype[name]] as const)
  for (const [name, original] of before)
    Object.defineProperty(String.prototype, name, {
      configurable: true,
      writable: true,
      value(this: string, ...given: never[]) {
        if (this.length > longest && this.includes(letter)) longest = this.length
        return (original as (...given: never[]) => unknown).apply(this, given)
      },
    })
  try {
    await during()
  } finally {
    for (const [name, original] of before)
      Object.defineProperty(String.prototype, name, { configurable: true, writable: true, value: original })
  }
  return longest
}

/** Of a field that names no length of its own: what staff write in their own words. */
const otherwise = 500

describe('text is measured before it is touched (H3)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  it('H3: is composed at one place, which asks how long it may be', () => {
    const composing = globSync('**/*.ts', { cwd: src }).filter((file) =>
      /\.normalize\(|toLocale(Lower|Upper)Case/.test(readFileSync(join(src, file), 'utf8')),
    )
    assert.deepEqual(composing, ['lib/composed.ts'])
  })

  it('H3: is read out of requests at four places, which measure each text in them', () => {
    const reading = globSync('**/*.ts', { cwd: src }).filter((file) =>
      /from 'raw-body'/.test(readFileSync(join(src, file), 'utf8')),
    )
    // One-click takes a single token of at most 4 kB; the last hands what it read to the provider, as an address.
    const inProduction = reading.filter((file) => !file.startsWith('dev/'))
    assert.deepEqual(inProduction.sort(), [
      'company-api/read-json.ts',
      'http/read-form.ts',
      'http/read-one-click.ts',
      'oidc/middleware.ts',
    ])
  })

  const tryAll = async (visitor: Pick<Visitor, 'visit' | 'submit'>, starts: Visit[], within: RegExp) => {
    const tried: string[] = []
    await crawl(app.issuer, visitor, starts, within, {
      onField: async ({ name, maxlength = otherwise, action, send }) => {
        for (const length of [1999, 9001]) {
          let answer: Visit | undefined
          const touched = await longestTouched(async () => {
            answer = await send(marks(length))
          })
          const where = `${length} in ${name} at ${action}`
          assert.ok(answer && answer.status < 500, `${where} answered ${answer?.status}`)
          assert.ok(touched <= 4 * maxlength, `${where}: ${touched} were touched`)
          if (length > 4 * otherwise) {
            assert.equal(answer.status, 400, where)
            assert.equal(touched, 0, where)
          }
          tried.push(where)
        }
      },
    })
    return tried
  }

  it('H3: of the sign-in pages no field takes more than it holds', async () => {
    const traveller = aTraveller(app)
    const page = await traveller.go('games-arcade')
    const within = new RegExp(`^${traveller.baseOf(page)}(?!/not-now|/somebody-else)`)
    const recover = await traveller.visit(`${app.issuer}${traveller.baseOf(page)}/recover`)
    const tried = await tryAll(traveller, [page, await traveller.open(page, '/create'), recover], within)
    assert.ok(tried.length >= 20, `${tried.length} tried`)
  })

  it('H3: nor of the account pages', async () => {
    const person = await app.aPerson({ links: ['mobile', 'games'] })
    const visitor = aVisitor(app.issuer)
    await visitor.signIn(person)
    const within = /^\/account\/(?!sign-out|security\/(delete|sessions|end))/
    const tried = await tryAll(visitor, [await visitor.page('/account/details')], within)
    assert.ok(tried.length >= 40, `${tried.length} tried`)
  })

  it('H3: nor of the console', async () => {
    const member = await aDesk(app).aMember('games', 'support', 'support-lead', 'administrator')
    const visitor = aVisitor(app.issuer)
    const sent = await visitor.act('/console/sign-in', { email: member._id, password: staffPassword })
    const fields = { ...fieldsOf(sent, '/console/sign-in/code'), code: totpNow() }
    await visitor.submit(`${app.issuer}/console/sign-in/code`, fields)
    const opened = await visitor.act('/console/cases', { reference: '', reason: 'A reason of today' })
    const entrance = await aVisitor(app.issuer).page('/console/sign-in')
    const tried = await tryAll(visitor, [opened, entrance], /^\/console\/(?!sign-out)/)
    assert.ok(tried.length >= 20, `${tried.length} tried`)
  })

  it('H3: nor of what a company sends, attribute by attribute', async () => {
    const person = await app.aPerson({ links: ['mobile'] })
    const token = await app.companyToken('mobile')
    const id = person.accounts.mobile?.split(':')[1]
    const send = (path: string, method: string, body: unknown, headers: Record<string, string> = {}) =>
      fetch(`${app.issuer}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      })
    const shown = (await (
      await fetch(`${app.issuer}/scim/mobile/Users/${id}`, { headers: { authorization: `Bearer ${token}` } })
    ).json()) as Record<string, unknown>
    const paths = ['name.givenName', 'name.familyName', 'addresses.streetAddress', 'addresses.postalCode']
    const values: unknown[] = [
      ...[...paths, 'phoneNumbers.value', 'emails.value', ...Object.keys(shown)].map((path) => ({ path })),
      { op: marks(9001) },
      { path: marks(9001) },
      { path: 'name', value: { [marks(9001)]: 'x' } },
    ]
    const before = await person.now()
    for (const each of values)
      for (const length of [1999, 9001]) {
        const operation = { op: 'replace', value: marks(length), ...(each as object) }
        const touched = await longestTouched(async () => {
          const { status } = await send(`/scim/mobile/Users/${id}`, 'PATCH', {
            schemas: [patchSchema],
            Operations: [operation],
          })
          assert.equal(status, 400, JSON.stringify(each).slice(0, 80))
        })
        assert.ok(touched <= 4 * 254, `${touched} were touched of ${JSON.stringify(each).slice(0, 80)}`)
      }
    const reason = encodeURIComponent(marks(2501))
    const touched = await longestTouched(async () => {
      const body = { schemas: [patchSchema], Operations: [{ op: 'replace', path: 'name.givenName', value: 'Eva' }] }
      const answer = await send(`/scim/mobile/Users/${id}`, 'PATCH', body, { 'change-reason': reason })
      assert.equal(answer.status, 400)
    })
    assert.equal(touched, 0)
    assert.deepEqual((await person.now()).fields, before.fields)
  })

  it('H3: nor of what a ticket system sends', async () => {
    const member = await aDesk(app).aMember('mobile', 'support')
    const token = await app.companyToken('mobile')
    const fields = ['agent', 'reference', 'reason', 'askedBy', 'find', 'other']
    for (const field of fields)
      for (const length of [1999, 9001]) {
        const body = { agent: member._id, find: 'nobody', [field]: marks(length) }
        const touched = await longestTouched(async () => {
          const { status } = await fetch(`${app.issuer}/support/mobile/cases`, {
            method: 'POST',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            body: JSON.stringify(body),
          })
          assert.equal(status, 400, field)
        })
        assert.ok(touched <= 4 * 500, `${touched} were touched of ${field}`)
      }
  })

  it('H3: nor of an address, whichever of its parameters it is', async () => {
    const named = globSync('**/*.ts', { cwd: src }).flatMap((file) => [
      ...readFileSync(join(src, file), 'utf8').matchAll(/ctx\.query\.(\w+)/g),
    ])
    const inTables = Object.values(app.tables)
      .flat()
      .flatMap(({ query }) => Object.keys((query as z.ZodObject | undefined)?.shape ?? {}))
    const names = new Set(['lang', ...inTables, ...named.map(([, name]) => name as string)])
    assert.ok(names.size >= 8, [...names].join(' '))
    const member = await aDesk(app).aMember('pictures', 'support-lead')
    const visitor = aVisitor(app.issuer)
    const sent = await visitor.act('/console/sign-in', { email: member._id, password: staffPassword })
    const fields = { ...fieldsOf(sent, '/console/sign-in/code'), code: totpNow() }
    await visitor.submit(`${app.issuer}/console/sign-in/code`, fields)
    for (const name of names)
      for (const path of ['/console/audit', '/console/sign-in', '/account', '/privacy/games', '/device', '/auth']) {
        const touched = await longestTouched(async () => {
          const { status } = await visitor.page(`${path}?${name}=${encodeURIComponent(marks(1001))}`)
          assert.ok(status < 500, `${path}?${name} answered ${status}`)
        })
        assert.ok(touched <= 512, `${touched} were touched of ${path}?${name}`)
        const { status } = await visitor.page(`${path}?${name}=${'x'.repeat(8200)}`)
        assert.equal(status, 413, `${path}?${name}`)
      }
  })
})
