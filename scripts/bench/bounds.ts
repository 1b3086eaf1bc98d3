/** What this machine can do at best: the parts that an operation is made of, alone. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { createPasswords } from '../../src/credentials/index.ts'
import { request } from './browser.ts'
import { type Measured, measure } from './measure.ts'

const none = { prepare: async () => undefined }
const cpu = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

export const bounds = async (dataDir: string, seconds: number): Promise<Measured[]> => [
  await measureHashes(seconds),
  await measureCommits(dataDir, seconds),
  await measureHello(seconds),
  await measureSignatures(seconds),
]

const measureHashes = async (seconds: number): Promise<Measured> => {
  const passwords = createPasswords()
  const stored = await passwords.hash('an umbrella in the rain')
  const run = async () => void (await passwords.verify(stored, 'an umbrella in the rain'))
  const atOnce = availableParallelism()
  return measure({ name: 'argon2id verifications (19 MiB, t=2)', atOnce, ...none, run }, { seconds, cpu })
}

const measureCommits = async (dataDir: string, seconds: number): Promise<Measured> => {
  const database = new DatabaseSync(join(dataDir, 'bound.sqlite'))
  database.exec('pragma journal_mode = wal; pragma synchronous = full; create table t (id integer primary key, b blob)')
  const insert = database.prepare('insert into t (b) values (?)')
  const row = randomBytes(600)
  const run = async () => {
    insert.run(row)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const measured = await measure(
    { name: 'SQLite commits with FULL, one by one', atOnce: 1, ...none, run },
    { seconds, cpu },
  )
  database.close()
  return measured
}

const measureHello = async (seconds: number): Promise<Measured> => {
  const server = new Worker(new URL(import.meta.url))
  const [port] = (await once(server, 'message')) as [number]
  const run = async () => void (await request(`http://127.0.0.1:${port}/`))
  const measured = await measure({ name: 'node:http "hello"', atOnce: 32, ...none, run }, { seconds, cpu })
  await server.terminate()
  return measured
}

const measureSignatures = async (seconds: number): Promise<Measured> => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const text = randomBytes(400)
  const run = async () => {
    for (let i = 0; i < 100; i += 1) sign('sha256', text, { key: privateKey, dsaEncoding: 'ieee-p1363' })
    await new Promise((resolve) => setImmediate(resolve))
  }
  const measured = await measure({ name: 'ES256 signatures', atOnce: 1, ...none, run }, { seconds, cpu })
  return {
    ...measured,
    perSecond: measured.perSecond * 100,
    cpu: measured.cpu / 100,
    p50: measured.p50 / 100,
    p99: measured.p99 / 100,
  }
}

if (!isMainThread) {
  const server = createServer((_, response) => response.end('hello'))
  server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as { port: number }).port))
}
