/** The product as several processes on MongoDB, on ports and a database of the test's own, each request on a connection of its own. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadConfig } from '../../src/config/settings.ts'
import { openDatabase } from '../../src/storage/index.ts'
import { aTestApp } from './app.ts'
import { type ConfigFiles, configFiles, put } from './config-files.ts'
import { aFreePort } from './server.ts'

const root = join(import.meta.dirname, '../..')

/** Looks again until it is so, or the process has ended. */
const until = async <T>(what: () => Promise<T | undefined | false> | T | undefined | false, child: ChildProcess) => {
  for (;;) {
    const found = await what()
    if (found) return found
    assert.ok(child.exitCode === null && child.signalCode === null, 'the primary has ended')
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

interface Line {
  process: number | 'primary'
  msg: string
}

export const severalProcesses = async (server: string) => {
  const [port, metricsPort] = [await aFreePort(), await aFreePort()]
  const files: ConfigFiles = configFiles(({ companies }) =>
    put(companies.mobile!, 'services.0.clients.0.offline', true),
  )
  const dataDir = mkdtempSync(join(tmpdir(), 'several-'))
  const mongodbUri = new URL(server)
  mongodbUri.pathname = `/several-${randomUUID()}`
  const env = {
    PORT: String(port),
    METRICS_PORT: String(metricsPort),
    PROCESSES: '2',
    KEEP_ALIVE: '1',
    CONFIG_DIR: files.dir,
    DATA_DIR: dataDir,
    MONGODB_URI: mongodbUri.href,
    SECRET_KEYS: Buffer.alloc(32, 7).toString('base64'),
  }

  /** Another primary on the same database, under other settings where told. */
  const start = (changes: Record<string, string> = {}) => {
    let said = ''
    const child = spawn(process.execPath, [join(root, 'src/main.ts')], {
      cwd: root,
      env: { ...process.env, ...env, ...changes },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text))
    const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
    const address = `http://localhost:${changes.PORT ?? port}`
    const lines = (): Line[] =>
      said.split('\n').flatMap((line) => (line.startsWith('{') && line.endsWith('}') ? [JSON.parse(line) as Line] : []))
    const toldOften = (msg: string): number => lines().filter((line) => line.msg === msg).length
    return {
      address,
      pid: child.pid!,
      said: () => said,
      gone,
      signal: (name: NodeJS.Signals) => child.kill(name),
      until: <T>(what: () => Promise<T | undefined | false> | T | undefined | false) => until(what, child),
      /** Until a sentence was said so often. */
      untilTold: async (msg: string, times = 1) => {
        await until(() => toldOften(msg) >= times, child)
      },
      toldOften,
      ready: async () => {
        const asked = () => fetch(`${address}/health/ready`).catch(() => undefined)
        await until(async () => (await asked())?.ok, child)
      },
      /** The processes that serve or are on their way, oldest first. */
      processes: (): number[] =>
        readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
          .trim()
          .split(' ')
          .filter(Boolean)
          .map(Number),
      stop: async () => {
        child.kill('SIGTERM')
        return gone
      },
    }
  }

  const database = await openDatabase({ mongodbUri: mongodbUri.href })
  const first = start()
  await first.ready().catch((error: unknown) => assert.fail(`${error}\n${first.said()}`))
  // A third on the same data, in this process: makes people, and looks.
  const app = await aTestApp({ config: loadConfig(env), database })

  return {
    ...first,
    app,
    files,
    start,
    metrics: async () => (await fetch(`http://localhost:${metricsPort}/metrics`)).text(),
    close: async () => {
      await first.stop()
      await app.close()
      await database.connection.db.dropDatabase()
      await database.close()
      files.remove()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

export type Several = Awaited<ReturnType<typeof severalProcesses>>
