#!/usr/bin/env bash
# joserfc takes ES256 and RS256 tokens by default, and neither PS256 nor EdDSA nor Ed25519
#
# Package    PyPI joserfc 1.8.0; for comparison npm jose 6.2.18
# Behaviour  Without `algorithms`, jwt.decode and jwt.encode know RS256, ES256 and HS256 alone; for any other one they say
#            "is not recommended", however strong.
# Good guess What a current library leaves out by default is what is weak. PS256 and EdDSA are, with ES256, the three that
#            the FAPI 2.0 Security Profile (section 5.4.1) allows at all, and RS256 is the one that it forbids.
# Seen       RS256, ES256: taken; PS256, ES384, EdDSA, Ed25519: UnsupportedAlgorithmError; jose: all taken
# Bites      A provider that moves from RS256 to a stronger algorithm, or to the new name Ed25519: at companies on joserfc
#            every token is refused, with a message that reads as if the provider had become weaker.
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
venv/bin/pip install --quiet --disable-pip-version-check joserfc==1.8.0

cat >case.py <<'PY'
import json
import warnings

warnings.simplefilter('ignore')

from joserfc import jwk, jwt
from joserfc.errors import JoseError

rsa, ed25519 = jwk.RSAKey.generate_key(2048), jwk.OKPKey.generate_key('Ed25519')
keys = {
    'RS256': rsa, 'PS256': rsa, 'ES256': jwk.ECKey.generate_key('P-256'), 'ES384': jwk.ECKey.generate_key('P-384'),
    'EdDSA': ed25519, 'Ed25519': ed25519,
}
tokens = []
for alg, key in keys.items():
    token = jwt.encode({'alg': alg}, {'sub': '1'}, key, algorithms=[alg])
    tokens.append({'alg': alg, 'token': token, 'key': key.as_dict(private=False)})
    try:
        jwt.decode(token, key)
        print(alg, '| joserfc | taken')
    except JoseError as error:
        print(alg, '| joserfc |', type(error).__name__)
    jwt.decode(token, key, algorithms=[alg])
json.dump(tokens, open('tokens.json', 'w'))
PY
cat >case.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { importJWK, jwtVerify } from 'jose'

for (const { alg, token, key } of JSON.parse(readFileSync('tokens.json', 'utf8')))
  console.log(alg, '| jose |', await jwtVerify(token, await importJWK(key, alg)).then(() => 'taken', ({ code }) => code))
JS
{ venv/bin/python case.py && node case.mjs; } >seen

diff - seen <<'EXPECTED'
RS256 | joserfc | taken
PS256 | joserfc | UnsupportedAlgorithmError
ES256 | joserfc | taken
ES384 | joserfc | UnsupportedAlgorithmError
EdDSA | joserfc | UnsupportedAlgorithmError
Ed25519 | joserfc | UnsupportedAlgorithmError
RS256 | jose | taken
PS256 | jose | taken
ES256 | jose | taken
ES384 | jose | taken
EdDSA | jose | taken
Ed25519 | jose | taken
EXPECTED
echo 'as described'
