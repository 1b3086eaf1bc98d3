/** What the product counts of itself, as Prometheus reads it. Labels are ids and outcomes, never people. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'

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

export const createMetrics = ({ hashQueue, syncLag, mailsWaiting, mailServerFails }: Readings) => {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const gauge = (name: string, help: string, read: () => number | Promise<number>) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await read())
      },
    })
  gauge('hash_queue_depth', 'Passwords waiting or being hashed', hashQueue)
  gauge('sync_lag_seconds', 'Age of the oldest change that has not reached every copy and recipient', syncLag)
  gauge(
    'mails_waiting',
    'Mails that are not sent, those that wait for another try included; 10000 at most are counted',
    () => mailsWaiting().then(({ count }) => count),
  )
  gauge('mail_oldest_unsent_seconds', 'Age of the oldest mail that is not sent; 0 when none waits', () =>
    mailsWaiting().then(({ seconds }) => seconds),
  )
  gauge('mail_server_failing', '1 while the mail server takes nothing from us: login, sender or connection', () =>
    mailServerFails() ? 1 : 0,
  )
  const mails = new Counter({
    name: 'mails_total',
    help: 'Attempts to send a mail, by outcome: sent, expired, or why it was not taken',
    labelNames: ['outcome'],
    registers: [registry],
  })
  const tellings = new Counter({
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

  return {
    told: (company: string, outcome: string): void => tellings.inc({ company, outcome }),
    mailed: (outcome: string): void => mails.inc({ outcome }),
    signedIn: (company: string, how: string): void => signIns.inc({ company, how }),
    text: (): Promise<string> => registry.metrics(),
    contentType: registry.contentType,
  }
}

export type Metrics = ReturnType<typeof createMetrics>
