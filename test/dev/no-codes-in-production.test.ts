import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { aTestApp } from '../world/app.ts'
import { aRegistration, aTraveller } from '../world/traveller.ts'

const root = join(import.meta.dirname, '../..')

describe('a code that a letter brought', () => {
  it('S0: is read out of letters by development’s door alone', () => {
    const readers = globSync('src/**/*.ts', { cwd: root })
      .filter((file) => !/^src\/(dev|mail)\//.test(file))
      .filter((file) => /\.mailbox\b/.test(readFileSync(join(root, file), 'utf8')))
    assert.deepEqual(readers, [])
  })

  it('S0: is in no answer of an installation without that door', async () => {
    const app = await aTestApp()
    try {
      const traveller = aTraveller(app)
      const form = await traveller.open(await traveller.go('mobile-store'), '/create')
      const asked = await traveller.act(form, '/create', aRegistration('noa.holm@mail.example'))
      const code = await app.code('noa.holm@mail.example')
      assert.match(code, /^\d{6}$/)
      const pages = ['/dev', '/dev/mail', '/dev/mail.json', '/dev/demo.json', '/', '/developers', '/health/ready']
      for (const path of pages) {
        const answer = await fetch(app.issuer + path)
        assert.ok(!(await answer.text()).includes(code), path)
        if (path.startsWith('/dev/') || path === '/dev') assert.equal(answer.status, 404, path)
      }
      assert.ok(!asked.text.includes(code), 'the page that asks for it')
    } finally {
      await app.close()
    }
  })
})
