import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { Agent, type Dispatcher, getGlobalDispatcher, setGlobalDispatcher } from 'undici'
import { clientSecret } from '../../src/config/settings.ts'
import { openDatabase } from '../../src/storage/index.ts'
import { handedOver } from '../world/browser.ts'
import { companyWrites } from '../world/company-wrote.ts'
import { aProof, aProofKey, type ProofKey } from '../world/fapi-client.ts'
import { readable } from '../world/pages.ts'
import { aFreePort } from '../world/server.ts'
import { type Several, severalProcesses } from '../world/several.ts'
import { aTokenClient, verifier } from '../world/tokens.ts'
import { asTyped, aTraveller } from '../world/traveller.ts'

const racers = 20

/** The embedded database is one process's own, so there is nothing here to be seen of it. */
const server = process.env.TEST_MONGODB_URI
if (server)
  describe('several processes on one MongoDB', function () {
    this.timeout(180_000)
    let product: Several
    let dispatcher: Dispatcher
    before(async () => {
      dispatcher = getGlobalDispatcher()
      // A connection for each request: any process may take it.
      setGlobalDispatcher(new Agent({ pipelining: 0 }))
      product = await severalProcesses(server)
    })
    after(async () => {
      await product.close()
      setGlobalDispatcher(dispatcher)
    })

    const codeAt = async () => {
      const person = await product.app.aPerson({ links: ['mobile'] })
      const traveller = aTraveller(product.app)
      const back = await traveller.act(await traveller.go('mobile-store'), '', asTyped(person))
      assert.equal(traveller.told(back), 'code', readable(back))
      return { person, traveller, back }
    }
    const ask = async (fields: Record<string, string>, headers: Record<string, string> = {}) => {
      const basic = btoa(`mobile-store:${clientSecret(product.app.config, 'mobile-store')}`)
      const answer = await fetch(`${product.app.issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${basic}`, ...headers },
        body: new URLSearchParams(fields),
      })
      return { status: answer.status, body: (await answer.json()) as Record<string, string> }
    }
    const redeeming = (back: Awaited<ReturnType<typeof codeAt>>['back']) => ({
      grant_type: 'authorization_code',
      code: handedOver(back).get('code') ?? '',
      redirect_uri: product.app.config.group.clients.get('mobile-store')?.client.redirectUris[0] ?? '',
      code_verifier: verifier,
    })
    const race = (one: () => ReturnType<typeof ask>) => Promise.all(Array.from({ length: racers }, one))
    const oneWinner = (answers: Awaited<ReturnType<typeof ask>>[]) => {
      const won = answers.filter(({ status }) => status === 200)
      assert.equal(won.length, 1)
      for (const { status, body } of answers)
        if (status !== 200) assert.deepEqual([status, body.error], [400, 'invalid_grant'])
      return won[0]!.body
    }
    /** How many requests each has answered, by its number. */
    const answeredBy = async (): Promise<Map<string, number>> => {
      const counts = new Map<string, number>()
      for (const [, number = '', count] of (await product.metrics()).matchAll(
        /^http_request_seconds_count\{[^}]*process="(\d)"\} (\d+)$/gm,
      ))
        counts.set(number, (counts.get(number) ?? 0) + Number(count))
      return counts
    }

    it('makes keys, indexes and policies once, in the first, and says who wrote each line of the log', async () => {
      const keys = await product.app.database.connection.collection('keys').find({}).toArray()
      assert.deepEqual(keys.map(({ _id }) => String(_id).split(':')[0]).toSorted(), ['ES256', 'RS256'])
      assert.equal(product.toldOften('ready'), 2)
      const ready = product
        .said()
        .split('\n')
        .filter((line) => line.includes('"msg":"ready"'))
      assert.deepEqual(
        ready.map((line) => (JSON.parse(line) as { process: number }).process),
        [1, 2],
      )
    })

    it('ends at one what somebody began at another: sign-in, code and token', async () => {
      let earlier: Map<string, number>
      let later: Map<string, number>
      // Whoever is free takes a connection: now and then one of them takes all of a sign-in.
      do {
        earlier = await answeredBy()
        const { back } = await codeAt()
        const tokens = await aTokenClient(product.app).redeemed('mobile-store', back)
        assert.equal(await aTokenClient(product.app).userinfo(tokens), 200)
        later = await answeredBy()
      } while (['1', '2'].some((number) => later.get(number) === earlier.get(number)))
    })

    it('Z1: of twenty that redeem one code over both, one gets tokens', async () => {
      const { back } = await codeAt()
      oneWinner(await race(() => ask(redeeming(back))))
    })

    it('P15: of twenty that refresh one family over both, one gets the next', async () => {
      for (let round = 0; round < 3; round++) {
        const { back } = await codeAt()
        const held = (await ask(redeeming(back))).body
        oneWinner(await race(() => ask({ grant_type: 'refresh_token', refresh_token: held.refresh_token! })))
      }
    })

    describe('a family bound to a key (DPoP)', () => {
      let key: ProofKey
      let held: Record<string, string>
      const proof = () => aProof(key, { method: 'POST', at: `${product.app.issuer}/token` })
      const refresh = async (dpop: string) =>
        ask({ grant_type: 'refresh_token', refresh_token: held.refresh_token! }, { dpop })
      beforeEach(async () => {
        key = await aProofKey()
        const { back } = await codeAt()
        held = (await ask(redeeming(back), { dpop: await proof() })).body
        assert.equal(held.token_type, 'DPoP', JSON.stringify(held))
      })

      it('P15: of twenty that refresh it over both, each with a proof of its own, one gets the next', async () => {
        const proofs = await Promise.all(Array.from({ length: racers }, proof))
        assert.equal(oneWinner(await race(() => refresh(proofs.pop()!))).token_type, 'DPoP')
      })

      it('Z1: one proof is good once, at whichever it was shown first', async () => {
        const shown = await proof()
        const answers = await race(() => refresh(shown))
        assert.equal(answers.filter(({ status }) => status === 200).length, 1)
        const refused = answers.filter(({ status }) => status !== 200).map(({ body }) => body.error)
        for (const error of refused) assert.match(error ?? '', /^invalid_(dpop_proof|grant)$/)
      })
    })

    it('Q4: counts guesses together: twenty at once over both, and no more are looked at than may be', async () => {
      const person = await product.app.aPerson()
      const looked = await Promise.all(
        Array.from({ length: racers }, async () => {
          const traveller = aTraveller(product.app)
          const page = await traveller.go('mobile-store')
          return readable(await traveller.act(page, '', { email: person.email, password: 'never was anybody’s' }))
        }),
      )
      const refused = looked.filter((text) => /too many|try again in/i.test(text))
      assert.ok(refused.length >= racers - 10 && refused.length < racers, `${refused.length}: ${looked[0]}`)
    })

    it('takes another configuration in all of them by one signal, and none of a broken one', async () => {
      const page = async () => (await fetch(`${product.address}/privacy/mobile`)).text()
      const pages = () => Promise.all(Array.from({ length: 4 }, page))
      assert.ok(!(await pages()).some((text) => text.includes('Renamed Mobile AB')))
      const file = product.files.read('companies/mobile.yaml')
      product.files.write('companies/mobile.yaml', 'id: [')
      product.signal('SIGHUP')
      await product.untilTold('the configuration was not taken; the one before goes on')
      product.files.write('companies/mobile.yaml', file.replaceAll('Tsukimori Mobile K.K.', 'Renamed Mobile AB'))
      product.signal('SIGHUP')
      await product.untilTold('another configuration is taken', 2)
      assert.ok((await pages()).every((text) => text.includes('Renamed Mobile AB')))
      assert.equal(product.toldOften('the configuration was not taken; the one before goes on'), 1)
    })

    describe('under load', () => {
      let isOver: boolean
      let told: { status: number | string; at: number }[]
      let load: Promise<unknown>
      beforeEach(async () => {
        const { back } = await codeAt()
        const tokens = await aTokenClient(product.app).redeemed('mobile-store', back)
        isOver = false
        told = []
        const one = async () => {
          while (!isOver) {
            const answer = await fetch(`${product.app.issuer}/me`, {
              headers: { authorization: `Bearer ${tokens.access_token}` },
              signal: AbortSignal.timeout(20_000),
            }).catch((error: unknown) => error as Error)
            const status = answer instanceof Error ? String(answer.cause ?? answer) : answer.status
            if (answer instanceof Response) await answer.text()
            told.push({ status, at: performance.now() })
          }
        }
        load = Promise.all(Array.from({ length: 6 }, one))
        await product.until(() => told.length > 20)
      })
      const end = async () => {
        isOver = true
        await load
      }
      afterEach(end)

      it('Q17: replaces each by a new one without a request that fails (SIGUSR2)', async () => {
        const before = product.processes()
        product.signal('SIGUSR2')
        await product.untilTold('each process has been replaced')
        const since = told.length
        await product.until(() => told.length > since + 20)
        await end()
        assert.deepEqual(
          told.filter(({ status }) => status !== 200),
          [],
        )
        assert.deepEqual(
          product.processes().filter((pid) => before.includes(pid)),
          [],
        )
      })

      it('Q17: loses no more than what one of them had in hand when it is killed, and puts another in its place', async () => {
        const before = product.processes()
        const killed = before.at(-1)!
        process.kill(killed, 'SIGKILL')
        const at = performance.now()
        await product.until(() => product.processes().length === 2 && !product.processes().includes(killed))
        await product.untilTold('ready', product.toldOften('ready') + 1)
        const since = told.length
        await product.until(() => told.length > since + 20)
        await end()
        // Six are under way at any time: of those some were the killed one's, and nothing after. Each is told at once.
        const failed = told.filter(({ status }) => status !== 200)
        assert.ok(failed.length <= 6, JSON.stringify(failed))
        for (const { status, at: when } of failed) assert.ok(when - at < 5000, `${status} after ${when - at} ms`)
        assert.ok(product.processes().includes(before[0]!))
      })
    })

    it('M16: looks for what falls due in one of them, and in the other once that one was killed', async () => {
      const holder = async (): Promise<number> => {
        const row = await product.app.database.connection
          .collection('meta')
          .findOne({ _id: 'lease:background' as never })
        return Number(String(row?.value).split('.')[0])
      }
      const before = await product.until(async () => {
        const pid = await holder()
        return product.processes().includes(pid) && pid
      })
      process.kill(before, 'SIGKILL')
      const after = await product.until(async () => {
        const pid = await holder()
        return pid !== before && pid
      })
      assert.ok(product.processes().includes(after))
      await product.until(async () => product.processes().length === 2)
    })

    it('G5: an unlink in one breaks off what another is sending, and is done within seconds', async () => {
      let isHanging = false
      const hung = Promise.withResolvers<void>()
      const brokenOff = Promise.withResolvers<void>()
      const events = createServer((request, response) => {
        request.resume()
        if (!isHanging) return response.writeHead(202).end()
        hung.resolve()
        return response.once('close', () => brokenOff.resolve())
      })
      await new Promise<void>((resolve) => events.listen(product.app.config.port + 3, '127.0.0.1', resolve))
      try {
        const person = await product.app.aPerson({ links: ['games'] })
        isHanging = true
        // Done by none here: whichever of the product's processes looks for what is due sends it.
        await companyWrites(product.app, person.accounts.games!, 'familyName', 'Holm')
        await hung.promise
        const began = performance.now()
        const { links } = product.app.features
        const actor = { kind: 'person', id: person.id } as const
        const left = await links.unlink(person.id, 'games', { keep: 'now', actor })
        assert.ok(!left.link)
        assert.ok(performance.now() - began < 6000)
        await brokenOff.promise
      } finally {
        events.closeAllConnections()
        events.close()
      }
    })

    it('is right where two whole products start at one moment on an empty database', async () => {
      const uri = new URL(server)
      uri.pathname = `/both-${process.pid}-${Math.floor(performance.now())}`
      const shared = { MONGODB_URI: uri.href, METRICS_PORT: '' }
      const both = await Promise.all(
        [await aFreePort(), await aFreePort()].map((port) => product.start({ ...shared, PORT: String(port) })),
      )
      const database = await openDatabase({ mongodbUri: uri.href })
      try {
        await Promise.all(both.map((each) => each.ready()))
        const [one, other] = await Promise.all(
          both.map(
            async ({ address }) => (await (await fetch(`${address}/jwks`)).json()) as { keys: { kid: string }[] },
          ),
        )
        assert.equal(one!.keys.length, 2)
        assert.deepEqual(one, other)
        const { db } = database.connection
        assert.equal(await db.collection('keys').countDocuments({}), 2)
        const policies = await db
          .collection('meta')
          .find({ _id: /^policy:/ as never })
          .toArray()
        assert.deepEqual([...new Set(policies.map(({ revision }) => revision as number))], [1])
      } finally {
        await Promise.all(both.map((each) => each.stop()))
        await database.connection.db.dropDatabase()
        await database.close()
      }
    })

    it('says once what keeps all of them from starting, and ends', async () => {
      const taken = product.start()
      assert.equal(await taken.gone, 1)
      assert.equal(taken.said().match(/is in use by another process/g)?.length, 1)
      const wrong = product.start({ MONGODB_URI: '' })
      assert.equal(await wrong.gone, 1)
      assert.match(wrong.said(), /^PROCESSES is "2", and the embedded database is one process's own/)
    })
  })
