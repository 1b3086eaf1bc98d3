import type { Company, CompanyId, Operator } from '../companies/index.ts'
import type { CompanyApi, PartnerApplication, Service, ServiceClient } from './service.ts'

/** A client with everything it stands under; the operator's own clients (the portal) have its id as company. */
export interface GroupClient {
  client: ServiceClient
  company: CompanyId
  service?: Service
  partner?: PartnerApplication
}

/**
 * The whole group as configured, checked and frozen. Maps throughout: a sign-in costs the same with three companies
 * and with a thousand.
 */
export interface Group {
  operator: Operator
  companies: ReadonlyMap<CompanyId, Company>
  /** Key: service id, also the key of a recipient (model M5). */
  services: ReadonlyMap<string, Service>
  partners: ReadonlyMap<string, PartnerApplication>
  /** Key: resource indicator (RFC 8707). */
  apis: ReadonlyMap<string, CompanyApi>
  /** Every scope that an API of the group declares; each needs a `resource` (protocol P6). */
  apiScopes: ReadonlySet<string>
  clients: ReadonlyMap<string, GroupClient>
}

/** One company with all that is declared in its file. */
export interface CompanyDeclaration {
  company: Company
  services: Service[]
  partners: PartnerApplication[]
  /** Machine clients: the company's own programs, calling its own APIs; behind no service. */
  clients: ServiceClient[]
  apis: CompanyApi[]
}

/** The account pages are the operator's one client; every address of it is the issuer's. */
export const portalClientId = 'account'

/** Scopes of the API that every company has on its own accounts (RFC 7644). */
export const accountScopes = ['accounts.read', 'accounts.write'] as const

/** Of the API that tells who may be written to; to write: that a phone number was confirmed. */
export const audienceScopes = ['audience.read', 'audience.write'] as const

/** Scopes of the APIs that the product itself has for every company. */
export const productScopes = [...accountScopes, ...audienceScopes] as const

/** Where a company asks who may be written to. A token is for all of it, or for one of its two addresses. */
export const audienceAddresses = (issuer: string, company: CompanyId) => {
  const all = `${issuer}/audience/${company}`
  return { all, evaluation: `${all}/evaluation`, changes: `${all}/changes` }
}

export const scimResource = (issuer: string, company: CompanyId): string => `${issuer}/scim/${company}`

interface GroupDeclaration {
  issuer: string
  operator: Operator
  companies: CompanyDeclaration[]
}

/** Everything under its key. Says nothing about issues: what comes in was checked. */
export const assembleGroup = ({ issuer, operator, companies }: GroupDeclaration): Group => {
  const clients = new Map<string, GroupClient>()
  const put = (client: ServiceClient, company: CompanyId, under: Pick<GroupClient, 'service' | 'partner'> = {}) =>
    clients.set(client.id, { client, company, ...under })

  put(portalClient(issuer), operator.id)
  for (const declared of companies) {
    for (const service of declared.services)
      for (const client of service.clients) put(client, service.company, { service })
    for (const partner of declared.partners)
      for (const client of partner.clients) put(client, partner.company, { partner })
    for (const client of declared.clients) put(client, declared.company.id)
  }
  const apis = companies.flatMap(({ company, apis }) => [
    accountsApi(issuer, company.id),
    ...audienceApis(issuer, company.id),
    ...apis,
  ])
  return {
    operator,
    companies: new Map(companies.map(({ company }) => [company.id, company])),
    services: new Map(companies.flatMap(({ services }) => services).map((service) => [service.id, service])),
    partners: new Map(companies.flatMap(({ partners }) => partners).map((partner) => [partner.id, partner])),
    apis: new Map(apis.map((api) => [api.resource, api])),
    apiScopes: new Set(apis.flatMap(({ scopes }) => scopes)),
    clients,
  }
}

const accountsApi = (issuer: string, company: CompanyId): CompanyApi => ({
  resource: scimResource(issuer, company),
  company,
  scopes: [...accountScopes],
  labels: {},
})

const audienceApis = (issuer: string, company: CompanyId): CompanyApi[] =>
  Object.values(audienceAddresses(issuer, company)).map((resource) => ({
    resource,
    company,
    scopes: [...audienceScopes],
    labels: {},
  }))

const portalClient = (issuer: string): ServiceClient => ({
  id: portalClientId,
  kind: 'web',
  redirectUris: [`${issuer}/account/callback`],
  postLogoutRedirectUris: [`${issuer}/account`],
  scopes: ['openid'],
  idTokenAlgorithm: 'ES256',
  offline: false,
  retriesRefresh: false,
  requirePushedAuthorizationRequests: false,
  withoutPkce: false,
  requireDpop: false,
  keepsRefreshToken: false,
})
