#!/usr/bin/env bash
# Two SCIM filter libraries don't find "Ada@example.com" as ada@example.com, which RFC 7643 makes the same userName
#
# Package    npm scim2-parse-filter 0.2.10 and scimmy 1.3.5
# Behaviour  The attribute's name is compared without regard to case, its value with it; neither asks the schema, where
#            `userName` (and nearly every text) is caseExact: false. SCIMMY's own User schema says so itself.
# Good guess RFC 7643 2.2: caseExact is false by default; a library for SCIM knows it, and a capital letter changes nothing.
# Seen       asked for in small letters: found by both; asked for as Ada@example.com: by neither
# Bites      Whoever is matched by Entra ID or Okta, which send the address as the directory has it: the person isn't
#            found, is created again, and has two accounts or a 409 at every cycle.
# Date       28 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 scim2-parse-filter@0.2.10 scimmy@1.3.5
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { filter, parse } from 'scim2-parse-filter'
import SCIMMY from 'scimmy'

const person = { userName: 'ada@example.com' }
console.log('caseExact', SCIMMY.Schemas.User.definition.attribute('userName').config.caseExact)
for (const asked of ['userName eq "ada@example.com"', 'USERNAME eq "ada@example.com"', 'userName eq "Ada@example.com"'])
  console.log(asked, filter(parse(asked))(person), new SCIMMY.Types.Filter(asked).match([person]).length === 1)
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
caseExact false
userName eq "ada@example.com" true true
USERNAME eq "ada@example.com" true true
userName eq "Ada@example.com" false false
EXPECTED
echo 'as described'
