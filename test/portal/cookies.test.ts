import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { aTestApp, type TestApp } from '../world/app.ts'
import { readable } from '../world/pages.ts'
import { aVisitor } from '../world/visitor.ts'

const src = join(import.meta.dirname, '../../src')

describe('the page about cookies (S8)', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  it('H51: names every cookie that the source does', async () => {
    const named = globSync('**/*.ts', { cwd: src }).flatMap((file) =>
      [...readFileSync(join(src, file), 'utf8').matchAll(/\b(?:scopedC|c)ookieName\([\w.]+, '([\w-]+)'\)/g)].map(
        ([, name = '']) => name,
      ),
    )
    assert.ok(named.includes('device') && named.includes('draft'), named.join())
    const page = readable(await aVisitor(app.issuer).page('/cookies'))
    const shown = (name: string) => new RegExp(`(?<![\\w-])${name}-${app.config.port}(?![\\w-])`).test(page)
    assert.deepEqual(
      named.filter((name) => !shown(name)),
      [],
    )
  })
})
