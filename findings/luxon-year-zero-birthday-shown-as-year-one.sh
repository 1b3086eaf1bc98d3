#!/usr/bin/env bash
# A birthday without a year, as OpenID Connect writes it, is shown as one of the year 1
#
# Package    npm luxon 3.7.2 on npm node 24.21.0
# Behaviour  `birthdate` may be "0000-03-01" for "no year said" (OpenID Connect Core 5.1). Luxon calls it valid and keeps
#            0000 in ISO; written for people it is the year 1, in every language, without "BC"; toFormat says 0000.
# Good guess It is refused, or 0000 is shown, or "1 BC": the year 1 is no reading of 0000 at all.
# Seen       valid; 0000-03-01; "March 1, 1", "1 mars 1"; age 2026
# Bites      Whoever shows or checks the birth date that an upstream sends: a page that says "1 mars 1", and a person of
#            2026 years who passes every age check.
# Date       28 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 luxon@3.7.2
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { DateTime } from 'luxon'

const born = DateTime.fromISO('0000-03-01', { zone: 'utc' })
console.log(born.isValid, born.toISODate(), born.toFormat('yyyy-MM-dd'))
for (const locale of ['en', 'sv', 'ja']) console.log(locale, born.toLocaleString(DateTime.DATE_FULL, { locale }))
console.log(Math.floor(DateTime.fromISO('2026-11-28', { zone: 'utc' }).diff(born, 'years').years))
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
true 0000-03-01 0000-03-01
en March 1, 1
sv 1 mars 1
ja 1年3月1日
2026
EXPECTED
echo 'as described'
