#!/usr/bin/env bash
# mailparser's headers have neither List-Unsubscribe nor List-Unsubscribe-Post
#
# Package    npm mailparser 3.14.2
# Behaviour  All List-… fields are folded into one made-up header `list`; the real names answer undefined. RFC 8058's
#            "List-Unsubscribe=One-Click" comes back under `name`, as if it were what an address is called.
# Good guess `headers` has every field by its name in small letters, as for all others.
# Seen       has list-unsubscribe: false; list.unsubscribe-post = {"name":"List-Unsubscribe=One-Click"}
# Bites      Whoever tests that their mail can be unsubscribed from in one click: the test finds no header and blames the
#            sender, or (asserting its absence for receipts) is green whatever is sent. `headerLines` has the fields.
# Date       28 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 mailparser@3.14.2
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { simpleParser } from 'mailparser'

const mail = await simpleParser(
  [
    'From: a@example.com',
    'List-Unsubscribe: <https://example.com/u>, <mailto:u@example.com>',
    'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
    'Precedence: bulk',
    '',
    'Hello',
  ].join('\r\n'),
)
console.log([...mail.headers.keys()].join())
console.log(mail.headers.has('list-unsubscribe'), mail.headers.has('list-unsubscribe-post'))
console.log(JSON.stringify(mail.headers.get('list')))
console.log(mail.headerLines.map(({ key }) => key).join())
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
from,list,precedence
false false
{"unsubscribe":{"url":"https://example.com/u","mail":"u@example.com"},"unsubscribe-post":{"name":"List-Unsubscribe=One-Click"}}
from,list-unsubscribe,list-unsubscribe-post,precedence
EXPECTED
echo 'as described'
