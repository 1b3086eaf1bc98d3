import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { type Language, languages } from '../../src/i18n/index.ts'
import { viewsDir } from '../http/site.ts'

const root = join(viewsDir, '..')
const list = readFileSync(join(root, 'docs/wording.md'), 'utf8')

interface Forbidden {
  language: string
  pattern: RegExp
  use: string
  but: string[]
}

/** The rows of the second table of `docs/wording.md`: language, what no sentence says, what it says instead, files left out. */
const forbidden: Forbidden[] = list
  .split('\n')
  .map((line) => /^\| ([a-z]{2,3}) \| `(.+)` \| ([^|]+) \|([^|]*)\|$/.exec(line))
  .filter((row) => row !== null)
  .map(([, language = '', pattern = '', use = '', but = '']) => ({
    language,
    pattern: new RegExp(pattern.replaceAll('\\|', '|'), 'iu'),
    use,
    but: but.trim().split(', '),
  }))

/** Every text of a file, with the keys that lead to it. */
const textsOf = (value: unknown, path: string): [string, string][] =>
  typeof value === 'string'
    ? [[path, value]]
    : value && typeof value === 'object'
      ? Object.entries(value).flatMap(([key, each]) => textsOf(each, path ? `${path}.${key}` : key))
      : []

/** Every sentence of a language: of the pages and letters, of the demonstration’s services, of its companies. */
const sentencesIn = (language: Language): { file: string; path: string; text: string }[] => [
  ...['views/words', 'scripts/demonstration/words'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith(`.${language}.yaml`))
      .flatMap((name) =>
        textsOf(load(readFileSync(join(root, folder, name), 'utf8')), '').map(([path, text]) => ({
          file: name.split('.')[0]!,
          path,
          text,
        })),
      ),
  ),
  ...['operator', 'companies/games', 'companies/mobile', 'companies/pictures'].flatMap((name) =>
    textsOf(load(readFileSync(join(root, 'config', `${name}.yaml`), 'utf8')), '')
      .filter(([path]) => path.endsWith(`.${language}`))
      .map(([path, text]) => ({ file: name, path, text })),
  ),
]

describe('one word for one thing', () => {
  for (const language of languages)
    it(`U20: no sentence uses a word that docs/wording.md forbids (${language})`, () => {
      const rules = forbidden.filter((each) => each.language === language)
      assert.ok(rules.length > 5, 'the list is read')
      const sentences = sentencesIn(language)
      assert.ok(sentences.length > 1000, 'and so are the sentences')
      const said = sentences.flatMap(({ file, path, text }) =>
        rules
          .filter(({ pattern, but }) => !but.includes(file) && pattern.test(text))
          .map(({ pattern, use }) => `${file}.${language}: ${path} says ${String(pattern)}: write ${use}`),
      )
      assert.deepEqual(said, [])
    })
})
