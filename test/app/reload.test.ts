import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, request, type Server } from 'node:http'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { createApp, createReload, createRunning, type Running } from '../../src/app/index.ts'
import { clientSecret, loadConfig } from '../../src/config/settings.ts'
import { detailNames } from '../../src/details/index.ts'
import { ConfigurationError } from '../../src/lib/config-issues.ts'
import { createLog } from '../../src/lib/log.ts'
import type { Database } from '../../src/storage/index.ts'
import { cheapPasswords } from '../world/app.ts'
import { type ConfigFiles, configFiles, put, type Raw } from '../world/config-files.ts'
import { openTestDatabase } from '../world/database.ts'
import { close, listen } from '../world/server.ts'

describe('a configuration taken while the product runs', () => {
  let files: ConfigFiles
  let database: Database
  let running: Running
  let server: Server
  let issuer: string
  /** Where taking a configuration fails that reads well. */
  let fault: 'indexes' | 'start' | undefined
  let stopped = 0
  let reload: (words: readonly string[]) => Promise<string>

  before(async () => {
    files = configFiles()
    database = await openTestDatabase()
    let answer: Running['answer'] | undefined
    server = createServer((asked, response) => void answer?.(asked, response))
    const port = await listen(server)
    issuer = `http://localhost:${port}`
    const secrets = { SECRET_KEYS: Buffer.alloc(32, 7).toString('base64') }
    const read = () => loadConfig({ CONFIG_DIR: files.dir, PORT: String(port), ISSUER: issuer, ...secrets })
    const log = createLog('silent')
    const open = async (config: ReturnType<typeof read>) => {
      const prepare = async () => (fault === 'indexes' ? Promise.reject(new Error('no index')) : database.prepare())
      const made = {
        config,
        database: { ...database, prepare },
        log,
        hashing: { parameters: cheapPasswords },
        failureFloor: 0,
      }
      const app = await createApp(made)
      if (fault !== 'start') return app
      const stop = async () => {
        stopped += 1
        await app.stop()
      }
      return { ...app, start: () => Promise.reject(new Error('does not start')), stop }
    }
    running = await createRunning({ open, log }, read())
    answer = running.answer
    reload = createReload({ running, read })
  })
  after(async () => {
    await running.stop()
    await close(server)
    await database.close()
    files.remove()
  })

  const companyFile = (id: string) => load(readFileSync(join(files.dir, `companies/${id}.yaml`), 'utf8')) as Raw
  const edit = (id: string, change: (company: Raw) => void) => {
    const company = companyFile(id)
    change(company)
    files.write(`companies/${id}.yaml`, company)
  }
  const stored = async (): Promise<string> => {
    const all = []
    for (const { name } of await database.connection.db.listCollections().toArray())
      all.push([name, await database.connection.collection(name).find({}).toArray()])
    return createHash('sha256').update(JSON.stringify(all)).digest('hex')
  }
  const authorize = async (client: string, redirect: string) => {
    const query = { client_id: client, redirect_uri: redirect, response_type: 'code', scope: 'openid' }
    const pkce = { code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256' }
    return (await fetch(`${issuer}/auth?${new URLSearchParams({ ...query, ...pkce })}`, { redirect: 'manual' })).status
  }
  const bodyFor = (company: string) =>
    new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'accounts.read',
      resource: `${issuer}/scim/${company}`,
    }).toString()
  const credentials = (client: string, config = running.config()) => ({
    authorization: `Basic ${btoa(`${client}:${clientSecret(config, client)}`)}`,
    'content-type': 'application/x-www-form-urlencoded',
  })
  const token = async (company: string, headers: Record<string, string>) =>
    (await fetch(`${issuer}/token`, { method: 'POST', headers, body: bodyFor(company) })).status

  const aLinkedPerson = async (at: string[]) => {
    const { registration, mailer, links, reconciler } = running.app().features
    const email = `${Math.random().toString(36).slice(2, 10)}@mail.example`
    const details = {
      givenName: 'Ada',
      familyName: 'Berg',
      birthDate: '1990-02-03',
      country: 'SE',
      city: 'Lund',
      email,
    }
    const password = 'lantern over still water'
    const handle = await registration.begin({ details, password, language: 'en', company: 'Mobile' })
    const [letter] = (await mailer.mailbox?.list(email)) ?? []
    const { person } = await registration.complete(handle, /\d{6}/.exec(letter?.text ?? '')?.[0] ?? '')
    const held: string[] = []
    for (const id of at) {
      const company = running.config().group.companies.get(id)!
      const actor = { kind: 'person' as const, id: person }
      const shown = { company, actor, policyVersion: company.policy[0]?.version ?? '', shown: detailNames }
      held.push((await links.linkNewAccount(person, shown))._id)
    }
    await reconciler.enqueuePerson(person)
    return held
  }

  const redirect = 'https://new.games.example/callback'
  const newClient = { id: 'games-new', kind: 'web', redirectUris: [redirect], secret: { development: true } }
  const servicesOf = (company: Raw) => company.services as { clients: Raw[] }[]

  it('a new client connects without a restart, and a removed one is refused', async () => {
    assert.equal(await authorize('games-new', redirect), 400)
    assert.equal(await token('games', credentials('games-machine')), 200)
    const machine = credentials('games-machine')
    edit('games', (company) => {
      servicesOf(company)[0]?.clients.push(newClient)
      put(company, 'clients', [])
    })
    assert.match(await reload([]), /^Taken:\n(.*\n)*client games-new is new\nclient games-machine is gone/)
    assert.equal(await authorize('games-new', redirect), 303)
    assert.equal(await token('games', machine), 401)
    assert.equal(await token('mobile', credentials('mobile-machine')), 200, 'others go on')
    edit('games', (company) => {
      servicesOf(company)[0]?.clients.pop()
      put(company, 'clients', [
        { id: 'games-machine', kind: 'machine', scopes: ['accounts.read'], secret: { development: true } },
      ])
    })
    await reload([])
    assert.equal(await authorize('games-new', redirect), 400)
    assert.equal(await token('games', machine), 200)
    assert.match(await reload([]), /nothing of it is another/)
  })

  it('a faulty one changes nothing, and says everything that is wrong', async () => {
    const good = companyFile('games')
    const [config, app, before] = [running.config(), running.app(), await stored()]
    edit('games', (company) => {
      servicesOf(company)[0]?.clients.push({ ...newClient, redirectUris: ['http://new.games.example/callback'] })
      put(company, 'country', 'Wonderland')
    })
    for (const words of [[], ['--dry-run']])
      await assert.rejects(
        () => reload(words),
        (error) =>
          error instanceof ConfigurationError && /country/.test(error.message) && /redirectUris/.test(error.message),
      )
    files.write('companies/games.yaml', good)
    assert.deepEqual([running.config() === config, running.app() === app, await stored()], [true, true, before])
    assert.equal(await token('games', credentials('games-machine')), 200)
  })

  it('one that reads well and fails on the way leaves what runs, and what is kept, as it was', async () => {
    const good = companyFile('games')
    edit('games', (company) => {
      servicesOf(company)[0]?.clients.push(newClient)
      put(company, 'release.writes', [])
      put(company, 'administrators', ['new.one@games.example'])
    })
    const [config, app, before] = [running.config(), running.app(), await stored()]
    const asItWas = async () => {
      assert.ok(running.config() === config && running.app() === app)
      assert.equal(await authorize('games-new', redirect), 400)
      assert.equal(await token('games', credentials('games-machine')), 200)
    }
    fault = 'indexes'
    await assert.rejects(() => reload([]), /no index/)
    assert.equal(await stored(), before)
    await asItWas()
    fault = 'start'
    await assert.rejects(() => reload([]), /does not start/)
    assert.equal(stopped, 1, 'nothing of it works on')
    await asItWas()
    fault = undefined
    assert.match(await reload([]), /client games-new is new/)
    assert.equal(await authorize('games-new', redirect), 303)
    files.write('companies/games.yaml', good)
    await reload([])
  })

  it('S4-10: a company that holds accounts is not taken out, and nothing is written down of it', async () => {
    await aLinkedPerson(['pictures'])
    const pictures = companyFile('pictures')
    const games = companyFile('games')
    files.drop('companies/pictures.yaml')
    edit('games', (company) => put(company, 'release.writes', []))
    const before = await stored()
    for (const words of [[], ['--dry-run']])
      await assert.rejects(() => reload(words), /pictures has accounts: put the file back/)
    assert.equal(await stored(), before)
    files.write('companies/pictures.yaml', pictures)
    files.write('companies/games.yaml', games)
  })

  it('a dry run says who is affected, in numbers, and writes nothing; what it said is then done', async () => {
    const [one] = await aLinkedPerson(['mobile'])
    await aLinkedPerson(['mobile', 'games'])
    await aLinkedPerson(['games'])
    edit('mobile', (company) => {
      const release = company.release as { receives: string[]; writes: string[]; purposes: { receives: string[] }[] }
      put(
        company,
        'release.receives',
        release.receives.filter((claim) => claim !== 'birthdate'),
      )
      put(
        company,
        'release.writes',
        release.writes.filter((claim) => claim !== 'birthdate'),
      )
      put(
        company,
        'release.purposes',
        release.purposes.map(({ receives, ...purpose }) => ({
          ...purpose,
          receives: receives.filter((claim) => claim !== 'birthdate'),
        })),
      )
      put(
        company,
        'release.requires',
        (company.release as { requires: string[] }).requires.filter((detail) => detail !== 'birthDate'),
      )
      const [newest] = company.policy as Raw[]
      put(company, 'policy', [
        { ...newest, version: '9', date: '2026-11-01', material: true },
        ...(company.policy as Raw[]),
      ])
    })
    const before = await stored()
    const planned = await reload(['--dry-run'])
    assert.equal(await stored(), before)
    assert.match(planned, /^This would change; nothing was written:\n/)
    assert.match(planned, /^company mobile is changed$/m)
    assert.match(planned, /^mobile receives birthDate no more: withdrawn, 2 accounts$/m)
    assert.match(planned, /^the policy of mobile is version 9, a material change, 2 accounts$/m)
    assert.doesNotMatch(planned, /games|Ada|@/)
    const policy = async () => (await fetch(`${issuer}/privacy/mobile`)).text()
    assert.doesNotMatch(await policy(), /Version 9|version 9/)

    await reload([])
    const { accounts, applyPolicies } = running.app().features
    await applyPolicies()
    assert.equal((await accounts.get(one ?? ''))?.copy.birthDate, undefined)
    assert.equal((await accounts.get(one ?? ''))?.copy.familyName, 'Berg')
    assert.match(await policy(), /ersion 9/)
  })

  it('a request under way ends under the configuration that it began with; the next meets the new one', async () => {
    const headers = credentials('games-machine')
    const body = bodyFor('games')
    const answered = Promise.withResolvers<number>()
    const begun = request(`${issuer}/token`, {
      method: 'POST',
      headers: { ...headers, 'content-length': String(body.length), connection: 'close' },
    })
    begun.on('response', (response) => {
      response.resume()
      response.on('end', () => answered.resolve(response.statusCode ?? 0))
    })
    begun.on('error', answered.reject)
    const arrived = new Promise((resolve) => server.once('request', resolve))
    begun.write(body.slice(0, 10))
    await arrived
    edit('games', (company) => put(company, 'clients', []))
    await reload([])
    assert.equal(await token('games', headers), 401)
    begun.end(body.slice(10))
    assert.equal(await answered.promise, 200)
  })

  it('of two that are taken at once one follows the other', async () => {
    const [first, ...others] = [1, 2, 3].map((port) => ({ ...running.config(), port }))
    const opened: number[] = []
    const gate = Promise.withResolvers<void>()
    const quiet = { callback: () => () => {}, metrics: () => () => {}, start: async () => {}, stop: async () => {} }
    const open = async ({ port }: { port: number }) => {
      opened.push(port)
      if (port === 2) await gate.promise
      return quiet as never
    }
    const held = await createRunning({ open, log: createLog('silent') }, first!)
    const replaced = others.map((config) => held.replace(config))
    await new Promise(setImmediate)
    assert.deepEqual(opened, [1, 2])
    gate.resolve()
    await Promise.all(replaced)
    assert.deepEqual([opened, held.config().port], [[1, 2, 3], 3])
    await held.stop()
  })
})
