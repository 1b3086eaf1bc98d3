#!/usr/bin/env bash
# The `list` option of nodemailer can't write the header for unsubscribing by one click: it makes a link of it
#
# Package    npm nodemailer 10.6.0
# Behaviour  Whatever stands under `list` becomes an address in angle brackets, with http:// before it where no scheme is.
#            `unsubscribePost` besides becomes the header List-Unsubscribepost: only a hyphen makes the next letter large.
# Good guess RFC 8058: List-Unsubscribe-Post is the one List- header that is no address; who knows the option `list` for
#            List-Unsubscribe gets the other with it.
# Seen       List-Unsubscribe-Post: <http://List-Unsubscribe=One-Click>; by `headers`: List-Unsubscribe=One-Click
# Bites      Whoever sends news to many: the letter has both headers and looks right at a glance, but the value is not the
#            one that RFC 8058 wants word for word, and a receiver that keeps to it offers nobody the button.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 nodemailer@10.6.0
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { createTransport } from 'nodemailer'

const letters = createTransport({ streamTransport: true, buffer: true })
const unsubscribe = 'https://example.com/unsubscribe/1'
const oneClick = 'List-Unsubscribe=One-Click'
const cases = [
  { list: { unsubscribe, 'unsubscribe-post': oneClick } },
  { list: { unsubscribe, unsubscribePost: oneClick } },
  { list: { unsubscribe }, headers: { 'List-Unsubscribe-Post': oneClick } },
]
for (const each of cases) {
  const { message } = await letters.sendMail({ from: 'news@example.com', to: 'ada@example.com', text: 'News', ...each })
  const lines = message.toString().split('\r\n')
  console.log(Object.keys(each).join(), lines.filter((line) => /^list-unsubscribe-?post/i.test(line)).join())
}
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
list List-Unsubscribe-Post: <http://List-Unsubscribe=One-Click>
list List-Unsubscribepost: <http://List-Unsubscribe=One-Click>
list,headers List-Unsubscribe-Post: List-Unsubscribe=One-Click
EXPECTED
echo 'as described'
