import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { type Account, blankAccount } from '../../src/accounts/index.ts'
import { createReconciler, type ReconcilerDeps } from '../../src/profile-sync/reconciler.ts'

describe('what follows a change of a person is one run at a time', () => {
  /** What is recorded of them waits for `open`; the first copy at a company fails. */
  const aRun = () => {
    const gate = Promise.withResolvers<void>()
    const seen = { recording: 0, atOnce: 0, recorded: 0, copied: 0 }
    const person = { _id: 'ada', status: 'active', v: 2, n: 1, rev: 2, log: [{ n: 1 }], fields: {} }
    const deps = {
      people: { get: async () => person, settle: async () => {}, drained: async () => {} },
      links: { linksOf: async () => ({ accounts: [{ _id: 'mobile:ada', company: 'mobile' }], isJoining: false }) },
      accounts: {
        get: async () => null,
        change: async () => {
          seen.copied += 1
          if (seen.copied === 1) throw new Error('the database was away for a moment')
        },
      },
      company: (id: string) => ({ id, release: { receives: [] } }),
      revisionOf: () => 1,
      record: {
        person: async () => {
          seen.recording += 1
          seen.atOnce = Math.max(seen.atOnce, seen.recording)
          await gate.promise
          seen.recording -= 1
          seen.recorded += 1
        },
      },
      settlePerson: async () => {},
      eventDispatcher: { stop: () => {} },
      log: { error: () => {} },
    } as unknown as ReconcilerDeps
    return { reconciler: createReconciler(deps), open: gate.resolve, seen }
  }

  it('M4: where a copy cannot be written, what is recorded and told meanwhile is not begun a second time beside it', async () => {
    const { reconciler, open, seen } = aRun()
    const first = reconciler.enqueuePerson('ada')
    await setImmediate()
    const second = reconciler.enqueuePerson('ada')
    await setImmediate()
    open()
    await Promise.all([first, second])
    assert.deepEqual(seen, { recording: 0, atOnce: 1, recorded: 2, copied: 2 })
  })

  it('M4: where a copy cannot be written, a stop waits for what is being recorded', async () => {
    const { reconciler, open, seen } = aRun()
    void reconciler.enqueuePerson('ada')
    await setImmediate()
    let isStopped = false
    const stopped = reconciler.stop().then(() => {
      isStopped = true
    })
    await setImmediate()
    assert.equal(isStopped, false)
    open()
    await stopped
    assert.equal(seen.recorded, 1)
  })
})

describe('a change whose letter takes its time', () => {
  it('S4-3: is told to services meanwhile', async () => {
    const letter = Promise.withResolvers<void>()
    const told = Promise.withResolvers<void>()
    const person = { _id: 'ada', status: 'active', v: 2, n: 1, rev: 2, log: [{ n: 1 }], fields: {} }
    const born = { company: 'mobile', subject: 'ada', status: 'open', epoch: 1, language: 'en', createdAt: 0 } as const
    const account = blankAccount({ _id: 'mobile:ada', ...born })
    const reconciler = createReconciler({
      people: { get: async () => person, settle: async () => {} },
      links: {
        linksOf: async () => ({ accounts: [account], isJoining: false }),
        leaveDue: async (each: Account) => each,
      },
      accounts: { get: async () => account, change: async () => account, settle: async () => {} },
      company: (id: string) => ({ id, release: { receives: [] } }),
      revisionOf: () => 1,
      record: { person: () => letter.promise, account: async () => {} },
      closeDue: async (each: Account) => each,
      settlePerson: async () => {},
      eventDispatcher: { tell: async () => told.resolve(), nextTry: () => null },
      log: { error: () => {} },
    } as unknown as ReconcilerDeps)
    const run = reconciler.enqueuePerson('ada')
    await told.promise
    letter.resolve()
    await run
  })
})

describe('an account that is being told of when its person is looked at', () => {
  /**
   * How often its run begins: the first lasts until its person is looked at, whose copy there is `written`, at once or by the
   * time that it has ended.
   */
  const runsWhere = async (written: Account | undefined, isCopiedLast = false): Promise<number> => {
    const gate = Promise.withResolvers<undefined>()
    let first: Promise<void> | undefined
    const born = { company: 'mobile', subject: 'ada', status: 'open', epoch: 1, language: 'en', createdAt: 0 } as const
    const account = blankAccount({ _id: 'mobile:ada', ...born })
    const person = { _id: 'ada', status: 'active', v: 2, n: 1, rev: 2, log: [], fields: {} }
    let runs = 0
    const reconciler = createReconciler({
      people: { get: async () => person, settle: async () => {} },
      links: {
        linksOf: async () => ({ accounts: [account], isJoining: false }),
        leaveDue: async (each: Account) => each,
      },
      accounts: {
        get: async () => account,
        change: async () => {
          if (isCopiedLast) await first
          return written
        },
        settle: async () => {},
      },
      company: (id: string) => ({ id, release: { receives: [] } }),
      revisionOf: () => 1,
      record: { person: async () => {}, account: async () => {} },
      closeDue: async (each: Account) => each,
      settlePerson: async () => {},
      eventDispatcher: {
        tell: () => {
          runs += 1
          return gate.promise
        },
        nextTry: () => null,
      },
      log: { error: () => {} },
    } as unknown as ReconcilerDeps)
    first = reconciler.enqueueAccount(account._id)
    const second = reconciler.enqueuePerson('ada')
    await setImmediate()
    gate.resolve(undefined)
    await Promise.all([first, second])
    return runs
  }

  it('S4-3: is not looked at once more where its copy was in step', async () => {
    assert.equal(await runsWhere(undefined), 1)
  })

  it('S4-3: nor where it was told before the copies were looked at', async () => {
    assert.equal(await runsWhere(undefined, true), 1)
  })

  it('G2: is looked at once more where its copy was written meanwhile', async () => {
    assert.equal(await runsWhere({ _id: 'mobile:ada' } as Account), 2)
  })
})
