/** Makes durable what was committed to the log, each time it is asked to, and says when that is done. */
import { fdatasyncSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'

const { log } = workerData as { log: number }

parentPort?.on('message', () => {
  try {
    fdatasyncSync(log)
    parentPort?.postMessage(null)
  } catch (error) {
    parentPort?.postMessage((error as NodeJS.ErrnoException).code ?? 'EIO')
  }
})
