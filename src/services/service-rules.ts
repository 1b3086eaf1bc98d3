import { type Company, transferIssues } from '../companies/index.ts'
import type { ConfigIssueAt } from '../lib/config-issues.ts'
import { type AddressContext, endpointIssue, isLoopback } from './address-rules.ts'
import { atPlace, clientIssues, type Path } from './client-rules.ts'
import type { ReadClient, ReadDeclaration, ReadSite } from './declaration.ts'
import type { PartnerApplication, Service } from './service.ts'

/** What services, partners and clients demand of their addresses and secrets. What could not be read is skipped. */
export const serviceIssues = (declaration: ReadDeclaration, production: boolean): ConfigIssueAt[] => {
  const { company, services, partners, clients, apis } = declaration
  const context: AddressContext = { production, reachablePrivately: company.reachablePrivately }
  return [
    ...(production ? loopbackIssues(company) : []),
    ...services.flatMap((service, i) => (service ? ofService(service, ['services', i], context) : [])),
    ...partners.flatMap((partner, i) => (partner ? ofPartner(partner, ['partners', i], context) : [])),
    ...clients.flatMap((client, i) => (client ? ofSiteClient(client, ['clients', i], context) : [])),
    ...apis.flatMap((api, i) => at(['apis', i, 'resource'], api?.resource, context)),
  ]
}

const at = (path: Path, address: string | undefined, context: AddressContext): ConfigIssueAt[] =>
  address === undefined ? [] : atPlace(path, endpointIssue(address, context), address)

const homeIssues = (url: string | undefined, path: Path, context: AddressContext): ConfigIssueAt[] => [
  ...at([...path, 'url'], url, context),
  ...(url?.endsWith('/') ? [{ path: [...path, 'url'], says: `"${url}" ends in a slash: write it without` }] : []),
]

const ofService = (service: ReadSite<Service>, path: Path, context: AddressContext): ConfigIssueAt[] => [
  ...homeIssues(service.url, path, context),
  ...Object.entries(service.events ?? {}).flatMap(([key, address]) => at([...path, 'events', key], address, context)),
  ...service.clients.flatMap((client, i) => [
    ...(client.kind === 'machine'
      ? [
          {
            path: [...path, 'clients', i, 'kind'],
            says: 'is machine, behind no service: write it under clients of the company',
          },
        ]
      : []),
    ...clientIssues(client, [...path, 'clients', i], context),
  ]),
]

const ofPartner = (partner: ReadSite<PartnerApplication>, path: Path, context: AddressContext): ConfigIssueAt[] => [
  ...homeIssues(partner.url, path, context),
  ...at([...path, 'policyUrl'], partner.policyUrl, context),
  ...partnerTransferIssues(partner).map((issue) => ({ ...issue, path: [...path, ...issue.path] })),
  ...partner.clients.flatMap((client, i) => [
    ...(client.kind === 'machine'
      ? [
          {
            path: [...path, 'clients', i, 'kind'],
            says: 'is machine: write web, native or device; a partner acts for people only (S3-c)',
          },
        ]
      : []),
    ...clientIssues(client, [...path, 'clients', i], context),
  ]),
]

const partnerTransferIssues = (partner: ReadSite<PartnerApplication>): ConfigIssueAt[] =>
  partner.country === undefined && partner.transfer
    ? [{ path: ['transfer'], says: 'says nothing without a country: write country beside it' }]
    : transferIssues(partner, 'partner')

const ofSiteClient = (client: ReadClient, path: Path, context: AddressContext): ConfigIssueAt[] => [
  ...(client.kind === 'machine' || client.kind === undefined
    ? []
    : [{ path: [...path, 'kind'], says: `is ${client.kind}: write it under its service; here stand machines only` }]),
  ...clientIssues(client, path, context),
]

const loopbackIssues = ({ reachablePrivately = [] }: Partial<Company>): ConfigIssueAt[] =>
  reachablePrivately.flatMap((host, i) =>
    isLoopback(host.replace(/:\d+$/, ''))
      ? [
          {
            path: ['reachablePrivately', i],
            says: `"${host}" is this machine, which production refuses: take it out`,
          },
        ]
      : [],
  )
