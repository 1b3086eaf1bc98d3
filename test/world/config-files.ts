/** The demonstration's configuration in a folder of its own, changed as a test wants it. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump, load } from 'js-yaml'
import { checkConfig } from '../../src/config/settings.ts'

/** A file as people write it: not typed, since tests write it wrongly. */
export type Raw = Record<string, unknown>

const shipped = join(import.meta.dirname, '../../config')
const read = (name: string): Raw => load(readFileSync(join(shipped, name), 'utf8')) as Raw

export interface ConfigFiles {
  dir: string
  write: (name: string, content: Raw | string) => void
  read: (name: string) => string
  drop: (name: string) => void
  remove: () => void
}

export type Edit = (files: { operator: Raw; companies: Record<string, Raw> }) => void

export const configFiles = (edit: Edit = () => {}): ConfigFiles => {
  const dir = mkdtempSync(join(tmpdir(), 'config-'))
  mkdirSync(join(dir, 'companies'))
  const write = (name: string, content: Raw | string) =>
    writeFileSync(join(dir, name), typeof content === 'string' ? content : dump(content))

  const operator = read('operator.yaml')
  const companies = Object.fromEntries(
    readdirSync(join(shipped, 'companies')).map((name) => [name.replace('.yaml', ''), read(`companies/${name}`)]),
  )
  edit({ operator, companies })
  write('operator.yaml', operator)
  for (const [name, content] of Object.entries(companies)) write(`companies/${name}.yaml`, content)
  return {
    dir,
    write,
    read: (name) => readFileSync(join(dir, name), 'utf8'),
    drop: (name) => rmSync(join(dir, name)),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  }
}

/** For a suite: files that go after each test, and what is wrong with them, by file and without lines. */
export const configFilesOfEach = () => {
  const made: ConfigFiles[] = []
  afterEach(() => {
    for (const each of made.splice(0)) each.remove()
  })
  const written = (edit?: Edit): ConfigFiles => {
    const files = configFiles(edit)
    made.push(files)
    return files
  }
  const issuesWith = (edit: Edit): string[] => {
    const { dir } = written(edit)
    return checkConfig({ CONFIG_DIR: dir }).issues.map((issue) =>
      issue.replace(`${dir}/`, '').replace(/^([^:]+\.yaml):\d+:/, '$1:'),
    )
  }
  /** One change to Mobile's file; the issues it makes. */
  const mobileWith = (path: string, value: unknown): string[] =>
    issuesWith(({ companies }) => put(companies.mobile!, path, value))
  return { written, issuesWith, mobileWith }
}

/** Sets (or, with undefined, takes out) what stands at a path such as `services.0.clients.0.redirectUris`. */
export const put = (raw: Raw, path: string, value: unknown): void => {
  const parts = path.split('.')
  const last = parts.pop() as string
  const holder = parts.reduce<Raw>((at, part) => at[part] as Raw, raw)
  if (value === undefined) delete holder[last]
  else holder[last] = value
}
