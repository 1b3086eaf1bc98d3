#!/usr/bin/env bash
# Authlib puts a client's id and secret into Basic as they are; openid-client and oidc-provider encode and decode them
#
# Package    PyPI Authlib 1.9.6, npm openid-client 6.9.0 and oidc-provider 9.13.3
# Behaviour  RFC 6749 2.3.1 wants both halves form-encoded before Base64. openid-client does so and oidc-provider undoes
#            it. Authlib joins them raw: a secret with a `%` is refused as badly encoded, one with a `+` arrives with a
#            blank, and an id with a colon (a URN) is cut at its first one.
# Good guess client_secret_basic is client_secret_basic: two well-known libraries agree on it, as on everything else.
# Seen       openid-client: a token in all three cases; Authlib: invalid_request, invalid_client, invalid_client
# Bites      A provider that makes secrets with anything but letters, digits, - and _ or names its clients by URNs:
#            companies on Node can sign in, those on Python can't, with the very same credentials.
# Date       28 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 openid-client@6.9.0 oidc-provider@9.13.3
export PATH="$work/node_modules/.bin:$PATH"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check authlib==1.9.6

cat >clients.json <<'JSON'
[["app", "fifty%"], ["app", "a+b"], ["urn:example:app", "plain"]]
JSON
cat >case.py <<'PY'
import json
from types import SimpleNamespace

from authlib.oauth2.auth import encode_client_secret_basic


def sent(client_id, client_secret):
    client = SimpleNamespace(client_id=client_id, client_secret=client_secret)
    return encode_client_secret_basic(client, 'POST', '', {}, '')[1]['Authorization']


print(json.dumps([sent(*client) for client in json.load(open('clients.json'))]))
PY
cat >case.mjs <<'JS'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'
import { ClientSecretBasic } from 'openid-client'

for (const log of ['info', 'warn']) console[log] = () => {}
const read = (name) => JSON.parse(readFileSync(name, 'utf8'))
const authlib = read('authlib.json')

const answer = async ([client_id, client_secret], authorization) => {
  const provider = new Provider('http://localhost', {
    clients: [{ client_id, client_secret, redirect_uris: [], response_types: [], grant_types: ['client_credentials'] }],
    features: { clientCredentials: { enabled: true } },
  })
  const server = createServer(provider.callback()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const response = await fetch(`http://127.0.0.1:${server.address().port}/token`, {
    method: 'POST',
    headers: { authorization },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  })
  const { error } = await response.json()
  server.close()
  server.closeAllConnections()
  return error ?? 'a token'
}

for (const [i, client] of read('clients.json').entries()) {
  const headers = new Headers()
  ClientSecretBasic(client[1])({}, { client_id: client[0] }, new URLSearchParams(), headers)
  const encoded = await answer(client, headers.get('authorization'))
  console.log(client.join(' '), '| openid-client:', encoded, '| Authlib:', await answer(client, authlib[i]))
}
JS
venv/bin/python case.py >authlib.json
node case.mjs >seen

diff - seen <<'EXPECTED'
app fifty% | openid-client: a token | Authlib: invalid_request
app a+b | openid-client: a token | Authlib: invalid_client
urn:example:app plain | openid-client: a token | Authlib: invalid_client
EXPECTED
echo 'as described'
