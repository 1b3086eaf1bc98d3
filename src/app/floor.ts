import { join } from 'node:path'
import type { Config } from '../config/index.ts'
import { createHttp } from '../http/index.ts'
import { createTranslations } from '../i18n/index.ts'
import { createBackground } from '../lib/background.ts'
import { noJournal, openJournal } from '../lib/journal.ts'
import type { Log } from '../lib/log.ts'
import { createOutbound } from '../lib/outbound.ts'
import { createSecretBox } from '../lib/secret-box.ts'
import { createBruteForceProtection, createLimits } from '../limits/index.ts'
import { createBounces, createMailer } from '../mail/index.ts'
import { createCutLog, createMetaStore, type Database } from '../storage/index.ts'
import type { Signals } from './signals.ts'

export interface FloorDeps {
  config: Config
  database: Database
  log: Log
  signals: Signals
}

/** Sealed under the key under which everything lies that is kept for good. */
export const sealMark = 'sealed-under'

const viewsDir = join(import.meta.dirname, '../../views')

/** What every feature may stand on, and what the group is called by. It knows no person. */
export const createFloor = async ({ config, database, log, signals }: FloorDeps) => {
  const { connection } = database
  const { issuer, group, secretKeys, production } = config
  const { companies, operator, services } = group
  const box = createSecretBox(secretKeys)
  const meta = createMetaStore(connection)
  const lookupKey = await meta.persistentKey('lookup-key', box)
  const mark = await meta.get(sealMark)
  if (mark !== undefined) box.open(mark, sealMark)
  const words = createTranslations(join(viewsDir, 'words'))
  const limits = createLimits({
    connection,
    key: lookupKey,
    sparesLoopback: !production,
    log,
    guessed: signals.guessed.emit,
  })
  const counted = signals.mailed.emit
  const bounces = createBounces({ connection, lookupKey, pattern: config.mailBounces, counted })
  const company = (id: string) => companies.get(id)

  return {
    config,
    database,
    connection,
    lease: database.lease,
    log,
    issuer,
    group,
    companies,
    services,
    company,
    companyName: (id: string) => company(id)?.name ?? id,
    serviceName: (id: string | undefined) => services.get(id ?? '')?.name ?? operator.name,
    /** What no password may be made of. */
    names: [operator, ...companies.values()].map(({ name }) => name),
    box,
    meta,
    lookupKey,
    words,
    limits,
    cutLog: createCutLog(database),
    journal: config.journalDir ? openJournal({ dir: config.journalDir, key: lookupKey }) : noJournal,
    http: createHttp({ config, log, words, viewsDir, answered: signals.answered.emit }),
    mailer: createMailer({ config, words, connection, lease: database.lease, log, viewsDir, counted, bounces }),
    bounces,
    outbound: createOutbound({ log }),
    bruteForceProtection: createBruteForceProtection({ limits, key: lookupKey }),
    background: createBackground(log),
  }
}

export type Floor = Awaited<ReturnType<typeof createFloor>>
