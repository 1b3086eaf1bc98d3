import cluster from 'node:cluster'
import { setTimeout } from 'node:timers/promises'
import { type Listening, listen } from '../lib/listen.ts'
import { createLog } from '../lib/log.ts'
import { type Counted, metricsOfAll, metricsType } from '../lib/metrics.ts'
import { createProcesses } from './keep.ts'
import { beginMember } from './member.ts'

interface Settings {
  processes: number
  host: string
  keepAlive: number
  metricsPort?: number
  logLevel: string
}

/**
 * The process that answers nothing itself: it keeps those that do, and says what all of them count.
 * SIGTERM ends all, SIGHUP has all take the configuration anew, SIGUSR2 replaces them one after the other.
 */
export const runPrimary = async (settings: Settings, fail: (error: unknown) => void): Promise<void> => {
  // Each takes connections from one queue of the system's, which has them until one is taken: handed on by the primary, one on
  // its way to a process that ends would be neither closed nor handed to another.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  const log = createLog(settings.logLevel, undefined, { process: 'primary' })
  const processes = createProcesses(settings.processes, {
    log,
    begin: (number, onBegun) => beginMember(settings.processes, number, onBegun),
    pause: setTimeout,
    fail: (why) => fail(new Error(why)),
  })
  let metrics: Listening | undefined
  let isStopping = false
  const stop = async (): Promise<void> => {
    if (isStopping) return
    isStopping = true
    const isInOrder = await processes.stop()
    await metrics?.close()
    process.exit(isInOrder ? 0 : 1)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop())
  process.on('SIGHUP', () => void processes.reload())
  process.on('SIGUSR2', () => void processes.restart())
  // Who started us has died without a word.
  process.once('disconnect', () => void stop())

  try {
    await processes.start()
  } catch (error) {
    if (isStopping) return
    throw error
  }
  if (settings.metricsPort)
    metrics = await listen(
      async (request, response) => {
        const isKnown = request.url === '/metrics'
        const text = isKnown ? await metricsOfAll((await processes.metrics()) as Counted[]) : ''
        response.writeHead(isKnown ? 200 : 404, { 'content-type': metricsType }).end(text)
      },
      settings.metricsPort,
      settings,
    )
  log.info({ processes: settings.processes }, 'all processes are ready')
}
