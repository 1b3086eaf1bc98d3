import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'

const root = join(import.meta.dirname, '../..')
const textOf = (file: string) => readFileSync(join(root, file), 'utf8')
const filesOf = (...patterns: string[]) => globSync(patterns, { cwd: root }).sort()

const documents = ['README.md', ...filesOf('{docs,src}/**/*.md')]
const sources = filesOf('{src,test,scripts}/**/*.{ts,yaml}', 'config/**/*.yaml')
const texts = new Map([...documents, ...sources].map((file) => [file, textOf(file)]))

/** Which document says what a code means, by its letter. */
const owners: Record<string, string> = {
  M: 'docs/data-model.md',
  C: 'docs/data-model.md',
  P: 'docs/protocol.md',
  T: 'docs/threat-model.md',
  Z: 'docs/threat-model.md',
  CVE: 'docs/threat-model.md',
  '§': 'docs/threat-model.md',
  S: 'docs/requirements.md',
  G: 'docs/requirements.md',
  U: 'docs/regressions.md',
  K: 'docs/regressions.md',
  O: 'docs/regressions.md',
  H: 'docs/regressions.md',
  R: 'docs/regressions.md',
  Q: 'docs/regressions.md',
  W: 'docs/regressions.md',
}
const ownerOf = (code: string) => owners[/^(?:CVE|§|[A-Z])/.exec(code)![0]]!

/** `M4`, `S4-3`, `S1-a`, `CVE-2026-9087`, and the section of "security §3"; no part of a date, a path or an escape. */
const citation =
  /(?<![\w%}-])(?:CVE-\d{4}-\d+|S\d{1,2}(?:-(?:\d{1,2}|[a-e]))?|[MPTZGUKOHRQWC][1-9]\d?)(?![\w]|-\d)|(?<=\bsecurity )§\d/g
const drawn = / d="[^"]*"/g
const citedIn = (text: string) => [...text.replace(drawn, '').matchAll(citation)].map(([code]) => code)

