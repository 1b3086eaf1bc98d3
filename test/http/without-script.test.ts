import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const viewsDir = join(import.meta.dirname, '../../views')
const views = globSync('**/*.eta', { cwd: viewsDir }).map((name) => ({
  name,
  text: readFileSync(join(viewsDir, name), 'utf8').replace(/<%\/\*[\s\S]*?\*\/%>/g, ''),
}))

describe('pages without a script', () => {
  it('U12: what only a script brings to life is hidden until one does, whatever else its style says', () => {
    const base = readFileSync(join(viewsDir, 'assets/base.css'), 'utf8')
    assert.match(base, /\[hidden\] \{[^}]*display: none !important;/)
    let seen = 0
    for (const { name, text } of views)
      for (const [element] of text
        .replace(/<%[\s\S]*?%>/g, '')
        .matchAll(/<\w[^<>]*\bdata-(?:copy|show|strength)=[^<>]*>/g)) {
        seen += 1
        assert.match(element, /\bhidden\b/, `${name}: ${element}`)
      }
    assert.ok(seen >= 3, `${seen} of them`)
  })

  it('U12: what shows changes by itself has a script, and a way to look again without one', () => {
    const living = views.filter(({ text }) => /\bdata-live\b/.test(text))
    assert.ok(living.length >= 4)
    for (const { name, text } of living) {
      assert.match(text, /scripts: \[[^\]]*'live\.js'/, name)
      assert.match(text, /include\('\/parts\/live'/, name)
    }
  })

  it('K5: each form that takes a password tells a password manager whose it is and which it is', () => {
    let seen = 0
    for (const { name, text } of views)
      for (const [form] of text.matchAll(/<form[\s\S]*?<\/form>/g)) {
        const passwords = [...form.matchAll(/type: 'password'[^}]*?autocomplete: '([\w-]+)'/g)].map(([, kind]) => kind)
        if (!form.includes("type: 'password'")) continue
        seen += 1
        assert.ok(passwords.length > 0, name)
        for (const kind of passwords) assert.match(kind ?? '', /^(new|current)-password$/, name)
        assert.match(form, /autocomplete: 'username'|\/parts\/username/, name)
      }
    assert.ok(seen >= 12, `${seen} of them`)
  })
})
