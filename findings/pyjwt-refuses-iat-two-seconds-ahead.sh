#!/usr/bin/env bash
# PyJWT refuses a good token when the issuer's clock is two seconds ahead; jose takes it
#
# Package    PyPI PyJWT 2.15.1; for comparison npm jose 6.2.18
# Behaviour  `iat` in the future is ImmatureSignatureError, with no leeway unless one is named. RFC 7519 gives `iat` no
#            such meaning (that is `nbf`), and jose does not look at it unless maxTokenAge is asked for.
# Good guess `iat` only tells the age; a token without `nbf` is good from the moment it arrives.
# Seen       PyJWT: The token is not yet valid (iat); with leeway 60: taken; jose: taken
# Bites      A provider whose companies' services are in Python: sign-ins fail now and then, at once after they are
#            issued and never on retry, for whoever's clock is a little behind. Say so in the guide for relying parties.
# Date       28 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 jose@6.2.18
export PATH="$work/node_modules/.bin:$PATH"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyjwt[crypto]==2.15.1

cat >case.mjs <<'JS'
import { jwtVerify, SignJWT } from 'jose'

const key = new TextEncoder().encode('only for this demonstration, 32 b')
const token = await new SignJWT({ iat: Math.floor(Date.now() / 1000) + 2 }).setProtectedHeader({ alg: 'HS256' }).sign(key)
console.log('jose', await jwtVerify(token, key).then(() => 'taken', ({ code }) => code))
JS
cat >case.py <<'PY'
import time

import jwt

key = 'only for this demonstration, 32 b'
token = jwt.encode({'iat': int(time.time()) + 2}, key, algorithm='HS256')
for leeway in (0, 60):
    try:
        jwt.decode(token, key, algorithms=['HS256'], leeway=leeway)
        print('PyJWT, leeway', leeway, 'taken')
    except jwt.PyJWTError as error:
        print('PyJWT, leeway', leeway, type(error).__name__)
PY
{ node case.mjs && venv/bin/python case.py; } >seen

diff - seen <<'EXPECTED'
jose taken
PyJWT, leeway 0 ImmatureSignatureError
PyJWT, leeway 60 taken
EXPECTED
echo 'as described'
