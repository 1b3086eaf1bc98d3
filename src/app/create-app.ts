import { flushCompileCache } from 'node:module'
import Koa from 'koa'
import type { Config } from '../config/index.ts'
import type { Judging, PasswordsDeps } from '../credentials/index.ts'
import { metricsPage, type Plainly } from '../http/index.ts'
import { second } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Database } from '../storage/index.ts'
import { createServer } from './create-server.ts'
import type { EntryPoints } from './entry-points.ts'
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

/** After a start; the first requests are served before it. */
const soon = second
const notLoaded = 'the pages and APIs could not be loaded'

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
  const dev = await createDevelopment(floor, features, jobs, development)
  let loaded: Promise<EntryPoints> | undefined
  let ready: EntryPoints | undefined
  const entryPoints = (): Promise<EntryPoints> => {
    loaded ??= import('./entry-points.ts').then((its) => {
      ready = its.createEntryPoints(floor, features, failureFloor)
      return ready
    })
    return loaded
  }
  // Who comes before the entry points are loaded has them loaded, and is answered by them.
  const plainly: Plainly = (request) => features.oidc.plainly(request) ?? ready?.plainly(request)
  /** So that nobody waits for them who does not ask at once; and a process that is killed later has kept what it compiled. */
  const load = async (): Promise<void> => {
    await entryPoints()
    flushCompileCache()
  }
  const server = createServer(floor, features, dev, {
    isReady: () => isReady() && (dev?.isReady() ?? true),
    entryPoints,
  })
  await given.database.prepare()
  await writeDown(floor, features)

  return {
    dev,
    callback: () => floor.http.answerPlainly(plainly, server.callback()),
    /** What answers, and the entry points with the tables that they were made of: for tests and documents. */
    server,
    entryPoints,
    /** What the metrics' own port answers in production. */
    metrics: () => new Koa().use(metricsPage(features.metrics)).callback(),
    start: async (): Promise<void> => {
      await jobs.start()
      setTimeout(() => void load().catch((error: unknown) => given.log.error({ error }, notLoaded)), soon).unref()
    },
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
