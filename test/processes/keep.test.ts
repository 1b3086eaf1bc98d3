import assert from 'node:assert/strict'
import { minute, second } from '../../src/lib/clock.ts'
import { createLog } from '../../src/lib/log.ts'
import { createProcesses } from '../../src/processes/keep.ts'
import type { Member } from '../../src/processes/member.ts'

/** What happened so far has been taken notice of. */
const noticed = () => new Promise((resolve) => setImmediate(resolve))

/** So many processes that serve nothing: the test says when each is ready, and when it ends. */
const keeping = (count = 2) => {
  const begun: ReturnType<typeof aProcess>[] = []
  const pauses: { time: number; isOver: () => void }[] = []
  const failures: string[] = []

  const aProcess = (number: number) => {
    const ready = Promise.withResolvers<string>()
    const gone = Promise.withResolvers<boolean>()
    let isServing = false
    let hasEnded = false
    const told: string[] = []
    let answer: Promise<{ digest: string; isTaken: boolean }> = Promise.resolve({ digest: 'the files', isTaken: true })
    const ends = async (isInOrder = false) => {
      hasEnded = true
      ready.reject(new Error(`Process ${number} of several has ended before it was ready.`))
      gone.resolve(isInOrder)
      await noticed()
    }
    const stop = (signal: string): void => {
      told.push(signal)
      void ends(true)
    }
    const member: Omit<Member, 'digest'> = {
      gone: gone.promise,
      reload: () => {
        told.push('reload')
        return answer
      },
      metrics: async () => number,
      allReady: () => told.push('all-ready'),
      drain: () => void told.push('drain'),
    }
    return {
      number,
      told,
      isServing: () => isServing && !hasEnded,
      isBeginning: () => !isServing && !hasEnded,
      serves: async (digest = 'the files') => {
        isServing = true
        ready.resolve(digest)
        await noticed()
      },
      ends,
      /** What it says when it is asked to take another configuration. */
      answers: (said: typeof answer) => {
        answer = said
      },
      asBegun: { stop, gone: gone.promise },
      asMember: async (): Promise<Member> => ({ digest: await ready.promise, ...member }),
    }
  }

  const processes = createProcesses(count, {
    log: createLog('silent'),
    begin: (number, onBegun) => {
      const process = aProcess(number)
      begun.push(process)
      onBegun(process.asBegun)
      return process.asMember()
    },
    pause: (time) => new Promise((resolve) => pauses.push({ time, isOver: () => resolve(undefined) })),
    fail: (why) => void failures.push(why),
  })

  return {
    ...processes,
    failures,
    pauses,
    last: () => begun.at(-1)!,
    of: (number: number) => begun.filter((each) => each.number === number),
    begun: () => begun.length,
    serving: () => begun.filter((each) => each.isServing()).map(({ number }) => number),
    /** The pause that is on, from its beginning to its end. */
    passed: async () => {
      pauses.at(-1)!.isOver()
      await noticed()
    },
    /** All serve. */
    hasBegun: async () => {
      const started = processes.start()
      await noticed()
      for (let i = 0; i < count; i++) await begun[i]!.serves()
      await started
    },
  }
}

