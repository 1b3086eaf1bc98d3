#!/usr/bin/env bash
# Python's csv.Sniffer takes the letter l for the delimiter of a list of addresses
#
# Package    Python 3.11.7 (module csv); for comparison npm papaparse 5.7.1
# Behaviour  Of a file with one column it answers whatever sign stands equally often in the lines, and a letter is as good
#            as a comma. `email`, ada@example.com and bo@example.org have one l each: it splits there.
# Good guess It raises "Could not determine delimiter", as it does for a list of names, or it only chooses among commas,
#            semicolons, tabs and the like, as Papa Parse does.
# Seen       'l': the column is called "emai", and its first value is "ada@examp"; Papa Parse: ','
# Bites      Whoever lets companies upload a list of people, and sniffs since Excel writes `;` here and `,` there: the
#            longer table of names and addresses is read well, the list of addresses alone is cut through.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 papaparse@5.7.1
export PATH="$work/node_modules/.bin:$PATH"

printf 'email\nada@example.com\nbo@example.org\n' >addresses.csv
printf 'name\nAda\nBo\n' >names.csv
printf 'email;name\nada@example.com;"Ek, Ada"\nbo@example.org;"Ek, Bo"\n' >both.csv
cat >case.py <<'PY'
import csv

for name in ('names', 'both', 'addresses'):
    text = open(f'{name}.csv').read()
    try:
        dialect = csv.Sniffer().sniff(text)
        print('Sniffer', name, repr(dialect.delimiter), list(csv.reader(text.splitlines(), dialect))[:2])
    except csv.Error as error:
        print('Sniffer', name, error)
PY
cat >case.mjs <<'JS'
import { readFileSync } from 'node:fs'
import papa from 'papaparse'

const { data, meta } = papa.parse(readFileSync('addresses.csv', 'utf8'))
console.log('Papa Parse', `'${meta.delimiter}'`, JSON.stringify(data.slice(0, 2)))
JS
{ python3 case.py && node case.mjs; } >seen

diff - seen <<'EXPECTED'
Sniffer names Could not determine delimiter
Sniffer both ';' [['email', 'name'], ['ada@example.com', 'Ek, Ada']]
Sniffer addresses 'l' [['emai', ''], ['ada@examp', 'e.com']]
Papa Parse ',' [["email"],["ada@example.com"]]
EXPECTED
echo 'as described'
