import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { functionsOf } from './world/functions.ts'

const root = join(import.meta.dirname, '..')
const src = join(root, 'src')

/** What people, companies and browsers reach; and what the policy talks about. */
const entryPoints = ['sign-in', 'portal', 'console', 'company-api', 'developers', 'dev']
const features = [
  'companies',
  'audit',
  'services',
  'credentials',
  'people',
  'accounts',
  'staff',
  'scopes',
  'links',
  'activity',
  'disclosures',
  'preferences',
  'analytics',
  'profile-sync',
  'support',
  'rights-requests',
  'portability',
  'backup',
]

/** From the ground up: a room knows those before its line and no other, types counted. */
const order = [
  ['lib'],
  ['i18n'],
  ['details', 'storage'],
  ['limits', 'audit', 'companies'],
  ['http', 'services'],
  ['mail'],
  ['credentials'],
  ['people'],
  ['accounts', 'staff'],
  ['scopes'],
  ['links'],
  ['activity', 'disclosures', 'preferences'],
  ['analytics'],
  ['profile-sync'],
  ['support'],
  ['rights-requests'],
  ['portability'],
  ['backup'],
  ['config'],
  ['oidc'],
  entryPoints,
  ['app', 'processes'],
  ['serve.ts'],
  ['main.ts'],
]

