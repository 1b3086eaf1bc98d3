#!/usr/bin/env bash
# Two people who download at the same time by a tag store of node:sqlite: the second is answered, the first breaks off
#
# Package    npm node 24.21.0 (module node:sqlite); for comparison npm better-sqlite3 13.2.0
# Behaviour  sql.iterate`…` of createTagStore() reads by the one statement that the store keeps for this text. Whoever
#            tags the same text again, with whatever values and by whichever of its methods, begins that statement anew:
#            the reader before fails at its next row with ERR_INVALID_STATE. Nothing is said to the one who did it.
# Good guess Each tagged template is a query of its own, as with every tag of this kind (postgres, slonik, @databases); the
#            cache spares compiling and no more.
# Seen       two readers: iterator was invalidated, Cy Di; a tree by recursion: iterator was invalidated; by sql.all: whole.
#            better-sqlite3 refuses the second reader instead: This statement is busy executing a query
# Bites      A download that is streamed row by row: it works for one person at a time, and in every test.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 better-sqlite3@13.2.0
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { DatabaseSync } from 'node:sqlite'
import Database from 'better-sqlite3'

const filled = (db) => {
  db.exec("create table person (name text, company text); insert into person values ('Ada', 'mobile'), ('Bo', 'mobile'), ('Cy', 'games'), ('Di', 'games')")
  db.exec("create table unit (name text, part_of text); insert into unit values ('group', ''), ('mobile', 'group'), ('games', 'group'), ('shop', 'mobile')")
  return db
}
const sql = filled(new DatabaseSync(':memory:')).createTagStore()

/** As two downloads do: each takes a row, sends it, and waits until there is room for the next. */
const rows = (company) => sql.iterate`select name from person where company = ${company} order by name`
const download = async (reader) => {
  const sent = []
  try {
    for (const { name } of reader) {
      sent.push(name)
      await new Promise(setImmediate)
    }
    return sent.join(' ')
  } catch (error) {
    return `${sent.join(' ')}, ${error.code}`
  }
}
console.log('alone |', await download(rows('mobile')), '|', await download(rows('games')))
console.log('together |', (await Promise.all([download(rows('mobile')), download(rows('games'))])).join(' | '))

const tree = (above) => {
  const found = []
  for (const { name } of sql.iterate`select name from unit where part_of = ${above} order by name`) found.push(name, ...tree(name))
  return found
}
const whole = (above) => sql.all`select name from unit where part_of = ${above} order by name`.flatMap(({ name }) => [name, ...whole(name)])
const told = (find) => {
  try {
    return find('').join(' ')
  } catch (error) {
    return error.code
  }
}
console.log('tree by iterate |', told(tree))
console.log('tree by all |', told(whole))

const statement = filled(new Database(':memory:')).prepare('select name from person where company = ? order by name')
const first = statement.iterate('mobile')
first.next()
try {
  statement.iterate('games').next()
} catch (error) {
  console.log('better-sqlite3, the second |', error.message.startsWith('This statement is busy'))
}
console.log('better-sqlite3, the first goes on |', first.next().value.name)
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
alone | Ada Bo | Cy Di
together | Ada, ERR_INVALID_STATE | Cy Di
tree by iterate | ERR_INVALID_STATE
tree by all | group games mobile shop
better-sqlite3, the second | true
better-sqlite3, the first goes on | Bo
EXPECTED
echo 'as described'
