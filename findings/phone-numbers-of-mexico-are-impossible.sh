#!/usr/bin/env bash
# A mobile number of Mexico as the world dialled it until 2019, +52 1 …, is impossible to libphonenumber
#
# Package    npm libphonenumber-js 1.13.16 and PyPI phonenumbers 9.0.43
# Behaviour  The 1 after +52 is taken for a digit of the number, which is one too long then: neither valid nor possible.
#            Whoever takes the number all the same gets two of one telephone, with and without the 1. At home, 044, 045
#            and 01 of those years are read as digits too.
# Good guess What was the official form for twenty years is read as the number of today, as the library does with prefixes
#            of a country in general; the 9 of Argentina, made for the same reason, is understood.
# Seen       +52 1 55 1234 5678: false, +5215512345678; +52 55 1234 5678: true, +525512345678; +54 9 11 …: true
# Bites      Whoever takes over accounts with numbers that people gave years ago: people in Mexico are the ones whose
#            number is refused, or don't get the code, and nobody sees that two accounts have one telephone.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 libphonenumber-js@1.13.16
export PATH="$work/node_modules/.bin:$PATH"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check phonenumbers==9.0.43

cat >numbers.txt <<'TXT'
+52 55 1234 5678
+52 1 55 1234 5678
044 55 1234 5678
+54 9 11 1234 5678
TXT
cat >case.mjs <<'JS'
import { readFileSync } from 'node:fs'
import parse from 'libphonenumber-js/max'

for (const written of readFileSync('numbers.txt', 'utf8').trim().split('\n')) {
  const read = parse(written, 'MX')
  console.log('libphonenumber-js', written, read.number, read.isPossible(), read.isValid())
}
JS
cat >case.py <<'PY'
import phonenumbers as phones

for written in open('numbers.txt').read().splitlines():
    read = phones.parse(written, 'MX')
    number = phones.format_number(read, phones.PhoneNumberFormat.E164)
    answers = phones.is_possible_number(read), phones.is_valid_number(read)
    print('phonenumbers', written, number, *(str(each).lower() for each in answers))
PY
{ node case.mjs && venv/bin/python case.py; } >seen

diff - seen <<'EXPECTED'
libphonenumber-js +52 55 1234 5678 +525512345678 true true
libphonenumber-js +52 1 55 1234 5678 +5215512345678 false false
libphonenumber-js 044 55 1234 5678 +520445512345678 false false
libphonenumber-js +54 9 11 1234 5678 +5491112345678 true true
phonenumbers +52 55 1234 5678 +525512345678 true true
phonenumbers +52 1 55 1234 5678 +5215512345678 false false
phonenumbers 044 55 1234 5678 +520445512345678 false false
phonenumbers +54 9 11 1234 5678 +5491112345678 true true
EXPECTED
echo 'as described'