/** Each library lives behind one door; its types too, so that it can be changed for another. */
const behind: [library: RegExp, door: RegExp][] = [
  [/^oidc-provider/, /^oidc\//],
  [/^mongoose$/, /^storage\//],
  [/^mingo/, /^storage\/embedded\//],
  [/^node:sqlite$/, /^storage\/embedded\//],
  [/^@node-rs\/argon2$/, /^credentials\/password\.ts$/],
  [/^@zxcvbn-ts\//, /^credentials\/strength-worker\.ts$/],
  [/^otpauth$/, /^staff\//],
  [/^jose$/, /^oidc\//],
  [/^(koa|@koa\/router)$/, /^(app\/|(http|oidc|sign-in|portal|console|company-api|developers|dev)\/)/],
  [/^eta/, /^http\/views\.ts$/],
  [/^nodemailer/, /^mail\/transport\.ts$/],
  [/^pino$/, /^lib\/log\.ts$/],
  [/^yazl$/, /^portability\/make-archive\.ts$/],
  [/^d3-/, /^console\/chart\.ts$/],
  [/^uqr$/, /^lib\/qr-code\.ts$/],
  [/^prom-client$/, /^lib\/metrics\.ts$/],
]

/** Functions that make a module of a room, or an entry point's table: CONTRIBUTING, *Sizes*. */
const moduleName = /^(create|open)[A-Z]|Routes$/

/** Longer than 80 lines for a reason. */
const longFor: Record<string, string> = {
  createOidc: 'the map of its room, as `app` is of all: each part built once, with what it is given, in one order',
}

interface Import {
  from: string
  to: string
  /** What is taken; `*` for all of it. */
  names: string[]
  /** Types vanish when the program runs; they bind all the same. */
  kind: 'type' | 'value'
}

const files = globSync('**/*.ts', { cwd: src }).sort()
const textOf = (file: string) => readFileSync(join(src, file), 'utf8')
const taking = String.raw`\{[^}]*\}|\*(?: as \w+)?|\w+(?:,\s*\{[^}]*\})?`
const statement = new RegExp(String.raw`^(?:import|export)\s+(type\s+)?(?:(${taking})\s+from\s+)?'([^']+)'`, 'gm')
/** Loaded when first used. */
const later = /(?<!typeof )(?:(\{[^}]*\}) = \(?await )?\(?(?:await )?import\('([^']+)'\)/g
const importsOf = (file: string): Import[] => {
  const text = textOf(file)
  const placed = (to: string) => (to.startsWith('.') ? relative(src, join(src, dirname(file), to)) : to)
  const named = (taken: string | undefined) => namesIn(taken?.replaceAll(/: \w+/g, '') ?? '*')
  return [
    ...[...text.matchAll(statement)].map(([, type, taken = '*', to = '']): Import => {
      return { from: file, to: placed(to), names: namesIn(taken), kind: type ? 'type' : 'value' }
    }),
    ...[...text.matchAll(later)].map(([, taken, to = '']): Import => {
      return { from: file, to: placed(to), names: named(taken), kind: 'value' }
    }),
  ]
}
const namesIn = (taken: string): string[] =>
  taken.includes('*') ? ['*'] : [...taken.matchAll(/(\w+)(?: as \w+)?\s*(?=[,}])/g)].map(([, name]) => name!)
const inside = files.flatMap(importsOf).filter(({ to }) => !to.startsWith('..') && to.endsWith('.ts'))
const libraries = files.flatMap(importsOf).filter(({ to }) => !to.endsWith('.ts') && !to.startsWith('node:test'))
const roomOf = (file: string) => (file.includes('/') ? (file.split('/')[0] as string) : file)
const level = (room: string) => order.findIndex((rooms) => rooms.includes(room))
/** An index hands on what it takes by `export … from`. */
const isHandedOn = (index: string, to: string) =>
  new RegExp(`^export [^;]*?from '[^']*/${to.split('/').at(-1)!.replaceAll('.', '\\.')}'`, 'm').test(textOf(index))
const importsOutside = (file: string): Import[] => importsOf(relative(src, join(root, file)))
/** Every place that breaks a rule, with the rule in words. */
const told = (rule: string, wrong: Pick<Import, 'from' | 'to'>[]) =>
  assert.deepEqual(
    wrong.map(({ from, to }) => `${from} → ${to}: ${rule}`),
    [],
  )

describe('the shape of the code', () => {
  it('has no room that this list does not know', () => {
    const unknown = files.map(roomOf).filter((room) => level(room) < 0)
    told(
      'a room has its place in the order',
      unknown.map((room) => ({ from: 'src', to: room })),
    )
  })

  it('imports one way only, types counted: entry points → features → floor', () => {
    const between = inside.filter(({ from, to }) => roomOf(from) !== roomOf(to))
    told(
      'a room knows only those before it; news travels up as a signal that app/events.ts connects',
      between.filter(({ from, to }) => level(roomOf(to)) >= level(roomOf(from))),
    )
    told(
      'a room is entered through its index.ts',
      between.filter(({ to }) => to.includes('/') && !to.startsWith('lib/') && !to.endsWith('/index.ts')),
    )
  })

  it('enters the embedded database through its index alone', () => {
    const isIn = (file: string) => file.startsWith('storage/embedded/')
    told(
      'it is a package of its own',
      inside.filter(({ from, to }) => isIn(to) && !isIn(from) && to !== 'storage/embedded/index.ts'),
    )
    told(
      'it knows nothing of the product',
      inside.filter(({ from, to }) => isIn(from) && !isIn(to) && to !== 'lib/freeze.ts'),
    )
  })

  it('has a plain lane that opens no storage of its own, knows no library and is entered in one place', () => {
    const isIn = (file: string) => file.startsWith('oidc/plain/')
    told(
      'it is entered through plain-lane.ts',
      inside.filter(({ from, to }) => isIn(to) && !isIn(from) && to !== 'oidc/plain/plain-lane.ts'),
    )
    told(
      'what it answers is asked of the same functions as the library’s hooks ask, and it writes by the same stores',
      inside.filter(({ from, to }) => isIn(from) && roomOf(to) === 'storage'),
    )
    told(
      'it takes the library’s types alone',
      libraries.filter(({ from, to, kind }) => isIn(from) && to === 'oidc-provider' && kind === 'value'),
    )
  })

  it('has no two files that need each other, types counted', () => {
    const needs = new Map(files.map((file) => [file, inside.filter(({ from }) => from === file)]))
    const circleFrom = (file: string, path: string[]): string[] | undefined => {
      if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
      if (clear.has(file)) return undefined
      for (const { to } of needs.get(file) ?? []) {
        const circle = circleFrom(to, [...path, file])
        if (circle) return circle
      }
      clear.add(file)
      return undefined
    }
    const clear = new Set<string>()
    assert.equal(
      files
        .map((file) => circleFrom(file, []))
        .find(Boolean)
        ?.join(' → '),
      undefined,
    )
  })

  it('keeps each library behind its one door', () => {
    told(
      'a library lives behind one door',
      libraries.filter(({ from, to }) => behind.some(([library, door]) => library.test(to) && !door.test(from))),
    )
  })

  it('reads the environment in config/settings.ts only, and the time in lib/clock.ts only', () => {
    const readers = (pattern: RegExp, allowed: string) =>
      files.filter((file) => file !== allowed && pattern.test(textOf(file))).map((from) => ({ from, to: allowed }))
    told('process.env is read there and nowhere else', readers(/process\.env/, 'config/settings.ts'))
    told('the time is asked there and nowhere else', readers(/\bDate\.now\(\)|new Date\(\)/, 'lib/clock.ts'))
  })

  it('reads a path where its row checks it: a handler is given `params`', () => {
    told(
      "what the row has checked is handed to the handler, and to the entry point's guard",
      files
        .filter((file) => !file.startsWith('http/') && /\b(?:ctx|context)\.params\b/.test(textOf(file)))
        .map((from) => ({ from, to: 'http/routes.ts' })),
    )
  })

  it('keeps HTTP out of the rules: no feature knows a request', () => {
    const taken = ['PageContext', 'PageMiddleware', 'seeOther', 'clientNetwork']
    told(
      'a feature is called by doors and knows none of what they are asked with',
      inside.filter(
        ({ from, to, names }) =>
          features.includes(roomOf(from)) && roomOf(to) === 'http' && names.some((name) => taken.includes(name)),
      ),
    )
  })

  it('lets no entry point write a document: what it is given only reads', () => {
    // Development's empties and fills the whole database.
    const inProduction = entryPoints.filter((room) => room !== 'dev')
    told(
      'it asks a use case of a feature, and is given no store that writes (`ReadAccounts`, `ReadPeople`)',
      inside.filter(
        ({ from, to, names }) =>
          inProduction.includes(roomOf(from)) &&
          (roomOf(to) === 'storage' || names.some((name) => name === '*' || /Store$/.test(name))),
      ),
    )
  })

  it('opens each room with its contract, which hands out only what somebody takes', () => {
    const indexes = files.filter((file) => file.endsWith('/index.ts'))
    for (const index of indexes) assert.match(textOf(index), /^(import [^\n]*\n)*\/\*\*/, `${index} says what it owns`)
    const takers = [...inside, ...globSync('{test,scripts}/**/*.ts', { cwd: root }).flatMap(importsOutside)]
    const takenFrom = (index: string) => takers.filter(({ to }) => to === index).flatMap(({ names }) => names)
    told(
      'nobody takes it',
      indexes.flatMap((index) => {
        const taken = takenFrom(index)
        return importsOf(index)
          .filter(({ from, to }) => isHandedOn(from, to))
          .flatMap(({ names }) => names.filter((name) => name !== '*' && !taken.includes(name)))
          .map((name) => ({ from: index, to: name }))
      }),
    )
  })

  it('has tests of its own for every room, which run alone: mocha test/<room>', () => {
    const rooms = order.flat().filter((room) => !room.endsWith('.ts'))
    const ofRoom = (room: string) => globSync(`${room}/*.test.ts`, { cwd: join(root, 'test') })
    assert.deepEqual(
      rooms.filter((room) => ofRoom(room).length === 0),
      [],
    )
  })

  it('has no file above 300 lines', () => {
    assert.deepEqual(
      files.filter((file) => textOf(file).split('\n').length > 301),
      [],
    )
  })

  it('has no function above 80 lines: what is longer is a module, whose acts stand side by side', () => {
    const paths = files.map((name) => ({ name, path: join(src, name) }))
    const found = functionsOf(join(root, 'tsconfig.json'), paths)
    assert.ok(found.length > 2000, `${found.length} functions`)
    const isModule = ({ name, isInner }: (typeof found)[number]) => !isInner && moduleName.test(name)
    const long = found.filter((each) => (isModule(each) ? each.ownLines : each.lines) > 80)
    const unasked = long.filter(({ name }) => !(name in longFor))
    assert.deepEqual(
      unasked.map(({ file, name, lines, ownLines }) => `${file} ${name}: ${lines} lines, ${ownLines} of its own`),
      [],
    )
    assert.deepEqual(
      Object.keys(longFor).filter((name) => !long.some((each) => each.name === name)),
      [],
      'a reason that nothing needs any more',
    )
  })

  it('calls things by the words of the policy', () => {
    told(
      'a file is named after what it does',
      files
        .filter((file) => /(^|\/)(utils|helpers|common|manager|base)(\/|\.ts$)/.test(file))
        .map((file) => ({ from: 'src', to: file })),
    )
  })
})

describe('README and docs', () => {
  const documentOf = (file: string) => readFileSync(join(root, file), 'utf8')
  const readme = documentOf('README.md')

  it('draws every room of src', () => {
    const rooms = order.flat().filter((room) => !room.endsWith('.ts'))
    const missing = rooms.filter((room) => !readme.includes(`${room}/`))
    assert.deepEqual(missing, [])
  })

  it('says of every collection what it holds', () => {
    const dataModel = documentOf('docs/data-model.md')
    const made = files.flatMap((file) => [...textOf(file).matchAll(/storeOf<.*?\}\),?\s*'([\w-]+)',?\s*\)/gs)])
    const missing = made.map(([, name]) => name).filter((name) => !dataModel.includes(`\`${name}\``))
    assert.ok(made.length > 25)
    assert.deepEqual(missing, [])
  })

  it('explains every variable that the configuration reads', () => {
    const configuration = documentOf('docs/configuration.md')
    const read = [...textOf('config/settings.ts').matchAll(/\benv\.([A-Z_]+)/g)].map(([, name]) => name)
    assert.deepEqual(
      read.filter((name) => !configuration.includes(`\`${name}\``)),
      [],
    )
  })

  it('names no file, command or test that is not there', () => {
    const scripts = Object.keys(
      (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }).scripts,
    )
    const paths = [...readme.matchAll(/(?:`|\()((?:test|scripts|docs|config|src)\/[\w./-]+)/g)].map(([, path]) => path!)
    const commands = [...readme.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!)
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(root, path))),
      [],
    )
    assert.deepEqual(
      commands.filter((name) => !scripts.includes(name)),
      [],
    )
  })
})
