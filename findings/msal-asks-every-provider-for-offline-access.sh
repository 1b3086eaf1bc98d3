#!/usr/bin/env bash
# MSAL, told that the provider is not Microsoft's, asks it for offline_access all the same, and leaves the user name empty
#
# Package    npm @azure/msal-node 7.2.3
# Behaviour  With `protocolMode: 'OIDC'`, which is for other providers, each request has `openid profile offline_access` beside
#            the scopes that were named, whether the metadata list them or not, and a claims parameter with three claims of
#            Entra ID's. Userinfo is not asked; `username` is filled from preferred_username and Microsoft's own claims
#            alone, so that it is empty where the ID token has `email`. The secret goes into the body, though the metadata
#            take it in the header alone.
# Good guess A mode for OpenID Connect sends what was named and `openid`; what the provider says of itself is why its metadata
#            are read; the user name of somebody with an address is not empty.
# Seen       asked for email: email openid profile offline_access; metadata with neither; username empty, email in the claims
# Bites      A provider that refuses a scope a client may not have, or asks people about staying signed in: everybody is
#            refused, or asked, at companies on MSAL. Leave such a scope out instead of refusing (RFC 6749, section 3.3).
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 @azure/msal-node@7.2.3
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { ConfidentialClientApplication } from '@azure/msal-node'

const issuer = 'https://sign-in.example.com'
const metadata = {
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
  userinfo_endpoint: `${issuer}/me`,
  end_session_endpoint: `${issuer}/session/end`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['ES256'],
  scopes_supported: ['openid', 'email'],
  claims_parameter_supported: false,
  token_endpoint_auth_methods_supported: ['client_secret_basic'],
}
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const now = Math.floor(Date.now() / 1000)
const claims = { iss: issuer, sub: '1', aud: 'shop', iat: now, exp: now + 300, email: 'ada@example.com' }
const tokens = {
  access_token: 'a',
  token_type: 'Bearer',
  expires_in: 600,
  scope: 'openid email',
  id_token: [part({ alg: 'ES256' }), part(claims), 'x'].join('.'),
}
const asked = []
const answered = (url, body, sent = {}) => {
  asked.push({ path: new URL(url).pathname, ...sent })
  return { status: 200, headers: {}, body }
}
const shop = new ConfidentialClientApplication({
  auth: {
    clientId: 'shop',
    clientSecret: 'only for this demonstration',
    authority: issuer,
    knownAuthorities: ['sign-in.example.com'],
    authorityMetadata: JSON.stringify(metadata),
  },
  system: {
    protocolMode: 'OIDC',
    networkClient: {
      sendGetRequestAsync: async (url) => answered(url, metadata),
      sendPostRequestAsync: async (url, sent) => answered(url, tokens, sent),
    },
  },
})
const request = { scopes: ['email'], redirectUri: 'https://shop.example.com/callback' }
const sent = new URL(await shop.getAuthCodeUrl(request)).searchParams
console.log('asked for |', sent.get('scope'), '|', Object.keys(JSON.parse(sent.get('claims')).id_token).join(' '))
const { account } = await shop.acquireTokenByCode({ ...request, code: 'c' })
console.log('account |', JSON.stringify(account.username), account.idTokenClaims.email)
const [token] = asked.filter(({ path }) => path === '/token')
console.log('secret in body', new URLSearchParams(token.body).has('client_secret'), '| Basic', 'Authorization' in token.headers)
console.log('userinfo asked', asked.some(({ path }) => path === '/me'))
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
asked for | email openid profile offline_access | signin_state login_hint tenant_region_sub_scope
account | "" ada@example.com
secret in body true | Basic false
userinfo asked false
EXPECTED
echo 'as described'
