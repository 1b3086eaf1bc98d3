/** The product as a person meets it: `npm start` in processes of its own, on ports and a folder of the test's own. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

export interface DemoJson {
  companies: {
    id: string
    name: string
    services: { id: string; name: string; url: string }[]
    receives: string[]
    writes: string[]
  }[]
  partners: { name: string; url: string; company: string }[]
  people: {
    email: string
    password: string | null
    links: string[]
    separate: { company: string; email: string; password: string }[]
  }[]
  staff: { company: string; roles: string[]; email: string; password: string; totpSecret: string }[]
  apis: { company: string; scim: string; tokenEndpoint: string; clientId: string; clientSecret: string }[]
  clients: { company: string; clientId: string; clientSecret: string; redirectUri: string | null; device: boolean }[]
  secrets: Record<string, string>
}

export interface Letter {
  to: string
  kind: string
  subject: string
  text: string
  headers: Record<string, string>
}

/**
 * Ten ports in a row that nobody listens on, below those that systems give to outgoing connections (32768 on Linux): one
 * of those may be in use at any moment, and whoever calls again and again could even be connected to itself.
 */
const freePorts = async (): Promise<number> => {
  for (;;) {
    const base = 12_000 + Math.floor(Math.random() * 20_000)
    const taken = await Promise.all(Array.from({ length: 10 }, (_, i) => isTaken(base + i)))
    if (!taken.includes(true)) return base
  }
}

const isTaken = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(true))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(false)))
  })

const until = async <T>(what: () => Promise<T | undefined>, failed: () => string | undefined): Promise<T> => {
  for (;;) {
    const found = await what().catch(() => undefined)
    if (found !== undefined) return found
    const why = failed()
    if (why !== undefined) throw new Error(why)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

export const startProduct = async (env: NodeJS.ProcessEnv = {}) => {
  const port = await freePorts()
  const dataDir = mkdtempSync(join(tmpdir(), 'product-'))
  const issuer = `http://localhost:${port}`
  let child: ChildProcess
  let said = ''

  const start = async (): Promise<void> => {
    said = ''
    child = spawn(process.execPath, [join(root, 'scripts/start.ts')], {
      cwd: root,
      env: {
        ...process.env,
        PORT: String(port),
        DATA_DIR: dataDir,
        ...env,
        MONGODB_URI: process.env.TEST_MONGODB_URI ? `${process.env.TEST_MONGODB_URI}/journeys-${port}` : '',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (said += text))
    await until(
      async () => said.includes('Ready.') || undefined,
      () => (child.exitCode === null ? undefined : `the product ended before it was ready:\n${said}`),
    )
  }

  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await gone
  }

  /** What `npm start` started, the provider first. */
  const processes = (): number[] =>
    readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ').map(Number)

  const post = async (path: string, body: object = {}): Promise<Response> =>
    fetch(path.startsWith('http') ? path : issuer + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })

  const mails = async (to: string): Promise<Letter[]> =>
    (await (await fetch(`${issuer}/dev/mail.json?to=${encodeURIComponent(to)}`)).json()) as Letter[]

  /** The newest mail of a kind to an address, as soon as it is there. */
  const letter = (to: string, kind: string): Promise<Letter> =>
    until(
      async () => (await mails(to)).find((each) => each.kind === kind),
      () => undefined,
    )

  await start()
  const demo = (await (await fetch(`${issuer}/dev/demo.json`)).json()) as DemoJson

  return {
    issuer,
    demo,
    start,
    stop,
    /** What it has printed since its start. */
    said: () => said,
    post,

    processes,

    /** Pulls the plug: the provider dies where it stands, and the others are stopped with it. */
    pullThePlug: async (): Promise<void> => {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      const [provider] = processes()
      assert.ok(provider)
      process.kill(provider, 'SIGKILL')
      await gone
    },

    service: (id: string): string => {
      const found = demo.companies.flatMap(({ services }) => services).find((service) => service.id === id)
      if (!found) throw new Error(`no service ${id}`)
      return found.url
    },

    idle: async (): Promise<void> => {
      const answer = await post('/dev/idle')
      if (!answer.ok) throw new Error(`still pending: ${await answer.text()}`)
    },

    mails,

    letter,

    /** The code of the newest mail of a kind to an address. */
    code: async (to: string, kind: string): Promise<string> => (await letter(to, kind)).text.match(/\d{6}/)?.[0] ?? '',

    received: async (service: string): Promise<{ kind: string; payload: Record<string, unknown> }[]> =>
      (await (await fetch(`${service}/dev/received`)).json()) as never,

    close: async (): Promise<void> => {
      await stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

export type Product = Awaited<ReturnType<typeof startProduct>>
