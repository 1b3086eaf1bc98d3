/**
 * Loaded into a product under `--expose-gc` (`node --import`): at each SIGUSR2 collects what is garbage, and adds to the file
 * BENCH_HEAP_FILE what lives on: a line of JSON with the heap and what lies beside it, in MB.
 */
import { appendFileSync } from 'node:fs'

process.on('SIGUSR2', () => {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  const [heap, beside] = [heapUsed, external].map((bytes) => Math.round(bytes / 1024 / 102.4) / 10)
  appendFileSync(process.env.BENCH_HEAP_FILE as string, `${JSON.stringify({ heap, beside })}\n`)
})
