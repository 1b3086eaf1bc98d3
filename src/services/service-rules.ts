import type { Company } from '../companies/index.ts'
import type { ConfigIssueAt } from '../lib/config-issues.ts'
import { type AddressContext, endpointFault, isLoopback, redirectFault } from './address-rules.ts'
import type { ReadDeclaration } from './declaration.ts'
import type { PartnerApplication, Service, ServiceClient } from './service.ts'

type Path = (string | number)[]

/** What services, partners and clients demand of their addresses and secrets. Items that could not be read are skipped. */
export const serviceFaults = (declaration: ReadDeclaration, production: boolean): ConfigIssueAt[] => {
  const { company, services, partners, clients, apis } = declaration
  const context: AddressContext = { production, reachablePrivately: company.reachablePrivately }
  return [
    ...(production ? loopbackFaults(company) : []),
    ...services.flatMap((service, i) => (service ? ofService(service, ['services', i], context) : [])),
    ...partners.flatMap((partner, i) => (partner ? ofPartner(partner, ['partners', i], context) : [])),
    ...clients.flatMap((client, i) => (client ? ofOwnClient(client, ['clients', i], context) : [])),
    ...apis.flatMap((api, i) =>
      api ? atPlace(['apis', i, 'resource'], endpointFault(api.resource, context), api.resource) : [],
    ),
  ]
}

const atPlace = (path: Path, wrong: string | undefined, value: string): ConfigIssueAt[] =>
  wrong ? [{ path, says: `"${value}" ${wrong}` }] : []

const homeFaults = (url: string, path: Path, context: AddressContext): ConfigIssueAt[] => [
  ...atPlace([...path, 'url'], endpointFault(url, context), url),
  ...(url.endsWith('/') ? [{ path: [...path, 'url'], says: `"${url}" ends in a slash: write it without` }] : []),
]

const ofService = (service: Service, path: Path, context: AddressContext): ConfigIssueAt[] => [
  ...homeFaults(service.url, path, context),
  ...Object.entries(service.events ?? {}).flatMap(([key, address]) =>
    atPlace([...path, 'events', key], endpointFault(address, context), address),
  ),
  ...service.clients.flatMap((client, i) => [
    ...(client.kind === 'machine'
      ? [
          {
            path: [...path, 'clients', i, 'kind'],
            says: 'is machine, behind no service: write it under clients of the company',
          },
        ]
      : []),
    ...ofClient(client, [...path, 'clients', i], context),
  ]),
]

const ofPartner = (partner: PartnerApplication, path: Path, context: AddressContext): ConfigIssueAt[] => [
  ...homeFaults(partner.url, path, context),
  ...atPlace([...path, 'policyUrl'], endpointFault(partner.policyUrl, context), partner.policyUrl),
  ...partner.clients.flatMap((client, i) => [
    ...(client.kind === 'machine'
      ? [
          {
            path: [...path, 'clients', i, 'kind'],
            says: 'is machine: write web, native or device; a partner acts for people only (S3-c)',
          },
        ]
      : []),
    ...ofClient(client, [...path, 'clients', i], context),
  ]),
]

const ofOwnClient = (client: ServiceClient, path: Path, context: AddressContext): ConfigIssueAt[] => [
  ...(client.kind === 'machine'
    ? []
    : [{ path: [...path, 'kind'], says: `is ${client.kind}: write it under its service; here stand machines only` }]),
  ...ofClient(client, path, context),
]

const ofClient = (client: ServiceClient, path: Path, context: AddressContext): ConfigIssueAt[] => {
  const { kind, redirectUris, secret, jwksUri, backchannelLogoutUri } = client
  const faults: ConfigIssueAt[] = []
  const say = (key: string, says: string) => faults.push({ path: [...path, key], says })

  const sendsBrowsers = kind === 'web' || kind === 'native'
  if (sendsBrowsers && redirectUris.length === 0) say('redirectUris', 'is missing: write where people come back to')
  if (!sendsBrowsers && redirectUris.length > 0) say('redirectUris', `is never used by a ${kind} client: leave it out`)
  if (secret && jwksUri) say('jwksUri', 'stands beside a secret: write one of the two')
  if (kind === 'machine' && !secret && !jwksUri) say('secret', 'is missing for a machine: write secret or jwksUri')
  if (kind === 'native' && secret) say('secret', 'would be in every copy of a native app (RFC 8252 §8.5): leave it out')
  if (context.production && secret && 'development' in secret)
    say('secret', 'is for development, which production refuses: write env: NAME or file: PATH')

  const lint = (key: string, address: string, wrong: string | undefined, i?: number) => {
    faults.push(...atPlace(i === undefined ? [...path, key] : [...path, key, i], wrong, address))
  }
  for (const key of ['redirectUris', 'postLogoutRedirectUris'] as const)
    for (const [i, each] of client[key].entries()) lint(key, each, redirectFault(each, kind, context), i)
  if (backchannelLogoutUri)
    lint('backchannelLogoutUri', backchannelLogoutUri, endpointFault(backchannelLogoutUri, context))
  if (jwksUri) lint('jwksUri', jwksUri, endpointFault(jwksUri, context))
  return faults
}

const loopbackFaults = ({ reachablePrivately = [] }: Partial<Company>): ConfigIssueAt[] =>
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
