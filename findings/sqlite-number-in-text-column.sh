#!/usr/bin/env bash
# Node 24's own SQLite turns the number 5 in a TEXT column into "5.0"
#
# Package    npm node 24.21.0 (module node:sqlite)
# Behaviour  Every JavaScript number is bound as a REAL, a whole one too. A TEXT column makes "5.0" of it, and so do
#            json_object, || and cast(… as text); a moment in milliseconds ends with ".0".
# Good guess A whole number is bound as an INTEGER, as by Python's sqlite3, so the text is "5".
# Seen       5.0 | {"n":5.0} | 1790000000000.0 | as BigInt: 5
# Bites      Whoever keeps a membership or staff number, or an id from outside, in a TEXT key: a row written with a number
#            is never found again by its text.
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
import { DatabaseSync } from 'node:sqlite'

const db = new DatabaseSync(':memory:')
db.exec('create table member (number text primary key)')
db.prepare('insert into member values (?)').run(5)
console.log(db.prepare('select number from member').get().number)
console.log(db.prepare('select count(*) as found from member where number = ?').get('5').found)
console.log(db.prepare("select json_object('n', ?) as json").get(5).json)
console.log(db.prepare('select cast(? as text) as text').get(1_790_000_000_000).text)
db.prepare('insert into member values (?)').run(5n)
console.log(db.prepare('select count(*) as found from member where number = ?').get('5').found)
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
5.0
0
{"n":5.0}
1790000000000.0
1
EXPECTED
echo 'as described'
