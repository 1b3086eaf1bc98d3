/** The whole product in this process: real HTTP, storage in memory, companies' services that note what they are told. */
import { createServer } from 'node:http'
import { createApp } from '../../src/app/index.ts'
import { policyInForce } from '../../src/companies/index.ts'
import { type Config, clientSecret } from '../../src/config/settings.ts'
import type { Judging, PasswordsDeps } from '../../src/credentials/index.ts'
import { type ClaimName, type Details, detailNames } from '../../src/details/index.ts'
import { now, second } from '../../src/lib/clock.ts'
import { createLog, type Log } from '../../src/lib/log.ts'
import type { Database } from '../../src/storage/index.ts'
import { openTestDatabase } from './database.ts'
import { aConfig } from './group.ts'
import { close, listen } from './server.ts'

export interface Told {
  service: string
  kind: 'events' | 'backchannel-logout'
  payload: Record<string, unknown>
}

/** Weaker than anything that may be deployed, so that a suite of tests is no brute-force attack on itself. */
export const cheapPasswords = { memoryCost: 1024, timeCost: 2, parallelism: 1 }

const payloadOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString() || '{}') as Record<string, unknown>

/** Every service of the group at one address; `faults` says with which status one of them answers instead. */
const aReceiver = async () => {
  const told: Told[] = []
  const faults = new Map<string, number>()
  const server = createServer((request, response) => {
    const [, service = '', kind = ''] = request.url?.split('/') ?? []
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      const status = faults.get(service) ?? (kind === 'events' ? 202 : 200)
      const token = kind === 'events' ? body : (new URLSearchParams(body).get('logout_token') ?? '')
      if (status < 300) told.push({ service, kind: kind as Told['kind'], payload: payloadOf(token) })
      response.writeHead(status).end()
    })
  })
  const port = await listen(server)
  return { server, told, faults, url: (id: string) => `http://localhost:${port}/${id}` }
}

