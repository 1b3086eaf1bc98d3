import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { languages } from '../../src/i18n/index.ts'

const root = join(import.meta.dirname, '../..')
const registry = 'src/i18n/registry.ts'
const textOf = (file: string) => readFileSync(join(root, file), 'utf8')

/** What the pretended product is asked: a page, a date, a country, a letter, a company's text, what is discovered. */
const asked = `
import { localized } from './src/companies/index.ts'
import { createCountries, formatDate } from './src/i18n/index.ts'
import { aTestApp } from './test/world/app.ts'
import { letter } from './test/world/letters.ts'
const app = await aTestApp()
const page = await (await fetch(app.issuer + '/', { headers: { 'accept-language': 'fi-FI' } })).text()
const { ui_locales_supported } = await (await fetch(app.issuer + '/.well-known/openid-configuration')).json()
console.log(JSON.stringify({
  page: { lang: /<html lang="(..)"/.exec(page)?.[1], links: [...page.matchAll(/hreflang="(..)"/g)].map(([, tag]) => tag) },
  ui_locales_supported,
  date: formatDate('fi', '2001-02-03'),
  country: createCountries().name('fi', 'SE'),
  letter: letter('password-changed', 'fi').text.includes('3. helmikuuta 2025'),
  company: localized('why').safeParse({ en: 'a', fi: 'b' }).success,
}))
await app.close()
process.exit(0)
`

describe('a language', () => {
  it('is added by a line of the registry and its words alone', async () => {
    const copy = mkdtempSync(join(tmpdir(), 'language-'))
    try {
      for (const part of ['src', 'views', 'config', 'scripts', 'test/world', 'package.json'])
        cpSync(join(root, part), join(copy, part), { recursive: true })
      symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
      const known = textOf(registry)
      assert.match(known, /\n\} as const/)
      writeFileSync(
        join(copy, registry),
        known.replace('\n} as const', "\n  fi: { name: 'Suomi', locale: 'fi-FI', largestFirst: false },\n} as const"),
      )
      for (const file of globSync('{views,scripts/demonstration}/words/*.en.yaml', { cwd: copy }))
        cpSync(join(copy, file), join(copy, file.replace('.en.yaml', '.fi.yaml')))

      const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', asked], {
        cwd: copy,
      })
      assert.deepEqual(JSON.parse(stdout), {
        page: { lang: 'fi', links: [...languages, 'fi'] },
        ui_locales_supported: [...languages, 'fi'],
        date: '3. helmikuuta 2001',
        country: 'Ruotsi',
        letter: true,
        company: true,
      })
    } finally {
      rmSync(copy, { recursive: true })
    }
  })

  it('is named by its tag in no other file of the source', () => {
    const tag = /'(sv|ja)'|\b(sv|ja):|\b(sv|ja)\|/
    const others = globSync('{src,views}/**/*.{ts,eta}', { cwd: root }).filter((file) => file !== registry)
    assert.deepEqual(
      others.filter((file) => tag.test(textOf(file))),
      [],
    )
  })
})
