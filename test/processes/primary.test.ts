import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { aFreePort } from '../world/server.ts'

const script = join(import.meta.dirname, '../world/stub-processes.ts')

/** Looks again until it is so. */
const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 25))
}

describe('a primary and its processes, which answer', function () {
  this.timeout(60_000)
  let primary: ChildProcess
  let port: number
  /** The process ids, in the order in which they began to serve. */
  let begun: number[]
  beforeEach(async () => {
    port = await aFreePort()
    begun = []
    primary = spawn(process.execPath, [script], {
      env: { ...process.env, PORT: String(port), BEGINNING: '', PROCESSES: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: primary.stdout! })
    lines.on('line', (line) => begun.push((JSON.parse(line) as { pid: number }).pid))
    await until(() => begun.length === 2)
  })
  afterEach(async () => {
    primary.kill('SIGTERM')
    await once(primary, 'exit')
  })

  /** Which process answered, on a connection of its own; whatever else came of it, in words. */
  const ask = (): Promise<number | string> =>
    new Promise((resolve) => {
      const request = get({ port, host: '127.0.0.1', agent: false, timeout: 10_000 }, async (answer) => {
        resolve(Number(await text(answer)))
      })
      request.on('error', ({ message }) => resolve(message))
      request.on('timeout', () => resolve('there was no answer'))
    })

  const isNoAnswer = (answer: number | string): boolean => typeof answer === 'string'

  it('Q17: whoever asks while a process stands still has their answer of another, and none waits for one that was killed', async () => {
    const [still] = begun
    process.kill(still!, 'SIGSTOP')
    await until(() => readFileSync(`/proc/${still}/stat`, 'utf8').includes(') T '))
    const asked = Promise.all(Array.from({ length: 6 }, ask))
    process.kill(still!, 'SIGKILL')
    assert.deepEqual((await asked).filter(isNoAnswer), [])
  })

  it('Q17: while each is replaced by a new one, time and again, every request is answered', async () => {
    let isOver = false
    const answers: (number | string)[] = []
    const one = async () => {
      while (!isOver) answers.push(await ask())
    }
    const asking = Promise.all(Array.from({ length: 12 }, one))
    for (let round = 2; round <= 4; round++) {
      primary.kill('SIGUSR2')
      await until(() => begun.length === 2 * round)
    }
    isOver = true
    await asking
    assert.deepEqual(answers.filter(isNoAnswer), [])
  })
})

describe('a primary and its processes, of which one is still beginning', function () {
  this.timeout(60_000)
  let primary: ChildProcess
  /** The process ids, by number. */
  let processes: Map<number, number>
  /** How many each takes itself to be one of. */
  let counts: (string | undefined)[]
  beforeEach(async () => {
    primary = spawn(process.execPath, [script], {
      env: { ...process.env, BEGINNING: '2', PROCESSES: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    processes = new Map()
    counts = []
    for await (const line of createInterface({ input: primary.stdout! })) {
      const { number, pid, of } = JSON.parse(line) as { number: number; pid: number; of?: string }
      processes.set(number, pid)
      counts.push(of)
      if (processes.size === 2) break
    }
  })
  const isThere = (pid: number): boolean => {
    try {
      return process.kill(pid, 0)
    } catch {
      return false
    }
  }
  const pids = () => [...processes.values()].filter(isThere)
  afterEach(() => {
    for (const pid of [primary.pid!, ...pids()]) if (isThere(pid)) process.kill(pid, 'SIGKILL')
  })

  it('Q16: each is one of as many as the primary keeps, however many cores it counts when it is begun', () => {
    assert.deepEqual(counts, ['2', '2'])
  })

  it('Q16: none of them outlives a primary that was killed', async () => {
    assert.equal(pids().length, 2)
    primary.kill('SIGKILL')
    await until(() => pids().length === 0)
  })

  it('Q16: all end by SIGTERM, and in order: whoever was beginning had nothing in hand', async () => {
    primary.kill('SIGTERM')
    const [code] = (await once(primary, 'exit')) as [number | null]
    assert.equal(code, 0)
    assert.deepEqual(pids(), [])
  })
})
