#!/usr/bin/env bash
# The list of time zones that Node offers lacks UTC and the names people's devices send
#
# Package    npm node 24.21.0 (Intl of V8 with ICU)
# Behaviour  Intl.supportedValuesOf('timeZone') has neither UTC nor Asia/Kolkata nor Europe/Kyiv, though a formatter
#            takes all of them; it has the names from before they were renamed, and answers with those.
# Good guess The list holds every name a formatter takes, or at least today's IANA names and UTC.
# Seen       UTC, Asia/Kolkata, Europe/Kyiv, Asia/Ho_Chi_Minh: not listed, all accepted
# Bites      Whoever checks the OIDC claim `zoneinfo` against this list, or fills a choice with it: people in India and
#            Ukraine, and those who chose UTC, are refused what their devices say.
# Date       28 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
const listed = new Set(Intl.supportedValuesOf('timeZone'))
for (const name of ['UTC', 'Asia/Kolkata', 'Europe/Kyiv', 'Asia/Ho_Chi_Minh', 'Europe/Stockholm']) {
  const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
  console.log(name, listed.has(name) ? 'listed' : 'not listed', timeZone)
}
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
UTC not listed UTC
Asia/Kolkata not listed Asia/Calcutta
Europe/Kyiv not listed Europe/Kiev
Asia/Ho_Chi_Minh not listed Asia/Saigon
Europe/Stockholm listed Europe/Stockholm
EXPECTED
echo 'as described'
