#!/usr/bin/env bash
# New one-time-code libraries refuse the secrets that authenticator apps have had for years
#
# Package    npm otplib 13.5.0 and PyPI pyotp 2.12.1; for comparison npm otpauth 9.5.2
# Behaviour  A secret of 16 Base32 signs (80 bits) is refused when a code is verified, not only when a secret is made:
#            otplib wants 128 bits, pyotp 112. There is no such rule in RFC 6238; RFC 4226 has it for new secrets.
# Good guess A minimum applies to what the library makes; what was enrolled goes on working after an update.
# Seen       SecretTooShortError; ValueError: Secrets must be at least 112 bits after decoding; otpauth: verifies
# Bites      Whoever takes over accounts with their second factor (Google's own scheme made 80 bits for years) or updates
#            across these versions: those people are locked out at sign-in, by an error and not by a wrong code.
# Date       28 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 otplib@13.5.0 otpauth@9.5.2
export PATH="$work/node_modules/.bin:$PATH"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyotp==2.12.1

cat >case.mjs <<'JS'
import * as OTPAuth from 'otpauth'
import { verify } from 'otplib'

const secret = 'JBSWY3DPEHPK3PXP'
const totp = new OTPAuth.TOTP({ secret })
console.log('otpauth', totp.validate({ token: totp.generate() }) === 0)
console.log('otplib', await verify({ secret, token: totp.generate() }).then(({ valid }) => valid, ({ name }) => name))
JS
cat >case.py <<'PY'
import pyotp

try:
    totp = pyotp.TOTP('JBSWY3DPEHPK3PXP')
    print('pyotp', totp.verify(totp.now()))
except ValueError as error:
    print('pyotp', error)
PY
{ node case.mjs && venv/bin/python case.py; } >seen

diff - seen <<'EXPECTED'
otpauth true
otplib SecretTooShortError
pyotp Secrets must be at least 112 bits after decoding
EXPECTED
echo 'as described'
