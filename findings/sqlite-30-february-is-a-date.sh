#!/usr/bin/env bash
# SQLite's date() takes 30 February for a day and a bare year for a day 6,700 years ago, so that a check by it lets both in
#
# Package    npm node 24.21.0 (module node:sqlite, SQLite)
# Behaviour  A day up to 31 is a day of every month and is carried over: 2025-02-30 is 2 March. A text that is a number is a
#            Julian day: '1980' is -4707-04-26, and its age some 6,700 years. Only what has neither shape is null.
# Good guess date(x) is null for what is no date; that is what `check (date(born) is not null)` is written for.
# Seen       2025-02-30 and 1980 pass the check, 2025-02-32 and 1980-02 do not; `check (date(born) is born)` stops all four
# Bites      People's birth dates in SQLite, checked by the database itself: what a form or an import let through stands
#            there for good, sorts and compares as text, and is another day wherever it is reckoned with.
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
db.exec('create table by_null (born text check (date(born) is not null))')
db.exec('create table by_itself (born text check (date(born) is born))')
const into = (table, born) => {
  try {
    db.prepare(`insert into ${table} values (?)`).run(born)
    return 'taken'
  } catch {
    return 'refused'
  }
}
const read = db.prepare("select date(?) as day, cast(timediff('2026-11-30', ?) as text) as age")
for (const born of ['1980-02-29', '2025-02-29', '2025-02-30', '2025-04-31', '2025-02-32', '1980-02', '1980']) {
  const { day, age } = read.get(born, born)
  console.log(born, '|', day, age, '|', into('by_null', born), into('by_itself', born))
}
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
1980-02-29 | 1980-02-29 +0046-09-01 00:00:00.000 | taken taken
2025-02-29 | 2025-03-01 +0001-08-29 00:00:00.000 | taken refused
2025-02-30 | 2025-03-02 +0001-08-28 00:00:00.000 | taken refused
2025-04-31 | 2025-05-01 +0001-06-29 00:00:00.000 | taken refused
2025-02-32 | null null | refused refused
1980-02 | null null | refused refused
1980 | -4707-04-26 +6733-07-03 12:00:00.000 | taken refused
EXPECTED
echo 'as described'
