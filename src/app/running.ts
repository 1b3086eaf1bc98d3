import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Config } from '../config/index.ts'
import { second } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { App } from './create-app.ts'

/** So long the work of an app that was replaced waits for the requests it began with. */
const longestUnderWay = 30 * second

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

/** One app and the configuration that it was made of. */
interface Turn {
  app: App
  config: Config
  answer: Answer
  metrics: Answer
  underWay: number
  idle: PromiseWithResolvers<void>
}

export interface RunningDeps {
  /** Makes an app of a configuration; throws where that can't be, and has changed nothing then. */
  open: (config: Config) => Promise<App>
  log: Log
}

/**
 * What runs now: one app, held in one place and replaced whole, so that nobody ever meets half of a configuration. A
 * request ends under the app it began under; whatever comes after the replacement meets the new one. Both stand on the
 * same data, as two processes do.
 */
export const createRunning = async ({ open, log }: RunningDeps, first: Config) => {
  const begin = async (config: Config): Promise<Turn> => {
    const app = await open(config)
    return {
      app,
      config,
      answer: app.callback(),
      metrics: app.metrics(),
      underWay: 0,
      idle: Promise.withResolvers<void>(),
    }
  }

  let current = await begin(first)
  let last: Promise<unknown> = Promise.resolve()
  const ending = Promise.withResolvers<void>()
  const retiring = new Set<Promise<void>>()

  const asked =
    (kind: 'answer' | 'metrics'): Answer =>
    (request, response) => {
      const turn = current
      turn.underWay += 1
      response.once('close', () => {
        turn.underWay -= 1
        if (turn.underWay === 0 && turn !== current) turn.idle.resolve()
      })
      return turn[kind](request, response)
    }

  /** Its requests first, then its work; what it left undone is the new one's, as after a crash. */
  const retire = async (turn: Turn): Promise<void> => {
    turn.app.dev?.stop()
    if (turn.underWay > 0) await Promise.race([turn.idle.promise, ending.promise, rest(longestUnderWay)])
    await turn.app.stop()
  }

  const replace = async (config: Config): Promise<void> => {
    const next = await begin(config)
    try {
      await next.app.start()
    } catch (error) {
      await next.app.stop().catch((error: unknown) => log.error({ error }, 'what was refused did not end in order'))
      throw error
    }
    const before = current
    current = next
    const retired = retire(before)
      .catch((error: unknown) => log.error({ error }, 'what was replaced did not end in order'))
      .finally(() => retiring.delete(retired))
    retiring.add(retired)
  }

  return {
    answer: asked('answer'),
    metrics: asked('metrics'),
    app: (): App => current.app,
    config: (): Config => current.config,

    /** One after the other. Throws what `open` or the new app's start throws, and what ran goes on. */
    replace: (config: Config): Promise<void> => {
      const replaced = last.then(() => replace(config))
      last = replaced.catch(() => {})
      return replaced
    },

    stop: async (): Promise<void> => {
      await last
      ending.resolve()
      await Promise.all([...retiring, current.app.stop()])
    },
  }
}

export type Running = Awaited<ReturnType<typeof createRunning>>

const rest = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds).unref())
