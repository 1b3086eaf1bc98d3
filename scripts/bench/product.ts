/** The product as a process of its own, and what it costs the machine. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const here = join(import.meta.dirname, '../..')

export interface Product {
  pid: number
  /** From the start of the process to its first answer. */
  startMilliseconds: number
  /** Processor time until then. */
  startCpu: number
  /** Processor time so far, in milliseconds; 0 where there is no /proc. */
  cpu: () => number
  /** Resident memory in MB. */
  memory: () => number
  stop: () => Promise<void>
}

/** Starts what a checkout is, or another program of it, as the checkout itself starts Node. */
export const startProduct = async (
  environment: Record<string, string>,
  { root = here, program = 'src/main.ts', flags = [] }: { root?: string; program?: string; flags?: string[] } = {},
): Promise<Product> => {
  const { heapFlags, nodeEnvironment } = (await import(
    pathToFileURL(join(root, 'scripts/node-options.ts')).href
  )) as typeof import('../node-options.ts')
  const started = performance.now()
  const child = spawn(process.execPath, [...heapFlags, ...flags, program], {
    cwd: root,
    env: { ...process.env, ...nodeEnvironment, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const end = () => child.kill()
  process.once('exit', end)
  child.once('exit', () => process.off('exit', end))
  await answering(`${environment.ISSUER}/.well-known/openid-configuration`, child)
  return {
    pid: child.pid as number,
    startMilliseconds: performance.now() - started,
    startCpu: cpuOf(child.pid as number),
    cpu: () => cpuOf(child.pid as number),
    memory: () => memoryOf(child.pid as number),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.kill()
      }),
  }
}

const answering = async (address: string, child: ChildProcess): Promise<void> => {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the product ended with ${child.exitCode}`)
    const response = await fetch(address).catch(() => undefined)
    await response?.arrayBuffer()
    if (response?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const read = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** utime and stime, the 14th and 15th field, in hundredths of a second. */
const cpuOf = (pid: number): number => {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10
}

const memoryOf = (pid: number): number => Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024
