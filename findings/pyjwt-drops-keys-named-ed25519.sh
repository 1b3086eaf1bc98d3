#!/usr/bin/env bash
# PyJWT drops a provider's key whose algorithm is called Ed25519, and asks whether cryptography is installed
#
# Package    PyPI PyJWT 2.15.1; for comparison PyPI joserfc 1.8.0
# Behaviour  It knows these signatures as EdDSA alone. A key with "alg": "Ed25519" is left out of the set without a word, or
#            the set is refused as one without usable keys; a token that says so is "not supported". The same key with
#            the old name, or with none, is taken.
# Good guess RFC 9864 of October 2025 registers Ed25519 and deprecates EdDSA: a release of a year later knows both names,
#            as joserfc does.
# Seen       EdDSA: 1 key; Ed25519: "did not contain any usable keys. Perhaps 'cryptography' is not installed?"
# Bites      A provider that names its keys as the registry now says: companies on PyJWT can't read one token, and look for
#            the fault in their own installation.
# Date       1 December 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check PyJWT==2.15.1 cryptography==50.0.2 joserfc==1.8.0

cat >case.py <<'PY'
import warnings

warnings.simplefilter('ignore')

import jwt
from joserfc import jwk
from joserfc import jwt as joserfc

key = jwk.OKPKey.generate_key('Ed25519')
other = jwk.ECKey.generate_key('P-256').as_dict(private=False)


def seen(act):
    try:
        return act()
    except jwt.PyJWTError as error:
        return f'{type(error).__name__}: {error}'


for alg in ('EdDSA', 'Ed25519'):
    published = {**key.as_dict(private=False), 'kid': 'new', 'alg': alg}
    token = joserfc.encode({'alg': alg, 'kid': 'new'}, {'sub': '1'}, key, algorithms=[alg])
    public = jwt.PyJWK({**published, 'alg': 'EdDSA'})
    print(alg, '| alone |', seen(lambda: [one.key_id for one in jwt.PyJWKSet.from_dict({'keys': [published]}).keys]))
    both = {'keys': [published, {**other, 'kid': 'old'}]}
    print(alg, '| beside another |', seen(lambda: [one.key_id for one in jwt.PyJWKSet.from_dict(both).keys]))
    print(alg, '| a token |', seen(lambda: jwt.decode(token, public.key, algorithms=[alg])))
    print(alg, '| joserfc |', joserfc.decode(token, jwk.OKPKey.import_key(published), algorithms=[alg]).claims)
PY
venv/bin/python case.py >seen

diff - seen <<'EXPECTED'
EdDSA | alone | ['new']
EdDSA | beside another | ['new', 'old']
EdDSA | a token | {'sub': '1'}
EdDSA | joserfc | {'sub': '1'}
Ed25519 | alone | PyJWKSetError: The JWK Set did not contain any usable keys. Perhaps 'cryptography' is not installed?
Ed25519 | beside another | ['old']
Ed25519 | a token | InvalidAlgorithmError: Algorithm not supported
Ed25519 | joserfc | {'sub': '1'}
EXPECTED
echo 'as described'
