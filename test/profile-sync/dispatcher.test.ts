import assert from 'node:assert/strict'
import { type Account, type AccountMutation, blankAccount } from '../../src/accounts/index.ts'
import { type CopyDelivery, createEventDispatcher, type Delivery } from '../../src/profile-sync/index.ts'

const recipient = { id: 'web', name: 'Web', company: 'games', endpoint: '', audience: '' }
const silent = { info: () => {}, warn: () => {}, error: () => {}, debug: () => {} }

/** One linked account in memory, changed as the store does it. */
const anAccountStore = () => {
  let account: Account = {
    ...blankAccount({
      _id: 'games:a',
      company: 'games',
      subject: 'a',
      status: 'open',
      epoch: 3,
      language: 'en',
      createdAt: 0,
    }),
    link: { id: 'l', person: 'ada', agreed: [], since: 0, policyVersion: '1', how: 'new' },
    copy: { givenName: 'Ada' },
    withdrawn: ['city'],
    seq: 5,
  }
  const change = async (_id: string, decide: (seen: Account) => AccountMutation | undefined) => {
    const mutation = decide(account)
    if (!mutation) return undefined
    const next = structuredClone(account) as unknown as Record<string, Record<string, unknown>>
    const at = (path: string) => {
      const [top, ...rest] = path.split('.') as [string, ...string[]]
      return rest.length === 0 ? { holder: next, key: top } : { holder: next[top]!, key: rest.join('.') }
    }
    for (const [path, value] of Object.entries(mutation.set ?? {})) {
      const { holder, key } = at(path)
      ;(holder as Record<string, unknown>)[key] = value
    }
    for (const path of mutation.unset ?? []) {
      const { holder, key } = at(path)
      delete (holder as Record<string, unknown>)[key]
    }
    account = next as unknown as Account
    return account
  }
  return { get: () => account, change }
}

describe('telling a service that details changed (M6, G5)', () => {
  const setUp = (
    push: (delivery: Delivery, signal: AbortSignal) => Promise<{ status: number }>,
    monotonic?: () => number,
  ) => {
    const store = anAccountStore()
    const dispatcher = createEventDispatcher({
      accounts: { get: async () => store.get(), change: store.change } as never,
      recipientsOf: () => [recipient],
      push,
      log: silent as never,
      ...(monotonic && { monotonic }),
    })
    return { store, dispatcher }
  }

  it('W10: a process that stood still since it took its turn sends nothing: the turn may be another’s by now', async () => {
    const sent: CopyDelivery[] = []
    let elapsed = 0
    const { store, dispatcher } = setUp(
      async (delivery) => {
        sent.push(delivery as CopyDelivery)
        return { status: 202 }
      },
      () => {
        elapsed += 9000
        return elapsed
      },
    )
    await dispatcher.tell(store.get())
    assert.deepEqual(sent, [])
    assert.equal(store.get().told.web, undefined)
  })

  it('W13: tells the whole copy as it stands, and what was withdrawn', async () => {
    const sent: CopyDelivery[] = []
    const { store, dispatcher } = setUp(async (delivery) => {
      sent.push(delivery as CopyDelivery)
      return { status: 202 }
    })
    await dispatcher.tell(store.get())
    assert.equal(sent.length, 1)
    const [{ claims, version, withdrawn }] = sent as [CopyDelivery]
    assert.deepEqual(
      { claims, version, withdrawn },
      { claims: { given_name: 'Ada', name: 'Ada' }, version: '3.5', withdrawn: ['city'] },
    )
    assert.deepEqual(store.get().told.web?.seq, 5)
  })

  it('G4: a change that comes while a service answers is told after it, and how the account stands then is known', async () => {
    const sent: string[] = []
    const { store, dispatcher } = setUp(async ({ version }) => {
      sent.push(version)
      if (sent.length === 1) await store.change('games:a', ({ seq }) => ({ set: { seq: seq + 1 } }))
      return { status: 202 }
    })
    const after = await dispatcher.tell(store.get())
    assert.deepEqual(sent, ['3.5', '3.6'])
    assert.equal(after, store.get())
  })

  it('S4-3: a service that has answered is not looked at once more, nor is the account read again', async () => {
    const asked: string[] = []
    const store = anAccountStore()
    const dispatcher = createEventDispatcher({
      accounts: {
        get: async () => asked.push('get'),
        change: async (...of: Parameters<typeof store.change>) => {
          asked.push('change')
          return store.change(...of)
        },
      } as never,
      recipientsOf: () => [recipient],
      push: async () => ({ status: 202 }),
      log: silent as never,
    })
    await dispatcher.tell(store.get())
    assert.deepEqual(asked, ['change', 'change'])
    assert.equal(await dispatcher.tell(store.get()), undefined)
  })

  it('G5: an unlink in another process, which has nothing on the wire itself, breaks it off', async () => {
    let why = ''
    const { store, dispatcher } = setUp(
      (_telling, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            why = (signal.reason as Error).name
            reject(new Error('aborted'))
          })
          // As the other process writes it.
          void store.change('games:a', ({ epoch }) => ({ set: { epoch: epoch + 1 } }))
        }),
    )
    await dispatcher.tell(store.get())
    assert.equal(why, 'AbortError', 'and not by its time, which is a TimeoutError')
    assert.equal(store.get().told.web, undefined)
    assert.deepEqual(store.get().sending, {})
  })

  it('W1: an unlink breaks off what is on the wire, and the service counts as not told', async () => {
    let why = ''
    const { store, dispatcher } = setUp(
      (_telling, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            why = (signal.reason as Error).name
            reject(new Error('aborted'))
          })
          setImmediate(() => dispatcher.abort('games:a'))
        }),
    )
    await dispatcher.tell(store.get())
    assert.equal(why, 'AbortError')
    assert.equal(store.get().told.web, undefined)
    assert.equal(store.get().sending.web, undefined)
  })
})
