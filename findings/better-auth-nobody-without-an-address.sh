#!/usr/bin/env bash
# Better Auth signs in nobody who keeps their email address to themselves, and never hears of one that changed
#
# Package    npm better-auth 1.7.25 (genericOAuth)
# Behaviour  Accounts are bound to the provider by `sub`, and that is what a person is found by again. Without the claim
#            `email` a sign-in ends in email_not_found all the same, the second of somebody who is known too. With another
#            address than before it succeeds and keeps the old one, verified as it was, unless `overrideUserInfo` is said.
# Good guess What finds people is enough to sign them in (OpenID Connect Core, section 5.7), and what the provider says of
#            them at each sign-in is written down.
# Seen       first: signed in; new address: signed in, the old one kept; not shared: email_not_found; with mapProfileToUser
#            and overrideUserInfo: signed in each time, the address as the provider says it
# Bites      A provider that lets people refuse a single detail or change their address: at companies on Better Auth the
#            first can't sign in, and letters to the second go where nobody reads them. Say so in the guide for relying parties.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 better-auth@1.7.25 jose@6.2.18
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { genericOAuth } from 'better-auth/plugins'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

const { privateKey, publicKey } = await generateKeyPair('ES256')
let [nonce, person] = ['', {}]
const answers = {
  '/.well-known/openid-configuration': () => ({
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/me`,
    jwks_uri: `${issuer}/jwks`,
    id_token_signing_alg_values_supported: ['ES256'],
  }),
  '/jwks': async () => ({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: '1' }] }),
  '/me': () => person,
  '/token': async () => {
    const token = new SignJWT({ nonce }).setProtectedHeader({ alg: 'ES256', kid: '1' }).setSubject('1').setIssuer(issuer)
    const id_token = await token.setAudience('shop').setIssuedAt().setExpirationTime('5m').sign(privateKey)
    return { access_token: 'a', token_type: 'Bearer', expires_in: 600, id_token }
  },
}
const server = createServer(async ({ url }, answer) => {
  answer.setHeader('content-type', 'application/json').end(JSON.stringify(await answers[url]()))
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const issuer = `http://127.0.0.1:${server.address().port}`

const shop = 'http://localhost:3999'
const tables = { user: [], session: [], account: [], verification: [] }
const signInBy = async (named, more, claims) => {
  person = { sub: '1', name: 'Ada', ...claims }
  const group = { providerId: 'group', discoveryUrl: `${issuer}/.well-known/openid-configuration`, clientId: 'shop', clientSecret: 's' }
  const auth = betterAuth({
    baseURL: shop,
    secret: 'only for this demonstration, 32 b',
    database: memoryAdapter(tables),
    logger: { disabled: true },
    telemetry: { enabled: false },
    plugins: [genericOAuth({ config: [{ ...group, scopes: ['openid', 'profile', 'email'], ...more }] })],
  })
  const begun = await auth.handler(
    new Request(`${shop}/api/auth/sign-in/social`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: shop },
      body: JSON.stringify({ provider: 'group', callbackURL: '/in', errorCallbackURL: '/not-in' }),
    }),
  )
  const sent = new URL((await begun.json()).url).searchParams
  nonce = sent.get('nonce')
  const cookie = begun.headers.getSetCookie().map((each) => each.split(';')[0]).join('; ')
  const back = new Request(`${sent.get('redirect_uri')}?code=c&state=${sent.get('state')}`, { headers: { cookie } })
  const led = (await auth.handler(back)).headers.get('location')
  const [{ accountId } = {}] = tables.account
  const [{ email, emailVerified } = {}] = tables.user
  console.log(named, '|', led, '|', tables.user.length, accountId, email, emailVerified)
}

const first = { email: 'ada@example.com', email_verified: true }
const next = { email: 'ada@example.org', email_verified: true }
await signInBy('first', {}, first)
await signInBy('new address', {}, next)
await signInBy('not shared', {}, {})
const told = {
  overrideUserInfo: true,
  mapProfileToUser: ({ sub, email }) => ({ email: email ?? `${sub}@shop.invalid` }),
}
await signInBy('new address, told', told, next)
await signInBy('not shared, told', told, {})
server.close()
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
first | /in | 1 1 ada@example.com true
new address | /in | 1 1 ada@example.com true
not shared | /not-in?error=email_not_found | 1 1 ada@example.com true
new address, told | /in | 1 1 ada@example.org true
not shared, told | /in | 1 1 1@shop.invalid false
EXPECTED
echo 'as described'
