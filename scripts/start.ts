/**
 * `npm start`: the provider with the demonstration group, each service a process of its own, and one address to begin
 * with. Ends everything it started when it is told to, or when one of them ends.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { clientSecret, loadConfig } from '../src/config.ts'
import { ConfigurationError } from '../src/lib/faults.ts'
import type { ServiceSettings } from './demonstration/service.ts'
import { heapFlags } from './heap-flags.ts'

const root = join(import.meta.dirname, '..')

const settingsOf = (config: ReturnType<typeof loadConfig>): ServiceSettings[] => {
  const { group, issuer } = config
  return [...group.services.values(), ...group.partners.values()].flatMap((service) => {
    const company = group.companies.get(service.company)
    const client = service.clients.find(({ redirectUris }) => redirectUris.includes(`${service.url}/callback`))
    if (!company || !client) return []
    const isPartner = group.partners.has(service.id)
    return [
      {
        name: service.name,
        company: isPartner && 'legalName' in service ? service.legalName : company.name,
        description: service.description.en,
        // A partner is nobody's brand.
        ...(isPartner ? { colour: '#3d5a3c', colourDark: '#b7d3b5' } : company.brand),
        url: service.url,
        issuer,
        clientId: client.id,
        clientSecret: clientSecret(config, client.id) ?? '',
        scope: service.scopes.filter((scope) => scope !== 'offline_access').join(' '),
      },
    ]
  })
}

const children: { name: string; child: ChildProcess }[] = []
let ending = false

const run = (name: string, script: string, args: string[], env: NodeJS.ProcessEnv = process.env): void => {
  const child = spawn(process.execPath, [...heapFlags, join(root, script), ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  children.push({ name, child })
  child.once('exit', (code) => {
    if (ending) return
    console.error(`${name} has ended${code === null ? '' : ` with code ${code}`}; the others are stopped.`)
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
          setTimeout(() => child.kill('SIGKILL'), 8000).unref()
        }),
    ),
  )
  process.exit(code)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(0))

const ready = async (issuer: string): Promise<void> => {
  for (;;) {
    const answer = await fetch(`${issuer}/health/ready`).catch(() => undefined)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

try {
  const env = { LOG_LEVEL: 'warn', ...process.env }
  const config = loadConfig(env)
  run('The provider', 'src/main.ts', ['--demonstration'], env)
  for (const settings of settingsOf(config))
    run(settings.name, 'scripts/demonstration/service.ts', [JSON.stringify(settings)])
  await ready(config.issuer)
  console.log(`\n  Ready. Begin here: ${config.issuer}/dev\n`)
} catch (error) {
  const lines = error instanceof ConfigurationError ? error.faults : [String(error)]
  for (const line of lines) console.error(line)
  await stop(1)
}
