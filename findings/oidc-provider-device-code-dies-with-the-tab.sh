#!/usr/bin/env bash
# A device code of oidc-provider can't be typed again once it was confirmed, though nobody has signed in
#
# Package    npm oidc-provider 9.13.3 (deviceFlow)
# Behaviour  "Yes, this is my device" marks the code as in flight before the sign-in page comes. Whoever then closes the
#            tab, or goes on in another browser, is told that the code was already used; the device hears
#            authorization_pending until the code expires (10 minutes), and shows the same dead code all that time.
# Good guess The code can be typed until somebody has signed in or declined; or the device is told that it is over.
# Seen       first visit: confirm, then sent to sign in; second visit: AlreadyUsedError; device: authorization_pending
# Bites      People who confirm on a phone, find that the password is on the computer, and type the code there.
# Date       28 November 2026

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export TZ=UTC
npm init -y >/dev/null
npm install --silent --no-audit --no-fund node@24.21.0 oidc-provider@9.13.3
export PATH="$work/node_modules/.bin:$PATH"

cat >case.mjs <<'JS'
import { once } from 'node:events'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'

for (const log of ['info', 'warn']) console[log] = () => {}
const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
const provider = new Provider('http://localhost', {
  clients: [{ client_id: 'tv', client_secret: 'secret', redirect_uris: [], response_types: [], grant_types: [grant_type] }],
  cookies: { keys: ['only for this demonstration'] },
  features: {
    devInteractions: { enabled: false },
    deviceFlow: {
      enabled: true,
      userCodeInputSource: (ctx, form, _out, error) => {
        ctx.body = `${form}<p>${error?.name ?? 'type it'}</p>`
      },
      userCodeConfirmSource: (ctx, form) => {
        ctx.body = `${form}<p>confirm</p>`
      },
    },
  },
})
const server = createServer(provider.callback()).listen(0, '127.0.0.1')
await once(server, 'listening')
const at = (path) => `http://127.0.0.1:${server.address().port}${path}`

const device = async (path, form) => {
  const response = await fetch(at(path), {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('tv:secret')}` },
    body: new URLSearchParams(form),
  })
  return response.json()
}

/** A browser of its own: opens the page, types the code, and confirms if it is asked to. */
const visit = async (user_code) => {
  const cookies = new Map()
  let xsrf
  const page = async (form) => {
    const response = await fetch(at('/device'), {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { cookie: [...cookies].map((pair) => pair.join('=')).join('; ') },
      body: form && new URLSearchParams({ xsrf, ...form }),
    })
    for (const cookie of response.headers.getSetCookie()) cookies.set(...cookie.split(';')[0].split('='))
    const text = await response.text()
    xsrf = /name="xsrf" value="([^"]+)"/.exec(text)?.[1]
    const to = response.headers.get('location')
    return to ? `sent to ${to.split('/')[1]}` : /<p>(.*)<\/p>/.exec(text)?.[1]
  }
  const said = [await page(), await page({ user_code })]
  if (said.at(-1) === 'confirm') said.push(await page({ user_code, confirm: 'yes' }))
  return said.join(', ')
}

const { device_code, user_code } = await device('/device/auth', {})
console.log('first:', await visit(user_code))
console.log('second:', await visit(user_code))
console.log('device:', (await device('/token', { grant_type, device_code })).error)
server.close()
server.closeAllConnections()
JS
node case.mjs >seen

diff - seen <<'EXPECTED'
first: type it, confirm, sent to interaction
second: type it, AlreadyUsedError
device: authorization_pending
EXPECTED
echo 'as described'
