/** Writes docs/configuration.md from the schemas that the configuration is checked against. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { companyShape, operatorShape } from '../src/companies/index.ts'
import { apiSchema, clientSchema, partnerSchema, serviceSchema } from '../src/services/index.ts'

type Shape = Record<string, z.ZodType>

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
  ['METRICS_PORT', 'Prometheus, on a port of its own', '`/metrics` in development'],
  ['KEEP_ALIVE', 'seconds that an idle connection stays open; more than the load balancer’s', '`75`'],
  ['TRUSTED_PROXIES', 'whose forwarded addresses are believed: addresses or networks, commas between', 'nobody’s'],
  ['LOG_LEVEL', '`debug` to `silent`', '`info`'],
]

const languages = 'en,sv,ja'
const contact = 'name,address,email,phone,url'

interface Opened {
  schema: z.ZodType
  standard: string
}

/** What is under `optional` and `default`. */
const opened = (schema: z.ZodType, standard = 'required'): Opened => {
  if (schema instanceof z.ZodDefault) return opened(schema.unwrap() as z.ZodType, asText(schema.def.defaultValue))
  if (schema instanceof z.ZodOptional) return opened(schema.unwrap() as z.ZodType, 'optional')
  return { schema, standard }
}
const asText = (value: unknown): string => `\`${JSON.stringify(value)}\``

const isMembers = (schema: z.ZodType, keys: string): boolean =>
  schema instanceof z.ZodObject && Object.keys(schema.shape).join() === keys

const kindOf = (schema: z.ZodType): string => {
  if (isMembers(schema, languages)) return 'text in `en`, and `sv`, `ja`'
  if (isMembers(schema, contact)) return 'a contact'
  if (schema instanceof z.ZodEnum) return schema.options.map((option) => `\`${option}\``).join(', ')
  if (schema instanceof z.ZodLiteral) return [...schema.values].map((value) => `\`${value}\``).join(', ')
  if (schema instanceof z.ZodBoolean) return '`true`, `false`'
  if (schema instanceof z.ZodNumber) return 'whole number'
  if (schema instanceof z.ZodArray) return `list: ${kindOf(opened(schema.element as z.ZodType).schema)}`
  if (schema instanceof z.ZodObject) return 'settings'
  return schema instanceof z.ZodString ? 'text' : 'one of'
}

/** The schema itself says what to write where something is missing. */
const hintOf = (schema: z.ZodType): string => {
  if (!(schema instanceof z.ZodString || schema instanceof z.ZodNumber || schema instanceof z.ZodArray)) return ''
  const said = schema.safeParse(undefined).error?.issues[0]?.message ?? ''
  return said.replace(/^.*?: write /, '').replace(/, each on a line of its own after "- "$/, '')
}

const rowsOf = (shape: Shape, prefix = ''): string[] =>
  Object.entries(shape).flatMap(([key, declared]) => {
    const { schema, standard } = opened(declared)
    const hint = isMembers(schema, languages)
      ? hintOf(opened((schema as z.ZodObject<Shape>).shape.en!).schema)
      : hintOf(schema)
    const what = (declared.description ?? schema.description ?? hint)
      .replace(/, in English$/, '')
      .replaceAll('|', '\\|')
    const members = membersOf(schema, `${prefix}${key}`)
    const isGroup = members.length > 0 && !(schema instanceof z.ZodArray)
    return isGroup ? members : [`| \`${prefix}${key}\` | ${what} | ${kindOf(schema)} | ${standard} |`, ...members]
  })

const membersOf = (schema: z.ZodType, path: string): string[] => {
  if (isMembers(schema, languages) || isMembers(schema, contact)) return []
  if (schema instanceof z.ZodObject) return rowsOf(schema.shape as Shape, `${path}.`)
  if (schema instanceof z.ZodArray) {
    const item = schema.element as z.ZodType
    const isOwnTable = item === clientSchema || item === serviceSchema
    return isOwnTable ? [] : membersOf(item, `${path}[]`)
  }
  if (schema instanceof z.ZodDiscriminatedUnion) return choicesOf(schema, path)
  return []
}

/** What chooses, and then what each choice has besides. */
const choicesOf = (schema: z.ZodDiscriminatedUnion, path: string): string[] => {
  const by = schema.def.discriminator
  const choices = (schema.options as z.ZodObject<Shape>[]).map(({ shape }) => shape)
  const names = choices.map((shape) => kindOf(shape[by]!)).join(', ')
  const rest = choices.flatMap(({ [by]: chosen, ...others }) =>
    rowsOf(others, `${path}.`).map((row) => row.replace(/required \|$/, `required with ${kindOf(chosen!)} |`)),
  )
  return [`| \`${path}.${by}\` | ${schema.description ?? ''} | ${names} | required |`, ...rest]
}

const table = (shape: Shape): string =>
  ['| Setting | What for | Kind | Default |', '| --- | --- | --- | --- |', ...rowsOf(shape)].join('\n')

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
