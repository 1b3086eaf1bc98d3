#!/usr/bin/env bash
# mozilla-django-oidc makes a second account of whoever changes their address, and signs in nobody who keeps it to themselves
#
# Package    PyPI mozilla-django-oidc 5.0.2 on Django 5.2.19; for comparison PyPI django-allauth 65.22.1
# Behaviour  People are looked up by the claim `email` and by nothing else; `sub` is stored nowhere. Another address is
#            another account, the old one stays behind with all that is in it. Without the claim: no sign-in.
# Good guess OpenID Connect Core, section 5.7: `sub` and `iss` are the only claims that a person may be found by, since
#            addresses change; a library of Mozilla's that many rely on keeps to it, as django-allauth does.
# Seen       same sub, new address: two accounts; no address: refused; django-allauth: the same account
# Bites      A provider where people change their address, or don't share it with every company: at companies on Django
#            their orders are gone. filter_users_by_claims, verify_claims and create_user of an own backend mend it.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check mozilla-django-oidc==5.0.2 django==5.2.19 \
  'django-allauth[socialaccount]==65.22.1'

cat >case.py <<'PY'
import logging

import django
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.management import call_command

issuer = 'https://sign-in.example.com'
settings.configure(
    SECRET_KEY='only for this demonstration',
    DATABASES={'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}},
    INSTALLED_APPS=[
        'django.contrib.contenttypes', 'django.contrib.auth', 'django.contrib.sessions', 'django.contrib.messages',
        'mozilla_django_oidc', 'allauth', 'allauth.account', 'allauth.socialaccount',
        'allauth.socialaccount.providers.openid_connect',
    ],
    MIDDLEWARE=['allauth.account.middleware.AccountMiddleware'],
    OIDC_OP_TOKEN_ENDPOINT=f'{issuer}/token', OIDC_OP_USER_ENDPOINT=f'{issuer}/me', OIDC_OP_JWKS_ENDPOINT=f'{issuer}/jwks',
    OIDC_RP_CLIENT_ID='shop', OIDC_RP_CLIENT_SECRET='s', OIDC_RP_SIGN_ALGO='ES256', USE_TZ=True,
)
logging.disable(logging.CRITICAL)
django.setup()
call_command('migrate', verbosity=0)

from django.contrib.auth import get_user_model
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

people = get_user_model().objects


def signed_in(claims):
    backend = OIDCAuthenticationBackend()
    # What the provider's userinfo answers, once its tokens were checked.
    backend.get_userinfo = lambda *_: claims
    try:
        return f'account {backend.get_or_create_user("a", "t", {"sub": claims["sub"]}).pk}'
    except SuspiciousOperation as error:
        return f'refused: {error}'


for named, claims in (
    ('first', {'sub': '1', 'email': 'ada@example.com'}),
    ('again', {'sub': '1', 'email': 'Ada@Example.com'}),
    ('new address', {'sub': '1', 'email': 'ada@example.org'}),
    ('not shared', {'sub': '1'}),
):
    print(named, '|', signed_in(claims), '| accounts', people.count())

from allauth.socialaccount.models import SocialAccount, SocialApp
from django.test import RequestFactory

people.all().delete()
app = SocialApp(provider='openid_connect', provider_id='group', name='Group', client_id='shop', settings={'server_url': issuer})
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider

for named, claims in (
    ('first', {'sub': '1', 'email': 'ada@example.com'}),
    ('new address', {'sub': '1', 'email': 'ada@example.org'}),
    ('not shared', {'sub': '1'}),
):
    request = RequestFactory().get('/')
    request.session = {}
    login = OpenIDConnectProvider(request, app=app).sociallogin_from_response(request, claims)
    login.lookup()
    if not login.is_existing:
        login.user.username = 'ada'
        login.save(request)
    print('django-allauth,', named, '| account', SocialAccount.objects.get(uid='1').pk, '| accounts', people.count())
PY
venv/bin/python case.py >seen

diff - seen <<'EXPECTED'
first | account 1 | accounts 1
again | account 1 | accounts 1
new address | account 2 | accounts 2
not shared | refused: Claims verification failed | accounts 2
django-allauth, first | account 1 | accounts 1
django-allauth, new address | account 1 | accounts 1
django-allauth, not shared | account 1 | accounts 1
EXPECTED
echo 'as described'
