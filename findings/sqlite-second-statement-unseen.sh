#!/usr/bin/env bash
# Node 24's own SQLite runs the first of two statements in prepare() and says nothing of the second
#
# Package    npm node 24.21.0 (module node:sqlite)
# Behaviour  prepare('A; B') compiles A alone. B is neither run nor refused, even where B is no SQL at all.
# Good guess An error, as from better-sqlite3 ("contains more than one statement"), or both are run as by exec().
# Seen       changes 1, one row; and no error for "this is no SQL"
# Bites      Whoever moves a step of an upgrade from exec() to prepare() to give it a parameter: half of it is not done.
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
db.exec('create table company (id text)')
const both = db.prepare("insert into company values (?); insert into company values ('second')")
console.log('changes', both.run('first').changes)
console.log(db.prepare('select id from company').all().map(({ id }) => id).join())
db.prepare("insert into company values ('third'); this is no SQL").run()
console.log(db.prepare('select id from company').all().map(({ id }) => id).join())
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
changes 1
first
first,third
EXPECTED
echo 'as described'
