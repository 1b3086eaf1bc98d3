import { z } from 'zod'
import { country, id, localized, transfer } from '../companies/index.ts'
import { entries, listOf, matching, oneOf, text, yesOrNo } from '../lib/config-issues.ts'

const address = () => text('an address in full')
const scope = () => matching(/^[a-z][a-z0-9._:-]{0,63}$/, 'a scope: up to 64 of a-z, 0-9 and "._:-"')
const scopes = () => listOf(scope(), 'scopes')

/** The secret itself is never in the file, and an issue never repeats what was written in its place. */
const secret = z.union(
  [
    z.strictObject({ env: z.string().regex(/^[A-Z][A-Z0-9_]*$/) }),
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ development: z.literal(true) }),
  ],
  { error: 'does not say where the secret is: write env: NAME or file: PATH (development: true outside production)' },
)

export const clientSchema = entries({
  id: id().describe('`client_id`: up to 40 of a-z, 0-9 and "-", a letter first; it can never be changed'),
  kind: oneOf(['web', 'native', 'device', 'machine']).describe(
    'how it signs people in: a site with a server, an app, a television by code, or nobody (client credentials)',
  ),
  redirectUris: listOf(address(), 'addresses')
    .default([])
    .describe(
      'where a sign-in comes back to; compared exactly. https, for an app also loopback or a scheme of its own',
    ),
  postLogoutRedirectUris: listOf(address(), 'addresses')
    .default([])
    .describe('where a sign-out that it began may lead on to; compared exactly'),
  backchannelLogoutUri: address()
    .optional()
    .describe('where it is told that a session ended (OpenID Connect Back-Channel Logout)'),
  scopes: scopes().optional().describe('what it may be granted; those of its service unless written'),
  secret: secret
    .optional()
    .describe(
      'where its secret is: `env: NAME`, `file: PATH` or, outside production, `development: true`. 256 random bits in hex or base64url, so that nothing in it has to be form-encoded in the Authorization header (`openssl rand -hex 32`). With `development: true` it is made up: under `secrets` at `/dev/demo.json`. Without secret and `jwksUri` the client is public, which a site may not be',
    ),
  jwksUri: address()
    .optional()
    .describe(
      'where its public keys are (a JWK Set, read again for a key that is not in it, at most once a minute), for `private_key_jwt` instead of a secret; the assertion’s `aud` is the issuer, alone, never the token endpoint',
    ),
  idTokenAlgorithm: oneOf(['ES256', 'RS256'])
    .default('ES256')
    .describe(
      'what signs its ID and logout tokens; RS256 for libraries that take nothing else unless told (Spring Security, social-auth-core, OpenID-Connect-PHP, idpyoidc)',
    ),
  offline: yesOrNo()
    .default(false)
    .describe('may ask for `offline_access`: refresh tokens that outlive the browser’s session'),
  retriesRefresh: yesOrNo()
    .default(false)
    .describe(
      'asks again with a refresh token it has just spent, as several processes of one application may: within 10 seconds it gets the same answer, instead of ending its session (RFC 9700 §4.14.2)',
    ),
  requirePushedAuthorizationRequests: yesOrNo()
    .default(false)
    .describe('its authorization requests must be pushed beforehand (RFC 9126)'),
  withoutPkce: yesOrNo()
    .default(false)
    .describe(
      'may leave PKCE out, where its library has none; for a site with a secret or keys alone. Logged at the start and at each use, told by `check-config` (RFC 9700 §2.1.1)',
    ),
  requireDpop: yesOrNo()
    .default(false)
    .describe('its tokens are bound to a key of its own; without a DPoP proof it gets none (RFC 9449)'),
  keepsRefreshToken: yesOrNo()
    .default(false)
    .describe(
      'its refresh token stays the same instead of being replaced at each use; for clients that prove themselves, or with `requireDpop`',
    ),
  profile: oneOf(['fapi2'])
    .optional()
    .describe(
      '`fapi2` sets what the FAPI 2.0 Security Profile asks: pushed requests, `requireDpop`, `keepsRefreshToken`; with `jwksUri` alone, assertions and proofs not in RS256, `aud` a text',
    ),
})

const clients = () => listOf(clientSchema, 'clients')

export const serviceSchema = entries({
  id: id(),
  name: text('the name people know'),
  description: localized('what it is, in a sentence'),
  url: address(),
  scopes: scopes().describe('what any of its clients may be granted; within the company’s release policy'),
  clients: clients().min(1, 'has no client: write how it signs people in').describe('its clients, as below'),
  events: entries({
    endpoint: address().describe('where changed details are pushed to (RFC 8935)'),
    audience: address().describe('`aud` of what is pushed'),
  }).optional(),
})

export const partnerSchema = entries({
  id: id(),
  name: text('the name people know'),
  legalName: text('the legal name of whoever runs it'),
  country: country()
    .optional()
    .describe('where whoever runs it is established; then people are shown where details go (S5)'),
  transfer: transfer()
    .optional()
    .describe('under what data leaves the EEA and the United Kingdom for that country; needed outside them'),
  policyUrl: address(),
  url: address(),
  description: localized('what it is, in a sentence'),
  scopes: scopes().describe('what any of its clients may be granted; within the company’s release policy'),
  clients: clients().min(1, 'has no client: write how it signs people in').describe('its clients, as above'),
})

export const apiSchema = entries({
  resource: address().describe('its address: `resource` of a request, `aud` of the token (RFC 8707)'),
  scopes: listOf(
    entries({ name: scope(), label: localized('what it lets its bearer do') }),
    'scopes, each with name and label',
  ),
})
