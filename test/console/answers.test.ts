import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { answersOf } from '../../src/console/answers.ts'
import { type Language, languages } from '../../src/i18n/index.ts'
import { viewsDir, words } from '../http/site.ts'
import { routesIn } from '../security/routes.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { aCompany } from '../world/group.ts'

const issuer = 'https://id.example'

describe('answers to what callers ask most', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const answersIn = (language: Language) =>
    answersOf(
      { language, t: (key: string, values = {}) => words.t(language, key, values) } as never,
      aCompany(),
      issuer,
    )
  const addressesIn = (text: string) => [...text.matchAll(/https:\/\/id\.example(\/[a-z/-]+)/g)].map(([, path]) => path)

  it('there are ten in each language, each leading to the same pages, which are there', () => {
    const pages = new Set(
      (['portal', 'sign-in'] as const).flatMap((room) =>
        routesIn(app, room)
          .filter(({ method }) => method === 'GET')
          .map(({ path }) => path),
      ),
    )
    const english = answersIn('en')
    assert.equal(english.length, 10)
    for (const language of languages) {
      const answers = answersIn(language)
      assert.equal(new Set(answers.map(({ question }) => question)).size, 10)
      for (const [i, { id, text }] of answers.entries()) {
        assert.deepEqual(addressesIn(text).sort(), addressesIn(english[i]?.text ?? '').sort(), `${language} ${id}`)
        for (const path of addressesIn(text)) assert.ok(pages.has(path ?? ''), `${id}: ${path}`)
      }
    }
  })

  it('a button that one names is called so on the pages, in each language', () => {
    const textsOf = (value: unknown): string[] =>
      typeof value === 'string' ? [value] : Object.values(value as object).flatMap(textsOf)
    for (const language of languages) {
      const said = new Set(
        readdirSync(join(viewsDir, 'words'))
          .filter((name) => name.endsWith(`.${language}.yaml`) && !name.startsWith('answers.'))
          .flatMap((name) => textsOf(load(readFileSync(join(viewsDir, 'words', name), 'utf8')))),
      )
      let named = 0
      for (const { id, text } of answersIn(language))
        for (const [, label = ''] of text.matchAll(/[“”「]([^“”「」]+)[”」]/g)) {
          named += 1
          assert.ok(said.has(label), `${language} ${id}: ${label}`)
        }
      assert.ok(named >= 12, language)
    }
  })

  it('hold the company’s own name, age and contact', () => {
    const [child] = answersIn('en').filter(({ id }) => id === 'child')
    const company = aCompany()
    assert.match(child?.text ?? '', new RegExp(`under ${company.minimumAge} may`))
    assert.ok(child?.text.endsWith(`${company.name}: ${company.contacts.support.email}`), child?.text)
  })
})
