#!/usr/bin/env bash
# scim-patch leaves a person in the group that they were removed from, if the group knows their name
#
# Package    npm scim-patch 0.8.3; for comparison npm scimmy 1.3.5
# Behaviour  {"op":"remove","path":"members","value":[{"value":"1"}]} takes out elements that are equal to the given one in
#            every sub-attribute. A member that is stored with `display`, `type` or `$ref` equals none, stays, and nothing
#            is raised. The filtered path members[value eq "1"] takes them out.
# Good guess Who takes this form at all (RFC 7644 has no value in a removal; large directories send it) takes it for the
#            person with that `value`, as SCIMMY does.
# Seen       stored as {"value":"1","display":"Ada"}: scim-patch ["1","2"], scimmy ["2"]
# Bites      A company that takes groups from its directory: whoever was taken out of a group there keeps its rights here,
#            and the directory was told that all went well.
# Date       1 December 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 scim-patch@0.8.3 scimmy@1.3.5
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import SCIMMY from 'scimmy'
import { scimPatch } from 'scim-patch'

const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp']
const left = ({ members }) => JSON.stringify(members.map(({ value }) => value))

for (const stored of [{ value: '1' }, { value: '1', display: 'Ada' }, { value: '1', type: 'User' }])
  for (const operation of [
    { op: 'remove', path: 'members', value: [{ value: '1' }] },
    { op: 'remove', path: 'members[value eq "1"]' },
  ]) {
    const group = () => ({ schemas: [], id: 'g', displayName: 'Buyers', members: [{ ...stored }, { value: '2' }] })
    const said = `${Object.keys(stored)} | ${operation.path}`
    console.log(said, '| scim-patch', left(scimPatch(group(), [structuredClone(operation)])))
    const { schemas: _, ...theirs } = group()
    const message = new SCIMMY.Messages.PatchOp({ schemas, Operations: [structuredClone(operation)] })
    console.log(said, '| scimmy', left(await message.apply(new SCIMMY.Schemas.Group(theirs))))
  }
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
value | members | scim-patch ["2"]
value | members | scimmy ["2"]
value | members[value eq "1"] | scim-patch ["2"]
value | members[value eq "1"] | scimmy ["2"]
value,display | members | scim-patch ["1","2"]
value,display | members | scimmy ["2"]
value,display | members[value eq "1"] | scim-patch ["2"]
value,display | members[value eq "1"] | scimmy ["2"]
value,type | members | scim-patch ["1","2"]
value,type | members | scimmy ["2"]
value,type | members[value eq "1"] | scim-patch ["2"]
value,type | members[value eq "1"] | scimmy ["2"]
EXPECTED
echo 'as described'