/** A heading that begins with the code, or a row of a table whose first cell is the code. */
const defined = new Map(
  [...new Set(Object.values(owners))].map((file) => [
    file,
    new Set([...textOf(file).matchAll(/^(?:#{2,4} (\S+) |\| (\S+) \|)/gm)].map(([, heading, row]) => heading ?? row)),
  ]),
)

const commentsOf = (text: string) =>
  [...text.matchAll(/\/\*[\s\S]*?\*\/|(?<![:'"`\w/])\/\/[^\n]*|^\s*#[^\n]*/gm)].map(([comment]) => comment).join('\n')
/** Documents as they are; of code what its comments say. */
const saidIn = (file: string) => (file.endsWith('.md') ? texts.get(file)! : commentsOf(texts.get(file)!))

describe('what the code cites', () => {
  it('stands in docs/: every code is a heading or a row of the document that owns its letter', () => {
    const missing = [...texts].flatMap(([file, text]) =>
      citedIn(text)
        .filter((code) => !defined.get(ownerOf(code))!.has(code))
        .map((code) => `${file}: ${code} is not in ${ownerOf(code)}`),
    )
    assert.ok([...texts.values()].flatMap(citedIn).length > 1000)
    assert.deepEqual([...new Set(missing)], [])
  })

  it('is kept by the tests that the tables name: each is there and names its code', () => {
    const rows = ['docs/threat-model.md', 'docs/regressions.md'].flatMap((file) =>
      [...textOf(file).matchAll(/^\| (\S+) \|.*\| ((?:`test\/[^`]+`(?:, )?)+) \|$/gm)].map(
        ([, code = '', tests = '']) => ({
          file,
          code,
          tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, path]) => path!),
        }),
      ),
    )
    const wrong = rows.flatMap(({ file, code, tests }) =>
      tests
        .filter((test) => !existsSync(join(root, test)) || !textOf(test).includes(code))
        .map((test) => `${file}: ${code}: ${test} does not name it`),
    )
    assert.ok(rows.length > 100)
    assert.deepEqual(wrong, [])
  })

  const titles = new Set(
    filesOf('test/**/*.test.ts')
      .flatMap((file) => [...texts.get(file)!.matchAll(/\b(?:it|describe)\(\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/g)])
      .flatMap(([, , title = '']) => citedIn(title)),
  )

  it('has a test that names it in its title: every requirement and guarantee that is built', () => {
    const rows = [...textOf('docs/requirements.md').matchAll(/^\| ([SG]\d\S*) \| (.*) \|$/gm)]
    const built = rows.flatMap(([, code = '', says = '']) => (says.endsWith('*Not built.*') ? [] : [code]))
    assert.ok(built.length > 30)
    assert.deepEqual(
      built.filter((code) => !titles.has(code)),
      [],
    )
  })

  it('calls no row open that a test already keeps', () => {
    const open = [...textOf('docs/regressions.md').matchAll(/^\| (\S+) \|.*\| \*\*open\*\* \|$/gm)].map(
      ([, code]) => code!,
    )
    assert.deepEqual(
      open.filter((code) => titles.has(code)),
      [],
    )
  })
})

describe('what documents and comments name', () => {
  const named = [...texts.keys()].map((file) => ({ file, said: saidIn(file) }))

  it('is there: files by their path', () => {
    const path = /(?<![\w./<{-])(?:src|test|docs|scripts|config|views)\/[\w./*-]*\w/g
    const paths = named.flatMap(({ file, said }) => [...said.matchAll(path)].map(([each]) => ({ file, each })))
    assert.ok(paths.length > 100)
    assert.deepEqual(
      paths.filter(({ each }) => !existsSync(join(root, each)) && filesOf(`${each}*`).length === 0),
      [],
    )
  })

  it('is there: files by their name', () => {
    const names = new Set(filesOf('*', '{src,test,docs,scripts,config,views}/**/*').map((each) => basename(each)))
    const missing = named.flatMap(({ file, said }) =>
      [...said.matchAll(/(?<![\w./@-])[\w-]+(?:\.[\w-]+)*\.(?:ts|md|yaml)(?![\w-])/g)]
        .filter(([name]) => !names.has(name))
        .map(([name]) => `${file}: ${name}`),
    )
    assert.deepEqual(missing, [])
  })

  it('is there: what documents link to, within the repository', () => {
    const broken = documents.flatMap((file) =>
      [...texts.get(file)!.matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map(([, target]) => ({ target, at: normalize(join(dirname(file), target!)) }))
        .filter(({ at }) => at.startsWith('..') || !existsSync(join(root, at)))
        .map(({ target }) => `${file}: ${target}`),
    )
    assert.deepEqual(broken, [])
  })

  it('is nothing outside: no folder beside the repository, no machine of its own', () => {
    const outside = new RegExp(['\\.\\./sha', 'red|/wo', 'rk/|/ho', 'me/|/ro', 'ot/'].join(''))
    assert.deepEqual(
      [...texts].filter(([, text]) => outside.test(text)).map(([file]) => file),
      [],
    )
  })
})

describe('the documents', () => {
  it('name functions as they are called today', () => {
    const code = sources
      .filter((file) => file.startsWith('src/'))
      .map((file) => texts.get(file)!)
      .join('\n')
    const names = ['architecture', 'protocol', 'how-to-add', 'glossary'].flatMap((name) =>
      [...textOf(`docs/${name}.md`).matchAll(/`([a-z]+[A-Z]\w+)`/g)].map(([, each]) => each!),
    )
    assert.ok(names.length > 40)
    assert.deepEqual(
      names.filter((each) => !new RegExp(`\\b${each}\\b`).test(code)),
      [],
    )
  })

  it('send whoever looks for something to the room that has it', () => {
    const cell = /`([^`]+)`/g
    const rows = [...textOf('docs/architecture.md').matchAll(/^\| ([^|]+) \| (`[^|]+) \| ([^|]+) \|$/gm)].map(
      ([, what = '', rooms = '', look = '']) => {
        const named = [...`${rooms} ${look}`.matchAll(cell)].map(([, each]) => each!)
        const within = sources.filter((file) => named.some((room) => file.startsWith(`src/${room}`)))
        return {
          what,
          names: named.filter((each) => /[A-Z]/.test(each)),
          code: within.map((file) => texts.get(file)!).join('\n'),
        }
      },
    )
    assert.ok(rows.length > 25)
    assert.deepEqual(
      rows.flatMap(({ what, names, code }) =>
        names.filter((name) => !new RegExp(`\\b${name}\\b`).test(code)).map((name) => `${what}: ${name}`),
      ),
      [],
    )
  })

  it('are each linked from the README or from one that it links to', () => {
    const linked = new Set(
      documents.flatMap((file) =>
        [...texts.get(file)!.matchAll(/\]\(([^)#\s]+\.md)/g)].map(([, target]) =>
          normalize(join(dirname(file), target!)),
        ),
      ),
    )
    assert.deepEqual(
      documents.filter((file) => file !== 'README.md' && !linked.has(file)),
      [],
    )
  })

  it('say of every room of src where to look for it', () => {
    const rooms = globSync('*', { cwd: join(root, 'src') }).filter((each) =>
      statSync(join(root, 'src', each)).isDirectory(),
    )
    const architecture = textOf('docs/architecture.md')
    assert.deepEqual(
      rooms.filter((room) => !architecture.includes(`\`${room}\``)),
      [],
    )
  })
})
