#!/usr/bin/env bash
# A default that is added to a Mongoose schema answers for records written before it, anew at every read
#
# Package    npm mongoose 9.12.1
# Behaviour  Reading an old record fills the missing path with the default. `default: Date.now` therefore says "now" at
#            every read; the path does not count as modified, yet the next save() of anything else writes it.
# Good guess Defaults are for new records; an old one reads undefined, or is at least shown as modified.
# Seen       old record read in 2026: 2026; read in 2030: 2030; isModified false; in the next save's changes: acceptedAt
# Bites      Whoever adds `acceptedAt` (terms, consent) or `verifiedAt` with a default: everybody who never accepted did,
#            just now, and the first unrelated save makes it so.
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

let now = Date.UTC(2026, 0, 1)
const schema = new mongoose.Schema({ name: String, acceptedAt: { type: Date, default: () => now } })
const Person = mongoose.model('Person', schema)
const stored = { _id: new mongoose.Types.ObjectId(), name: 'Ada' }
const read = () => Person.hydrate({ ...stored })

console.log('read', read().acceptedAt.getUTCFullYear())
now = Date.UTC(2030, 0, 1)
const later = read()
console.log('read', later.acceptedAt.getUTCFullYear())
console.log('modified', later.isModified('acceptedAt'), later.isModified())
later.name = 'Ada L.'
console.log('saved', Object.keys(later.$__delta()[1].$set).sort().join())
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
read 2026
read 2030
modified false false
saved acceptedAt,name
EXPECTED
echo 'as described'
