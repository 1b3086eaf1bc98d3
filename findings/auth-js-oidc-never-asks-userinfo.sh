#!/usr/bin/env bash
# Auth.js knows nobody's name or address from a provider that answers them where OpenID Connect says: at userinfo
#
# Package    npm @auth/core 0.41.3 (next-auth 5, @auth/express, @auth/sveltekit are built on it)
# Behaviour  A provider of `type: 'oidc'` has its profile read from the ID token alone. The userinfo endpoint of its
#            metadata is not asked unless `idToken: false` is said, which no name suggests.
# Good guess OpenID Connect Core, section 5.4: where there is an access token, the claims of the scopes profile and email
#            come from userinfo. A library that asks for `openid profile email` unbidden goes and gets them.
# Seen       userinfo not asked: name and email undefined; with idToken: false: asked once, Ada, ada@example.com
# Bites      A provider that keeps ID tokens small and free of personal details: companies on Next.js see people without a
#            name and address, though these consented to both. Say so in the guide for relying parties.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 @auth/core@0.41.3 jose@6.2.18
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { Auth, customFetch, skipCSRFCheck } from '@auth/core'
import { generateKeyPair, SignJWT } from 'jose'

const issuer = 'https://sign-in.example.com'
const metadata = {
  issuer,
  authorization_endpoint: `${issuer}/auth`,
  token_endpoint: `${issuer}/token`,
  userinfo_endpoint: `${issuer}/me`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
}
const { privateKey } = await generateKeyPair('RS256')
const idToken = new SignJWT({}).setProtectedHeader({ alg: 'RS256' }).setSubject('1').setIssuer(issuer)
const signed = await idToken.setAudience('shop').setIssuedAt().setExpirationTime('5m').sign(privateKey)

/** The provider: what goes to it ends here. */
const signInBy = async (named) => {
  let asked = 0
  const answers = {
    '/.well-known/openid-configuration': () => metadata,
    '/token': () => ({ access_token: 'a', token_type: 'Bearer', id_token: signed }),
    '/me': () => {
      asked += 1
      return { sub: '1', name: 'Ada', email: 'ada@example.com' }
    },
  }
  const provider = async (url) => Response.json(answers[new URL(url).pathname]())
  let seen
  const config = {
    basePath: '/auth',
    secret: 'only for this demonstration',
    trustHost: true,
    skipCSRFCheck,
    providers: [
      { id: 'group', name: 'Group', type: 'oidc', issuer, clientId: 'shop', clientSecret: 's', ...named, [customFetch]: provider },
    ],
    callbacks: {
      signIn: ({ user }) => {
        seen = user
        return true
      },
    },
  }
  const begun = await Auth(new Request('https://shop.example.com/auth/signin/group', { method: 'POST' }), config)
  const to = new URL(begun.headers.get('location'))
  const cookie = begun.headers.getSetCookie().map((each) => each.split(';')[0]).join('; ')
  const back = new URL('https://shop.example.com/auth/callback/group?code=c')
  if (to.searchParams.has('state')) back.searchParams.set('state', to.searchParams.get('state'))
  await Auth(new Request(back, { headers: { cookie } }), config)
  console.log(to.searchParams.get('scope'), '| userinfo asked', asked, '|', seen.name, seen.email)
}

await signInBy({})
await signInBy({ idToken: false })
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
openid profile email | userinfo asked 0 | undefined undefined
openid profile email | userinfo asked 1 | Ada ada@example.com
EXPECTED
echo 'as described'
