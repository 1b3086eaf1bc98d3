/** Makes durable what was committed to the log, each time it is asked to, and says when that is done and how far it goes. */
import { fdatasyncSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { followLog } from './log-mark.ts'

const { log } = workerData as { log: number }
const endOf = followLog(log)

parentPort?.on('message', () => {
  try {
    // Before the flush: what is committed while it runs is not part of it.
    const end = endOf()
    fdatasyncSync(log)
    parentPort?.postMessage({ end })
  } catch (error) {
    parentPort?.postMessage({ code: (error as NodeJS.ErrnoException).code ?? 'EIO' })
  }
})
