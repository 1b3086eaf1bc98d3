#!/usr/bin/env bash
# z.jwt() refuses every token that says what it is
#
# Package    npm zod 4.6.7
# Behaviour  A header's `typ` must be exactly "JWT" or absent. at+jwt (RFC 9068), logout+jwt (back-channel logout),
#            secevent+jwt (RFC 8417) and "jwt" in small letters are "Invalid JWT".
# Good guess It checks the shape: three parts, JSON, an algorithm; `typ` is a media type, compared without regard to case.
# Seen       JWT true, none true, jwt false, at+jwt false, logout+jwt false, secevent+jwt false
# Bites      Whoever describes a logout or event endpoint's body with z.jwt(): each sign-out that another company sends
#            is answered with 400, and only tokens of the weaker, untyped kind come through.
# Date       28 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 zod@4.6.7
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { z } from 'zod'

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
for (const typ of ['JWT', undefined, 'jwt', 'at+jwt', 'logout+jwt', 'secevent+jwt'])
  console.log(typ ?? 'none', z.jwt().safeParse(`${part({ alg: 'ES256', typ })}.${part({ iss: 'x' })}.AAAA`).success)
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
JWT true
none true
jwt false
at+jwt false
logout+jwt false
secevent+jwt false
EXPECTED
echo 'as described'
