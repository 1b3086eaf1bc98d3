import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import Koa from 'koa'
import { health } from '../../src/http/index.ts'
import type { Database } from '../../src/storage/index.ts'
import { aTestApp, type TestApp } from '../world/app.ts'
import { openTestDatabase } from '../world/database.ts'
import { close, listen } from '../world/server.ts'
import { aTraveller } from '../world/traveller.ts'

/** What a load balancer asks, of a database that takes writes or does not. */
const aHealthCheck = async (database: Pick<Database, 'ping'>, onAsked = () => {}) => {
  const answer = new Koa().use(health(database, () => true)).callback()
  const server = createServer((request, response) => {
    void answer(request, response)
    onAsked()
  })
  const port = await listen(server)
  return {
    ask: async (path: string): Promise<number> => (await fetch(`http://127.0.0.1:${port}${path}`)).status,
    close: () => close(server),
  }
}

describe('running the product', () => {
  let app: TestApp
  before(async () => {
    app = await aTestApp()
  })
  after(() => app.close())

  const get = async (path: string) => {
    const answer = await fetch(app.issuer + path)
    return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text() }
  }

  it('Q10: is not ready while every write is refused, though reads are answered, and lives all the same', async () => {
    const database = await openTestDatabase()
    const meta = database.connection.collection('meta')
    const check = await aHealthCheck(database)
    assert.equal(await check.ask('/health/ready'), 200)
    assert.ok(await meta.findOne({ _id: 'ready' as never }), 'it wrote')
    await check.close()

    const full = new Proxy(meta, {
      get: (target, name) =>
        name === 'updateOne' ? () => Promise.reject(new Error('full')) : (Reflect.get(target, name) as unknown),
    })
    database.connection.collection = (() => full) as never
    const later = await aHealthCheck(database)
    assert.deepEqual([await later.ask('/health/ready'), await later.ask('/health/live')], [503, 200])
    await Promise.all([later.close(), database.close()])
  })

  it('Q10: however many ask at once whether it is ready, it costs one write', async () => {
    let writes = 0
    let asked = 0
    const all = Promise.withResolvers<void>()
    const check = await aHealthCheck(
      {
        ping: async () => {
          writes += 1
          await all.promise
        },
      },
      () => {
        asked += 1
        if (asked === 10) all.resolve()
      },
    )
    const said = await Promise.all(Array.from({ length: 10 }, () => check.ask('/health/ready')))
    assert.deepEqual([new Set(said), writes], [new Set([200]), 1])
    await check.close()
  })

  it('counts what an operator watches: sync lag, outcomes of tellings, sign-ins, the hash queue', async () => {
    await app.aPerson({ links: ['games'] })
    const { status, text } = await get('/metrics')
    assert.equal(status, 200)
    for (const name of ['sync_lag_seconds', 'hash_queue_depth', 'mails_waiting', 'process_resident_memory_bytes'])
      assert.match(text, new RegExp(`^${name} `, 'm'))
    assert.match(text, /tellings_total\{company="games",outcome="acknowledged"\} \d+/)
    assert.ok(!text.includes('@'), 'no person in the metrics')
  })

  it('O9: counts requests, how long they took and how they ended, wrong passwords and mail, by labels from closed lists', async () => {
    const before = (await get('/metrics')).text
    const countOf = (text: string, line: RegExp) => Number(line.exec(text)?.[1] ?? 0)
    const someone = await app.aPerson({ links: ['games'] })
    const visitor = aTraveller(app)
    const page = await visitor.go('games-arcade')
    await visitor.send(page, '', { email: someone.email, password: 'not the password at all' })
    for (const made of ['/made-up-by-somebody', '/<script>', `/${'x'.repeat(50)}`]) await get(made)
    await fetch(`${app.issuer}/made-up`, { method: 'PROPFIND' })
    const { text } = await get('/metrics')
    const grew = (line: RegExp) => countOf(text, line) - countOf(before, line)
    assert.ok(grew(/^guesses_total\{limit="sign-in-[a-z-]+",outcome="wrong"\} (\d+)/m) === 1)
    assert.ok(grew(/^http_request_seconds_count\{place="auth",method="GET",status="3xx"\} (\d+)/m) >= 1)
    assert.ok(grew(/^http_request_seconds_count\{place="other",method="GET",status="4xx"\} (\d+)/m) >= 3)
    assert.ok(grew(/^http_request_seconds_count\{place="other",method="other",status="\dxx"\} (\d+)/m) >= 1)
    assert.match(text, /^http_request_seconds_bucket\{le="0\.25",place="auth"/m)
    assert.match(text, /^mails_waiting \d+$/m)
    assert.doesNotMatch(text, /made-up|PROPFIND|%3C|<script|xxxx|@/)
  })

  it('has no development door unless it is told to', async () => {
    for (const path of ['/dev', '/dev/demo.json', '/dev/mail.json', '/dev/clock'])
      assert.equal((await get(path)).status, 404, path)
    const moved = await fetch(`${app.issuer}/dev/clock`, { method: 'POST', body: '{"advance":"P1D"}' })
    assert.ok(moved.status >= 400)
  })

  it('shows the lag of a change that a company does not take, and none once it has', async () => {
    const person = await app.aPerson({ links: ['pictures'] })
    app.faults.set('pictures-cinema', 500)
    const { changeDetails, byPerson } = await import('../../src/people/index.ts')
    await changeDetails(app.features.people, person.id, {
      source: byPerson,
      actor: { kind: 'person', id: person.id },
      changes: [{ field: 'givenName', value: 'Late' }],
    })
    await app.features.reconciler.enqueuePerson(person.id)
    assert.equal((await app.account(person.accounts.pictures!)).told['pictures-cinema']?.seq, 1)
    app.faults.delete('pictures-cinema')
    app.features.eventDispatcher.reset('pictures-cinema')
    await app.features.accounts.change(person.accounts.pictures!, () => ({ set: { retry: {} } }))
    await app.settled()
    const account = await app.account(person.accounts.pictures!)
    assert.equal(account.told['pictures-cinema']?.seq, account.seq)
    assert.match((await get('/metrics')).text, /^sync_lag_seconds 0$/m)
  })

  it('has built every index that a store declares before it answers', async () => {
    const database = await openTestDatabase()
    let built: string[] = []
    const other = await aTestApp({
      database: {
        ...database,
        prepare: async () => {
          await database.prepare()
          built = [...database.connection.declared.keys()]
        },
      },
    })
    const declared = [...database.connection.declared].filter(([, indexes]) => indexes.length > 0)
    assert.ok(declared.length > 5)
    for (const [name] of declared) assert.ok(built.includes(name), name)
    await other.close()
  })
})
