#!/usr/bin/env bash
# mongoose runs a path's setter on a value that is searched for, and not on the ends of a range
#
# Package    npm mongoose 9.12.1
# Behaviour  A setter of a Number path is applied in queries to equality, $eq, $ne and $in, but not to $gt, $gte, $lt and
#            $lte; of a String path it is applied to those too. In updates $set, $min and $inc all have it.
# Good guess One or the other: a setter is for writing, or all values that are compared with a path go through it.
# Seen       set: euros to cents; {balance: 12.5} asks for 1250, {balance: {$gt: 12.5}} for more than 12.5
# Bites      Whoever keeps amounts in cents by a setter: equality is found, so it looks right, and "over 12.50" finds
#            everybody with more than 12 cents.
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

const cents = (euros) => Math.round(euros * 100)
const Account = mongoose.model('Account', new mongoose.Schema({
  balance: { type: Number, set: cents },
  code: { type: String, set: (written) => `no. ${written}` },
}))

/** What would be sent to the database. */
const asked = (condition) => {
  const query = Account.find(condition)
  query.cast(Account)
  return JSON.stringify(query.getFilter())
}
console.log(asked({ balance: 12.5 }))
for (const operator of ['$eq', '$ne', '$gt', '$gte', '$lt', '$lte']) console.log(asked({ balance: { [operator]: 12.5 } }))
console.log(asked({ balance: { $in: [12.5] } }))
for (const operator of ['$eq', '$gt', '$lte']) console.log(asked({ code: { [operator]: '7' } }))

const written = async (update) => {
  let sent
  Account.collection.updateOne = async (_, changes) => {
    sent = changes
    return { acknowledged: true, matchedCount: 1, modifiedCount: 1 }
  }
  await Account.updateOne({}, update)
  return JSON.stringify(sent)
}
for (const operator of ['$set', '$min', '$inc']) console.log(await written({ [operator]: { balance: 12.5 } }))
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
{"balance":1250}
{"balance":{"$eq":1250}}
{"balance":{"$ne":1250}}
{"balance":{"$gt":12.5}}
{"balance":{"$gte":12.5}}
{"balance":{"$lt":12.5}}
{"balance":{"$lte":12.5}}
{"balance":{"$in":[1250]}}
{"code":{"$eq":"no. 7"}}
{"code":{"$gt":"no. 7"}}
{"code":{"$lte":"no. 7"}}
{"$set":{"balance":1250}}
{"$min":{"balance":1250}}
{"$inc":{"balance":1250}}
EXPECTED
echo 'as described'
