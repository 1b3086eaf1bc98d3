import { Worker } from 'node:worker_threads'
import { AppError } from '../lib/errors.ts'
import { createFairQueue } from '../lib/fair-queue.ts'
import type { Judgement, Question } from './strength-worker.ts'

/** Whoever asks when so many wait already is told to come back: what is not judged is not taken. */
const most = 32
/** Milliseconds, the reading of the dictionaries included: whoever's password takes longer is not waited for. */
const longest = 10_000

export interface Judging {
  /** How many may wait; fewer in tests only. */
  most?: number
  /** Another judge than the thread, in tests only. */
  ask?: (password: string, personal: string[]) => Promise<Judgement>
}

/**
 * The judging thread, begun with the first question and again after it died: one password at a time, in a fair order, for
 * a bounded while (H5). Keeps no process alive by itself.
 */
export const createPasswordJudge = (judging: Judging = {}) => {
  const turn = createFairQueue({ concurrency: 1, most: judging.most ?? most })
  let thread: Worker | undefined
  let last = 0

  const busy = () => new AppError('unavailable', 'busy', { values: { seconds: 2 } })

  const byThread = async (password: string, personal: string[]): Promise<Judgement> => {
    thread ??= new Worker(new URL('./strength-worker.ts', import.meta.url), { execArgv: [] })
    const asked = thread
    last += 1
    const question: Question = { id: last, password, personal }
    const { promise, resolve, reject } = Promise.withResolvers<Judgement>()
    const ended = (error: unknown) => reject(error)
    const exited = () => reject(busy())
    const tooLong = setTimeout(() => void asked.terminate(), longest)
    asked.once('message', resolve).once('error', ended).once('exit', exited)
    asked.ref()
    asked.postMessage(question)
    try {
      return await promise
    } catch (error) {
      thread = undefined
      throw error
    } finally {
      clearTimeout(tooLong)
      asked.off('message', resolve).off('error', ended).off('exit', exited)
      asked.unref()
    }
  }

  const ask = judging.ask ?? byThread

  return {
    /** AppError `busy` (unavailable) when too many wait, or when it takes too long. */
    judge: (password: string, personal: string[]): Promise<Judgement> => turn(() => ask(password, personal)),

    /** How many are judged or wait for it. */
    depth: turn.depth,

    stop: async (): Promise<void> => {
      await thread?.terminate()
    },
  }
}
