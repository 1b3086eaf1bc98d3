import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders, request as send } from 'node:http'
import { createLog } from '../../src/lib/log.ts'
import { aTestApp } from './app.ts'
import { beforeEachOperation } from './around-storage.ts'
import { openTestDatabase } from './database.ts'
import { close, listen } from './server.ts'

/**
 * One product answered by two: with the lane and without it, on one database, under one issuer. `readsAgain`: what the lane
 * hands on may ask the store for the same once more; otherwise both ask it for the same, as often.
 */
export const twoDoors = async ({ readsAgain = false } = {}) => {
  const database = await openTestDatabase()
  const seen = { log: [] as object[], operations: [] as string[], byKoa: 0, fails: '' }
  const connection = beforeEachOperation(database.connection, (operation, collection) => {
    seen.operations.push(`${operation} ${collection}`)
    if (seen.fails === collection) throw new Error('no store')
  })
  const log = createLog('info', { write: (line) => void seen.log.push(timeless(JSON.parse(line))) })
  const options = { database: { ...database, connection }, log }
  const plain = await aTestApp({ ...options, config: { plainLane: true } })
  const whole = await aTestApp({ ...options, config: { plainLane: false, issuer: plain.issuer } })
  const servers = await Promise.all(
    [plain, whole].map(async ({ app }) => {
      app.server.middleware.unshift((_ctx, next) => {
        seen.byKoa += 1
        return next()
      })
      const server = createServer(app.callback())
      return { server, port: await listen(server) }
    }),
  )
  const asks = database.connection.db.collection('audienceAsks')

  const answerOf = async (port: number, { method, path, headers, body }: Asked) => {
    Object.assign(seen, { log: [], operations: [], byKoa: 0 })
    await asks.deleteMany({})
    const [first = '', ...later] = body
    const sent = send({ host: '127.0.0.1', port, method, path, agent: false })
    sent.setHeader('host', new URL(plain.issuer).host)
    for (const [name, value] of Object.entries(headers)) sent.setHeader(name, value)
    const answer = new Promise<{ status: number | undefined; headers: IncomingHttpHeaders; text: string }>(
      (resolve, reject) => {
        sent.once('error', reject)
        sent.once('response', async (response) => {
          const text = Buffer.concat(await response.toArray()).toString()
          const { date: _date, 'x-request-id': id = '', ...rest } = response.headers
          resolve({ status: response.statusCode, headers: rest, text: sealless(text.replaceAll(String(id), 'ID')) })
        })
      },
    )
    if (later.length === 0) sent.end(first || undefined)
    else sent.write(first, () => setImmediate(() => sent.end(later.join(''))))
    const told = await answer
    // The line of a request is written when its answer has left.
    await new Promise((resolve) => setImmediate(resolve))
    const operations = [...seen.operations]
    const kept = await asks.find({}).toArray()
    const rows = kept.map(({ _id, at: _at, purgeAt: _until, ...row }) => [String(_id).replace(/:\d{12,}:.*/, ''), row])
    return { ...told, log: [...seen.log], operations, rows, isPlain: seen.byKoa === 0 }
  }

  return {
    plain,
    fail: (collection: string) => {
      seen.fails = collection
    },
    /** Asks both; answers what both said, and whether the first needed nothing but the lane. */
    compared: async (asked: Asked) => {
      const { isPlain, ...one } = await answerOf(servers[0]!.port, asked)
      const { isPlain: _none, ...other } = await answerOf(servers[1]!.port, asked)
      const asIs = (told: typeof one) =>
        readsAgain && !isPlain ? { ...told, operations: [...new Set(told.operations)] } : told
      assert.deepEqual(asIs(one), asIs(other), JSON.stringify(asked))
      return { ...one, isPlain }
    },
    close: async () => {
      for (const { server } of servers) await close(server)
      await whole.close()
      await plain.close()
      await database.close()
    },
  }
}

/** What looks like this token and is none. */
export const broken = (token: string): Record<string, string> => {
  const [head, payload, signature = ''] = token.split('.')
  const last = signature.endsWith('A') ? 'B' : 'A'
  return {
    'signed by nobody': `${head}.${payload}.${signature.slice(0, -2)}${last}A`,
    'without a signature': `${head}.${payload}.`,
    'no token': 'a.b.c',
    opaque: 'a'.repeat(43),
  }
}

export interface Asked {
  method: string
  path: string
  headers: Record<string, string>
  body: string[]
}

const timeless = ({
  time: _time,
  request: _request,
  milliseconds: _took,
  error: _error,
  ...line
}: Record<string, unknown>) => line
/** An address to unsubscribe at is sealed anew each time. */
const sealless = (text: string): string => text.replace(/(\/unsubscribe\/)[\w.-]+/, '$1SEALED')
