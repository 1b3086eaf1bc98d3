#!/usr/bin/env bash
# Node 24's own SQLite runs a statement that a parameter is missing for, with NULL in its place
#
# Package    npm node 24.21.0 (module node:sqlite); for comparison Python's sqlite3
# Behaviour  Too few values, or an object that lacks a named one, are bound as far as they go; the rest is NULL. Too
#            many values, a name the statement does not know, and an undefined value are errors.
# Good guess An error, as for all the other mistakes of that kind, and as in Python.
# Seen       one of two values: "company" null, changes 1; a name left out: the same; undefined: error
# Bites      Whoever adds a column to an insert and forgets one of the calls: rows without a company are stored, and `…
#            where company = $company` without it is "nobody" and not a fault.
# Date       30 November 2026

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
db.exec('create table account (id text, company text)')
const insert = db.prepare('insert into account values ($id, $company)')
const inOrder = db.prepare('insert into account values (?, ?)')
const ways = {
  'one of two': () => inOrder.run('ada'),
  'one of two names': () => insert.run({ id: 'ada' }),
  undefined: () => insert.run({ id: 'ada', company: undefined }),
  'one too many': () => inOrder.run('ada', 'nordbank', 'x'),
  'an unknown name': () => insert.run({ id: 'ada', company: 'nordbank', x: 1 }),
}
for (const [name, way] of Object.entries(ways))
  try {
    console.log(`node:sqlite, ${name}: changes`, way().changes)
  } catch {
    console.log(`node:sqlite, ${name}: error`)
  }
console.log(JSON.stringify(db.prepare('select id, company from account').all()))
JS
cat >case.py <<'PY'
import sqlite3

db = sqlite3.connect(':memory:')
db.execute('create table account (id text, company text)')
for statement, values in (('(?, ?)', ('ada',)), ('(:id, :company)', {'id': 'ada'})):
    try:
        db.execute('insert into account values ' + statement, values)
    except sqlite3.ProgrammingError:
        print("Python's sqlite3: error")
PY
{ node case.mjs && python3 case.py; } >seen

diff - seen <<'EXPECTED'
node:sqlite, one of two: changes 1
node:sqlite, one of two names: changes 1
node:sqlite, undefined: error
node:sqlite, one too many: error
node:sqlite, an unknown name: error
[{"id":"ada","company":null},{"id":"ada","company":null}]
Python's sqlite3: error
Python's sqlite3: error
EXPECTED
echo 'as described'
