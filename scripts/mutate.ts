/**
 * Spoils one rule at a time and shows that a test sees it: `npm run mutate [-- --only FOLDER] [--again] [--jobs N]`.
 *
 * Each `mutations.yaml` lists the rules of the folder that it stands in (a room, or the demonstration), one a line: what
 * is replaced, by what, and the test that must then fail. A line with `equivalent` in place of a test changes nothing
 * that can be seen, and says why. What was seen is kept in `data/mutate.json` by the content of rule, file and test, so
 * that a run that was broken off goes on where it stood; `--again` begins anew. Works on a copy, never on this checkout.
 * Ends with 1 where a spoiled rule was not seen.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Mutation, readMutations, spoil } from './mutations.ts'

const root = join(import.meta.dirname, '..')
const keptIn = join(root, 'data/mutate.json')
/** Milliseconds after which a spoiled rule counts as seen: the test hangs where it passed before. */
const longest = 180_000

type Verdict = 'caught' | 'not caught' | 'test does not pass unspoiled'

const { values: asked } = parseArgs({
  options: { only: { type: 'string' }, again: { type: 'boolean' }, jobs: { type: 'string', default: '2' } },
})

const keyOf = ({ folder, file, replace, with: spoiled, test, grep = '' }: Mutation): string => {
  const hash = createHash('sha256')
  for (const part of [folder, file, replace, spoiled, grep, textOf(`${folder}/${file}`), textOf(test ?? '')])
    hash.update(part).update('\0')
  return hash.digest('hex')
}
const textOf = (path: string): string => (path ? readFileSync(join(root, path), 'utf8') : '')

const kept = (): Record<string, Verdict> => {
  if (asked.again) return {}
  try {
    return JSON.parse(readFileSync(keptIn, 'utf8')) as Record<string, Verdict>
  } catch {
    return {}
  }
}
const seen = kept()
const keep = (key: string, verdict: Verdict): void => {
  seen[key] = verdict
  mkdirSync(join(root, 'data'), { recursive: true })
  writeFileSync(keptIn, JSON.stringify(seen))
}

/** A copy of what tests read; each job spoils its own. */
const copyCheckout = (): string => {
  const copy = mkdtempSync(join(tmpdir(), 'mutate-'))
  for (const part of ['src', 'test', 'views', 'config', 'scripts', 'docs'])
    cpSync(join(root, part), join(copy, part), { recursive: true })
  for (const part of ['package.json', 'package-lock.json', 'tsconfig.json', '.mocharc.yaml', 'README.md'])
    cpSync(join(root, part), join(copy, part))
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

/** Runs the test there; whether it failed, and how many tests passed. */
const runTest = (copy: string, { test, grep }: Mutation): Promise<{ failed: boolean; passed: number }> =>
  new Promise((resolve) => {
    const words = [join(copy, 'node_modules/mocha/bin/mocha.js'), test!, ...(grep ? ['--grep', grep] : [])]
    const child = spawn(process.execPath, words, { cwd: copy, detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
    let printed = ''
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
    })
    const tooLong = setTimeout(() => process.kill(-child.pid!, 'SIGKILL'), longest)
    child.on('close', (code) => {
      clearTimeout(tooLong)
      resolve({ failed: code !== 0, passed: Number(/(\d+) passing/.exec(printed)?.[1] ?? 0) })
    })
  })

const judge = async (copy: string, mutation: Mutation, passesUnspoiled: Set<string>): Promise<Verdict> => {
  const run = `${mutation.test}\0${mutation.grep ?? ''}`
  if (!passesUnspoiled.has(run)) {
    const { failed, passed } = await runTest(copy, mutation)
    if (failed || passed === 0) return 'test does not pass unspoiled'
    passesUnspoiled.add(run)
  }
  const path = join(copy, mutation.folder, mutation.file)
  const good = readFileSync(path, 'utf8')
  const spoiled = spoil(mutation, good)
  // A text that no longer parses would fail any test and show nothing.
  if (path.endsWith('.ts')) stripTypeScriptTypes(spoiled)
  writeFileSync(path, spoiled)
  const { failed } = await runTest(copy, mutation)
  writeFileSync(path, good)
  return failed ? 'caught' : 'not caught'
}

const lines = readMutations(root).filter(({ folder }) => asked.only === undefined || basename(folder) === asked.only)
const waiting = lines.filter((each) => each.equivalent === undefined && seen[keyOf(each)] !== 'caught')
const total = waiting.length
console.log(`${lines.length} spoiled rules, ${total} to be tried`)

const missed: string[] = []
const work = async (): Promise<void> => {
  const copy = copyCheckout()
  const passesUnspoiled = new Set<string>()
  try {
    for (let mutation = waiting.shift(); mutation; mutation = waiting.shift()) {
      const verdict = await judge(copy, mutation, passesUnspoiled)
      keep(keyOf(mutation), verdict)
      const line = `${verdict}: ${mutation.folder}/${mutation.file}: ${mutation.replace} → ${mutation.with} (${mutation.test})`
      if (verdict !== 'caught') missed.push(line)
      console.log(`${total - waiting.length}/${total} ${line}`)
    }
  } finally {
    rmSync(copy, { recursive: true, force: true })
  }
}
await Promise.all(Array.from({ length: Number(asked.jobs) }, work))

const equal = lines.filter(({ equivalent }) => equivalent !== undefined).length
console.log(
  `${lines.length - equal - missed.length} caught, ${missed.length} not caught, ${equal} change nothing that can be seen`,
)
for (const line of missed) console.log(line)
process.exitCode = missed.length === 0 ? 0 : 1
