/**
 * The process: configuration → database → app → listen; closes in reverse. In development a door more stands open, with
 * the demonstration group when it is asked for (`--demonstration`).
 */
import { createServer, type Server } from 'node:http'
import { type App, createApp } from './app/index.ts'
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
  const app = await createApp({
    config,
    database,
    log,
    ...(!config.production && {
      development: {
        clock: adjustableClock(),
        demonstration: isDemonstration ? loadDemonstration(config.configDir) : undefined,
      },
    }),
  })

  const servers: Server[] = [await listen(app.callback(), config.port, config)]
  if (config.metricsPort) servers.push(await listen(app.metrics(), config.metricsPort, config))
  await app.start()
  const commands = database.embedded ? await answerCommands(config, database, app.features) : undefined
  log.info({ issuer: config.issuer }, 'ready')

  let closing = false
  // Nobody waits for it but whoever asks whether all is ready.
  app.dev?.start().catch((error: unknown) => {
    if (!closing) fail(error)
  })
  const stop = async (): Promise<void> => {
    if (closing) return
    closing = true
    setTimeout(() => {
      log.error({}, 'something did not end in time; what it left is done after the next start')
      process.exit(1)
    }, longestStop).unref()
    app.dev?.stop()
    await commands?.close()
    await Promise.all(servers.map(close))
    await app.stop()
    await database.close()
    process.exit(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop())
  // Who started us has died without a word.
  process.once('disconnect', () => void stop())
}

/** One process owns the embedded file: a command that finds it owned hands its work over to it. */
const answerCommands = (
  { dataDir, journalDir, secretKeys, group }: Config,
  database: Database,
  { journal, leftBehind, oidc, support }: App['features'],
) =>
  listenForCommands(dataDir, {
    backup: async ([path = '']) => {
      await takeBackup({ database, journal, journalDir }, path)
      return 'copied'
    },
    'rotate-keys': async (words) => {
      const said = await rotateKeys({ connection: database.connection, secretKeys }, words)
      await oidc.tick()
      return said
    },
    'upgrade-report': (words) => reportLeftBehind(leftBehind, words),
    'verify-audit': (words) =>
      verifyAudit(
        support.audit,
        words.filter((word) => group.companies.has(word)),
        words.filter((word) => !group.companies.has(word)),
      ),
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
