#!/usr/bin/env bash
# A page of people can't be read by scim2-models where one of them has an address like ada..ek@docomo.ne.jp
#
# Package    PyPI scim2-models 0.12.3
# Behaviour  `emails.value` of an answer is validated as strictly as a form's field: two dots in a row, a dot before the
#            @, a domain with `_` or one under .local raise ValidationError. As a list is one model, everybody else on
#            the page is lost with that person.
# Good guess RFC 7643, section 4.1.2 only says that the value SHOULD be an address of RFC 5321: whoever reads what a
#            server holds takes it as it is, or drops that one value.
# Seen       ada@example.com: 2 people; ada..ek@docomo.ne.jp, ek.@ezweb.ne.jp, ada@corp.local: nobody
# Bites      A provider with people in Japan, whose mobile carriers gave out such addresses for years, or of companies
#            with an Active Directory under .local: a company that reads its people in Python gets no one of the page.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check scim2-models==0.12.3

cat >case.py <<'PY'
from pydantic import ValidationError
from scim2_models import Context, ListResponse, User

schemas = ['urn:ietf:params:scim:schemas:core:2.0:User']


def people_read(address):
    answer = {
        'schemas': ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
        'totalResults': 2,
        'Resources': [
            {'schemas': schemas, 'id': '1', 'userName': 'bo', 'emails': [{'value': 'bo@example.com'}]},
            {'schemas': schemas, 'id': '2', 'userName': 'ada', 'emails': [{'value': address}]},
        ],
    }
    try:
        return len(ListResponse[User].model_validate(answer, scim_ctx=Context.RESOURCE_QUERY_RESPONSE).resources)
    except ValidationError as error:
        return error.errors()[0]['loc']


for address in ('ada@example.com', 'ada..ek@docomo.ne.jp', 'ek.@ezweb.ne.jp', 'ada@corp.local', 'ada@ex_ample.com'):
    print(address, people_read(address))
PY
venv/bin/python case.py >seen

diff - seen <<'EXPECTED'
ada@example.com 2
ada..ek@docomo.ne.jp ('Resources', 1, 'emails', 0, 'value')
ek.@ezweb.ne.jp ('Resources', 1, 'emails', 0, 'value')
ada@corp.local ('Resources', 1, 'emails', 0, 'value')
ada@ex_ample.com ('Resources', 1, 'emails', 0, 'value')
EXPECTED
echo 'as described'
