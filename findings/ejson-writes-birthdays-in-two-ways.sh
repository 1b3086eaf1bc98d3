#!/usr/bin/env bash
# MongoDB's Extended JSON writes the birth date of whoever was born before 1970 in another form than everybody else's
#
# Package    npm bson 7.3.4 (EJSON) and PyPI pymongo 4.20.1 (bson.json_util)
# Behaviour  In the relaxed form, the default of EJSON.stringify and what mongoexport writes, a date from 1970 to 9999 is
#            {"$date": "…Z"}; one before is {"$date": {"$numberLong": "-…"}}. Without milliseconds it is written without
#            them. JSON.parse and a schema that were tried on younger people's records meet an object in place of a text.
# Good guess Relaxed means ISO 8601, one shape for a field: `new Date(born.$date)` reads an export.
# Seen       1969-12-31: $numberLong, and new Date(…) an Invalid Date; 1970-01-01: a text; both libraries alike; EJSON.parse
#            and json_util.loads read both
# Bites      Whoever takes people over from a system on MongoDB: those born before 1970 come without a birth date, or not
#            at all, and whoever tried the import with young people's records saw nothing.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 bson@7.3.4
export PATH="$work/node_modules/.bin:$PATH"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pymongo==4.20.1

cat >case.mjs <<'JS'
import { EJSON } from 'bson'

for (const day of ['1969-12-31', '1970-01-01', '1990-02-03']) {
  const written = EJSON.stringify({ born: new Date(day) })
  const byHand = new Date(JSON.parse(written).born.$date)
  const read = EJSON.parse(written).born
  console.log(written, '| by hand', Number.isNaN(+byHand) ? 'no date' : 'read', '| by EJSON', read.toISOString().slice(0, 10))
}
JS
cat >case.py <<'PY'
from datetime import datetime

from bson import json_util

for year in (1969, 1990):
    written = json_util.dumps({'born': datetime(year, 2, 3)}, json_options=json_util.RELAXED_JSON_OPTIONS)
    print(written, '| by json_util', json_util.loads(written)['born'].date())
PY
{ node case.mjs && venv/bin/python case.py; } >seen

diff - seen <<'EXPECTED'
{"born":{"$date":{"$numberLong":"-86400000"}}} | by hand no date | by EJSON 1969-12-31
{"born":{"$date":"1970-01-01T00:00:00Z"}} | by hand read | by EJSON 1970-01-01
{"born":{"$date":"1990-02-03T00:00:00Z"}} | by hand read | by EJSON 1990-02-03
{"born": {"$date": {"$numberLong": "-28684800000"}}} | by json_util 1969-02-03
{"born": {"$date": "1990-02-03T00:00:00Z"}} | by json_util 1990-02-03
EXPECTED
echo 'as described'
