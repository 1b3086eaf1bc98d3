/** What the product counts of itself, as Prometheus reads it. Labels are ids and outcomes, never people. */
import { createRequire } from 'node:module'
import type * as PromClient from 'prom-client'

/** Its parts: the whole also loads what says how the process is, and what sends metrics away, seventy files more. */
const part = createRequire(import.meta.url)
const Counter = part('prom-client/lib/counter') as typeof PromClient.Counter
const Gauge = part('prom-client/lib/gauge') as typeof PromClient.Gauge
const Histogram = part('prom-client/lib/histogram') as typeof PromClient.Histogram
const Registry = part('prom-client/lib/registry') as typeof PromClient.Registry

interface Readings {
  /** Passwords that wait or are being hashed. */
  hashQueue: () => number
  /** Seconds since the oldest change that is not in every copy, or not told, was due; 0 when nothing is. */
  syncLag: () => Promise<number>
  /** Letters that are not sent, whatever they wait for, and the age of the oldest in seconds. */
  mailsWaiting: () => Promise<{ count: number; seconds: number }>
  /** Whether the mail server takes nothing from us. */
  mailServerFails: () => boolean
}

/**
 * Of the process, whichever configuration it runs under: its observers stay as long as it does, and would keep every app
 * that was ever replaced. It is observed from when somebody first asks how it is.
 */
let observed: Promise<PromClient.Registry> | undefined
const ofProcess = (): Promise<PromClient.Registry> => {
  observed ??= import('prom-client').then(({ collectDefaultMetrics }) => {
    const register = new Registry()
    collectDefaultMetrics({ register })
    return register
  })
  return observed
}

export const createMetrics = ({ hashQueue, syncLag, mailsWaiting, mailServerFails }: Readings) => {
  const registry = new Registry()
  /** Read from the database: every process would say the same. */
  const stored = new Registry()
  const gauge = (name: string, help: string, read: () => number | Promise<number>, register = stored) =>
    new Gauge({
      name,
      help,
      registers: [register],
      async collect() {
        this.set(await read())
      },
    })
  gauge('hash_queue_depth', 'Passwords waiting or being hashed', hashQueue, registry)
  gauge('sync_lag_seconds', 'Age of the oldest change that has not reached every copy and recipient', syncLag)
  gauge(
    'mails_waiting',
    'Mails that are not sent, those that wait for another try included; 10000 at most are counted',
    () => mailsWaiting().then(({ count }) => count),
  )
  gauge('mail_oldest_unsent_seconds', 'Age of the oldest mail that is not sent; 0 when none waits', () =>
    mailsWaiting().then(({ seconds }) => seconds),
  )
  gauge(
    'mail_server_failing',
    '1 while the mail server takes nothing from us: login, sender or connection',
    () => (mailServerFails() ? 1 : 0),
    registry,
  )
  const mails = new Counter({
    name: 'mails_total',
    help: 'Attempts to send a mail, by outcome: sent, expired, or why it was not taken; bounced, and bounces refused',
    labelNames: ['outcome'],
    registers: [registry],
  })
  const deliveries = new Counter({
    name: 'tellings_total',
    help: 'Changes told to services, by company and outcome',
    labelNames: ['company', 'outcome'],
    registers: [registry],
  })
  const signIns = new Counter({
    name: 'service_sign_ins_total',
    help: 'Sign-ins at services, by company and how',
    labelNames: ['company', 'how'],
    registers: [registry],
  })

  const guesses = new Counter({
    name: 'guesses_total',
    help: 'Passwords and codes that were wrong, or refused as one too many, by the first limit that counts them',
    labelNames: ['limit', 'outcome'],
    registers: [registry],
  })
  const requests = new Histogram({
    name: 'http_request_seconds',
    help: 'Requests answered: how many, how long they took, by place, method and kind of status',
    labelNames: ['place', 'method', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  })

  return {
    answered: ({ path, method, status, seconds }: AnsweredRequest): void =>
      requests.observe(
        { place: placeOf(path), method: methodOf(method), status: `${Math.floor(status / 100)}xx` },
        seconds,
      ),
    guessed: (limit: string, outcome: string): void => guesses.inc({ limit, outcome }),
    delivered: (company: string, outcome: string): void => deliveries.inc({ company, outcome }),
    mailed: (outcome: string): void => mails.inc({ outcome }),
    signedIn: (company: string, how: string): void => signIns.inc({ company, how }),
    text: async (): Promise<string> => Registry.merge([await ofProcess(), registry, stored]).metrics(),
    contentType: metricsType,
    /** For whoever puts those of several processes together. */
    counted: async (): Promise<Counted['counted']> => ({
      own: (await Registry.merge([await ofProcess(), registry]).getMetricsAsJSON()) as Values[],
      stored: (await stored.getMetricsAsJSON()) as Values[],
    }),
  }
}

export const metricsType = Registry.PROMETHEUS_CONTENT_TYPE

type Values = { values: { labels: Record<string, string | number> }[] }

/** What one of several processes counts. */
export interface Counted {
  number: number
  counted: { own: Values[]; stored: Values[] }
}

/**
 * Of several processes: what each counts of itself under its number, since only so a counter that began anew is seen as
 * one; and once what lies in the database.
 */
export const metricsOfAll = async (processes: readonly Counted[]): Promise<string> => {
  const { AggregatorRegistry } = await import('prom-client')
  const own = processes.map(({ number, counted }) =>
    counted.own.map((metric) => ({
      ...metric,
      aggregator: 'sum',
      values: metric.values.map((each) => ({ ...each, labels: { ...each.labels, process: number } })),
    })),
  )
  return AggregatorRegistry.aggregate([...own, processes[0]?.counted.stored ?? []]).metrics()
}

export type Metrics = ReturnType<typeof createMetrics>

interface AnsweredRequest {
  path: string
  method: string
  status: number
  seconds: number
}

/** Closed lists: what somebody outside sends makes no label of its own, however many of them there are. */
const places = new Set(
  'auth token me jwks request session device sign-in account console scim support assets .well-known dev undo unsubscribe'.split(
    ' ',
  ),
)
const placeOf = (path: string): string => {
  const first = path.split('/', 2)[1] ?? ''
  return places.has(first) ? first : 'other'
}
const methods = new Set(['GET', 'HEAD', 'POST', 'PATCH', 'OPTIONS'])
const methodOf = (method: string): string => (methods.has(method) ? method : 'other')
