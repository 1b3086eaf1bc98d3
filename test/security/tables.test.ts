import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { answeredInPlace, mayAnswerInPlace } from '../world/answered-in-place.ts'
import { aTestApp, type TestApp } from '../world/app.ts'

const src = join(import.meta.dirname, '../../src')
const rooms = ['sign-in', 'portal', 'console', 'company-api', 'developers'] as const

/** As a router keeps what it answers. */
interface Layer {
  path: string
  methods: string[]
}

describe('the tables of the entry points', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const every = () => Object.values(app.tables).flat()

  it('hold every route that the running product answers', async () => {
    const { middleware } = await app.app.entryPoints()
    const answering = [...app.app.server.middleware, ...middleware]
    const routers = (answering as unknown as { router?: { stack: Layer[] } }[]).flatMap(({ router }) => router ?? [])
    const served = routers
      .flatMap(({ stack }) => stack)
      .filter(({ methods }) => methods.length > 0)
      .map(({ path, methods }) => `${methods.length > 3 ? 'ALL' : methods.at(-1)} ${path}`)
    const declared = every().map(({ method, path }) => `${method} ${path}`)
    assert.ok(served.length > 100, `${served.length} routes`)
    assert.deepEqual(served.sort(), declared.sort())
    assert.equal(new Set(declared).size, declared.length, 'each stands once')
  })

  it('say of every row who may, and what it takes', () => {
    for (const { method, path, right, params, form, json } of every()) {
      assert.ok(right, path)
      if (method === 'POST' || method === 'PATCH')
        assert.ok(form ?? json, `${method} ${path} takes no form and no JSON`)
      // Whose sign-in it is, the provider knows by its cookie; what leads nowhere needs no company.
      const named = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name).filter((name) => name !== 'uid')
      const known = Object.keys((params as z.ZodObject | undefined)?.shape ?? {})
      if (path.endsWith('/*rest')) continue
      assert.deepEqual(
        named.filter((name) => !known.includes(name)),
        [],
        `${method} ${path}`,
      )
    }
  })

  it('U9: have each form that may be answered by a page, so that nobody goes on without a reason', () => {
    const forms = every().flatMap(({ method, path, form }) => (method === 'POST' && form ? [path] : []))
    const listed = Object.keys(answeredInPlace)
    assert.deepEqual(
      listed.filter((path) => !forms.includes(path)),
      [],
    )
    for (const path of forms)
      assert.equal(mayAnswerInPlace(path), listed.includes(path) || path.startsWith('/dev/'), path)
  })

  it('are the only way by which an entry point reads a form, a query or a body', () => {
    const reading = globSync(`{${rooms.join(',')}}/**/*.ts`, { cwd: src }).filter((file) =>
      /\bctx\.query\b|ctx\.request\.body|readForm\(|from '@koa\/router'/.test(readFileSync(join(src, file), 'utf8')),
    )
    // The form of a page that asks for the password is handed on whole.
    assert.deepEqual(reading, ['portal/session-guard.ts'])
  })
})
