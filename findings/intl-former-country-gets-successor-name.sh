#!/usr/bin/env bash
# Country codes that no longer exist get the name of another country from Intl
#
# Package    npm node 24.21.0 (Intl.DisplayNames, CLDR)
# Behaviour  With `fallback: 'none'`, withdrawn codes are quietly answered with one successor's name: SU is Russia, AN is
#            Curaçao, DD is Germany. UK, which ISO 3166 only reserves, is the United Kingdom, and ZZ has a name too.
# Good guess `fallback: 'none'` answers undefined for a code that is no country today, so a name means a valid code.
# Seen       SU Russia, AN Curaçao, DD Germany, UK United Kingdom, ZZ Unknown Region; QQ undefined
# Bites      Whoever validates an address's or nationality's code by whether it has a name, or shows old records: somebody
#            from Tallinn or Aruba is shown under the name of a country that is not theirs.
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
const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })
for (const code of ['SE', 'SU', 'AN', 'DD', 'UK', 'ZZ', 'QQ']) console.log(code, names.of(code))
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
SE Sweden
SU Russia
AN Curaçao
DD Germany
UK United Kingdom
ZZ Unknown Region
QQ undefined
EXPECTED
echo 'as described'
