#!/usr/bin/env bash
# An empty text asks mongoose for everybody without the value: paths of numbers and dates cast '' to null
#
# Package    npm mongoose 9.12.1
# Behaviour  In a query '' becomes null on paths of Number, Date, BigInt, Int32, Double and arrays of them, also within
#            $in and $ne. MongoDB finds with {born: null} whoever has null or no value. Boolean, ObjectId, UUID and
#            Decimal128 raise a CastError; text stays text.
# Good guess '' is no number and no date: a CastError, as 'x' gets one on the same paths, or no match.
# Seen       {"born":null}, {"year":null}, {"seen":{"$in":[null]}}; 'x': CastError
# Bites      A search form whose field was left empty, ?customerNumber= in an address: the answer is not nobody but each
#            person who has no such number, and a deletion by that query takes them all.
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

const { ObjectId, UUID, Decimal128, Int32, Double } = mongoose.Schema.Types
const types = { Number, Date, BigInt, Int32, Double, numbers: [Number], Boolean, ObjectId, UUID, Decimal128, String }
const Person = mongoose.model('Person', new mongoose.Schema(Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }]))))

/** What would be sent to the database. */
const asked = (condition) => {
  const query = Person.find(condition)
  try {
    query.cast(Person)
    return JSON.stringify(query.getFilter())
  } catch (error) {
    return error.name
  }
}
for (const name of Object.keys(types))
  console.log(...[asked({ [name]: '' }), asked({ [name]: { $in: [''] } }), asked({ [name]: { $ne: '' } }), asked({ [name]: 'x' })])
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
{"Number":null} {"Number":{"$in":[null]}} {"Number":{"$ne":null}} CastError
{"Date":null} {"Date":{"$in":[null]}} {"Date":{"$ne":null}} CastError
{"BigInt":null} {"BigInt":{"$in":[null]}} {"BigInt":{"$ne":null}} CastError
{"Int32":null} {"Int32":{"$in":[null]}} {"Int32":{"$ne":null}} CastError
{"Double":null} {"Double":{"$in":[null]}} {"Double":{"$ne":null}} CastError
{"numbers":null} {"numbers":{"$in":[null]}} {"numbers":{"$ne":null}} CastError
CastError CastError CastError CastError
CastError CastError CastError CastError
CastError CastError CastError CastError
CastError CastError CastError CastError
{"String":""} {"String":{"$in":[""]}} {"String":{"$ne":""}} {"String":"x"}
EXPECTED
echo 'as described'
