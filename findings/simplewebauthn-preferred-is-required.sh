#!/usr/bin/env bash
# @simplewebauthn/server offers a sign-in without a PIN by default and refuses it by default; py_webauthn takes it
#
# Package    npm @simplewebauthn/server 14.0.3; for comparison PyPI webauthn 3.0.1
# Behaviour  The options that it makes say userVerification "preferred". Its verifiers demand that the person was verified
#            unless requireUserVerification: false is said there too.
# Good guess Options and verifier are two halves of one thing and share their default. "preferred" means (WebAuthn, section
#            5.8.6) that the ceremony does not fail without; py_webauthn has it so.
# Seen       options of both: preferred; the same answer without user verification: refused | taken
# Bites      Whoever keeps the defaults: all goes well with phones and laptops, while people with a security key that has no
#            PIN can't sign in, though the browser and the key said that all was well.
# Date       30 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 @simplewebauthn/server@14.0.3
export PATH="$work/node_modules/.bin:$PATH"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check webauthn==3.0.1

cat >case.mjs <<'JS'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { generateAuthenticationOptions, verifyAuthenticationResponse } from '@simplewebauthn/server'
import { isoCBOR } from '@simplewebauthn/server/helpers'

const [rpID, origin, id] = ['example.com', 'https://example.com', Buffer.from('a key without a PIN').toString('base64url')]
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const { x, y } = publicKey.export({ format: 'jwk' })
const point = (written) => new Uint8Array(Buffer.from(written, 'base64url'))
const key = isoCBOR.encode(new Map([[1, 2], [3, -7], [-1, 1], [-2, point(x)], [-3, point(y)]]))
const sha256 = (data) => createHash('sha256').update(data).digest()

const options = await generateAuthenticationOptions({ rpID })
console.log('SimpleWebAuthn', options.userVerification)

/** Somebody was there (bit 0); nobody was asked who (bit 2). */
const authenticatorData = Buffer.concat([sha256(rpID), Buffer.from([0b1, 0, 0, 0, 1])])
const clientData = Buffer.from(JSON.stringify({ type: 'webauthn.get', challenge: options.challenge, origin }))
const response = {
  id,
  rawId: id,
  type: 'public-key',
  response: {
    authenticatorData: authenticatorData.toString('base64url'),
    clientDataJSON: clientData.toString('base64url'),
    signature: sign('sha256', Buffer.concat([authenticatorData, sha256(clientData)]), privateKey).toString('base64url'),
  },
  clientExtensionResults: {},
}
const verified = (named) =>
  verifyAuthenticationResponse({
    response,
    expectedChallenge: options.challenge,
    expectedOrigin: origin,
    expectedRPID: rpID,
    credential: { id, publicKey: key, counter: 0 },
    ...named,
  }).then(({ verified }) => verified, ({ message }) => message)

console.log('SimpleWebAuthn', await verified({}))
console.log('SimpleWebAuthn, false said', await verified({ requireUserVerification: false }))
writeFileSync('answer.json', JSON.stringify({ response, challenge: options.challenge, key: Buffer.from(key).toString('base64url') }))
JS
cat >case.py <<'PY'
import json

from webauthn import base64url_to_bytes, generate_authentication_options, verify_authentication_response

answer = json.load(open('answer.json'))
print('py_webauthn', generate_authentication_options(rp_id='example.com').user_verification.value)
verified = verify_authentication_response(
    credential=answer['response'],
    expected_challenge=base64url_to_bytes(answer['challenge']),
    expected_rp_id='example.com',
    expected_origin='https://example.com',
    credential_public_key=base64url_to_bytes(answer['key']),
    credential_current_sign_count=0,
)
print('py_webauthn verified, and the person', verified.user_verified)
PY
{ node case.mjs && venv/bin/python case.py; } >seen

diff - seen <<'EXPECTED'
SimpleWebAuthn preferred
SimpleWebAuthn User verification required, but user could not be verified
SimpleWebAuthn, false said true
py_webauthn preferred
py_webauthn verified, and the person False
EXPECTED
echo 'as described'
