#!/usr/bin/env bash
# passport-openidconnect asks userinfo only for a callback with nine parameters, and drops whether an address is verified
#
# Package    npm passport-openidconnect 0.1.2
# Behaviour  `userInfoURL` is given, the scopes too; whether userinfo is asked is told by how many parameters the function
#            for `verify` declares. With three to eight the profile is what the ID token holds. `skipUserProfile: false` has
#            it asked always, but in a profile made of it an address has only its `value`: email_verified is dropped. It
#            stands in `_json`, which only the form with nine parameters gets.
# Good guess The parameters that a callback declares are those it wants to be handed; userinfo is asked because its address
#            is there, and what it says of an address being verified is in the profile, as with passport-google-oauth20.
# Seen       3, 4 and 8 parameters: userinfo not asked, the profile an id; 9: asked, name, address and email_verified; 3 with
#            skipUserProfile: false: asked, name and address, nothing of verified
# Bites      A provider that keeps ID tokens free of personal details: whoever shortens the callback of the examples loses
#            everybody's name and address. Say so in the guide for relying parties.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 passport-openidconnect@0.1.2 jose@6.2.18
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { createServer } from 'node:http'
import { SignJWT } from 'jose'
import Strategy from 'passport-openidconnect'

const key = new TextEncoder().encode('only for this demonstration, 32 b')
const person = { sub: '1', name: 'Ada', email: 'ada@example.com', email_verified: true }
let asked = false
const server = createServer(async (request, answer) => {
  const isToken = request.url === '/token'
  if (!isToken) asked = true
  const idToken = new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).setSubject('1').setIssuer(issuer).setAudience('shop')
  const tokens = async () => ({
    access_token: 'a',
    token_type: 'Bearer',
    id_token: await idToken.setIssuedAt().setExpirationTime('5m').sign(key),
  })
  answer.setHeader('content-type', 'application/json').end(JSON.stringify(isToken ? await tokens() : person))
}).listen(0, '127.0.0.1')
await new Promise((ready) => server.once('listening', ready))
const issuer = `http://127.0.0.1:${server.address().port}`

const settings = {
  issuer,
  authorizationURL: `${issuer}/auth`,
  tokenURL: `${issuer}/token`,
  userInfoURL: `${issuer}/me`,
  clientID: 'shop',
  clientSecret: 'only for this demonstration',
  callbackURL: 'https://shop.example.com/callback',
  scope: ['profile', 'email'],
  store: { verify: (request, state, done) => done(null, {}) },
}
const show = async (verify, more) => {
  asked = false
  const profile = await new Promise((success, error) => {
    const strategy = Object.assign(new Strategy({ ...settings, ...more }, verify), { success, error, fail: error })
    strategy.authenticate({ query: { code: 'c', state: 's' } })
  })
  const { displayName, emails } = profile
  const verified = JSON.stringify(profile).includes('verified')
  const told = [asked ? 'asked' : 'not asked', displayName, emails?.[0].value, verified ? 'verified said' : 'verified not said']
  console.log(verify.length, JSON.stringify(more ?? {}), '|', told.join(', '))
}

const three = (issuer, profile, done) => done(null, profile)
await show(three)
await show((issuer, profile, context, done) => done(null, profile))
await show((issuer, profile, context, idToken, access, refresh, params, done) => done(null, profile))
await show((issuer, profile, idProfile, context, idToken, access, refresh, params, done) => done(null, profile))
await show(three, { skipUserProfile: false })
server.close()
JS
node --no-deprecation case.mjs >seen

diff - seen <<'EXPECTED'
3 {} | not asked, , , verified not said
4 {} | not asked, , , verified not said
8 {} | not asked, , , verified not said
9 {} | asked, Ada, ada@example.com, verified said
3 {"skipUserProfile":false} | asked, Ada, ada@example.com, verified not said
EXPECTED
echo 'as described'
