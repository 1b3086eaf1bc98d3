import cluster from 'node:cluster'
import { second } from '../lib/clock.ts'
import type { Answers, ToPrimary, ToProcess } from './messages.ts'

/** Milliseconds for which an answer about the metrics is waited for: a process that stands still holds up no other's. */
const patience = 3 * second

/**
 * One process of so many, from its beginning to its end. Rejects when it ended before it was ready, having said why. It is
 * told how many there are: by itself it counts cores, which a container may have been given more or fewer of since.
 */
export const beginMember = async (count: number, number: number, onBegun: (member: Begun) => void): Promise<Member> => {
  const worker = cluster.fork({ PROCESSES: String(count) })
  const waiting = new Map<number, (answer: unknown) => void>()
  const ready = Promise.withResolvers<string>()
  const gone = Promise.withResolvers<boolean>()
  let last = 0
  let isServing = false
  let isTold = false

  // A process that is ending takes nothing any more: what is lost by that is found by its end.
  const say = (message: ToProcess): void => void worker.send(message, () => {})
  const ask = (what: keyof Answers): Promise<unknown> =>
    new Promise((resolve) => {
      const id = ++last
      waiting.set(id, resolve)
      say({ kind: 'ask', id, what })
    })

  worker.on('message', (message: ToPrimary) => {
    if (message.kind === 'begun') say({ kind: 'place', number })
    if (message.kind === 'ready') {
      isServing = true
      ready.resolve(message.digest)
    }
    if (message.kind !== 'answer') return
    waiting.get(message.id)?.(message.answer)
    waiting.delete(message.id)
  })
  const ended = (isInOrder: boolean): void => {
    ready.reject(new Error(`Process ${number} of several has ended before it was ready.`))
    for (const resolve of waiting.values()) resolve(undefined)
    gone.resolve(isInOrder)
  }
  // One that was told to end while it was beginning had nothing in hand, however it ended.
  worker.once('exit', (code) => ended(code === 0 || (isTold && !isServing)))
  worker.on('error', () => ended(false))
  const stop = (signal: NodeJS.Signals): void => {
    isTold = true
    worker.process.kill(signal)
  }
  onBegun({ stop, gone: gone.promise })
  const digest = await ready.promise

  return {
    digest,
    gone: gone.promise,
    reload: () => ask('reload') as ReturnType<Member['reload']>,
    metrics: () => {
      const tooLong = Promise.withResolvers<undefined>()
      const timer = setTimeout(() => tooLong.resolve(undefined), patience)
      return Promise.race([ask('metrics'), tooLong.promise]).finally(() => clearTimeout(timer))
    },
    allReady: () => say({ kind: 'all-ready' }),
    drain: () => say({ kind: 'drain' }),
  }
}

export interface Begun {
  stop: (signal: 'SIGTERM' | 'SIGKILL') => void
  /** Settles when it has ended: whether in order. */
  gone: Promise<boolean>
}

/** One that serves. What it is asked is undefined when it ended meanwhile. */
export interface Member extends Pick<Begun, 'gone'> {
  digest: string
  reload: () => Promise<Awaited<ReturnType<Answers['reload']>> | undefined>
  metrics: () => Promise<unknown>
  allReady: () => void
  /** Ends when whoever is connected has gone. */
  drain: () => void
}
