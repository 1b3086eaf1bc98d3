#!/usr/bin/env bash
# express-openid-connect asks for an ID token in a form, though it was given a secret and the provider says it answers codes
#
# Package    npm express-openid-connect 3.4.0
# Behaviour  It reads the provider's metadata, and then asks for `response_type=id_token` by form_post, without PKCE and with
#            a secret it never uses. That neither is among what the metadata support is written to its debug log alone; so
#            is that it expects RS256 where only ES256 is signed. `authorizationParams: { response_type: 'code' }` makes it
#            a code with PKCE.
# Good guess A library that has a client's secret and reads response_types_supported: ["code"] asks for a code, or else
#            refuses to start.
# Seen       with a secret: id_token, form_post, no challenge, nothing said; with response_type: code, S256
# Bites      A provider that answers codes alone: the first sign-in of every new service on Express ends in
#            unsupported_response_type, at the provider. Say so in the guide for relying parties.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 express-openid-connect@3.4.0 express@5
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { once } from 'node:events'
import express from 'express'
import { auth } from 'express-openid-connect'

const issuer = 'https://sign-in.example.com'
const metadata = {
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
  userinfo_endpoint: `${issuer}/me`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ['code'],
  response_modes_supported: ['query'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['ES256'],
  code_challenge_methods_supported: ['S256'],
}
const settings = {
  issuerBaseURL: issuer,
  baseURL: 'https://shop.example.com',
  clientID: 'shop',
  clientSecret: 'only for this demonstration',
  secret: 'only for this demonstration, 32 b',
  enableTelemetry: false,
  customFetch: async () => Response.json(metadata),
}
for (const more of [{}, { authorizationParams: { response_type: 'code' } }]) {
  const app = express().use(auth({ ...settings, ...more }))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const answer = await fetch(`http://127.0.0.1:${server.address().port}/login`, { redirect: 'manual' })
  const sent = new URL(answer.headers.get('location')).searchParams
  const told = ['response_type', 'response_mode', 'code_challenge_method'].map((name) => sent.get(name))
  console.log(JSON.stringify(more), '|', told.join(' '))
  server.close()
}
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
{} | id_token form_post 
{"authorizationParams":{"response_type":"code"}} | code  S256
EXPECTED
echo 'as described'
