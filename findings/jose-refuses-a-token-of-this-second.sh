#!/usr/bin/env bash
# jose cuts its own clock to whole seconds and refuses a token that has been valid for a fifth of one
#
# Package    npm jose 6.2.18; for comparison PyPI PyJWT 2.15.1
# Behaviour  `nbf`, and `iat` where maxTokenAge is given, are compared as they are with the current second, cut. A token of
#            12:00:00.5 that is checked at 12:00:00.7 is not valid yet; from 12:00:01 on it is.
# Good guess RFC 7519: a NumericDate may have a fraction of a second. Both sides are compared exactly, or both are cut.
# Seen       nbf 0.2 s ago: ERR_JWT_CLAIM_VALIDATION_FAILED; with clockTolerance: 1 taken; PyJWT keeps 0.5 as it writes
# Bites      Clients in Python whose assertion says time.time(): on one machine or a fast network about every second call is
#            refused, and it goes well as soon as somebody looks into it by hand.
# Date       1 December 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 jose@6.2.18
export PATH="$work/node_modules/.bin:$PATH"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check PyJWT==2.15.1

cat >case.py <<'PY'
import json

import jwt

at = 1796126400.5
key = 'only for this demonstration, no secret'
json.dump({name: jwt.encode({name: at}, key, algorithm='HS256') for name in ('nbf', 'iat')}, open('tokens.json', 'w'))
PY
cat >case.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { decodeJwt, jwtVerify } from 'jose'

const { nbf, iat } = JSON.parse(readFileSync('tokens.json', 'utf8'))
const key = new TextEncoder().encode('only for this demonstration, no secret')
console.log('as PyJWT wrote it', decodeJwt(nbf))
const checked = (token, after, options) =>
  jwtVerify(token, key, { currentDate: new Date((1796126400 + after) * 1000), ...options }).then(
    () => 'taken',
    ({ code, claim }) => `${code} ${claim}`,
  )
console.log('nbf, 0.2 s later |', await checked(nbf, 0.7))
console.log('nbf, 0.5 s later |', await checked(nbf, 1))
console.log('nbf, 0.2 s later, tolerance |', await checked(nbf, 0.7, { clockTolerance: 1 }))
console.log('iat, 0.2 s later |', await checked(iat, 0.7))
console.log('iat, 0.2 s later, maxTokenAge |', await checked(iat, 0.7, { maxTokenAge: 60 }))
JS
{ venv/bin/python case.py && node case.mjs; } >seen

diff - seen <<'EXPECTED'
as PyJWT wrote it { nbf: 1796126400.5 }
nbf, 0.2 s later | ERR_JWT_CLAIM_VALIDATION_FAILED nbf
nbf, 0.5 s later | taken
nbf, 0.2 s later, tolerance | taken
iat, 0.2 s later | taken
iat, 0.2 s later, maxTokenAge | ERR_JWT_CLAIM_VALIDATION_FAILED iat
EXPECTED
echo 'as described'
