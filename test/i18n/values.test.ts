import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { IntlMessageFormat } from 'intl-messageformat'
import { load } from 'js-yaml'
import { languages } from '../../src/i18n/index.ts'
import { viewsDir } from '../http/site.ts'

/** What a page hands over for other languages' sake, beyond what the English sentence names. */
const forOthers: Record<string, string[]> = {
  'portal.overview.hello': ['whole'],
  'portal.close.effects': ['company'],
}

type Parts = ReturnType<IntlMessageFormat['getAst']>
const valuesIn = (parts: Parts): string[] =>
  parts.flatMap((part) => [
    ...(part.type !== 0 && 'value' in part ? [part.value] : []),
    ...('options' in part ? Object.values(part.options).flatMap(({ value }) => valuesIn(value)) : []),
  ])

const textsOf = (tree: unknown, path: string[] = []): [string, string][] =>
  typeof tree === 'string'
    ? [[path.join('.'), tree]]
    : Object.entries(tree ?? {}).flatMap(([key, each]) => textsOf(each, [...path, key]))

describe('what a sentence names', () => {
  const dir = join(viewsDir, 'words')
  const valuesOf = (language: string): Map<string, string[]> =>
    new Map(
      readdirSync(dir)
        .filter((name) => name.endsWith(`.${language}.yaml`))
        .flatMap((name) => textsOf(load(readFileSync(join(dir, name), 'utf8'))))
        .map(([key, text]) => [
          key,
          valuesIn(new IntlMessageFormat(text, language, undefined, { ignoreTag: true }).getAst()),
        ]),
    )

  it('U20: is named in English too, or handed over for that language: else its page is an error', () => {
    const english = valuesOf('en')
    const more = languages.flatMap((language) =>
      [...valuesOf(language)].flatMap(([key, names]) =>
        names
          .filter((name) => ![...(english.get(key) ?? []), ...(forOthers[key] ?? [])].includes(name))
          .map((name) => `${language} ${key} {${name}}`),
      ),
    )
    assert.deepEqual(more, [])
  })
})
