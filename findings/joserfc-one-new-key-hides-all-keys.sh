#!/usr/bin/env bash
# joserfc reads none of a provider's keys when one of them is on a curve that it does not know
#
# Package    PyPI joserfc 1.8.0 (what Authlib 1.9 reads a provider's keys with) and Authlib 1.9.10; for comparison
#            PyPI PyJWT 2.15.1
# Behaviour  KeySet.import_key_set leaves out a key of an unknown `kty`, but raises a bare KeyError for an unknown `crv`
#            and KeyParameterError for a `use` that is neither sig nor enc. authlib.jose has it the other way round: an
#            unknown `kty` raises KeyError.
# Good guess RFC 7517, section 5: keys of kinds and with values that are not understood or not supported SHOULD be ignored,
#            so that a set may grow; PyJWT does for all but the `use`, which it takes.
# Seen       a set of a P-256 key and one on BP-256: KeyError 'BP-256'; and of kty AKP: authlib.jose KeyError 'AKP'
# Bites      A provider that publishes a Brainpool or post-quantum key beside the old one, which nobody has to use yet: at
#            companies on these libraries every sign-in fails at once.
# Date       1 December 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check joserfc==1.8.0 authlib==1.9.10 PyJWT==2.15.1 cryptography==50.0.2

cat >case.py <<'PY'
import warnings

warnings.simplefilter('ignore')

import jwt
from authlib.jose import JsonWebKey
from joserfc.jwk import ECKey, KeySet

known = ECKey.generate_key('P-256').as_dict(private=False)


def keys_read(read, other):
    try:
        return len(read({'keys': [{**known, 'kid': 'old'}, {**other, 'kid': 'new'}]}).keys)
    except Exception as error:
        return f'{type(error).__name__}: {error}'


for named, other in (
    ('unknown kty', {'kty': 'AKP', 'alg': 'ML-DSA-44', 'pub': 'AA'}),
    ('unknown crv', {**known, 'crv': 'BP-256'}),
    ('another use', {**known, 'use': 'example'}),
):
    print(named, '| joserfc', keys_read(KeySet.import_key_set, other))
    print(named, '| authlib.jose', keys_read(JsonWebKey.import_key_set, other))
    print(named, '| PyJWT', keys_read(jwt.PyJWKSet.from_dict, other))
PY
venv/bin/python case.py 2>errors >seen

diff - seen <<'EXPECTED'
unknown kty | joserfc 1
unknown kty | authlib.jose KeyError: 'AKP'
unknown kty | PyJWT 1
unknown crv | joserfc KeyError: 'BP-256'
unknown crv | authlib.jose 2
unknown crv | PyJWT 1
another use | joserfc KeyParameterError: key_parameter: 'use' must be one of ['sig', 'enc']
another use | authlib.jose 2
another use | PyJWT 2
EXPECTED
echo 'as described'
