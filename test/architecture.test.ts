import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const root = join(import.meta.dirname, '..')
const src = join(root, 'src')

/** A feature may use those before it, through their index only. */
const features = [
  'details',
  'audit',
  'companies',
  'services',
  'people',
  'accounts',
  'scopes',
  'links',
  'profile-sync',
  'activity',
  'disclosures',
  'support',
]
const doors = ['oidc', 'portal', 'console', 'company-api', 'dev']
const floor = ['http', 'mail', 'limits', 'storage', 'lib']

/** Each library lives behind one door. */
const behind: [library: RegExp, allowed: RegExp][] = [
  [/^oidc-provider/, /^oidc\//],
  [/^mongoose$/, /^(storage\/|oidc\/adapter\.ts|.*-store\.ts)/],
  [/^argon2$/, /^people\/password\.ts$/],
  [/^jose$/, /^(oidc|company-api|profile-sync)\//],
  [/^(koa|@koa\/router)$/, /^(app\.ts|http\/|oidc\/|portal\/|console\/|company-api\/|dev\/|.*-routes\.ts)/],
  [/^node:sqlite$/, /^storage\//],
  [/^nodemailer/, /^mail\//],
]

interface Import {
  from: string
  to: string
  /** Types vanish when the program runs; they bind all the same. */
  kind: 'type' | 'value'
}

const files = globSync('**/*.ts', { cwd: src }).sort()
const textOf = (file: string) => readFileSync(join(src, file), 'utf8')
const importsOf = (file: string): Import[] =>
  [...textOf(file).matchAll(/^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gm)].map(
    ([, type, to]) => ({
      from: file,
      to: (to as string).startsWith('.') ? relative(src, join(src, dirname(file), to as string)) : (to as string),
      kind: type ? 'type' : 'value',
    }),
  )
const inside = files.flatMap(importsOf).filter(({ to }) => !to.startsWith('..') && to.endsWith('.ts'))
const libraries = files.flatMap(importsOf).filter(({ to }) => !to.endsWith('.ts') && !to.startsWith('node:test'))
const roomOf = (file: string) => (file.includes('/') ? (file.split('/')[0] as string) : file)
const level = (room: string) => {
  if (floor.includes(room) || room === 'config.ts') return 0
  if (features.includes(room)) return 1
  if (doors.includes(room)) return 2
  return 3
}
const told = (wrong: Import[], rule: string) =>
  assert.deepEqual(
    wrong.map(({ from, to }) => `${from} → ${to}`),
    [],
    rule,
  )

describe('the shape of the code', () => {
  it('has no room that this list does not know', () => {
    const rooms = new Set(files.map(roomOf))
    const known = [...features, ...doors, ...floor, 'app.ts', 'main.ts', 'config.ts']
    assert.deepEqual(
      [...rooms].filter((room) => !known.includes(room)),
      [],
    )
  })

  it('imports app → doors → features → floor, never up', () => {
    // What the configuration is made of are the companies' and services' own schemas.
    const isConfigReadingIts = ({ from, to }: Import) =>
      from === 'config.ts' && ['companies', 'services', 'details', 'scopes'].includes(roomOf(to))
    const up = inside.filter((each) => level(roomOf(each.to)) > level(roomOf(each.from)) && !isConfigReadingIts(each))
    told(up, 'a lower level must not know a higher one')
  })

  it('lets a feature use only features before it, and only through their index', () => {
    const between = inside.filter(
      ({ from, to }) => roomOf(from) !== roomOf(to) && features.includes(roomOf(to)) && features.includes(roomOf(from)),
    )
    told(
      between.filter(({ from, to }) => features.indexOf(roomOf(to)) > features.indexOf(roomOf(from))),
      'news travels up as a call that app.ts connects',
    )
    const past = inside.filter(
      ({ from, to }) =>
        roomOf(from) !== roomOf(to) &&
        features.includes(roomOf(to)) &&
        !to.endsWith('/index.ts') &&
        roomOf(from) !== 'app.ts',
    )
    told(
      past.filter(({ kind }) => kind === 'value'),
      'a feature is entered through its index.ts',
    )
  })

  it('lets no door open another: what two of them show belongs to a feature', () => {
    const between = inside.filter(
      ({ from, to }) => roomOf(from) !== roomOf(to) && doors.includes(roomOf(from)) && doors.includes(roomOf(to)),
    )
    // The engine of sign-in is what every door stands behind.
    told(
      between.filter(({ to, kind }) => kind === 'value' && to !== 'oidc/index.ts'),
      'a door is entered from outside',
    )
  })

  it('keeps each library behind its one door', () => {
    const loose = libraries.filter(({ from, to }) =>
      behind.some(([library, allowed]) => library.test(to) && !allowed.test(from)),
    )
    told(
      loose.filter(({ kind }) => kind === 'value'),
      'a library lives behind one door',
    )
  })

  it('reads the environment in config.ts only, and the time in lib/clock.ts only', () => {
    const readers = (pattern: RegExp, allowed: string) =>
      files.filter((file) => file !== allowed && pattern.test(textOf(file)))
    assert.deepEqual(readers(/process\.env/, 'config.ts'), [])
    assert.deepEqual(readers(/\bDate\.now\(\)|new Date\(\)/, 'lib/clock.ts'), [])
  })

  it('opens each feature with its contract', () => {
    for (const feature of features.filter((name) => files.includes(`${name}/index.ts`)))
      assert.match(textOf(`${feature}/index.ts`), /^\/\*\*/, `${feature}/index.ts says what it owns`)
  })

  it('calls things by the words of the policy', () => {
    const forbidden = files.filter((file) => /(^|\/)(utils|helpers|common|manager|base)(\/|\.ts$)/.test(file))
    assert.deepEqual(forbidden, [])
  })
})
