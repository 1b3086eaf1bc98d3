/** Writes docs/configuration.md from the schemas that the configuration is checked against. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { companyShape, operatorShape } from '../src/companies/index.ts'
import { type SettingShape as Shape, settingsOf } from '../src/config/index.ts'
import { apiSchema, clientSchema, partnerSchema, serviceSchema } from '../src/services/index.ts'

/** What the environment says; `test/docs/configuration.test.ts` compares it with what is read. */
export const environment: readonly (readonly [name: string, what: string, standard: string])[] = [
  ['NODE_ENV', '`production`, or left out for development', ''],
  ['ISSUER', 'the public address; only its host is answered', '`http://localhost:{PORT}`; required in production'],
  ['PORT', 'where it listens', '`3000`'],
  ['HOST', 'the address it listens on', 'loopback; production: all'],
  ['CONFIG_DIR', 'operator and companies', '`./config`'],
  [
    'SECRET_KEYS',
    'keys of 32 bytes in base64, newest first, commas between: cookies, secrets at rest',
    'made up in development',
  ],
  ['DATA_DIR', 'the embedded database, development’s keys, the command socket', '`./data`'],
  ['MONGODB_URI', 'MongoDB instead of the embedded file', ''],
  ['JOURNAL_DIR', 'what must outlive every backup; in production a disk of its own', '`{DATA_DIR}/journal`'],
  ['DATA_SYNCHRONOUS', '`FULL` survives a loss of power, `NORMAL` only the death of the process', '`FULL`'],
  ['SMTP_URL', 'where mail is handed over', 'a mailbox at `/dev/mail`; required in production'],
  [
    'MAIL_BOUNCES',
    'what letters that come back come to, an address with a star such as `bounces+*@example.com`: `npm run read-bounces`',
    'no bounce is read',
  ],
  ['METRICS_PORT', 'Prometheus, on a port of its own', '`/metrics` in development'],
  [
    'PROCESSES',
    'how many processes answer, on MongoDB alone: [several processes](operations.md#several-processes)',
    'the cores, in production on MongoDB; else `1`',
  ],
  ['KEEP_ALIVE', 'seconds that an idle connection stays open; more than the load balancer’s', '`75`'],
  ['TRUSTED_PROXIES', 'whose forwarded addresses are believed: addresses or networks, commas between', 'nobody’s'],
  [
    'PLAIN_LANE',
    '`off` answers every request the long way, by the protocol’s library or its row, also those that are plainly good',
    '`on`',
  ],
  ['LOG_LEVEL', '`debug` to `silent`', '`info`'],
]

/** Lists that have a table of their own on the page. */
const ownTables = [clientSchema, serviceSchema]

const table = (shape: Shape): string =>
  [
    '| Setting | What for | Kind | Default |',
    '| --- | --- | --- | --- |',
    ...settingsOf(shape, ownTables).map(
      ({ name, what, kind, standard }) => `| \`${name}\` | ${what.replaceAll('|', '\\|')} | ${kind} | ${standard} |`,
    ),
  ].join('\n')

export const configurationDocs = (): string => `# Configuration

This page is produced from the schemas by \`node scripts/configuration-docs.ts\`; a test says when it is not up to date. \`npm run check-config\` says everything that is wrong in your own files at once, each line with file, place and cure.

\`config/operator.yaml\` declares who runs the sign-in, \`config/companies/<id>.yaml\` a company with its services, partner applications, machine clients and APIs (\`services\`, \`partners\`, \`clients\`, \`apis\`: lists beside the company's own settings). An unknown key is refused, with the one that was probably meant.

## A client

Under a service's or a partner application's \`clients\`, and under a company's own \`clients\` for machines.

${table(clientSchema.shape as Shape)}

PKCE (S256) is required of every client but those that \`withoutPkce\` exempts; refresh tokens rotate but for \`keepsRefreshToken\`. A secret sent in the Authorization header is form-encoded, and so is the id (RFC 6749 §2.3.1): the characters of hex and base64url stand for themselves. What an entry exempts a client from is told by \`npm run check-config\`.

## A service

${table(serviceSchema.shape as Shape)}

## A partner application

${table(partnerSchema.shape as Shape)}

## An API

${table(apiSchema.shape as Shape)}

## A company

${table(companyShape as Shape)}

A *contact* has \`name\` and \`address\`, and at least one of \`email\`, \`phone\` and \`url\`.

## The operator

${table(operatorShape as Shape)}

## The environment

| Variable | What for | Default |
| --- | --- | --- |
${environment.map(([name, what, standard]) => `| \`${name}\` | ${what} | ${standard} |`).join('\n')}

Secrets of clients are read from the variables and files that their \`secret\` names. In production, what is missing or wrong is named with its cure, all at once, and nothing starts.
`

export const configurationPage = join(import.meta.dirname, '../docs/configuration.md')

if (import.meta.main) writeFileSync(configurationPage, configurationDocs())
