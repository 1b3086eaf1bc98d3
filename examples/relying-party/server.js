// A service that signs people in, in one file: discovery, authorization code with PKCE, claims, sign-out.
// Which client it is comes from the environment; see the README beside it.
import { createServer } from 'node:http'
import { randomUUID } from 'node:crypto'
import * as client from 'openid-client'

const { ISSUER = 'http://localhost:3000', CLIENT_ID = '', CLIENT_SECRET = '', REDIRECT_URI = '' } = process.env
if (!CLIENT_ID || !CLIENT_SECRET || !REDIRECT_URI)
  throw new Error('Set CLIENT_ID, CLIENT_SECRET and REDIRECT_URI, as the client is registered.')
const home = new URL('/', REDIRECT_URI)
const local = ISSUER.startsWith('http://localhost')

const config = await client.discovery(
  new URL(ISSUER),
  CLIENT_ID,
  { id_token_signed_response_alg: 'ES256' },
  client.ClientSecretBasic(CLIENT_SECRET),
  local ? { execute: [client.allowInsecureRequests] } : undefined,
)

/** What this service knows of a browser: what it began, or who came back. Kept here as long as the process lives. */
const sessions = new Map()

const sessionOf = (request, response) => {
  const found = /(?:^|; )session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1]
  if (found && sessions.has(found)) return sessions.get(found)
  const id = randomUUID()
  const session = {}
  sessions.set(id, session)
  response.setHeader('Set-Cookie', `session=${id}; HttpOnly; SameSite=Lax; Path=/`)
  return session
}

const redirect = (response, to) => response.writeHead(303, { Location: String(to) }).end()
const show = (response, status, html) =>
  response.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8' }).end(`<!doctype html><title>Example</title>${html}`)
const escaped = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`)

/** Leads to the sign-in; what is kept here is compared when the person comes back. */
const begin = async (session, response) => {
  Object.assign(session, { verifier: client.randomPKCECodeVerifier(), state: client.randomState() })
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid profile email',
    state: session.state,
    code_challenge: await client.calculatePKCECodeChallenge(session.verifier),
    code_challenge_method: 'S256',
  })
  redirect(response, url)
}

/** The code for tokens, the token for claims. No `resource` was asked for: userinfo refuses a token made for an API. */
const complete = async (session, response, url) => {
  const tokens = await client.authorizationCodeGrant(config, url, {
    pkceCodeVerifier: session.verifier,
    expectedState: session.state,
  })
  const { sub } = tokens.claims()
  session.claims = await client.fetchUserInfo(config, tokens.access_token, sub)
  session.idToken = tokens.id_token
  redirect(response, home)
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, home)
  const session = sessionOf(request, response)
  try {
    if (url.pathname === '/sign-in') return await begin(session, response)
    if (url.pathname === new URL(REDIRECT_URI).pathname) return await complete(session, response, url)
    if (url.pathname === '/sign-out') {
      const { idToken } = session
      for (const key of Object.keys(session)) delete session[key]
      return redirect(response, client.buildEndSessionUrl(config, idToken ? { id_token_hint: idToken } : {}))
    }
    const { claims } = session
    if (!claims) return show(response, 200, '<p><a href="/sign-in">Sign in</a></p>')
    show(response, 200, `<pre>${escaped(JSON.stringify(claims, null, 2))}</pre><p><a href="/sign-out">Sign out</a></p>`)
  } catch (error) {
    // What the provider refused, as it says it: `error` by name, `error_description` for whoever mends it.
    show(response, 400, `<p>${escaped(error.error ?? error.code ?? 'failed')}: ${escaped(error.error_description ?? error.message)}</p>`)
  }
})
server.listen(Number(home.port), home.hostname, () => console.log(`Open ${home}`))
