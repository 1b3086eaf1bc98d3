#!/usr/bin/env bash
# A SCIM patch of `DisplayName` leaves `displayName` as it was in scim-patch, and adds a second name beside it
#
# Package    npm scim-patch 0.8.3; for comparison npm scimmy 1.3.5 and PyPI scim2-models 0.12.3
# Behaviour  It compares attribute names by their case, in a path as in a value without one. What it does not find it adds:
#            no error, and the resource answers as changed.
# Good guess RFC 7643, section 2.1: names of attributes are case insensitive, so that this is `displayName`. A library
#            with the schema in hand changes it (scim2-models) or at least refuses (SCIMMY).
# Seen       scim-patch: Ada Ek, and DisplayName Ada Berg; SCIMMY: refused; scim2-models: Ada Berg
# Bites      Whoever takes patches of directories whose mappings an administrator types by hand: the directory is told 200,
#            people keep their former name, and a schemaless database keeps both.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 scim-patch@0.8.3 scimmy@1.3.5
export PATH="$work/node_modules/.bin:$PATH"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check scim2-models==0.12.3

cat >person.json <<'JSON'
{ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada", "displayName": "Ada Ek" }
JSON
cat >patches.json <<'JSON'
[
  { "op": "replace", "path": "displayName", "value": "Ada Berg" },
  { "op": "replace", "path": "DisplayName", "value": "Ada Berg" },
  { "op": "replace", "value": { "DisplayName": "Ada Berg" } }
]
JSON
cat >case.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { scimPatch } from 'scim-patch'
import SCIMMY from 'scimmy'

const read = (name) => JSON.parse(readFileSync(name, 'utf8'))
const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp']
for (const operation of read('patches.json')) {
  const { displayName, ...others } = scimPatch(read('person.json'), [structuredClone(operation)])
  console.log('scim-patch', displayName, others.DisplayName ?? '')
  const patch = new SCIMMY.Messages.PatchOp({ schemas, Operations: [operation] })
  const patched = await patch.apply(new SCIMMY.Schemas.User(read('person.json'))).catch(({ scimType }) => scimType)
  console.log('SCIMMY', patched.displayName ?? patched)
}
JS
cat >case.py <<'PY'
import json

from scim2_models import Context, PatchOp, User

schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp']
for operation in json.load(open('patches.json')):
    person = User.model_validate(json.load(open('person.json')))
    patch = {'schemas': schemas, 'Operations': [operation]}
    PatchOp[User].model_validate(patch, scim_ctx=Context.RESOURCE_PATCH_REQUEST).patch(person)
    print('scim2-models', person.display_name)
PY
{ node case.mjs && venv/bin/python case.py; } | sed 's/ *$//' >seen

diff - seen <<'EXPECTED'
scim-patch Ada Berg
SCIMMY Ada Berg
scim-patch Ada Ek Ada Berg
SCIMMY invalidPath
scim-patch Ada Ek Ada Berg
SCIMMY invalidPath
scim2-models Ada Berg
scim2-models Ada Berg
scim2-models Ada Berg
EXPECTED
echo 'as described'
