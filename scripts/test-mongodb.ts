/**
 * The suite on a MongoDB wire server: the one that MONGODB_URI names, else a `mongod` on the path, else a server in
 * Java that speaks the same protocol. Tests of the embedded database alone are left out; `test/world/hooks.ts` says how
 * many they are.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const root = join(import.meta.dirname, '..')

interface Server {
  uri: string
  what: string
  stop: () => void
}

const isOnPath = (command: string): boolean => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** The first line of a process's output that the pattern fits. */
const saysLine = async (child: ChildProcess, pattern: RegExp): Promise<string> => {
  for await (const line of createInterface({ input: child.stdout! })) if (pattern.test(line)) return line.trim()
  throw new Error('the database server ended before it was ready')
}

const startMongod = async (): Promise<Server> => {
  const data = mkdtempSync(join(tmpdir(), 'mongod-'))
  const port = await freePort()
  const child = spawn('mongod', ['--dbpath', data, '--port', String(port), '--bind_ip', '127.0.0.1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await saysLine(child, /Waiting for connections/)
  const stop = () => {
    child.once('exit', () => rmSync(data, { recursive: true, force: true }))
    child.kill()
  }
  return { uri: `mongodb://127.0.0.1:${port}`, what: 'mongod', stop }
}

const startWireServer = async (): Promise<Server> => {
  const here = join(root, 'scripts/mongodb')
  const libraries = join(root, 'node_modules/.cache/wire-server')
  const copied = spawnSync('mvn', ['-q', '-B', 'dependency:copy-dependencies', `-DoutputDirectory=${libraries}`], {
    cwd: here,
    stdio: 'inherit',
  })
  if (copied.status !== 0) throw new Error('the libraries of the wire server could not be fetched')
  const child = spawn('java', ['-Xmx1g', '--class-path', `${libraries}/*`, join(here, 'WireServer.java')], {
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const uri = await saysLine(child, /^mongodb:/)
  return { uri, what: 'a MongoDB wire server in Java', stop: () => child.stdin!.end() }
}

const openServer = async (): Promise<Server | undefined> => {
  if (process.env.MONGODB_URI) return { uri: process.env.MONGODB_URI, what: 'MONGODB_URI', stop: () => {} }
  if (isOnPath('mongod')) return startMongod()
  if (isOnPath('java') && isOnPath('mvn')) return startWireServer()
  return undefined
}

const server = await openServer()
if (!server) {
  console.log('Skipped: there is no MongoDB here. Set MONGODB_URI, or install mongod, or Java and Maven.')
  console.log('  0 passing\n  1 pending')
  process.exit(0)
}
console.log(`On ${server.what}.`)
const only = process.argv.slice(2)
const mocha = spawn(
  process.execPath,
  [
    join(root, 'node_modules/mocha/bin/mocha.js'),
    '--grep',
    '@embedded',
    '--invert',
    '--timeout',
    '60000',
    ...(only.length > 0 ? only : ['test/**/*.test.ts']),
  ],
  { cwd: root, stdio: 'inherit', env: { ...process.env, TEST_MONGODB_URI: server.uri } },
)
mocha.once('exit', (code) => {
  server.stop()
  process.exitCode = code ?? 1
})
