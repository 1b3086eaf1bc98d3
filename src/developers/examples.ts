/** One thing to copy, and what is answered. Its prose is `developers.examples.<id>`. */
export interface Example {
  id: string
  parts: { file?: string; code: string; answer?: string }[]
}

interface Here {
  issuer: string
  /** A company's id, or what stands for one. */
  company: string
  isDevelopment: boolean
}

const home = 'http://localhost:4000'

/** In the order in which an engineer meets them; each goes on with the variables of those before. */
export const examplesFor = (here: Here): Example[] => [
  {
    id: 'service',
    parts: [
      { file: `config/companies/${here.company}.yaml`, code: service },
      { file: 'receiver.mjs', code: receiverFor(here.issuer) },
    ],
  },
  { id: 'variables', parts: [{ code: variablesFor(here) }] },
  { id: 'token', parts: [{ code: token, answer: tokenAnswer }] },
  {
    id: 'claim',
    parts: [
      { code: begin, answer: `${home}/callback?code=…&iss=${here.issuer}` },
      { code: claim, answer: claimAnswer },
    ],
  },
  { id: 'change', parts: [{ code: change, answer: changeAnswer }] },
  { id: 'event', parts: [{ code: event, answer: eventAnswerFor(here.issuer) }] },
  { id: 'logout', parts: [{ code: logout, answer: 'logout gFx… 3f9…' }] },
]

const service = `services:
  - id: my-service
    name: My service
    description: { en: Trying it out. }
    url: '${home}'
    scopes: [openid, profile]
    events: { endpoint: '${home}/events', audience: '${home}' }
    clients:
      - id: my-service
        kind: web
        redirectUris: ['${home}/callback']
        postLogoutRedirectUris: ['${home}/']
        backchannelLogoutUri: '${home}/logout'
        secret: { development: true }   # in production: { env: MY_SERVICE_SECRET }`

const receiverFor = (issuer: string): string =>
  `
  // npm install jose; node receiver.mjs
  import { createServer } from 'node:http'
  import { createRemoteJWKSet, jwtVerify } from 'jose'

  const [issuer, home, clientId] = ['${issuer}', '${home}', 'my-service']
  const keys = createRemoteJWKSet(new URL(issuer + '/jwks'))
  createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    const { pathname, searchParams } = new URL(request.url, home)
    try {
      if (pathname === '/callback') return response.end('CODE=' + searchParams.get('code'))
      if (pathname === '/events') {
        const { payload } = await jwtVerify(body, keys, { issuer, audience: home, typ: 'secevent+jwt' })
        console.log('event', payload.sub_id.sub, JSON.stringify(payload.events))
        return response.writeHead(202).end()   // also for a type that you do not use
      }
      if (pathname === '/logout') {
        const token = new URLSearchParams(body).get('logout_token')
        const { payload } = await jwtVerify(token, keys, { issuer, audience: clientId, typ: 'logout+jwt' })
        console.log('logout', payload.sub, payload.sid)
        return response.writeHead(200).end()
      }
      response.end('My service')
    } catch {
      response.writeHead(400).end('{"err":"authentication_failed"}')
    }
  }).listen(4000)`
    .slice(1)
    .replace(/^ {2}/gm, '')

const variablesFor = ({ issuer, company, isDevelopment }: Here): string =>
  isDevelopment
    ? `ISSUER=${issuer} COMPANY=${company} CLIENT=my-service
eval "$(curl -s $ISSUER/dev/demo.json | node -p '
  const { apis, secrets } = JSON.parse(require("fs").readFileSync(0))
  const { clientId, clientSecret } = apis.find(({ company }) => company === "${company}")
  "MACHINE=" + clientId + " MACHINE_SECRET=" + clientSecret + " SECRET=" + secrets["my-service"]')"`
    : `ISSUER=${issuer} COMPANY=${company}
MACHINE=…   MACHINE_SECRET=…   # a client of kind machine
CLIENT=my-service   SECRET=…`

const token = `curl -s -u $MACHINE:$MACHINE_SECRET $ISSUER/token \\
  -d grant_type=client_credentials -d resource=$ISSUER/scim/$COMPANY \\
  -d scope="accounts.read accounts.write" | tee machine.json`
const tokenAnswer =
  '{"access_token":"eyJ…","expires_in":300,"token_type":"Bearer","scope":"accounts.read accounts.write"}'

const begin = `VERIFIER=$(openssl rand -hex 32)
CHALLENGE=$(printf %s $VERIFIER | openssl dgst -sha256 -binary | openssl base64 | tr +/ -_ | tr -d =)
echo "$ISSUER/auth?client_id=$CLIENT&redirect_uri=${home}/callback&response_type=code&scope=openid+profile&code_challenge=$CHALLENGE&code_challenge_method=S256"`
const claim = `CODE=…   # as the page at the end of the sign-in says
curl -s -u $CLIENT:$SECRET $ISSUER/token -d grant_type=authorization_code -d code=$CODE \\
  -d redirect_uri=${home}/callback -d code_verifier=$VERIFIER > tokens.json
of() { node -p "JSON.parse(require('fs').readFileSync('$1')).$2"; }
curl -s -H "Authorization: Bearer $(of tokens.json access_token)" $ISSUER/me | tee me.json`
const claimAnswer = '{"sub":"gFx…","given_name":"Ada","family_name":"Berg","name":"Ada Berg",…}'

const change = `curl -s -X PATCH $ISSUER/scim/$COMPANY/Users/$(of me.json sub) \\
  -H "Authorization: Bearer $(of machine.json access_token)" -H "Content-Type: application/scim+json" \\
  -d '{ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "name.givenName", "value": "Augusta" }] }'`
const changeAnswer =
  '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",…],"id":"gFx…","name":{"givenName":"Augusta",…},"meta":{"version":"W/\\"1.2\\"",…}}'

const event = '# nothing to send: look where receiver.mjs runs'
const eventAnswerFor = (
  issuer: string,
): string => `event gFx… {"https://schemas.openid.net/secevent/caep/event-type/token-claims-change":{"claims":{"given_name":"Augusta",…},"version":"1.2",…}}
# and of somebody who links at this sign-in:
event hYd… {"${issuer}/event-type/account-linked":{"version":"1.0","event_timestamp":…}}`

const logout = `echo "$ISSUER/session/end?client_id=$CLIENT&id_token_hint=$(of tokens.json id_token)&post_logout_redirect_uri=${home}/"
# open it in the browser that signed in`
