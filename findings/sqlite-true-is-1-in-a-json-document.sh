#!/usr/bin/env bash
# SQLite writes 1 for true into a JSON document, also where true was copied out of another place of it
#
# Package    npm node 24.21.0 (module node:sqlite)
# Behaviour  json_set(…, true), json_object('verified', true) and every comparison write the number 1, as SQL's TRUE is 1
#            here. json_extract and ->> of a JSON true give 1 too, so that what is moved within a document changes its
#            type. Only json('true') and the operator -> keep it.
# Good guess A function that writes JSON writes `true`; and what is read from one place of a document and put in another of
#            it is what it was.
# Seen       true: {"verified":1}; moved by json_extract or ->>: 1, by ->: true; SQL's own `= true` finds it all the same
# Bites      Whoever keeps documents in SQLite and moves a field by one statement in an upgrade: SQL finds everybody as
#            before, but `verified === true`, a schema's boolean and the JSON handed to others no longer hold.
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
const show = (sql) => console.log(sql, '→', db.prepare(`select ${sql} as seen from person`).get().seen)
db.exec('create table person (doc text)')
db.prepare('insert into person values (?)').run(JSON.stringify({ verified: true }))

show("json_set('{}', '$.verified', true)")
show("json_object('verified', 2 > 1)")
show("json_set('{}', '$.email.verified', json_extract(doc, '$.verified'))")
show("json_set('{}', '$.email.verified', doc ->> 'verified')")
show("json_set('{}', '$.email.verified', doc -> 'verified')")
show("json_set('{}', '$.verified', json('true'))")

const moved = "json_set('{}', '$.verified', json_extract(doc, '$.verified'))"
const found = () => db.prepare("select count(*) as found from person where doc ->> 'verified' = true").get().found
const read = () => JSON.parse(db.prepare('select doc from person').get().doc).verified === true
console.log('before', found(), read())
db.exec(`update person set doc = ${moved}`)
console.log('after', found(), read())
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
json_set('{}', '$.verified', true) → {"verified":1}
json_object('verified', 2 > 1) → {"verified":1}
json_set('{}', '$.email.verified', json_extract(doc, '$.verified')) → {"email":{"verified":1}}
json_set('{}', '$.email.verified', doc ->> 'verified') → {"email":{"verified":1}}
json_set('{}', '$.email.verified', doc -> 'verified') → {"email":{"verified":true}}
json_set('{}', '$.verified', json('true')) → {"verified":true}
before 1 true
after 1 false
EXPECTED
echo 'as described'
