#!/usr/bin/env bash
# Mongoose takes a compact date, 19800229, for milliseconds since 1970
#
# Package    npm mongoose 9.12.1
# Behaviour  A Date path casts a text of digits to a number first, unless it looks like a year: "19800229" becomes
#            1 January 1970, 05:30. Four digits are a year, one digit is the year 2000. No error; validation passes.
# Good guess ISO 8601's basic form is either read as 29 February 1980 or refused, as `new Date` refuses it.
# Seen       1970-01-01T05:30:00.229Z
# Bites      Whoever imports people from a list whose birth dates are written without hyphens (common in Sweden and in
#            HR systems): everybody is born on one day in 1970, and nothing complains.
# Date       28 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 mongoose@9.12.1
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import mongoose from 'mongoose'

const Person = mongoose.model('Person', new mongoose.Schema({ born: Date }))
const read = async (born) => {
  const person = new Person({ born })
  return person.validate().then(
    () => person.born.toISOString(),
    (error) => error.name,
  )
}
for (const text of ['1980-02-29', '19800229', '1980', '0', 'not a date']) console.log(text, await read(text))
console.log(String(new Date('19800229')))
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
1980-02-29 1980-02-29T00:00:00.000Z
19800229 1970-01-01T05:30:00.229Z
1980 1980-01-01T00:00:00.000Z
0 2000-01-01T00:00:00.000Z
not a date ValidationError
Invalid Date
EXPECTED
echo 'as described'
