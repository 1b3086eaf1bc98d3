/**
 * `npm start`: the provider with the demonstration group, each service a process of its own, and one address to begin
 * with. Ends everything it started when it is told to, or when one of them ends.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Company } from '../src/companies/index.ts'
import { clientSecret, demonstrationServices, loadConfig, loadDemonstration } from '../src/config/index.ts'
import { ConfigurationError } from '../src/lib/config-issues.ts'
import { audienceAddresses, type PartnerApplication, scimResource } from '../src/services/index.ts'
import type { NewsletterSettings } from './demonstration/send-newsletter.ts'
import type { ServiceSettings } from './demonstration/service.ts'
import { heapFlags, nodeEnvironment } from './node-options.ts'

const root = join(import.meta.dirname, '..')

const settingsOf = (config: ReturnType<typeof loadConfig>): ServiceSettings[] => {
  const { group, issuer } = config
  return demonstrationServices(group, loadDemonstration(config.configDir)).flatMap(({ service, client }) => {
    const company = group.companies.get(service.company)
    if (!company) return []
    const newsletter = 'legalName' in service ? undefined : newsletterOf(config, company)
    return [
      {
        id: service.id,
        name: service.name,
        description: service.description,
        ...('legalName' in service ? partnersOwn(service) : companysOwn(company, issuer)),
        url: service.url,
        issuer,
        clientId: client.id,
        clientSecret: clientSecret(config, client.id) ?? '',
        scope: service.scopes.filter((scope) => scope !== 'offline_access').join(' '),
        ...(newsletter && { newsletter }),
      },
    ]
  })
}

/** Of a company that declares marketing, and has a client that may ask for whom. */
const newsletterOf = (config: ReturnType<typeof loadConfig>, company: Company): NewsletterSettings | undefined => {
  const { group, issuer } = config
  const message = company.messages.find(({ kind }) => kind === 'marketing')
  const [clientId] =
    [...group.clients].find(
      ([, { client, company: owner }]) =>
        client.kind === 'machine' && owner === company.id && client.scopes?.includes('audience.read'),
    ) ?? []
  if (!message || clientId === undefined) return undefined
  const { email } = company.contacts.support
  return {
    audience: audienceAddresses(issuer, company.id).all,
    scim: scimResource(issuer, company.id),
    clientId,
    clientSecret: clientSecret(config, clientId) ?? '',
    from: email ?? `news@${company.id}.example`,
    name: message.name,
  }
}

const companysOwn = ({ id, name, legalName, brand }: Company, issuer: string) => ({
  look: id,
  company: name,
  legalName,
  policyUrl: `${issuer}/privacy/${id}`,
  colour: brand.colour,
  colourDark: brand.colourDark,
})

/** A partner is nobody's brand. */
const partnersOwn = ({ id, legalName, policyUrl }: PartnerApplication) => ({
  look: id,
  company: legalName,
  legalName,
  policyUrl,
  colour: '#3d5a3c',
  colourDark: '#b7d3b5',
})

const children: { name: string; child: ChildProcess }[] = []
let ending = false
let isReady = false

const run = (name: string, script: string, args: string[], env: NodeJS.ProcessEnv): void => {
  const child = spawn(process.execPath, [...heapFlags, join(root, script), ...args], {
    cwd: root,
    env,
    // Through the channel a child notices that this process was killed, and ends.
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  children.push({ name, child })
  child.once('exit', (code) => {
    if (ending) return
    // Before all is ready it has said itself what was wrong.
    if (isReady) console.error(`${name} has ended${code === null ? '' : ` with code ${code}`}; the others are stopped.`)
    void stop(1)
  })
}

const stop = async (code: number): Promise<void> => {
  if (ending) return
  ending = true
  await Promise.all(
    children.map(
      ({ child }) =>
        new Promise<void>((resolve) => {
          if (child.exitCode !== null || child.signalCode !== null) return resolve()
          child.once('exit', () => resolve())
          child.kill('SIGTERM')
          setTimeout(() => child.kill('SIGKILL'), 10_000).unref()
        }),
    ),
  )
  process.exit(code)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0))

/** Said once and first, where each child would say it of its own port. */
const portsAreFree = async (ports: number[]): Promise<void> => {
  for (const port of ports) {
    const server = createServer()
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree)
      throw new Error(
        `Port ${port} is in use by another process: stop that one, or set PORT to another (${ports.length} in a row are used).`,
      )
    await new Promise((resolve) => server.close(resolve))
  }
}

/** Said while it takes longer than this, again and again. */
const patience = 10_000

/** Waits until all addresses answer that all is well, and says of which that is not so yet. */
const ready = async (addresses: { name: string; health: string }[]): Promise<void> => {
  const awaited = new Set(addresses)
  const timer = setInterval(() => {
    console.log(`Waiting for ${[...awaited].map(({ name, health }) => `${name} (${health})`).join(', ')} …`)
  }, patience)
  const answers = async (each: { health: string }): Promise<boolean> =>
    (await fetch(each.health, { signal: AbortSignal.timeout(patience) }).catch(() => undefined))?.ok === true
  await Promise.all(
    addresses.map(async (each) => {
      while (!(await answers(each))) await new Promise((resolve) => setTimeout(resolve, 100))
      awaited.delete(each)
    }),
  )
  clearInterval(timer)
}

try {
  const env: NodeJS.ProcessEnv = { LOG_LEVEL: 'warn', ...nodeEnvironment, ...process.env }
  if (env.NODE_ENV === 'production')
    throw new Error('npm start is the demonstration, for development: in production run node src/main.ts.')
  const config = loadConfig(env)
  const settings = settingsOf(config)
  await portsAreFree([config.port, ...settings.map(({ url }) => Number(new URL(url).port))])
  console.log(`Starting the provider and ${settings.length} services: ${settings.map(({ name }) => name).join(', ')} …`)
  run('The provider', 'src/main.ts', ['--demonstration'], env)
  for (const service of settings) run(service.name, 'scripts/demonstration/service.ts', [JSON.stringify(service)], env)
  await ready([
    ...settings.map(({ name, url }) => ({ name, health: `${url}/health` })),
    { name: 'the provider with its people', health: `${config.issuer}/health/ready` },
  ])
  isReady = true
  console.log(`\n  Ready. Begin here: ${config.issuer}/dev\n`)
} catch (error) {
  const lines =
    error instanceof ConfigurationError ? error.issues : [error instanceof Error ? error.message : String(error)]
  for (const line of lines) console.error(line)
  await stop(1)
}
