import { Worker } from 'node:worker_threads'
import { AppError } from '../lib/errors.ts'
import type { Judgement, Question } from './strength-worker.ts'

interface Waiting {
  resolve: (judgement: Judgement) => void
  reject: (error: unknown) => void
}

/** Whoever asks when so many wait already is told to come back: what is not judged is not taken. */
const most = 32

/**
 * The judging thread, begun with the first question and again after it died. Keeps no process alive by itself.
 */
export const createPasswordJudge = () => {
  const waiting = new Map<number, Waiting>()
  let thread: Worker | undefined
  let last = 0

  const begin = (): Worker => {
    const begun = new Worker(new URL('./strength-worker.ts', import.meta.url), { execArgv: [] })
    const ended = (error: unknown) => {
      if (thread === begun) thread = undefined
      for (const { reject } of waiting.values()) reject(error)
      waiting.clear()
    }
    begun.on('message', (judgement: Judgement) => {
      waiting.get(judgement.id)?.resolve(judgement)
      waiting.delete(judgement.id)
      if (waiting.size === 0) begun.unref()
    })
    begun.on('error', ended)
    begun.on('exit', () => ended(new AppError('unavailable', 'busy', { values: { seconds: 2 } })))
    return begun
  }

  return {
    /** AppError `busy` (unavailable) when too many wait. */
    judge: async (password: string, personal: string[]): Promise<Judgement> => {
      if (waiting.size >= most) throw new AppError('unavailable', 'busy', { values: { seconds: 2 } })
      thread ??= begin()
      last += 1
      const question: Question = { id: last, password, personal }
      const { promise, resolve, reject } = Promise.withResolvers<Judgement>()
      waiting.set(question.id, { resolve, reject })
      thread.ref()
      thread.postMessage(question)
      return promise
    },

    stop: async (): Promise<void> => {
      await thread?.terminate()
    },
  }
}
