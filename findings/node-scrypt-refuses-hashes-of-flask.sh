#!/usr/bin/env bash
# Node's scrypt refuses what Werkzeug (Flask) hashes with, though it needs exactly the memory that is allowed
#
# Package    npm node 24.21.0 (node:crypto) and PyPI Werkzeug 3.1.3
# Behaviour  Werkzeug writes scrypt:32768:8:1. 128 × N × r is 32 MiB, the default of `maxmem`, and Node's documents say
#            that "approximately" more than that is an error. What p and the working space take counts too: 32 MiB
#            fails, 3 kB more is enough. N, r and p have to be read from each hash, and `maxmem` made of them.
# Good guess The defaults of the two fit: not more than the limit is within the limit.
# Seen       default: memory limit exceeded; 128·N·r: memory limit exceeded; 128·r·(N + p + 2): the same hash as
#            Werkzeug's
# Bites      Whoever takes over accounts of a Python service with their passwords: each of these people's first sign-in
#            ends in an error, while hashes made with Node's own default (N of 16384) in the tests are fine.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0
export PATH="$work/node_modules/.bin:$PATH"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check werkzeug==3.1.3
venv/bin/python -c "from werkzeug.security import generate_password_hash as made; print(made('correct horse 9'))" >hash

cat >case.mjs <<'JS'
import { scryptSync } from 'node:crypto'
import { readFileSync } from 'node:fs'

const [method, salt, hash] = readFileSync('hash', 'utf8').trim().split('$')
const [, N, r, p] = method.split(':').map(Number)
console.log(method)
for (const [name, maxmem] of [['default'], ['128·N·r', 128 * N * r], ['128·r·(N + p + 2)', 128 * r * (N + p + 2)]])
  try {
    const made = scryptSync('correct horse 9', salt, hash.length / 2, { N, r, p, ...(maxmem && { maxmem }) })
    console.log(name, maxmem, made.toString('hex') === hash ? 'the same hash' : 'another hash')
  } catch (error) {
    console.log(name, maxmem ?? 32 * 1024 * 1024, error.message.split('::').at(-1))
  }
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
scrypt:32768:8:1
default 33554432 memory limit exceeded
128·N·r 33554432 memory limit exceeded
128·r·(N + p + 2) 33557504 the same hash
EXPECTED
echo 'as described'
