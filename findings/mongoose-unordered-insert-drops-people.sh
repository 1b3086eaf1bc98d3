#!/usr/bin/env bash
# mongoose drops people from an unordered insertMany without a word
#
# Package    npm mongoose 9.12.1
# Behaviour  insertMany(rows, {ordered: false}) resolves with the rows that were valid; what failed validation is left out
#            of the write and of the answer, even if that is all of them. Only throwOnValidationError: true raises, only
#            rawResult: true lists them. Without `ordered: false`, and in create with it, the same rows raise.
# Good guess `ordered: false` only lets one failure not stop the others: at the end an error tells which ones failed, as
#            the driver's MongoBulkWriteError does for what the database refused.
# Seen       4 rows of which 3 are invalid: resolves with ["Ada"]; one invalid row: resolves with []
# Bites      An import of people that is to carry on past a bad row: it ends well, and whoever had a birth date in another
#            form is missing.
# Date       1 December 2026

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

const Person = mongoose.model('Person', new mongoose.Schema({ name: { type: String, required: true }, born: Date }))
/** In the place of the database, which takes all that it is sent. */
Person.collection.insertMany = async (documents) => ({
  acknowledged: true,
  insertedCount: documents.length,
  insertedIds: documents.map(({ _id }) => _id),
})

const rows = [{ name: 'Ada' }, { name: '' }, { name: 'Bo', born: '31.12.1980' }, { born: '1980-12-31' }]
const inserted = (some, options) =>
  Person.insertMany(some, options).then(
    (answer) =>
      Array.isArray(answer)
        ? JSON.stringify(answer.map(({ name }) => name))
        : `${answer.insertedCount} inserted, ${answer.mongoose.validationErrors.length} invalid`,
    (error) => error.name,
  )
console.log('ordered |', await inserted(rows))
console.log('unordered |', await inserted(rows, { ordered: false }))
console.log('unordered, all invalid |', await inserted(rows.slice(1), { ordered: false }))
console.log('rawResult |', await inserted(rows, { ordered: false, rawResult: true }))
console.log('throwOnValidationError |', await inserted(rows, { ordered: false, throwOnValidationError: true }))
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
ordered | ValidationError
unordered | ["Ada"]
unordered, all invalid | []
rawResult | 1 inserted, 3 invalid
throwOnValidationError | MongooseBulkWriteError
EXPECTED
echo 'as described'
