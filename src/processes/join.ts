import cluster from 'node:cluster'
import type { Answers, ToPrimary, ToProcess } from './messages.ts'

export interface Membership {
  /** From 1 on; whoever takes the place of one that ended has the same. */
  number: number
  /** Whether each of the others has been ready since the start. */
  areAllReady: () => boolean
  /** Serves from now on, under the configuration of this digest. `drain`: another has taken its place. */
  ready: (digest: string, answers: Answers, drain: () => Promise<void>) => void
}

/** Of several: the one that was started, and keeps the others. */
export const { isPrimary } = cluster

/** The place of this process among several; undefined: it is the only one. */
export const joinProcesses = async (): Promise<Membership | undefined> => {
  const self = cluster.worker
  if (!self) return undefined
  // It ends in its own order when the primary is gone, and not where it stands.
  self.exitedAfterDisconnect = true
  const say = (message: ToPrimary): void => void process.send?.(message, undefined, undefined, () => {})
  const placed = Promise.withResolvers<number>()
  let areAllReady = false
  let serving: { answers: Answers; drain: () => Promise<void> } | undefined

  process.on('message', async (message: ToProcess) => {
    if (message.kind === 'place') placed.resolve(message.number)
    if (message.kind === 'all-ready') areAllReady = true
    if (message.kind === 'drain') await serving?.drain()
    if (message.kind === 'ask') say({ kind: 'answer', id: message.id, answer: await serving?.answers[message.what]() })
  })
  // The primary is gone: whoever does not serve yet has nothing in hand, and would wait for its place for ever.
  process.once('disconnect', () => serving ?? process.exit(1))
  say({ kind: 'begun' })
  const number = await placed.promise

  return {
    number,
    areAllReady: () => areAllReady,
    ready: (digest, answers, drain) => {
      serving = { answers, drain }
      say({ kind: 'ready', digest })
    },
  }
}
