import type { Company, CompanyId, Localized } from '../companies/index.ts'

/** An app or site that one company offers; reached through one or more OAuth clients. */
export interface Service {
  id: string
  company: CompanyId
  name: string
  description: Localized
  url: string
  /** What any of its clients may be granted; within the company's release policy. */
  scopes: string[]
  clients: ServiceClient[]
  /** Where this service is told of changed details (RFC 8935 push); it is then a recipient (model M5). */
  events?: { endpoint: string; audience: string }
}

/** A third-party application that works with one company's accounts, a sector of its own (S3-c). */
export interface PartnerApplication {
  id: string
  company: CompanyId
  name: string
  legalName: string
  /** Where its maker is established, and what lets details go there (S5); absent where nobody has written it. */
  country?: Company['country']
  transfer?: Company['transfer']
  policyUrl: string
  url: string
  description: Localized
  scopes: string[]
  clients: ServiceClient[]
}

/** Where a confidential client's secret comes from: never from the file itself. `development` is refused in production. */
export type SecretSource = { env: string } | { file: string } | { development: true }

export interface ServiceClient {
  id: string
  kind: 'web' | 'native' | 'device' | 'machine'
  redirectUris: string[]
  postLogoutRedirectUris: string[]
  backchannelLogoutUri?: string
  scopes: string[]
  /** Absent, without `jwksUri`: a public client. */
  secret?: SecretSource
  /** Clients with keys of their own instead of a secret (`private_key_jwt`). */
  jwksUri?: string
  /** ES256 unless the client's library can only do RS256. */
  idTokenAlgorithm: 'ES256' | 'RS256'
  /** Refresh tokens that outlive the browser's session (phones, televisions). */
  offline: boolean
  /** Asks again with a refresh token that it has just spent, as several processes of one application may. */
  retriesRefresh: boolean
  requirePushedAuthorizationRequests: boolean
  /** May leave PKCE out: a site that proves itself, with an older library. Each use is logged. */
  withoutPkce: boolean
  /** Its tokens are bound to a key (RFC 9449); without a proof it gets none. */
  requireDpop: boolean
  /** Its refresh token is not replaced when it is used. */
  keepsRefreshToken: boolean
  /** Held to all that a profile asks; what it sets stands in the fields above too. */
  profile?: 'fapi2'
}

/** An API of a company, called with tokens whose `aud` is its address (RFC 8707). */
export interface CompanyApi {
  resource: string
  company: CompanyId
  scopes: string[]
  /** What a scope lets its bearer do, for the page that asks the person; the product's own scopes have words instead. */
  labels: Record<string, Localized>
}
