#!/usr/bin/env bash
# Django raises ValueError for the right password where it is longer than 72 bytes and was hashed with bcrypt
#
# Package    PyPI Django 5.2.19 with bcrypt 5.0.0; for comparison bcrypt 4.3.0 and npm bcrypt 6.0.0
# Behaviour  bcrypt 5 refuses more than 72 bytes, where every version before cut them off. Django's hasher hands it what was
#            typed, and check_password lets the error through: 500, for the right password as for any other of that length.
# Good guess A hash that was verified for years is still verified; at worst check_password answers False.
# Seen       73 letters: bcrypt 4.3.0 True, bcrypt 5.0.0 ValueError; bcrypt_sha256: True; npm bcrypt: true
# Bites      A company on Django that took over accounts with bcrypt (PHP, Rails, Auth0): whoever has a long passphrase meets
#            an error page since the update.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 bcrypt@6.0.0
export PATH="$work/node_modules/.bin:$PATH"
for version in 4.3.0 5.0.0; do
  python3 -m venv "venv-$version"
  "venv-$version/bin/pip" install --quiet --disable-pip-version-check django==5.2.19 bcrypt==$version
done

cat >case.py <<'PY'
import sys

import bcrypt
import django
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password

hashers = ['BCryptPasswordHasher', 'BCryptSHA256PasswordHasher']
settings.configure(PASSWORD_HASHERS=[f'django.contrib.auth.hashers.{name}' for name in hashers])
django.setup()
# As another system made it, of the first 72 bytes.
taken_over = 'bcrypt$' + bcrypt.hashpw(b'a' * 72, bcrypt.gensalt(12)).decode()


def told(length, stored):
    try:
        return check_password('a' * length, stored)
    except ValueError:
        return 'ValueError'


print('bcrypt', bcrypt.__version__, '| 72:', told(72, taken_over), '| 73:', told(73, taken_over), end=' ')
print('| bcrypt_sha256, 73:', told(73, make_password('a' * 73, hasher='bcrypt_sha256')))
sys.stderr.write(taken_over.removeprefix('bcrypt$'))
PY
cat >case.mjs <<'JS'
import { readFileSync } from 'node:fs'
import bcrypt from 'bcrypt'

console.log('npm bcrypt | 73:', bcrypt.compareSync('a'.repeat(73), readFileSync('stored', 'utf8')))
JS
{ venv-4.3.0/bin/python case.py && venv-5.0.0/bin/python case.py; } >seen 2>/dev/null
venv-5.0.0/bin/python case.py 2>stored >/dev/null
node case.mjs >>seen

diff - seen <<'EXPECTED'
bcrypt 4.3.0 | 72: True | 73: True | bcrypt_sha256, 73: True
bcrypt 5.0.0 | 72: True | 73: ValueError | bcrypt_sha256, 73: True
npm bcrypt | 73: true
EXPECTED
echo 'as described'
