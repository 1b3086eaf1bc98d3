import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { languages } from '../../src/i18n/index.ts'
import { words } from './site.ts'

const viewsDir = join(import.meta.dirname, '../../views')
const read = (pattern: string) =>
  globSync(pattern, { cwd: viewsDir }).map((name) => ({ name, text: readFileSync(join(viewsDir, name), 'utf8') }))

/** Each declaration with all that it stands in, outermost first. */
const declarationsOf = (sheet: string): { within: string[]; declaration: string }[] => {
  const within: string[] = []
  const found: { within: string[]; declaration: string }[] = []
  for (const [, words = '', end] of sheet.replace(/\/\*[\s\S]*?\*\//g, '').matchAll(/([^{};]*)([{};])/g)) {
    if (end === '{') within.push(words.trim())
    else {
      if (words.trim()) found.push({ within: [...within], declaration: words.trim() })
      if (end === '}') within.pop()
    }
  }
  return found
}

describe('how pages look', () => {
  it('U19: nothing moves for whoever wants no motion, and only what arrived for others', () => {
    const sheets = read('assets/*.css')
    assert.ok(sheets.length >= 4)
    const moving = sheets.flatMap(({ name, text }) =>
      declarationsOf(text)
        .filter(({ declaration }) => /^(animation|transition|scroll-behavior|view-transition)/.test(declaration))
        .map((each) => ({ name, ...each })),
    )
    assert.ok(moving.length >= 2)
    for (const { name, within, declaration } of moving) {
      assert.match(within[0] ?? '', /prefers-reduced-motion: no-preference/, `${name}: ${declaration}`)
      if (declaration.startsWith('animation')) assert.equal(within.at(-1), '.arrived')
      else assert.doesNotMatch(declaration, /transform|width|height|top|left|all/, 'colours alone')
    }
    for (const { name, text } of read('assets/*.js')) assert.doesNotMatch(text, /\.animate\(|smooth/, name)
  })

  it('U19: each place where nothing is yet says what would stand there, in words of its own', () => {
    const empty = read('**/*.eta').flatMap(({ name, text }) =>
      [...text.matchAll(/include\('\/parts\/empty', \{([^}]*(?:\{[^}]*\}[^}]*)*)\}\)/g)].map(([, given = '']) => ({
        name,
        keys: [...given.matchAll(/it\.t\('([^']+)'/g)].map(([, key = '']) => key),
      })),
    )
    assert.ok(empty.length >= 10)
    for (const language of languages) {
      const said = new Map<string, string>()
      for (const { name, keys } of empty) {
        const [title = '', ...texts] = keys.map((key) => words.t(language, key, { company: 'Games' }))
        assert.ok(texts.length > 0, `${name} says no more than a title`)
        for (const text of texts) {
          assert.ok(text.length > title.length / 2 && text !== title, `${language} ${name}: ${text}`)
          assert.equal(said.get(text), undefined, `${language} ${name} says what another does`)
          said.set(text, name)
        }
      }
    }
  })
})
