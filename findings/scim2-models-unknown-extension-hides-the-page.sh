#!/usr/bin/env bash
# scim2-models reads nobody of a page on which one person has an extension that it was not told of
#
# Package    PyPI scim2-models 0.12.3; for comparison npm scimmy 1.3.5
# Behaviour  An answer read as `User` raises ValidationError for an attribute or extension that the class has not, also for
#            a URN that only stands in `schemas`, and for the standard enterprise extension. As a page is one model,
#            everybody on it is lost.
# Good guess Who reads an answer leaves out what it does not know: RFC 7643, section 3 has `schemas` so that a resource may
#            carry more than its base. SCIMMY leaves it out.
# Seen       2 people without an extension; none as soon as one of them has one; read as User[EnterpriseUser]: 2
# Bites      Companies that read their people in Python: on the day on which the provider adds an extension, even an empty
#            one for one person, their synchronisation stops.
# Date       1 December 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 scimmy@1.3.5
export PATH="$work/node_modules/.bin:$PATH"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check scim2-models==0.12.3

cat >answers.json <<'JSON'
{
  "no extension": {},
  "enterprise": {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Sales" }
  },
  "own": {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:example:shop:2.0:User"],
    "urn:example:shop:2.0:User": { "customerNumber": "7" }
  },
  "own, without a value": {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", "urn:example:shop:2.0:User"]
  }
}
JSON
cat >case.py <<'PY'
import json

from pydantic import ValidationError
from scim2_models import Context, EnterpriseUser, ListResponse, User

schemas = ['urn:ietf:params:scim:schemas:core:2.0:User']


def people_read(model, more):
    answer = {
        'schemas': ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
        'totalResults': 2,
        'Resources': [
            {'schemas': schemas, 'id': '1', 'userName': 'bo'},
            {'schemas': schemas, 'id': '2', 'userName': 'ada', **more},
        ],
    }
    try:
        return len(ListResponse[model].model_validate(answer, scim_ctx=Context.RESOURCE_QUERY_RESPONSE).resources)
    except ValidationError as error:
        return error.errors()[0]['type']


for named, more in json.load(open('answers.json')).items():
    print(named, '| User', people_read(User, more), '| User[EnterpriseUser]', people_read(User[EnterpriseUser], more))
PY
cat >case.mjs <<'JS'
import { readFileSync } from 'node:fs'
import SCIMMY from 'scimmy'

for (const [named, more] of Object.entries(JSON.parse(readFileSync('answers.json', 'utf8'))))
  console.log(named, '| SCIMMY', new SCIMMY.Schemas.User({ id: '2', userName: 'ada', ...more }).userName)
JS
{ venv/bin/python case.py && node case.mjs; } >seen

diff - seen <<'EXPECTED'
no extension | User 2 | User[EnterpriseUser] 2
enterprise | User extra_forbidden | User[EnterpriseUser] 2
own | User extra_forbidden | User[EnterpriseUser] extra_forbidden
own, without a value | User unknown_extension_schema | User[EnterpriseUser] unknown_extension_schema
no extension | SCIMMY ada
enterprise | SCIMMY ada
own | SCIMMY ada
own, without a value | SCIMMY ada
EXPECTED
echo 'as described'
