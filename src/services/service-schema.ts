import { z } from 'zod'
import { id, localized } from '../companies/index.ts'
import { entries, listOf, matching, oneOf, text, yesOrNo } from '../lib/config-issues.ts'

const address = () => text('an address in full')
const scope = () => matching(/^[a-z][a-z0-9._:-]{0,63}$/, 'a scope: up to 64 of a-z, 0-9 and "._:-"')
const scopes = () => listOf(scope(), 'scopes')

/** The secret itself is never in the file, and a fault never repeats what was written in its place. */
const secret = z.union(
  [
    z.strictObject({ env: z.string().regex(/^[A-Z][A-Z0-9_]*$/) }),
    z.strictObject({ file: z.string().min(1) }),
    z.strictObject({ development: z.literal(true) }),
  ],
  { error: 'does not say where the secret is: write env: NAME or file: PATH (development: true outside production)' },
)

export const clientSchema = entries({
  id: id(),
  kind: oneOf(['web', 'native', 'device', 'machine']),
  redirectUris: listOf(address(), 'addresses').default([]),
  postLogoutRedirectUris: listOf(address(), 'addresses').default([]),
  backchannelLogoutUri: address().optional(),
  /** Those of its service unless written. */
  scopes: scopes().optional(),
  secret: secret.optional(),
  jwksUri: address().optional(),
  idTokenAlgorithm: oneOf(['ES256', 'RS256']).default('ES256'),
  offline: yesOrNo().default(false),
  retriesRefresh: yesOrNo().default(false),
  requirePushedAuthorizationRequests: yesOrNo().default(false),
})

const clients = () => listOf(clientSchema, 'clients')

export const serviceSchema = entries({
  id: id(),
  name: text('the name people know'),
  description: localized('what it is, in a sentence'),
  url: address(),
  scopes: scopes(),
  clients: clients().min(1, 'has no client: write how it signs people in'),
  events: entries({ endpoint: address(), audience: address() }).optional(),
})

export const partnerSchema = entries({
  id: id(),
  name: text('the name people know'),
  legalName: text('the legal name of whoever runs it'),
  policyUrl: address(),
  url: address(),
  description: localized('what it is, in a sentence'),
  scopes: scopes(),
  clients: clients().min(1, 'has no client: write how it signs people in'),
})

export const apiSchema = entries({
  resource: address(),
  scopes: listOf(
    entries({ name: scope(), label: localized('what it lets its bearer do') }),
    'scopes, each with name and label',
  ),
})
