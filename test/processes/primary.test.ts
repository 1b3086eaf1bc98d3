import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const script = join(import.meta.dirname, '../world/stub-processes.ts')

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
    while (pids().length > 0) await new Promise((resolve) => setTimeout(resolve, 25))
  })

  it('Q16: all end by SIGTERM, and in order: whoever was beginning had nothing in hand', async () => {
    primary.kill('SIGTERM')
    const [code] = (await once(primary, 'exit')) as [number | null]
    assert.equal(code, 0)
    assert.deepEqual(pids(), [])
  })
})
