#!/usr/bin/env bash
# A member who is added to a SCIM group again is in it twice with SCIMMY; scim-patch and scim2-models look at the whole element
#
# Package    npm scimmy 1.3.5; for comparison npm scim-patch 0.8.3 and PyPI scim2-models 0.12.3
# Behaviour  SCIMMY appends whatever `add` brings. The two others leave out an element that is equal in every sub-attribute
#            (scim-patch not without `path`): as soon as the stored member has a `display` or `type` and the request only
#            the `value`, the person is in the group twice there too.
# Good guess RFC 7644 3.5.2.1: a value that is there already is not added and nothing changes. Members are told apart by
#            `value`, the identifier, which RFC 7643 4.2 gives them for that.
# Seen       the same value: scimmy 3 members of 2 people, the others 2; stored with a display name: 3, 3, 3
# Bites      A provider that sends a membership again after a lost answer, as it should: groups list people twice, limits
#            on seats count them twice, and a removal by position or of the first match leaves one behind.
# Date       1 December 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 scimmy@1.3.5 scim-patch@0.8.3
export PATH="$work/node_modules/.bin:$PATH"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check scim2-models==0.12.3

cat >case.mjs <<'JS'
import SCIMMY from 'scimmy'
import { scimPatch } from 'scim-patch'

const patch = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
const group = (stored) => ({ id: 'g', displayName: 'Buyers', members: [{ ...stored }, { value: '2' }] })

for (const [named, stored] of [['value alone', { value: '1' }], ['with display', { value: '1', display: 'Ada' }]]) {
  for (const [form, operation] of [
    ['path', { op: 'add', path: 'members', value: [{ value: '1' }] }],
    ['no path', { op: 'add', value: { members: [{ value: '1' }] } }],
  ]) {
    const request = () => ({ schemas: [patch], Operations: [structuredClone(operation)] })
    const now = await new SCIMMY.Messages.PatchOp(request()).apply(new SCIMMY.Schemas.Group(group(stored)))
    console.log(named, '|', form, '| scimmy', now.members.length)
    console.log(named, '|', form, '| scim-patch', scimPatch({ schemas: [], ...group(stored) }, request().Operations).members.length)
  }
}
JS
cat >case.py <<'PY'
from scim2_models import Group, PatchOp

for named, stored in (('value alone', {'value': '1'}), ('with display', {'value': '1', 'display': 'Ada'})):
    for form, operation in (
        ('path', {'op': 'add', 'path': 'members', 'value': [{'value': '1'}]}),
        ('no path', {'op': 'add', 'value': {'members': [{'value': '1'}]}}),
    ):
        group = Group(display_name='Buyers', members=[Group.Members(**stored), Group.Members(value='2')])
        PatchOp[Group].model_validate({'schemas': ['urn:ietf:params:scim:api:messages:2.0:PatchOp'], 'Operations': [operation]}).patch(group)
        print(named, '|', form, '| scim2-models', len(group.members))
PY
{ node case.mjs && venv/bin/python case.py; } >seen

diff - seen <<'EXPECTED'
value alone | path | scimmy 3
value alone | path | scim-patch 2
value alone | no path | scimmy 3
value alone | no path | scim-patch 3
with display | path | scimmy 3
with display | path | scim-patch 3
with display | no path | scimmy 3
with display | no path | scim-patch 3
value alone | path | scim2-models 2
value alone | no path | scim2-models 2
with display | path | scim2-models 3
with display | no path | scim2-models 3
EXPECTED
echo 'as described'
