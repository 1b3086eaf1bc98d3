/**
 * The only reader of the environment, and where the files of `CONFIG_DIR` come in. Everything is read, every issue is
 * told at once with its place and its cure, and what is handed out is typed, checked and frozen.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, resolve } from 'node:path'
import ipaddr from 'ipaddr.js'
import type { Operator } from '../companies/index.ts'
import { type ConfigIssue, ConfigurationError } from '../lib/config-issues.ts'
import { deepFreeze } from '../lib/freeze.ts'
import { scopeIssues } from '../scopes/index.ts'
import { assembleGroup, type CompanyDeclaration, type Group, isLoopback } from '../services/index.ts'
import { createFindLine } from './find-line.ts'
import { notesOf } from './notes.ts'
import { readClientSecrets } from './read-client-secrets.ts'
import { onceEach, readGroup } from './read-group.ts'

export interface Config {
  /** Without a slash at its end; every address the product prints is built from it (Z2). */
  issuer: string
  host: string
  port: number
  production: boolean
  dataDir: string
  /** What outlives every backup (model M15); absent: nothing is kept, in tests only. */
  journalDir?: string
  /** Absent: the embedded database in `dataDir`. */
  mongodbUri?: string
  /** Of the embedded database: FULL keeps an acknowledged change through a loss of power, NORMAL is faster. */
  synchronous: 'FULL' | 'NORMAL'
  /** Whether requests that are plainly good are answered without oidc-provider (`src/oidc/plain`). */
  plainLane: boolean
  /** Absent, in development only: mails go to the mailbox. */
  smtpUrl?: string
  /** What a bounce comes back to: an address with `*` in its local part, where each letter has its own; absent: none is read. */
  mailBounces?: string
  /** The first seals and signs, the others still open: how a key is rotated. 32 bytes at least. */
  secretKeys: Uint8Array[]
  metricsPort?: number
  /** How many processes answer. More than one on MongoDB alone; where it is so, development's door stays shut. */
  processes: number
  /** Milliseconds that a connection stays open between two requests; longer than any proxy before us keeps its own. */
  keepAlive: number
  configDir: string
  /** Networks whose forwarded addresses are believed (Z2); nobody's otherwise. */
  trustedProxies: string[]
  logLevel: string
  passwordMinimum: number
  group: Group
  /** Secrets that came from the environment or from files, by client id; read them through `clientSecret`. */
  clientSecrets: ReadonlyMap<string, string>
}

export type Environment = Record<string, string | undefined>

/** What starts the product; a `ConfigurationError` with every issue, when there is any. */
export const loadConfig = (env: Environment = process.env): Config => {
  const { config, issues } = readConfig(env)
  if (config && config.secretKeys.length === 0 && !config.production)
    config.secretKeys = developmentKeys(config, issues)
  if (!config || issues.length > 0) throw new ConfigurationError(issues)
  return deepFreeze(config)
}

/** The same reading without starting: writes nothing, and says what is there beside what is wrong. */
export const checkConfig = (env: Environment): { issues: string[]; notes: string[]; group?: Group } => {
  const { config, issues } = readConfig(env)
  return {
    issues: new ConfigurationError(issues).issues,
    notes: config ? notesOf(config.group, config.clientSecrets) : [],
    group: config?.group,
  }
}

/** What a confidential client proves itself with; undefined: it is public or has keys of its own. */
export const clientSecret = (config: Config, clientId: string): string | undefined => {
  const source = config.group.clients.get(clientId)?.client.secret
  if (!source) return undefined
  if (!('development' in source)) return config.clientSecrets.get(clientId)
  return createHmac('sha256', config.secretKeys[0]!).update(`client:${clientId}`).digest('base64url')
}

const readConfig = (env: Environment): { config?: Config; issues: ConfigIssue[] } => {
  const issues: ConfigIssue[] = []
  const settings = readEnvironment(env, issues)
  const { operator, declarations, issues: inFiles } = readGroup(settings.configDir, settings)
  const folder = env.CONFIG_DIR || 'config'
  const findLine = createFindLine(settings.configDir)
  for (const issue of onceEach([...inFiles, ...scopeIssues(declarations)]))
    issues.push({ ...issue, where: join(folder, findLine(issue)) })
  const clientSecrets = readClientSecrets(declarations, env, settings.configDir, issues)
  if (issues.length > 0 || !operator) return { issues }

  const { passwordMinimum = 10, ...rest } = operator
  const group = assembleGroup({
    issuer: settings.issuer,
    // Whatever is missing in a declaration is among the issues, and there are none.
    operator: rest as Operator,
    companies: declarations as CompanyDeclaration[],
  })
  return { config: { ...settings, passwordMinimum, group, clientSecrets }, issues }
}

