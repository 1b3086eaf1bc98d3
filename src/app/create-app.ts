import Koa from 'koa'
import type { Config } from '../config/index.ts'
import type { Judging, PasswordsDeps } from '../credentials/index.ts'
import { metricsPage } from '../http/index.ts'
import type { Log } from '../lib/log.ts'
import type { Database } from '../storage/index.ts'
import { createEntryPoints, createServer, tablesOf } from './entry-points.ts'
import { connectEvents } from './events.ts'
import { createFeatures, type Features } from './features.ts'
import { createFloor, type Floor } from './floor.ts'
import { createDevelopment, createJobs, type Development } from './jobs.ts'
import { createSignals } from './signals.ts'

interface AppDeps {
  config: Config
  database: Database
  log: Log
  /** Of one process of several: whether all of them are. */
  isReady?: () => boolean
  /** Opens development's door. */
  development?: Development
  /** How passwords are hashed: cheaper than OWASP's, or held, in tests only. */
  hashing?: PasswordsDeps
  /** How passwords are judged, in tests only. */
  judging?: Judging
  /** Milliseconds before which no failed sign-in is answered; less in tests only. */
  failureFloor?: number
}

export const createApp = async ({
  isReady = () => true,
  development,
  hashing,
  judging,
  failureFloor = 300,
  ...given
}: AppDeps) => {
  const signals = createSignals()
  const floor = await createFloor({ ...given, signals })
  const features = await createFeatures(floor, signals, { hashing, judging })
  connectEvents(signals, floor, features)
  const jobs = createJobs(floor, features)
  const entryPoints = createEntryPoints(floor, features, failureFloor)
  const dev = await createDevelopment(floor, features, jobs, development)
  const server = createServer(floor, entryPoints, features.metrics, dev, () => isReady() && (dev?.isReady() ?? true))
  const tables = tablesOf(entryPoints, dev)
  await given.database.prepare()
  await writeDown(floor, features)

  return {
    dev,
    callback: () => floor.http.answerPlainly(features.oidc.plainly, server.callback()),
    /** What answers, and the tables that it was made of: for tests and documents. */
    server,
    tables,
    /** What the metrics' own port answers in production. */
    metrics: () => new Koa().use(metricsPage(features.metrics)).callback(),
    start: jobs.start,
    stop: jobs.stop,
    /** For whoever stands beside the process: its commands, the bench and the tests. No entry point sees this. */
    features: { ...floor, ...features, ...jobs },
  }
}

/** What is kept of a configuration. Last of all: one that is refused, for whatever reason, leaves nothing behind. */
const writeDown = async ({ companies }: Floor, { oidc, revisions, support }: Features): Promise<void> => {
  await oidc.rememberClients()
  await revisions.load(companies.values())
  await support.inviteConfigured(companies.values())
}

export type App = Awaited<ReturnType<typeof createApp>>
