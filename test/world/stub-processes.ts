/**
 * A primary and two processes as `src/processes` keeps them, which need no database. Those that `BEGINNING` names, by a
 * comma between, are never ready; each other is at once, and answers at `PORT`, where there is one, with its process id.
 */
import cluster from 'node:cluster'
import { listen } from '../../src/lib/listen.ts'
import { joinProcesses, runPrimary } from '../../src/processes/index.ts'

const beginning = (process.env.BEGINNING ?? '').split(',').map(Number)

const settings = { processes: 2, host: '127.0.0.1', keepAlive: 1000, logLevel: 'silent' }

const fail = (error: unknown): never => {
  console.error(error instanceof Error ? error.message : String(error))
  process.exit(1)
}

const serve = async () => {
  const place = await joinProcesses()
  if (!place) throw new Error('it is begun by a primary')
  // As a process is held that has a database open.
  setInterval(() => {}, 60_000)
  if (!beginning.includes(place.number)) {
    const answer: Parameters<typeof listen>[0] = (_, response) => response.end(String(process.pid))
    const server = process.env.PORT ? await listen(answer, Number(process.env.PORT), settings) : undefined
    const end = () => process.exit(0)
    const drain = async () => {
      await server?.drain()
      end()
    }
    place.ready('', { reload: async () => ({ digest: '', isTaken: true }), metrics: async () => [] }, drain)
    for (const signal of ['SIGTERM', 'disconnect']) process.on(signal, end)
  }
  console.log(JSON.stringify({ number: place.number, pid: process.pid, of: process.env.PROCESSES }))
}

await (cluster.isPrimary ? runPrimary(settings, fail).catch(fail) : serve())
