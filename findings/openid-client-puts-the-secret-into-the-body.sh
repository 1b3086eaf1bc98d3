#!/usr/bin/env bash
# openid-client sends a client's secret in the body, also where the provider's own metadata and the client's say Basic
#
# Package    npm openid-client 6.9.0; for comparison PyPI Authlib 1.9.10
# Behaviour  Given a secret and no function for it, it authenticates by client_secret_post. Neither
#            `token_endpoint_auth_methods_supported` of the provider (here client_secret_basic alone) nor
#            `token_endpoint_auth_method` of the client, which it takes among the metadata, is looked at.
# Good guess What the client's metadata name is done; else what the provider supports; else client_secret_basic, which
#            is the default of OpenID Connect Core, section 9 and of registration. openid-client 5 went by the named one.
# Seen       secret alone: in the body; with token_endpoint_auth_method client_secret_basic: in the body; with
#            ClientSecretBasic(): in the header; Authlib: in the header
# Bites      Whoever connects providers by a table of settings (issuer, id, secret, method): those that take both work,
#            and the first that takes Basic alone answers invalid_client, which reads like a wrong secret.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 openid-client@6.9.0
export PATH="$work/node_modules/.bin:$PATH"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check authlib==1.9.10 requests==2.34.0

cat >case.mjs <<'JS'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { promisify } from 'node:util'
import { allowInsecureRequests, ClientSecretBasic, clientCredentialsGrant, discovery } from 'openid-client'

let where
const server = createServer(async (request, response) => {
  const { port } = server.address()
  const issuer = `http://127.0.0.1:${port}`
  let body = ''
  for await (const part of request) body += part
  if (request.url === '/token')
    where = request.headers.authorization ? 'in the header' : body.includes('client_secret') ? 'in the body' : 'nowhere'
  const metadata = {
    issuer,
    token_endpoint: `${issuer}/token`,
    token_endpoint_auth_methods_supported: ['client_secret_basic'],
  }
  const answer = request.url === '/token' ? { access_token: 'x', token_type: 'Bearer' } : metadata
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
}).listen(0, '127.0.0.1')
await once(server, 'listening')
const issuer = `http://127.0.0.1:${server.address().port}`

const ways = {
  'secret alone': ['secret'],
  'method named': [{ client_secret: 'secret', token_endpoint_auth_method: 'client_secret_basic' }],
  'ClientSecretBasic()': [{}, ClientSecretBasic('secret')],
}
for (const [name, [metadata, authentication]] of Object.entries(ways)) {
  const options = { execute: [allowInsecureRequests] }
  await clientCredentialsGrant(await discovery(new URL(issuer), 'app', metadata, authentication, options))
  console.log(`openid-client, ${name}: ${where}`)
}
await promisify(execFile)('venv/bin/python', ['case.py', `${issuer}/token`])
console.log(`Authlib: ${where}`)
server.close()
server.closeAllConnections()
JS
cat >case.py <<'PY'
import sys

from authlib.integrations.requests_client import OAuth2Session

OAuth2Session('app', 'secret').fetch_token(sys.argv[1], grant_type='client_credentials')
PY
AUTHLIB_INSECURE_TRANSPORT=1 node case.mjs >seen

diff - seen <<'EXPECTED'
openid-client, secret alone: in the body
openid-client, method named: in the body
openid-client, ClientSecretBasic(): in the header
Authlib: in the header
EXPECTED
echo 'as described'
