#!/usr/bin/env bash
# Koa answers null as JSON with 404; without the type it is 204
#
# Package    npm koa 3.3.0
# Behaviour  A body of null makes the status 204, unless the type was set to JSON before: then the text "null" is sent and
#            the status stays what it was, which for a fresh response is 404. Any other value would have made it 200.
# Good guess 200 with "null", as for false, 0 or {}; or 204 in both cases.
# Seen       type, null: 404 "null"; null, type: 204; null: 204; type, false: 200 "false"
# Bites      Whoever writes an API where "nothing there" is a fine answer (no open request, no other company): clients
#            take it for a wrong address, and the order of two lines decides.
# Date       28 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 koa@3.3.0
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import Koa from 'koa'

const ways = {
  'type, null': (ctx) => Object.assign(ctx, { type: 'json', body: null }),
  'null, type': (ctx) => Object.assign(ctx, { body: null, type: 'json' }),
  'null': (ctx) => Object.assign(ctx, { body: null }),
  'type, false': (ctx) => Object.assign(ctx, { type: 'json', body: false }),
  'type, {}': (ctx) => Object.assign(ctx, { type: 'json', body: {} }),
}
for (const [name, way] of Object.entries(ways)) {
  const app = new Koa()
  app.use(way)
  const server = createServer(app.callback()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const response = await fetch(`http://127.0.0.1:${server.address().port}/`)
  console.log(`${name}:`, response.status, JSON.stringify(await response.text()))
  server.close()
  server.closeAllConnections()
}
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
type, null: 404 "null"
null, type: 204 ""
null: 204 ""
type, false: 200 "false"
type, {}: 200 "{}"
EXPECTED
echo 'as described'
