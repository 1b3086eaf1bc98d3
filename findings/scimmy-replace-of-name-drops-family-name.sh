#!/usr/bin/env bash
# A SCIM patch of `name` with a path loses the family name in SCIMMY; the same without a path keeps it
#
# Package    npm scimmy 1.3.5
# Behaviour  {"op":"replace","path":"name","value":{"givenName":"Eva"}} puts the value in the place of the whole name.
#            Without `path`, {"name":{"givenName":"Eva"}} is merged. (npm scim-patch has it the other way round.)
# Good guess RFC 7644 3.5.2.3: sub-attributes of a complex attribute that are not named are left unchanged, either way.
# Seen       with path {"givenName":"Eva"}; without {"familyName":"Ek","givenName":"Eva"}
# Bites      Whoever provisions a company whose directory sends changed sub-attributes alone: after a change of first
#            name, people have no surname, and the next sync of the basic details carries that on.
# Date       28 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 scimmy@1.3.5
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import SCIMMY from 'scimmy'

const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp']
const patched = async (operation) => {
  const person = new SCIMMY.Schemas.User({ id: '1', userName: 'ada', name: { familyName: 'Ek', givenName: 'Ada' } })
  const { name } = await new SCIMMY.Messages.PatchOp({ schemas, Operations: [operation] }).apply(person)
  return JSON.stringify(name)
}
console.log('with path', await patched({ op: 'replace', path: 'name', value: { givenName: 'Eva' } }))
console.log('without', await patched({ op: 'replace', value: { name: { givenName: 'Eva' } } }))
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
with path {"givenName":"Eva"}
without {"familyName":"Ek","givenName":"Eva"}
EXPECTED
echo 'as described'
