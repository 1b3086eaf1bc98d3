#!/usr/bin/env bash
# csv-parse's cast_date makes dates of people's addresses
#
# Package    npm csv-parse 7.0.3 on npm node 24.21.0
# Behaviour  With cast and cast_date, every cell that V8's Date.parse takes is a Date: "Flat 5" is 1 May 2001, "Storgatan
#            12" is 1 December 2001, and 30 February is 2 March. Told by the cell alone, not by the column.
# Good guess Only what looks like a date (ISO 8601) is one; an address stays text.
# Seen       Flat 5 → 2001-05-01, Storgatan 12 → 2001-12-01, Storgatan 13 → text
# Bites      Whoever imports people from a company's CSV: of one street, the houses 1 to 12 become dates and from 13 on
#            they are right, so a sample of a few rows looks fine.
# Date       28 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 csv-parse@7.0.3
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { parse } from 'csv-parse/sync'

const rows = 'street\nFlat 5\nStorgatan 12\nStorgatan 13\n2026-02-30'
for (const { street } of parse(rows, { columns: true, cast: true, cast_date: true }))
  console.log(street instanceof Date ? street.toISOString() : street)
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
2001-05-01T00:00:00.000Z
2001-12-01T00:00:00.000Z
Storgatan 13
2026-03-02T00:00:00.000Z
EXPECTED
echo 'as described'
