#!/usr/bin/env bash
# An Agent of undici 8 is refused by the fetch of Node 24; one of undici 7 is taken
#
# Package    npm undici 8.13.1 and 7.30.2, npm node 24.21.0 (which holds undici 7)
# Behaviour  `fetch(address, { dispatcher: new Agent() })` with Node's own fetch and undici 8's Agent fails before
#            anything is sent: "invalid onRequestStart method". Two majors do not share their dispatchers.
# Good guess `dispatcher` is how an agent (a proxy, a pinned address, a time limit) is given to fetch; a newer one works.
# Seen       undici 7's Agent: 200; undici 8's Agent: UND_ERR_INVALID_ARG; undici 8's Agent with undici 8's fetch: 200
# Bites      Whoever guards outgoing calls (other servers' keys, back-channel sign-out) by an Agent: at undici's next
#            major each of them fails, at the first call and not at the start. Take fetch or request from the same package.
# Date       29 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 seven@npm:undici@7.30.2 eight@npm:undici@8.13.1
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { createServer } from 'node:http'
import { Agent as Agent8, fetch as fetch8 } from 'eight'
import { Agent as Agent7 } from 'seven'

const server = createServer((_, answer) => answer.end('keys')).listen(0, '127.0.0.1')
await new Promise((ready) => server.once('listening', ready))
const address = `http://127.0.0.1:${server.address().port}/`
async function seen(name, send, dispatcher) {
  const outcome = await send(address, { dispatcher }).then(
    ({ status }) => status,
    ({ cause }) => cause.code
  )
  console.log(name, outcome)
  await dispatcher.close()
}
await seen("undici 7's Agent, Node's fetch", fetch, new Agent7())
await seen("undici 8's Agent, Node's fetch", fetch, new Agent8())
await seen("undici 8's Agent, undici 8's fetch", fetch8, new Agent8())
server.close()
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
undici 7's Agent, Node's fetch 200
undici 8's Agent, Node's fetch UND_ERR_INVALID_ARG
undici 8's Agent, undici 8's fetch 200
EXPECTED
echo 'as described'
