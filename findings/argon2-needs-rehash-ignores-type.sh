#!/usr/bin/env bash
# needsRehash() of npm's argon2 never asks for argon2id where a hash is argon2i
#
# Package    npm argon2 0.45.1
# Behaviour  It compares memory, time, parallelism and version alone. An argon2i hash of the same costs "needs no rehash",
#            also where `type: argon2id` is named in its options; nor does a hash of another length.
# Good guess As argon2-cffi (Python) and password_needs_rehash (PHP): another variant means rehash.
# Seen       argon2i wanted argon2id: false; 16 bytes wanted 64: false; one thread more: true
# Bites      Whoever takes over accounts hashed with argon2i (PHP 7.2 knew no other Argon2) and renews hashes at
#            sign-in: these people keep the old variant for ever, and a report of "old hashes left" says none.
# Date       28 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 argon2@0.45.1
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { argon2i, argon2id, hash, needsRehash, verify } from 'argon2'

const cost = { memoryCost: 1024, timeCost: 2, parallelism: 1 }
const old = await hash('correct horse 9', { ...cost, type: argon2i, hashLength: 16 })
console.log(old.split('$')[1], await verify(old, 'correct horse 9'))
console.log('wanted argon2id', needsRehash(old, { ...cost, type: argon2id }))
console.log('wanted 64 bytes', needsRehash(old, { ...cost, hashLength: 64 }))
console.log('wanted 2 threads', needsRehash(old, { ...cost, parallelism: 2 }))
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
argon2i true
wanted argon2id false
wanted 64 bytes false
wanted 2 threads true
EXPECTED
echo 'as described'
