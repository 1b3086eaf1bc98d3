/**
 * The library alone, as `npm run bench -- --against DIR` measures us by it: everything in memory, ES256, one client, and
 * one form with a password under the hash that it is given. `argon2` looks at it, as it did for us until 0.5.0: the
 * yardstick stays. Its own memory adapter is left out: that one goes through all tokens of a grant at each new one, and
 * forgets after a thousand entries, so that it would look slower than it need be.
 */
import { generateKeyPairSync } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { verify } from 'argon2'
import Provider, { type Adapter, type AdapterPayload, type Configuration } from 'oidc-provider'

const {
  ISSUER: issuer = '',
  PORT,
  CLIENT_ID = '',
  CLIENT_SECRET = '',
  REDIRECT_URI = '',
  PASSWORD_HASH = '',
} = process.env

const stored = new Map<string, { payload: AdapterPayload; until: number }>()
const ofGrant = new Map<string, Set<string>>()
const ofSession = new Map<string, string>()

const createAdapter = (model: string): Adapter => {
  const keyOf = (id: string) => `${model}:${id}`
  const find = async (id: string): Promise<AdapterPayload | undefined> => {
    const found = stored.get(keyOf(id))
    return found && found.until > Date.now() ? found.payload : undefined
  }
  return {
    find,
    findByUid: async (uid) => find(ofSession.get(uid) ?? ''),
    findByUserCode: async () => undefined,
    upsert: async (id, payload, expiresIn = 0) => {
      stored.set(keyOf(id), { payload, until: Date.now() + expiresIn * 1000 })
      if (model === 'Session' && payload.uid) ofSession.set(payload.uid, id)
      else if (payload.grantId) ofGrant.set(payload.grantId, (ofGrant.get(payload.grantId) ?? new Set()).add(keyOf(id)))
    },
    consume: async (id) => {
      const found = stored.get(keyOf(id))
      if (found) found.payload.consumed = Math.floor(Date.now() / 1000)
    },
    destroy: async (id) => void stored.delete(keyOf(id)),
    revokeByGrantId: async (grant) => {
      for (const key of ofGrant.get(grant) ?? []) stored.delete(key)
      ofGrant.delete(grant)
    },
  }
}

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const configuration: Configuration = {
  adapter: createAdapter,
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'ES256', kid: 'one' }] as never },
  cookies: { keys: ['a key for cookies of a bench only'] },
  clients: [
    {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: [REDIRECT_URI],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  claims: { openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'] },
  features: { devInteractions: { enabled: false }, introspection: { enabled: true } },
  issueRefreshToken: async () => true,
  rotateRefreshToken: true,
  findAccount: async (_, sub) => ({
    accountId: sub,
    claims: async () => ({ sub, name: 'Bench Person', email: sub, email_verified: true }),
  }),
  loadExistingGrant: async ({ oidc }) => {
    const standing = oidc.session?.grantIdFor(CLIENT_ID)
    if (standing) return oidc.provider.Grant.find(standing)
    const grant = new oidc.provider.Grant({ clientId: CLIENT_ID, accountId: oidc.session?.accountId })
    grant.addOIDCScope('openid profile email offline_access')
    await grant.save()
    return grant
  },
  interactions: { url: (_, { uid }) => `/login/${uid}` },
  ttl: { AccessToken: 600, AuthorizationCode: 60, IdToken: 600, RefreshToken: 86400, Session: 86400, Grant: 86400 },
}

// Ends in order, as ours does: otherwise Node keeps nothing of what it compiled, and strips this file of its types at each start.
process.once('SIGTERM', () => process.exit())

const provider = new Provider(issuer, configuration)
const answer = provider.callback()

const signIn = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  await provider.interactionDetails(request, response)
  if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(
      `<!doctype html><form method="post" action="${request.url}"><input name="email"><input name="password" type="password"></form>`,
    )
    return
  }
  const typed = new URLSearchParams(await text(request))
  if (!(await verify(PASSWORD_HASH, typed.get('password') ?? ''))) {
    response.writeHead(401).end()
    return
  }
  const login = { accountId: typed.get('email') ?? '' }
  await provider.interactionFinished(request, response, { login }, { mergeWithLastSubmission: false })
}

createServer((request, response) => {
  if (!request.url?.startsWith('/login/')) return void answer(request, response)
  signIn(request, response).catch((error: unknown) => {
    response.writeHead(500).end()
    console.error(error)
  })
}).listen(Number(PORT), 'localhost')
