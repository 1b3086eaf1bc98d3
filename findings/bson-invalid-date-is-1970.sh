#!/usr/bin/env bash
# The MongoDB driver's serializer stores an invalid Date as 1 January 1970
#
# Package    npm bson 7.3.4, as mongoose 9.12.1 brings it
# Behaviour  serialize({ at: new Date(NaN) }) writes the moment 0. No error, and NaN as a number stays NaN.
# Good guess It throws, as toISOString() does, or stores null, as JSON.stringify does.
# Seen       {"at":"1970-01-01T00:00:00.000Z"}
# Bites      Whoever computes an expiry or a birth date from bad input and writes it past the schema (driver, lean,
#            aggregation, bulk write): a lock that ended in 1970 and a person born then, without a trace of the fault.
# Date       28 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 bson@7.3.4
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { deserialize, serialize } from 'bson'

console.log(JSON.stringify(deserialize(serialize({ at: new Date(Number.NaN) }))))
console.log(JSON.stringify({ at: new Date(Number.NaN) }))
console.log(deserialize(serialize({ at: Number.NaN })).at)
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
{"at":"1970-01-01T00:00:00.000Z"}
{"at":null}
NaN
EXPECTED
echo 'as described'
