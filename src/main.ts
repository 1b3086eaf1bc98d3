/**
 * The process: configuration → database → app → listen; closes in reverse. In development a door more stands open, with
 * the demonstration group when it is asked for (`--demonstration`).
 */
import { createServer, type Server } from 'node:http'
import { createApp, createReload, createRunning, type Running } from './app/index.ts'
import { verifyAudit } from './audit/index.ts'
import { takeBackup } from './backup/index.ts'
import { type Config, loadConfig, loadDemonstration } from './config/index.ts'
import { waitingFor } from './http/index.ts'
import { adjustableClock, second } from './lib/clock.ts'
import { listenForCommands } from './lib/command-socket.ts'
import { ConfigurationError } from './lib/config-issues.ts'
import { reportLeftBehind } from './lib/left-behind.ts'
import { createLog } from './lib/log.ts'
import { rotateKeys } from './oidc/index.ts'
import { type Database, openDatabase } from './storage/index.ts'

/** A container is given ten seconds from SIGTERM to SIGKILL, and so are those whom `npm start` started. */
const longestStop = 9 * second

const isDemonstration = process.argv.includes('--demonstration')

const start = async (): Promise<void> => {
  const config = loadConfig()
  if (config.production && isDemonstration)
    throw new Error('--demonstration is for development: leave it out, or leave NODE_ENV=production out.')
  const log = createLog(config.logLevel)
  if (config.production && config.journalDir?.startsWith(config.dataDir))
    log.warn({ setting: 'JOURNAL_DIR' }, 'the journal lies beside the data that it is to outlive: name another disk')
  const acceptLoss = process.argv.includes('--accept-loss')
  if (acceptLoss) log.warn('a start on what is left of the data, if some of it is lost')
  const database = await openDatabase({ ...config, acceptLoss })
  const clock = config.production ? undefined : adjustableClock()
  const open = (config: Config) => {
    const demonstration = isDemonstration ? loadDemonstration(config.configDir) : undefined
    return createApp({ config, database, log, ...(clock && { development: { clock, demonstration } }) })
  }
  const running = await createRunning({ open, log }, config)

  const servers: Server[] = [await listen(running.answer, config.port, config)]
  if (config.metricsPort) servers.push(await listen(running.metrics, config.metricsPort, config))
  await running.app().start()
  let closing = false
  // Nobody waits for it but whoever asks whether all is ready.
  const startDevelopment = () =>
    running
      .app()
      .dev?.start()
      .catch((error: unknown) => {
        if (!closing) fail(error)
      })
  const take = createReload({ running, read: loadConfig })
  const reload = async (words: string[]): Promise<string> => {
    const before = running.app()
    const said = await take(words)
    if (running.app() !== before) {
      log.info({}, 'another configuration is taken')
      void startDevelopment()
    }
    return said
  }
  const commands = database.embedded ? await answerCommands(running, database, reload) : undefined
  log.info({ issuer: config.issuer }, 'ready')
  void startDevelopment()

  process.on('SIGHUP', () => {
    reload([]).catch((error: unknown) => {
      const issues = error instanceof ConfigurationError ? error.issues : [String(error)]
      log.error({ issues }, 'the configuration was not taken; the one before goes on')
    })
  })
  const stop = async (): Promise<void> => {
    if (closing) return
    closing = true
    setTimeout(() => {
      log.error({}, 'something did not end in time; what it left is done after the next start')
      process.exit(1)
    }, longestStop)
    running.app().dev?.stop()
    await commands?.close()
    await Promise.all(servers.map(close))
    await running.stop()
    await database.close()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop())
  // Who started us has died without a word.
  process.once('disconnect', () => void stop())
}

/** One process owns the embedded file: a command that finds it owned hands its work over to it. */
const answerCommands = (
  { app, config }: Pick<Running, 'app' | 'config'>,
  database: Database,
  reload: (words: string[]) => Promise<string>,
) =>
  listenForCommands(config().dataDir, {
    backup: async ([path = '']) => {
      await takeBackup({ database, journal: app().features.journal, journalDir: config().journalDir }, path)
      return 'copied'
    },
    'rotate-keys': async (words) => {
      const { secretKeys } = config()
      const said = await rotateKeys({ connection: database.connection, secretKeys }, words)
      await app().features.oidc.tick()
      return said
    },
    reload,
    'read-bounces': (words) => app().features.bounces.read(words),
    'upgrade-report': (words) => reportLeftBehind(app().features.leftBehind, words),
    'verify-audit': (words) => {
      const { companies } = config().group
      return verifyAudit(
        app().features.support.audit,
        words.filter((word) => companies.has(word)),
        words.filter((word) => !companies.has(word)),
      )
    },
  })

const listen = (
  handler: Parameters<typeof createServer>[1],
  port: number,
  { host, keepAlive }: Pick<Config, 'host' | 'keepAlive'>,
): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer(waitingFor(keepAlive), handler)
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`PORT ${port} is in use by another process: stop that one, or set PORT to another.`)
          : error,
      ),
    )
    server.listen(port, host, () => resolve(server))
  })

/** What is under way ends; connections that only wait are closed. */
const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve())
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), 4 * second).unref()
  })

function fail(error: unknown): never {
  const lines =
    error instanceof ConfigurationError ? error.issues : [error instanceof Error ? error.message : String(error)]
  for (const line of lines) console.error(line)
  process.exit(1)
}

start().catch(fail)
