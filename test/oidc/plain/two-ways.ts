/**
 * One product answered by two: with the plain lane and without it, on one database, under one issuer. What is asked of
 * both is compared in everything that leaves, in every line of the log and every metric, and in what is written.
 */
import assert from 'node:assert/strict'
import { type IncomingHttpHeaders, request as send } from 'node:http'
import { Provider } from 'oidc-provider'
import type { Config } from '../../../src/config/settings.ts'
import { createLog } from '../../../src/lib/log.ts'
import type { Database } from '../../../src/storage/index.ts'
import { beforeEachOperation } from '../../world/around-storage.ts'
import { openTestDatabase } from '../../world/database.ts'
import { aCompany, aPartner, aService, declared } from '../../world/group.ts'
import { aTestOidc, type TestOidcOptions } from '../../world/oidc.ts'

export interface Asked {
  method: string
  path: string
  headers: Record<string, string | string[]>
  /** In the pieces that it is sent in. */
  body: string[]
}

export interface Answered {
  status: number | undefined
  headers: IncomingHttpHeaders
  body: string
  /** Lines, and what the metrics were told. */
  log: object[]
  writes: string[]
}

type Companies = NonNullable<TestOidcOptions['companies']>

const companies = (scopesOfGames: () => string[]): Companies => {
  let made: ReturnType<Companies> | undefined
  const make: Companies = (url) => {
    const scopes = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access', 'accounts.read']
    const store = aService('mobile', 'mobile-store', url('mobile-store'), { scopes })
    const [web] = store.clients
    store.clients = [
      web!,
      { ...web!, id: 'offline', offline: true },
      { ...web!, id: 'older', withoutPkce: true },
      { ...web!, id: 'app', kind: 'native', secret: undefined },
      { ...web!, id: 'bound', requireDpop: true },
      { ...web!, id: 'keeping', offline: true, keepsRefreshToken: true },
      { ...web!, id: 'several', offline: true, retriesRefresh: true },
      // As no check of the configuration would let it through.
      { ...web!, id: 'bank', offline: true, profile: 'fapi2' },
    ] as typeof store.clients
    const mobile = declared(aCompany({ id: 'mobile' }), [
      store,
      aService('mobile', 'mobile-cloud', url('mobile-cloud')),
    ])
    const games = aCompany({ id: 'games' })
    Object.defineProperty(games.release, 'scopes', { get: scopesOfGames, enumerable: true })
    const arcade = aService('games', 'games-arcade', url('games-arcade'), { scopes: ['openid', 'profile', 'email'] })
    for (const client of arcade.clients) client.offline = true
    return [mobile, declared(games, [arcade], [aPartner('games', 'leaderboard', url('leaderboard'))])]
  }
  return (url) => {
    made ??= make(url)
    return made
  }
}

/** `on`: another pair's database and companies, under another configuration. */
export const twoWays = async (
  scopesOfGames: () => string[],
  on?: { database: Database; group: Companies; config: Partial<Config> },
) => {
  const database = on?.database ?? (await openTestDatabase())
  const group = on?.group ?? companies(scopesOfGames)
  const marked = new Set<string>()
  const seen = { log: [] as object[], writes: [] as string[], inside: 0, outside: 0, lookedAt: () => {} }
  /** The act of a test, before each operation on the store. */
  const meanwhile: { act?: ((operation: string) => Promise<void> | void) | undefined } = {}
  const options: TestOidcOptions = {
    database,
    companies: group,
    deps: {
      log: createLog('info', { write: (line) => void seen.log.push(timeless(JSON.parse(line))) }),
      onUse: (use) => void seen.log.push({ use }),
      isMarked: async (_company, browser) => marked.has(browser),
    },
    answered: ({ seconds: _took, ...counted }) => void seen.log.push(counted),
    wrap: (connection) =>
      beforeEachOperation(connection, (operation, collection) => {
        if (Provider.ctx) seen.inside += 1
        else seen.outside += 1
        if (!Provider.ctx) seen.lookedAt()
        if (!/^find(One)?$/.test(operation)) seen.writes.push(`${operation} ${collection}`)
        return meanwhile.act?.(operation)
      }),
  }
  const plain = await aTestOidc({ ...options, config: { ...on?.config, plainLane: true } })
  const { port } = plain
  const { issuer } = plain.config
  const library = await aTestOidc({ ...options, config: { port, ...on?.config, plainLane: false, issuer } })

  const answerOf = async (at: number, { method, path, headers, body }: Asked): Promise<Answered> => {
    Object.assign(seen, { log: [], writes: [], inside: 0, outside: 0 })
    return new Promise((resolve, reject) => {
      const sent = send({ host: '127.0.0.1', port: at, method, path, agent: false })
      sent.setHeader('host', new URL(issuer).host)
      for (const [name, value] of Object.entries(headers)) sent.setHeader(name, value)
      sent.once('error', reject)
      sent.once('response', async (response) => {
        const chunks = await response.toArray()
        const { date: _date, 'x-request-id': id, ...rest } = response.headers
        const text = Buffer.concat(chunks).toString().replaceAll(String(id), 'ID')
        // The line of a request is written when its answer has left.
        await new Promise((settled) => setImmediate(settled))
        const [log, writes] = [[...seen.log], [...seen.writes]]
        resolve({ status: response.statusCode, headers: rest, body: text, log, writes })
      })
      const [first = '', ...later] = body
      if (later.length === 0) sent.end(first || undefined)
      else sent.write(first, () => setImmediate(() => sent.end(later.join(''))))
    })
  }

  /** Asks one of them; and whether the library was left out of it. */
  const ask = async (way: 'plain' | 'library', asked: Asked): Promise<Answered & { isPlain: boolean }> => {
    const answer = await answerOf(way === 'plain' ? port : library.port, asked)
    return { ...answer, isPlain: seen.outside > 0 && seen.inside === 0 }
  }

  return {
    plain,
    library,
    group,
    /** Where nothing is counted. */
    database,
    answerOf,
    ask,
    meanwhile,
    /** Before each operation beside the library. */
    beforeEach: (act: () => void) => {
      seen.lookedAt = act
    },
    /** Browsers that every company holds for misused. */
    marked,
    /** Asks both; answers what they said, and whether the library was left out of it. `shown`: what is compared of it. */
    compared: async (
      asked: Asked | (() => Promise<Asked>),
      shown: (answer: Answered, asked: Asked) => unknown = (answer) => answer,
    ): Promise<Answered & { isPlain: boolean }> => {
      const made = typeof asked === 'function' ? asked : async () => asked
      const [first, second] = [await made(), await made()]
      const { isPlain, ...one } = await ask('plain', first)
      const { isPlain: _none, ...other } = await ask('library', second)
      assert.deepEqual(await shown(one, first), await shown(other, second), JSON.stringify(first))
      return { ...one, isPlain }
    },
    close: async () => {
      await library.close()
      await plain.close()
      if (!on) await database.close()
    },
  }
}

export type TwoWays = Awaited<ReturnType<typeof twoWays>>

const timeless = ({ time: _time, request: _request, milliseconds: _took, ...line }: Record<string, unknown>) => line
