/**
 * A process that serves, alone or as one of several: database → app → listen; closes in reverse. In development a door more
 * stands open where it is alone, with the demonstration group when it is asked for (`--demonstration`).
 */
import { createApp, createReload, createRunning, type Running } from './app/index.ts'
import { verifyAudit } from './audit/index.ts'
import { takeBackup } from './backup/index.ts'
import { type Config, digestOf, loadConfig, loadDemonstration } from './config/index.ts'
import { adjustableClock, second } from './lib/clock.ts'
import { listenForCommands } from './lib/command-socket.ts'
import { ConfigurationError } from './lib/config-issues.ts'
import { reportLeftBehind } from './lib/left-behind.ts'
import { listen } from './lib/listen.ts'
import { createLog, type Log } from './lib/log.ts'
import { rotateKeys } from './oidc/index.ts'
import { type Database, openDatabase } from './storage/index.ts'

/** A container is given ten seconds from SIGTERM to SIGKILL, and so are those whom `npm start` started. */
const longestStop = 9 * second

const isDemonstration = process.argv.includes('--demonstration')

/** `fail` ends the process, having said why. */
export const serve = async (config: Config, fail: (error: unknown) => never): Promise<void> => {
  // Whoever is alone loads nothing of several.
  const place = config.processes > 1 ? await (await import('./processes/index.ts')).joinProcesses() : undefined
  const log = createLog(config.logLevel, undefined, place && { process: place.number })
  if (config.production && config.journalDir?.startsWith(config.dataDir) && (place?.number ?? 1) === 1)
    log.warn({ setting: 'JOURNAL_DIR' }, 'the journal lies beside the data that it is to outlive: name another disk')
  const acceptLoss = process.argv.includes('--accept-loss')
  if (acceptLoss) log.warn('a start on what is left of the data, if some of it is lost')
  const database = await openDatabase({ ...config, acceptLoss })
  // Its clock and its progress are in the memory of one process.
  const clock = config.production || config.processes > 1 ? undefined : adjustableClock()
  const open = (config: Config) => {
    const demonstration = isDemonstration ? loadDemonstration(config.configDir) : undefined
    const development = clock && { development: { clock, demonstration } }
    return createApp({ config, database, log, ...development, ...(place && { isReady: place.areAllReady }) })
  }
  const running = await createRunning({ open, log }, config)

  const servers = [await listen(running.answer, config.port, config)]
  // Of several the primary answers, for all of them.
  if (config.metricsPort && !place) servers.push(await listen(running.metrics, config.metricsPort, config))
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
  const reload = reloading(running, log, () => void startDevelopment())
  const commands = database.embedded ? await answerCommands(running, database, reload) : undefined
  log.info({ issuer: config.issuer }, 'ready')
  void startDevelopment()

  const reloadOrSay = (): Promise<boolean> =>
    reload([]).then(
      () => true,
      (error: unknown) => {
        const issues = error instanceof ConfigurationError ? error.issues : [String(error)]
        log.error({ issues }, 'the configuration was not taken; the one before goes on')
        return false
      },
    )
  const stop = async (): Promise<void> => {
    if (closing) return
    closing = true
    setTimeout(() => {
      log.error({}, 'something did not end in time; what it left is done after the next start')
      process.exit(1)
    }, longestStop)
    running.app().dev?.stop()
    await commands?.close()
    await Promise.all(servers.map((server) => server.close()))
    await running.stop()
    await database.close()
    process.exit(0)
  }
  place?.ready(
    digestOf(config),
    {
      reload: async () => ({ isTaken: await reloadOrSay(), digest: digestOf(running.config()) }),
      metrics: () => running.app().features.metrics.counted(),
    },
    async () => {
      await Promise.all(servers.map((server) => server.drain()))
      await stop()
    },
  )
  // Of several the primary is told, also where a terminal tells all at once.
  process.on('SIGHUP', () => void (place ?? reloadOrSay()))
  process.on('SIGUSR2', () => place ?? log.warn({}, 'this process is the only one: there is none to go on meanwhile'))
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop())
  // Who started us has died without a word.
  process.once('disconnect', () => void stop())
}

/** Takes the configuration anew; what is begun with an app follows where it is another. */
const reloading = (running: Running, log: Log, begin: () => void) => {
  const take = createReload({ running, read: loadConfig })
  return async (words: string[]): Promise<string> => {
    const before = running.app()
    const said = await take(words)
    if (running.app() !== before) {
      log.info({}, 'another configuration is taken')
      begin()
    }
    return said
  }
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
