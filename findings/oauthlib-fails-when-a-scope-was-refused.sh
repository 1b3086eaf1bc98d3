#!/usr/bin/env bash
# oauthlib throws when somebody refused one of the scopes; openid-client takes the same answer
#
# Package    PyPI oauthlib 4.0.1; for comparison npm openid-client 6.9.0
# Behaviour  A token answer with fewer scopes than were asked for is raised as Python's Warning, "Scope has changed",
#            before the token is handed on: no sign-in. RFC 6749, section 5.1 has the provider name the scope it gives
#            just because it may be another than was asked for.
# Good guess Fewer scopes are a token with fewer scopes; the client reads `scope` and goes on.
# Seen       oauthlib: all of them taken, one fewer Warning, with OAUTHLIB_RELAX_TOKEN_SCOPE taken; openid-client: taken
# Bites      A provider that lets people refuse a single detail: whoever refuses one cannot sign in at a company whose
#            service is in Python with requests-oauthlib. Say so in the guide for relying parties.
# Date       29 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 openid-client@6.9.0
export PATH="$work/node_modules/.bin:$PATH"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check oauthlib==4.0.1

cat >case.py <<'PY'
import json
import os

from oauthlib.oauth2 import WebApplicationClient

answer = json.dumps({'access_token': 'a', 'token_type': 'Bearer', 'expires_in': 600, 'scope': 'email profile'})


def told(asked):
    try:
        WebApplicationClient('shop').parse_request_body_response(answer, scope=asked)
        return 'taken'
    except Warning:
        return 'Warning'


print('oauthlib, all given', told(['profile', 'email']))
print('oauthlib, address refused', told(['profile', 'email', 'address']))
os.environ['OAUTHLIB_RELAX_TOKEN_SCOPE'] = '1'
print('oauthlib, address refused, relaxed', told(['profile', 'email', 'address']))
PY
cat >case.mjs <<'JS'
import { createServer } from 'node:http'
import { allowInsecureRequests, authorizationCodeGrant, Configuration } from 'openid-client'

const server = createServer((_, answer) => {
  answer.setHeader('content-type', 'application/json')
  answer.end(JSON.stringify({ access_token: 'a', token_type: 'Bearer', expires_in: 600, scope: 'email profile' }))
}).listen(0, '127.0.0.1')
await new Promise((ready) => server.once('listening', ready))
const issuer = `http://127.0.0.1:${server.address().port}`
const config = new Configuration({ issuer, token_endpoint: `${issuer}/token` }, 'shop', 'only for this demonstration')
allowInsecureRequests(config)
const tokens = authorizationCodeGrant(config, new URL('http://shop.example/callback?code=c'))
console.log('openid-client, address refused', await tokens.then(() => 'taken', ({ code }) => code))
server.close()
JS
{ venv/bin/python case.py && node case.mjs; } >seen

diff - seen <<'EXPECTED'
oauthlib, all given taken
oauthlib, address refused Warning
oauthlib, address refused, relaxed taken
openid-client, address refused taken
EXPECTED
echo 'as described'
