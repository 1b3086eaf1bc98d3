#!/usr/bin/env bash
# oidc-provider refuses to sign out whoever's ID token was signed with a key that has since been removed
#
# Package    npm oidc-provider 9.13.3
# Behaviour  An expired id_token_hint is taken, however old; one whose key is no longer in `jwks` ends in a 400 page
#            ("could not validate id_token_hint"). The person stays signed in and never comes back to the application.
# Good guess As it's only a hint, the person is asked whether to sign out; or an old token is refused for its age.
# Seen       expired two years ago, key there: 200; of today, key removed: 400; without a hint: 200
# Bites      Whoever rotates keys and drops the old one when the last token signed with it has expired: applications keep
#            the first ID token for sign-out only, for as long as their own session lasts.
# Date       28 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 oidc-provider@9.13.3 jose@6.2.18
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import Provider from 'oidc-provider'

for (const log of ['info', 'warn']) console[log] = () => {}
const iss = 'http://localhost'
const client = {
  client_id: 'app',
  client_secret: 'secret',
  redirect_uris: ['https://app.example/back'],
  id_token_signed_response_alg: 'ES256',
}
const made = async (kid) => {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { privateKey, jwk: { ...(await exportJWK(privateKey)), kid } }
}
const [old, current] = [await made('old'), await made('new')]
const now = Math.floor(Date.now() / 1000)
const idToken = (exp) =>
  new SignJWT({ iss, sub: 'ada', aud: 'app', iat: exp - 600, exp })
    .setProtectedHeader({ alg: 'ES256', kid: 'old' })
    .sign(old.privateKey)

const signOut = async (keys, query) => {
  const provider = new Provider(iss, {
    clients: [client],
    jwks: { keys: keys.map(({ jwk }) => jwk) },
  })
  const server = createServer(provider.callback()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const response = await fetch(`http://127.0.0.1:${server.address().port}/session/end?${new URLSearchParams(query)}`, {
    headers: { accept: 'application/json' },
  })
  const text = await response.text()
  server.close()
  server.closeAllConnections()
  return `${response.status} ${response.ok ? '' : JSON.parse(text).error_description}`.trim()
}

const [expired, valid] = [await idToken(now - 63_072_000), await idToken(now + 600)]
console.log('both keys, expired two years ago:', await signOut([current, old], { id_token_hint: expired }))
console.log('old key removed, still valid:', await signOut([current], { id_token_hint: valid }))
console.log('old key removed, no hint:', await signOut([current], { client_id: 'app' }))
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
both keys, expired two years ago: 200
old key removed, still valid: 400 could not validate id_token_hint
old key removed, no hint: 200
EXPECTED
echo 'as described'