describe('whose place is taken by whom', () => {
  it('Q16: one that ends at once again and again is begun less and less often, once a minute in the end', async () => {
    const product = keeping()
    await product.hasBegun()
    await product.of(2)[0]!.ends()
    for (let failures = 1; failures <= 12; failures++) {
      const longest = Math.min(minute, second * 2 ** (failures - 1))
      const { time } = product.pauses.at(-1)!
      assert.ok(time >= longest / 2 && time <= longest, `${failures}: ${time}`)
      assert.equal(product.pauses.length, failures)
      await product.passed()
      // Whether it came so far as to serve makes no difference.
      if (failures % 2 === 0) await product.last().serves()
      await product.last().ends()
    }
    assert.deepEqual(product.serving(), [1])
    assert.deepEqual(product.failures, [])
  })

  it('Q16: nothing is begun while a pause lasts', async () => {
    const product = keeping()
    await product.hasBegun()
    await product.of(2)[0]!.ends()
    assert.equal(product.begun(), 2)
    await product.passed()
    assert.equal(product.begun(), 3)
  })

  it('Q16: with none left, and none that can be started, it is said in a sentence', async () => {
    const product = keeping()
    await product.hasBegun()
    await product.of(1)[0]!.ends()
    await product.passed()
    await product.last().ends()
    assert.deepEqual(product.failures, [])
    await product.of(2)[0]!.ends()
    await product.passed()
    await product.last().ends()
    assert.deepEqual(product.failures, ['No process is left, and none can be started: what is wrong stands above.'])
  })

  it('Q16: a second that ends before it is ready ends the start, and the first with it', async () => {
    const product = keeping()
    const started = assert.rejects(product.start(), /^Error: Process 2 of several has ended before it was ready\.$/)
    await noticed()
    await product.of(1)[0]!.serves()
    await product.of(2)[0]!.ends()
    await started
    assert.deepEqual(product.of(1)[0]!.told, ['SIGTERM'])
    assert.deepEqual([product.serving(), product.pauses, product.failures], [[], [], []])
  })

  it('Q16: while the first lives, a second that cannot be started is tried again, and ends nothing', async () => {
    const product = keeping()
    await product.hasBegun()
    await product.of(2)[0]!.ends()
    for (let failures = 1; failures <= 3; failures++) {
      await product.passed()
      await product.last().ends()
    }
    await product.passed()
    await product.last().serves()
    assert.deepEqual(product.serving(), [1, 2])
    assert.deepEqual(product.failures, [])
  })

  describe('while they are replaced one after the other (SIGUSR2)', () => {
    it('Q16: one serves under a number where the old one dies before its successor is ready', async () => {
      const product = keeping()
      await product.hasBegun()
      void product.restart()
      await noticed()
      const [old, successor] = product.of(1)
      await old!.ends()
      await successor!.serves()
      await product.passed()
      const twins = product.of(1).filter((each) => each.isServing())
      assert.deepEqual(twins, [successor])
      assert.equal(product.of(1).length, 2)
    })

    it('Q16: whoever was begun for one that died goes, where a successor was ready first', async () => {
      const product = keeping()
      await product.hasBegun()
      await product.of(1)[0]!.ends()
      await product.passed()
      void product.restart()
      await noticed()
      const [, begunForTheDead, successor] = product.of(1)
      await successor!.serves()
      await begunForTheDead!.serves()
      assert.deepEqual([successor!.told, begunForTheDead!.told], [['all-ready', 'drain'], ['all-ready']])
    })

    it('an old one is let go once the new one serves, and not before', async () => {
      const product = keeping()
      await product.hasBegun()
      void product.restart()
      await noticed()
      const [old] = product.of(1)
      assert.deepEqual(old!.told, ['all-ready'])
      await product.last().serves()
      assert.deepEqual(old!.told, ['all-ready', 'drain'])
      assert.equal(product.begun(), 3)
    })

    it('Q16: SIGTERM ends the old, the new and the one on its way, and none is begun any more', async () => {
      const product = keeping()
      await product.hasBegun()
      void product.restart()
      await noticed()
      await product.last().serves()
      const [old] = product.of(1)
      assert.deepEqual(old!.told, ['all-ready', 'drain'])
      await old!.ends(true)
      assert.ok(product.last().isBeginning())
      assert.equal(product.last().number, 2)
      assert.equal(await product.stop(), true)
      await noticed()
      assert.deepEqual(product.serving(), [])
      assert.equal(product.begun(), 4)
    })

    it('Q16: a successor that cannot be started ends the replacing, and nobody who serves', async () => {
      const product = keeping()
      await product.hasBegun()
      const done = product.restart()
      await noticed()
      await product.last().ends()
      await done
      assert.deepEqual(product.serving(), [1, 2])
      assert.equal(product.begun(), 3)
    })
  })

  describe('one configuration', () => {
    it('what the first refuses is asked of no other', async () => {
      const product = keeping()
      await product.hasBegun()
      product.of(1)[0]!.answers(Promise.resolve({ digest: 'the files', isTaken: false }))
      await product.reload()
      assert.deepEqual(product.of(2)[0]!.told, ['all-ready'])
    })

    it('whoever refuses what the first took is replaced', async () => {
      const product = keeping()
      await product.hasBegun()
      product.of(2)[0]!.answers(Promise.resolve({ digest: 'the files', isTaken: false }))
      const done = product.reload()
      await noticed()
      await product.last().serves()
      const [old] = product.of(2)
      assert.deepEqual(old!.told, ['all-ready', 'reload', 'drain'])
      await old!.ends(true)
      await done
      assert.deepEqual(product.serving(), [1, 2])
    })

    it('one that begins under newer files has the others take them', async () => {
      const product = keeping()
      await product.hasBegun()
      await product.of(2)[0]!.ends()
      await product.passed()
      await product.last().serves('newer files')
      assert.deepEqual(product.of(1)[0]!.told, ['all-ready', 'reload'])
    })
  })

  it('Q16: none is begun once all are told to end, not even for one that refuses what the others took', async () => {
    const product = keeping()
    await product.hasBegun()
    const asked = Promise.withResolvers<{ digest: string; isTaken: boolean }>()
    product.of(2)[0]!.answers(asked.promise)
    void product.reload()
    await noticed()
    const stopped = product.stop()
    asked.resolve({ digest: 'the files', isTaken: false })
    await stopped
    await noticed()
    assert.equal(product.begun(), 2)
  })
})