type Settings = Omit<Config, 'passwordMinimum' | 'group' | 'clientSecrets'>

const readEnvironment = (env: Environment, issues: ConfigIssue[]): Settings => {
  const say = (where: string, says: string) => {
    issues.push({ where, says })
  }
  const production = env.NODE_ENV === 'production'
  // "prod" would otherwise start a development server where a production one is meant.
  if (env.NODE_ENV && !['production', 'development', 'test'].includes(env.NODE_ENV))
    say('NODE_ENV', `is "${env.NODE_ENV}": write production, or leave it out for development`)

  const port = portOf('PORT', env.PORT, say) ?? 3000
  const settings: Settings = {
    production,
    port,
    issuer: issuerOf(env.ISSUER ?? (production ? '' : `http://localhost:${port}`), production, say),
    host: env.HOST || (production ? '0.0.0.0' : '127.0.0.1'),
    dataDir: resolve(env.DATA_DIR || 'data'),
    journalDir: resolve(env.JOURNAL_DIR || join(env.DATA_DIR || 'data', 'journal')),
    configDir: resolve(env.CONFIG_DIR || 'config'),
    synchronous: env.DATA_SYNCHRONOUS === 'NORMAL' ? 'NORMAL' : 'FULL',
    plainLane: env.PLAIN_LANE !== 'off',
    secretKeys: secretKeysOf(env.SECRET_KEYS, say),
    trustedProxies: (env.TRUSTED_PROXIES ?? '')
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean),
    logLevel: env.LOG_LEVEL || 'info',
    keepAlive: keepAliveOf(env.KEEP_ALIVE || '75', say),
    processes: processesOf(env, production, say),
    ...(env.MONGODB_URI && { mongodbUri: env.MONGODB_URI }),
    ...(env.SMTP_URL && { smtpUrl: env.SMTP_URL }),
    ...(env.MAIL_BOUNCES && { mailBounces: env.MAIL_BOUNCES }),
  }
  const metricsPort = portOf('METRICS_PORT', env.METRICS_PORT, say)
  if (metricsPort !== undefined) settings.metricsPort = metricsPort
  if (metricsPort === port) say('METRICS_PORT', 'is the same as PORT: write another')

  if (env.MONGODB_URI && !/^mongodb(\+srv)?:\/\//.test(env.MONGODB_URI))
    say('MONGODB_URI', 'is no MongoDB address: write one that begins with mongodb:// or mongodb+srv://')
  if (env.SMTP_URL && !/^smtps?:\/\//.test(env.SMTP_URL))
    say('SMTP_URL', 'is no mail server: write smtps://name:password@host:465 or smtp://host:587')
  if (env.MAIL_BOUNCES && !/^[a-z0-9.+=_-]{0,13}\*@[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(env.MAIL_BOUNCES))
    say(
      'MAIL_BOUNCES',
      'is no such address: write a beginning of 13 small letters at most, a star and the domain, bounces+*@example.com',
    )
  for (const network of settings.trustedProxies)
    if (!ipaddr.isValid(network) && !ipaddr.isValidCIDR(network))
      say('TRUSTED_PROXIES', `has "${network}": write addresses or networks such as 10.0.0.0/8, commas between`)
  if (env.DATA_SYNCHRONOUS && !['FULL', 'NORMAL'].includes(env.DATA_SYNCHRONOUS))
    say('DATA_SYNCHRONOUS', `is "${env.DATA_SYNCHRONOUS}": write FULL or NORMAL`)
  if (env.PLAIN_LANE && !['on', 'off'].includes(env.PLAIN_LANE))
    say('PLAIN_LANE', `is "${env.PLAIN_LANE}": write on or off`)
  const levels = ['debug', 'info', 'warn', 'error', 'silent']
  if (!levels.includes(settings.logLevel))
    say('LOG_LEVEL', `is "${settings.logLevel}": write one of ${levels.join(', ')}`)

  if (production) productionIssues(env, say)
  else if (!isLoopback(settings.host))
    say(
      'HOST',
      `is "${settings.host}", and development is for this machine alone: write 127.0.0.1 or set NODE_ENV=production`,
    )
  return settings
}

type Say = (where: string, says: string) => void

/** What development makes up or does without. The embedded database is allowed when its place is said. */
const productionIssues = (env: Environment, say: Say) => {
  if (!env.SECRET_KEYS) say('SECRET_KEYS', 'is missing: write 32 random bytes in base64 (openssl rand -base64 32)')
  if (!env.SMTP_URL)
    say('SMTP_URL', 'is missing, and no code would reach anybody: write smtps://name:password@host:465')
  if (!env.MONGODB_URI && !env.DATA_DIR)
    say('MONGODB_URI', 'is missing: write it, or DATA_DIR for the embedded database of a single process')
}

const issuerOf = (issuer: string, production: boolean, say: Say): string => {
  if (issuer === '') say('ISSUER', 'is missing: write the public address, such as https://sign-in.example.com')
  else if (!URL.canParse(issuer) || new URL(issuer).origin !== issuer)
    say('ISSUER', `is "${issuer}": write scheme and host only, without a slash, such as https://sign-in.example.com`)
  else if (production && !issuer.startsWith('https://')) say('ISSUER', `is "${issuer}", unencrypted: write https://`)
  else if (!issuer.startsWith('https://') && !isLoopback(new URL(issuer).hostname))
    say('ISSUER', `is "${issuer}", unencrypted beyond this machine: write https://`)
  return issuer
}

const portOf = (name: string, value: string | undefined, say: Say): number | undefined => {
  if (!value) return undefined
  const port = Number(value)
  if (/^\d{1,5}$/.test(value) && port >= 1 && port <= 65_535) return port
  say(name, `is "${value}": write a port from 1 to 65535`)
  return undefined
}

/** In milliseconds. */
const keepAliveOf = (value: string, say: Say): number => {
  const seconds = /^\d{1,4}$/.test(value) ? Number(value) : 0
  if (seconds < 1 || seconds > 3600)
    say('KEEP_ALIVE', `is "${value}": write seconds from 1 to 3600, more than the load balancer keeps a connection`)
  return seconds * 1000
}

/** On MongoDB in production one for each core; the embedded file is one process's own, and so is development's clock. */
const processesOf = (env: Environment, production: boolean, say: Say): number => {
  if (!env.PROCESSES) return production && env.MONGODB_URI ? Math.min(availableParallelism(), mostProcesses) : 1
  const processes = /^\d{1,3}$/.test(env.PROCESSES) ? Number(env.PROCESSES) : 0
  if (processes < 1 || processes > mostProcesses)
    say('PROCESSES', `is "${env.PROCESSES}": write a number from 1 to ${mostProcesses}, as many as there are cores`)
  else if (processes > 1 && !env.MONGODB_URI)
    say(
      'PROCESSES',
      `is "${env.PROCESSES}", and the embedded database is one process's own: write 1, or set MONGODB_URI`,
    )
  return processes
}
const mostProcesses = 64

/** An issue here names no part of what was written. */
const secretKeysOf = (value: string | undefined, say: Say): Uint8Array[] => {
  if (!value) return []
  return value.split(',').map((part, i) => {
    const key = Buffer.from(part.trim(), 'base64url')
    if (!/^[A-Za-z0-9+/_-]+=*$/.test(part.trim()) || key.length < 32)
      say(
        'SECRET_KEYS',
        `has a key, number ${i + 1}, that is not 32 bytes in base64: write openssl rand -base64 32's answer`,
      )
    return new Uint8Array(key)
  })
}

/** Made once and kept, so that what was sealed before a restart still opens; readable by their owner alone. */
const developmentKeys = ({ dataDir }: Config, issues: ConfigIssue[]): Uint8Array[] => {
  const file = join(dataDir, 'secret-keys')
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    try {
      writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      chmodSync(file, 0o600)
    }
    return secretKeysOf(readFileSync(file, 'utf8').trim(), (_, says) => issues.push({ where: file, says }))
  } catch {
    issues.push({
      where: 'DATA_DIR',
      says: `is ${dataDir}, where nothing can be kept: write a folder this process may write to`,
    })
    return []
  }
}
