#!/usr/bin/env bash
# An export of Flask-Security says argon2id or bcrypt, and no argon2 or bcrypt library takes the right password for it
#
# Package    PyPI Flask-Security-Too 5.9.2, argon2-cffi 25.1.0 and bcrypt 5.0.0
# Behaviour  Unless SECURITY_PASSWORD_SINGLE_HASH says otherwise, what is hashed is not the password but the Base64 of its
#            HMAC-SHA512 under SECURITY_PASSWORD_SALT, a setting of the whole application that is in no row. The column
#            has the bare $argon2id$… or $2b$… of its scheme, without a word of it.
# Good guess A PHC string says how it was made: `$argon2id$v=19$m=…` is argon2id of the password, for every library.
# Seen       argon2id and bcrypt: no for the password, yes for Base64 of the HMAC; with single_hash: yes for the password
# Bites      Whoever takes accounts over from Flask-Security: the import succeeds, and every sign-in is "wrong password".
#            Ask for that setting beside the export.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check flask-security-too==5.9.2 argon2-cffi==25.1.0 bcrypt==5.0.0

cat >case.py <<'PY'
import base64
import hmac

import argon2
import bcrypt
from flask import Flask
from flask_security import Security, UserDatastore, hash_password


class Person:
    active = email = fs_uniquifier = username = None


salt = 'a setting of the application'
password = 'correct horse 9'
keyed = base64.b64encode(hmac.digest(salt.encode(), password.encode(), 'sha512')).decode()


def argon2_takes(stored, word):
    try:
        return argon2.PasswordHasher().verify(stored, word)
    except argon2.exceptions.VerifyMismatchError:
        return False


takes = {
    'argon2': argon2_takes,
    'bcrypt': lambda stored, word: bcrypt.checkpw(word.encode()[:72], stored.encode()),
}
for scheme, single in (('argon2', False), ('bcrypt', False), ('argon2', True)):
    app = Flask('shop')
    app.config.update(
        SECRET_KEY='only for this demonstration', SECURITY_PASSWORD_SALT=salt,
        SECURITY_PASSWORD_HASH=scheme, SECURITY_PASSWORD_SINGLE_HASH=single,
    )
    Security(app, UserDatastore(Person, None))
    with app.app_context():
        stored = hash_password(password)
    print(stored.split('$')[1], '| single hash', single, '|', takes[scheme](stored, password), takes[scheme](stored, keyed))
PY
venv/bin/python case.py >seen

diff - seen <<'EXPECTED'
argon2id | single hash False | False True
2b | single hash False | False True
argon2id | single hash True | True False
EXPECTED
echo 'as described'
