#!/usr/bin/env bash
# fido2-lib forgets the rpId that it was made with: a passkey of the whole domain is refused on each of its hosts
#
# Package    npm fido2-lib 3.5.9; for comparison npm @simplewebauthn/server 14.0.3
# Behaviour  new Fido2Lib({rpId}) puts it into the options that browsers get. The check of the answer takes the host of the
#            origin in its place, unless the expectations of that one call name `rpId` once more.
# Good guess What the library was set up with holds for both halves; at least the options and the check of one instance
#            agree.
# Seen       rpId example.com, origin https://login.example.com: "authnrData rpIdHash mismatch"; named again: taken
# Bites      Whoever signs people in on login.example.com with passkeys for example.com, the usual case in a group: nobody
#            gets in, while tests on localhost or on the bare domain pass.
# Date       1 December 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 fido2-lib@3.5.9 @simplewebauthn/server@14.0.3
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { verifyAuthenticationResponse } from '@simplewebauthn/server'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import { Fido2Lib } from 'fido2-lib'

const rpId = 'example.com'
const id = Buffer.from('a passkey of the domain')
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const sha256 = (data) => createHash('sha256').update(data).digest()
const buffer = (bytes) => new Uint8Array(bytes).buffer

const library = new Fido2Lib({ rpId })
const options = await library.assertionOptions()
console.log('options', options.rpId)
const challenge = Buffer.from(options.challenge).toString('base64url')

for (const origin of ['https://example.com', 'https://login.example.com']) {
  /** Somebody was there and was verified (bits 0 and 2). */
  const authenticatorData = Buffer.concat([sha256(rpId), Buffer.from([0b101, 0, 0, 0, 0])])
  const clientData = Buffer.from(JSON.stringify({ type: 'webauthn.get', challenge, origin, crossOrigin: false }))
  const signature = sign('sha256', Buffer.concat([authenticatorData, sha256(clientData)]), privateKey)
  const checked = (more) =>
    library
      .assertionResult(
        {
          id: buffer(id),
          rawId: buffer(id),
          response: { clientDataJSON: buffer(clientData), authenticatorData: buffer(authenticatorData), signature: buffer(signature) },
        },
        {
          challenge,
          origin,
          factor: 'either',
          publicKey: publicKey.export({ type: 'spki', format: 'pem' }),
          prevCounter: 0,
          userHandle: null,
          ...more,
        },
      )
      .then(() => 'taken', ({ message }) => message)
  console.log(origin, '| fido2-lib |', await checked({}))
  console.log(origin, '| fido2-lib, rpId again |', await checked({ rpId }))

  const { x, y } = publicKey.export({ format: 'jwk' })
  const point = (written) => new Uint8Array(Buffer.from(written, 'base64url'))
  const written = (bytes) => bytes.toString('base64url')
  const { verified } = await verifyAuthenticationResponse({
    response: {
      id: written(id),
      rawId: written(id),
      type: 'public-key',
      response: { clientDataJSON: written(clientData), authenticatorData: written(authenticatorData), signature: written(signature) },
      clientExtensionResults: {},
    },
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rpId,
    credential: {
      id: written(id),
      publicKey: isoCBOR.encode(new Map([[1, 2], [3, -7], [-1, 1], [-2, point(x)], [-3, point(y)]])),
      counter: 0,
    },
  })
  console.log(origin, '| SimpleWebAuthn |', verified)
}
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
options example.com
https://example.com | fido2-lib | taken
https://example.com | fido2-lib, rpId again | taken
https://example.com | SimpleWebAuthn | true
https://login.example.com | fido2-lib | authnrData rpIdHash mismatch
https://login.example.com | fido2-lib, rpId again | taken
https://login.example.com | SimpleWebAuthn | true
EXPECTED
echo 'as described'
