import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '../..')
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')
const joined = (...patterns: string[]): string => globSync(patterns, { cwd: root }).sort().map(textOf).join('\n')

const glossary = textOf('docs/glossary.md')
/** The first cell and the second of each row of the tables whose first column is called so. */
const rowsOf = (column: 'Word' | 'Name'): [string, string][] =>
  glossary
    .split(/^## /m)
    .filter((section) => section.includes(`| ${column} |`))
    .flatMap((section) =>
      [...section.matchAll(/^\| ([^|]+) \| ([^|]*) \|/gm)]
        .map(([, first = '', second = '']): [string, string] => [first.trim(), second.trim()])
        .filter(([first]) => first !== column && first !== '---'),
    )
const namesIn = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!)

/** What a module hands out, itself or from those that it hands on as they are. */
const exportsOf = (file: string): string[] => {
  const text = textOf(file)
  const listed = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, names = '']) =>
    names.split(',').map((name) =>
      name
        .trim()
        .replace(/^type /, '')
        .replace(/^\w+ as /, ''),
    ),
  )
  const declared = [...text.matchAll(/^export (?:async )?(?:const|function|interface|type|class) (\w+)/gm)]
  const handedOn = [...text.matchAll(/^export \* from '([^']+)'/gm)]
  return [
    ...listed.filter(Boolean),
    ...declared.map(([, name]) => name!),
    ...handedOn.flatMap(([, from]) => exportsOf(join(dirname(file), from!))),
  ]
}
const rooms = globSync('src/*/index.ts', { cwd: root }).map((file) => file.split('/')[1]!)
const handedOut = new Map(rooms.map((room) => [room, exportsOf(`src/${room}/index.ts`)]))

describe('the glossary', () => {
  it('explains no word that is said nowhere else', () => {
    const said = joined('src/**/*.{ts,md,yaml}', 'views/**/*.{eta,yaml}', 'docs/*.md', 'docs/decisions/*.md')
      .replace(glossary, '')
      .replace(/\s+(?:(?:\*|\/\/) )?/g, ' ')
    const words = rowsOf('Word').flatMap(([cell]) => cell.split(', '))
    assert.ok(words.length > 80)
    // `credentialEpoch`, "credential epoch" and "Credential-epoch" are one word.
    const spelt = (word: string) => new RegExp(word.split(/[ -]/).join('[ -]?'), 'i')
    assert.deepEqual(
      words.filter((word) => !spelt(word).test(said)),
      [],
    )
  })

  it('explains each word once', () => {
    const words = [
      ...rowsOf('Word').flatMap(([cell]) => cell.split(', ')),
      ...rowsOf('Name').flatMap(([cell]) => namesIn(cell)),
    ]
    assert.deepEqual(
      words.filter((word, i) => words.indexOf(word) !== i),
      [],
    )
  })

  it('names as public what a room hands out, itself or as a part of it', () => {
    const rows = rowsOf('Name')
    assert.ok(rows.length > 30)
    const missing = rows.flatMap(([cell, named]) => {
      const within = named.split(', ')
      const own = joined(...within.map((room) => `src/${room}/**/*.ts`))
      const others = joined(...rooms.filter((room) => !within.includes(room)).map((room) => `src/${room}/**/*.ts`))
      const isPublic = (name: string) =>
        within.some((room) => handedOut.get(room)?.includes(name)) || new RegExp(`[.{ ]${name}\\b`).test(others)
      return namesIn(cell)
        .filter((name) => !new RegExp(`\\b${name}\\b`).test(own) || !isPublic(name))
        .map((name) => `${named}: ${name}`)
    })
    assert.deepEqual(missing, [])
  })
})

describe('the rooms', () => {
  it('hand out no name in two meanings', () => {
    const of = new Map<string, string[]>()
    for (const [room, names] of handedOut)
      for (const name of new Set(names)) of.set(name, [...(of.get(name) ?? []), room])
    assert.ok(of.size > 400)
    assert.deepEqual(
      [...of].filter(([, its]) => its.length > 1).map(([name, its]) => `${name}: ${its.join(', ')}`),
      [],
    )
  })
})
