/** A CPU profile of the product under one operation, and what costs most in it, by name. */
import { globSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fill } from './fill.ts'
import { createInstallation } from './installation.ts'
import { isAsked, measure } from './measure.ts'
import { operations } from './operations.ts'
import { startProduct } from './product.ts'

interface Asked {
  people: number
  seconds: number
  port: number
  /** Operations whose name has this word, each in a profile of its own. */
  only: string
  say: (text: string) => void
}

/** As V8 writes it: a sample is the node that ran when it was taken. */
interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
  /** Microseconds on the machine's steady clock, and from each sample to the next. */
  startTime: number
  timeDeltas: number[]
}

/** Answers where each profile lies and its five largest costs. */
export const profile = async ({ people, seconds, port, only, say }: Asked): Promise<string> => {
  const { environment, world, close } = createInstallation(port, people)
  await fill(environment, people)
  const told: string[] = []
  for (const operation of operations(world).filter(isAsked(only))) {
    const folder = mkdtempSync(join(tmpdir(), 'profile-'))
    const product = await startProduct(environment, { flags: ['--cpu-prof', `--cpu-prof-dir=${folder}`] })
    const since = Number(process.hrtime.bigint() / 1000n)
    const { perSecond, errors } = await measure(operation, { seconds, cpu: product.cpu })
    await product.stop()
    say(`${operation.name}: ${perSecond.toFixed(1)}/s, ${errors} errors`)
    // The process's own threads write theirs beside it; the largest is the main one's.
    const files = globSync(join(folder, '*.cpuprofile')).map((file) => ({ file, text: readFileSync(file, 'utf8') }))
    const [main] = files.sort((a, b) => b.text.length - a.text.length)
    if (!main) throw new Error(`no profile was written to ${folder}`)
    told.push(
      `${operation.name} (${main.file})`,
      ...largestCosts(JSON.parse(main.text) as CpuProfile, { since, most: 5 }),
      '',
    )
  }
  close()
  return told.join('\n')
}

/** By the share of time that a function ran itself, of all in which anything ran since then (the start is another matter). */
const largestCosts = (
  { nodes, samples, startTime, timeDeltas }: CpuProfile,
  { since, most }: { since: number; most: number },
): string[] => {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]))
  const taken = new Map<string, number>()
  let at = startTime
  for (const [i, id] of samples.entries()) {
    at += timeDeltas[i] ?? 0
    const name = names.get(id) ?? '?'
    if (at > since && !/^\((idle|root)\)$/.test(name)) taken.set(name, (taken.get(name) ?? 0) + 1)
  }
  const all = [...taken.values()].reduce((sum, each) => sum + each, 0)
  return [...taken]
    .sort(([, one], [, other]) => other - one)
    .slice(0, most)
    .map(([name, times]) => `${((100 * times) / all).toFixed(1).padStart(5)} %  ${name}`)
}

const nameOf = ({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string => {
  const where = url.replace(/^.*\/(?=node_modules\/|src\/)/, '')
  return `${functionName || '(anonymous)'}${where && ` ${where}:${lineNumber + 1}`}`
}
