#!/usr/bin/env bash
# Refresh tokens of oidc-provider end after 14 days, whatever ttl.RefreshToken says
#
# Package    npm oidc-provider 9.13.3
# Behaviour  A refresh token is worth nothing without its Grant, whose own life (ttl.Grant, 14 days unless named) starts
#            when it is saved and is not made longer by a refresh or a rotation. ttl.RefreshToken of 60 days is taken
#            without a word at the start, and the client is told "invalid_grant" on day 14.
# Good guess ttl.RefreshToken says how long; and with rotation, who comes every day stays as long as rotation allows.
# Seen       RefreshToken 60 days: day 13 ok, day 14 "grant is expired"; with Grant 90 days too: day 20 ok
# Bites      Whoever gives applications "stay signed in for 60 days": in tests all is well, and two weeks after release
#            everybody is signed out, each on a day of their own.
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
import { exportJWK, generateKeyPair } from 'jose'
import Provider from 'oidc-provider'

for (const log of ['info', 'warn']) console[log] = () => {}
const day = 86_400
const start = Date.now()
const { privateKey } = await generateKeyPair('ES256', { extractable: true })
const keys = [await exportJWK(privateKey)]
const redirect_uri = 'https://app.example/back'
const client = {
  client_id: 'app',
  client_secret: 'secret',
  redirect_uris: [redirect_uri],
  grant_types: ['authorization_code', 'refresh_token'],
  id_token_signed_response_alg: 'ES256',
}

const lastDays = async (ttl) => {
  Date.now = () => start
  const provider = new Provider('http://localhost', {
    clients: [client],
    jwks: { keys },
    pkce: { required: () => false },
    ttl,
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  })
  let why
  provider.on('grant.error', (_ctx, error) => {
    why = error.error_detail
  })
  const server = createServer(provider.callback()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const ask = async (form) => {
    const response = await fetch(`http://127.0.0.1:${server.address().port}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('app:secret')}` },
      body: new URLSearchParams(form),
    })
    return response.json()
  }

  // What a sign-in leaves behind: a grant, and a code that is redeemed at once.
  const grant = new provider.Grant({ accountId: 'ada', clientId: 'app' })
  grant.addOIDCScope('openid offline_access')
  const code = new provider.AuthorizationCode({
    accountId: 'ada',
    client: await provider.Client.find('app'),
    grantId: await grant.save(),
    gty: 'authorization_code',
    redirectUri: redirect_uri,
    scope: 'openid offline_access',
    sessionUid: 'session',
  })
  let { refresh_token } = await ask({ grant_type: 'authorization_code', code: await code.save(), redirect_uri })
  const days = []
  for (let passed = 1; passed <= 20 && !why; passed += 1) {
    Date.now = () => start + passed * day * 1000
    const answer = await ask({ grant_type: 'refresh_token', refresh_token })
    refresh_token = answer.refresh_token
    days.push(`day ${passed} ${answer.error ? `${answer.error} (${why})` : 'ok'}`)
  }
  server.close()
  server.closeAllConnections()
  return days.slice(-2).join(', ')
}

console.log('RefreshToken 60:', await lastDays({ RefreshToken: 60 * day }))
console.log('Grant 90 too:', await lastDays({ RefreshToken: 60 * day, Grant: 90 * day }))
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
RefreshToken 60: day 13 ok, day 14 invalid_grant (grant is expired)
Grant 90 too: day 19 ok, day 20 ok
EXPECTED
echo 'as described'