export const aTestApp = async (
  options: {
    config?: Partial<Config>
    database?: Database
    log?: Log
    offline?: boolean
    gamesReceives?: () => ClaimName[]
    judging?: Judging
    hashing?: PasswordsDeps
    /** Where a service really is, instead of at the receiver of all. */
    urls?: Record<string, string>
  } = {},
) => {
  const receiver = await aReceiver()
  let handler: ReturnType<Awaited<ReturnType<typeof createApp>>['callback']> | undefined
  const server = createServer((request, response) => void handler?.(request, response))
  const port = await listen(server)
  const ids = ['mobile-store', 'mobile-cloud', 'games-arcade', 'leaderboard', 'pictures-cinema']
  const urls = { ...Object.fromEntries(ids.map((id) => [id, receiver.url(id)])), ...options.urls }
  const config = aConfig({
    port,
    urls,
    offline: options.offline,
    gamesReceives: options.gamesReceives,
    ...options.config,
  })
  const database = options.database ?? (await openTestDatabase())
  const app = await createApp({
    config,
    database,
    log: options.log ?? createLog(process.env.TEST_LOG ?? 'silent'),
    hashing: { parameters: cheapPasswords, ...options.hashing },
    failureFloor: 0,
    ...(options.judging && { judging: options.judging }),
  })
  handler = app.callback()
  const { tables } = await app.entryPoints()
  const { features } = app
  const { registration, separateLogins, mailer, links, reconciler, people, accounts } = features

  const code = async (to: string): Promise<string> => {
    const [newest] = (await mailer.mailbox?.list(to)) ?? []
    return /\d{6}/.exec(newest?.text ?? '')?.[0] ?? ''
  }

  /** As soon as it is there: where there are several processes, another may be sending it. */
  const codeSoon = async (to: string): Promise<string> => {
    for (let round = 0; round < 1000; round++) {
      const found = await code(to)
      if (found) return found
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error(`no code comes to ${to}`)
  }

  const companyOf = (id: string) => {
    const company = config.group.companies.get(id)
    if (!company) throw new Error(`no company ${id}`)
    return company
  }

  /** Nothing is left to be done now: copies agree, services were told, mails are out. */
  const settled = async (): Promise<void> => {
    // Many: a telling that is on the wire on a busy machine is waited for by looking again.
    for (let round = 0; round < 1000; round++) {
      await features.runMaintenance()
      await features.oidc.tick()
      await mailer.idle()
      const { people: waiting, companies } = await reconciler.waiting()
      if (waiting === 0 && companies.length === 0) return
      // What is on the wire needs this very processor: looking again at once would keep it from it.
      if (round > 20) await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error('something stays due')
  }

  return {
    app,
    tables,
    features,
    config,
    database,
    issuer: config.issuer,
    told: receiver.told,
    faults: receiver.faults,
    urlOf: receiver.url,
    code,
    settled,

    /** Somebody with a unified sign-in, linked at these companies. */
    aPerson: async ({
      email = `${Math.random().toString(36).slice(2, 10)}@mail.example`,
      password = 'lantern over still water',
      details = {},
      links: at = [],
    }: {
      email?: string
      password?: string
      details?: Details
      links?: string[]
    } = {}) => {
      const whole = { givenName: 'Ada', familyName: 'Berg', birthDate: '1990-02-03', country: 'SE', ...details, email }
      const handle = await registration.begin({ details: whole, password, language: 'en', company: 'Mobile' })
      const { person } = await registration.complete(handle, await codeSoon(email))
      const held: Record<string, string> = {}
      for (const id of at) {
        const company = companyOf(id)
        const actor = { kind: 'person' as const, id: person }
        const account = await links.linkNewAccount(person, {
          company,
          actor,
          policyVersion: policyInForce(company).version,
          shown: detailNames,
        })
        held[id] = account._id
      }
      await settled()
      return {
        id: person,
        email,
        password,
        accounts: held,
        now: async () => {
          const found = await people.get(person)
          if (!found) throw new Error('the person is gone')
          return found
        },
      }
    },

    /** An account with a sign-in of its own, at one company alone. */
    aSeparateAccount: async (
      company: string,
      {
        email = `${Math.random().toString(36).slice(2, 10)}@own.example`,
        password = 'copper kettle at midnight',
        details = {},
      }: { email?: string; password?: string; details?: Details } = {},
    ) => {
      const handle = await separateLogins.beginSeparate({
        company,
        companyName: companyOf(company).name,
        details: { givenName: 'Bo', familyName: 'Ek', birthDate: '1985-06-07', country: 'SE', ...details, email },
        ownData: {},
        password,
        language: 'en',
      })
      const { account } = await separateLogins.complete(handle, await codeSoon(email))
      await settled()
      return { account, email, password }
    },

    account: async (id: string) => {
      const found = await accounts.get(id)
      if (!found) throw new Error(`no account ${id}`)
      return found
    },

    /** As if the holder of a sign-in had proven it an hour ago, and no password were newer than that. */
    anHourLater: async (id: string): Promise<void> => {
      const { connection } = database
      const set = { $set: { credentialsChangedAt: 0 } }
      for (const holders of ['people', 'accounts'])
        await connection.collection(holders).updateOne({ _id: id as never }, set)
      const before = Math.floor(now() / second) - 3600
      const principals = { $in: [`person:${id}`, `account:${id}`] }
      await connection
        .collection('sessions')
        .updateMany({ principal: principals as never }, { $set: { loginTs: before } })
    },

    /** A company's own token for its API; bound to a key where a `proof` of it comes along (RFC 9449 §5). */
    companyToken: async (
      company: string,
      scope = 'accounts.read accounts.write',
      resource = company,
      proof?: string,
    ): Promise<string> => {
      const id = `${company}-machine`
      const answer = await fetch(`${config.issuer}/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${btoa(`${id}:${clientSecret(config, id)}`)}`,
          ...(proof !== undefined && { dpop: proof }),
        },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          scope,
          resource: resource.startsWith('http') ? resource : `${config.issuer}/scim/${resource}`,
        }),
      })
      const { access_token: token, error } = (await answer.json()) as { access_token?: string; error?: string }
      if (!token) throw new Error(error)
      return token
    },

    close: async (): Promise<void> => {
      await app.stop()
      await close(server)
      await close(receiver.server)
      if (!options.database) await database.close()
    },
  }
}

export type TestApp = Awaited<ReturnType<typeof aTestApp>>
