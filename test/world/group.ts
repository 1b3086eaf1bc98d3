/** A tiny valid group, in memory: three companies with what the demonstration's may receive, a partner at Games. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Company, Contact, Operator } from '../../src/companies/index.ts'
import type { Config } from '../../src/config/settings.ts'
import type { ClaimName } from '../../src/details/index.ts'
import { deepFreeze } from '../../src/lib/freeze.ts'
import {
  assembleGroup,
  type CompanyDeclaration,
  type Group,
  type PartnerApplication,
  type Service,
  type ServiceClient,
} from '../../src/services/index.ts'

const contact: Contact = {
  name: 'Privacy office',
  names: { sv: 'Integritetskontoret' },
  address: 'Example Street 1, 111 22 Example',
  email: 'privacy@example.com',
}

export const aCompany = (overrides: Partial<Company> = {}): Company => {
  const id = overrides.id ?? 'mobile'
  const name = overrides.name ?? `${id[0]!.toUpperCase()}${id.slice(1)}`
  return {
    id,
    name,
    legalName: `Example ${name} AB`,
    country: 'SE',
    representatives: {},
    authority: { name: 'Integritetsskyddsmyndigheten', url: 'https://www.imy.se' },
    contacts: {
      privacy: contact,
      support: { ...contact, name: 'Support', names: { sv: 'Kundtjänst' }, email: 'support@example.com' },
    },
    policy: [{ version: '1', date: '2024-01-01', text: { en: `How ${name} uses your details.` }, material: true }],
    release: {
      receives: ['name', 'birthdate', 'address', 'email', 'phone_number'],
      writes: ['name', 'birthdate', 'address', 'phone_number'],
      scopes: [
        'openid',
        'profile',
        'email',
        'address',
        'phone',
        'offline_access',
        'accounts.read',
        'accounts.write',
        'audience.read',
        'audience.write',
      ],
      requires: ['givenName', 'familyName', 'email'],
      purpose: { en: 'To run your account.' },
      basis: 'contract',
      retention: { en: 'As long as you have the account.' },
    },
    ownFields: [],
    messages: [
      { id: 'spring-offers', name: { en: 'Spring offers' }, kind: 'marketing', about: 'offers' },
      { id: 'new-terms', name: { en: 'New terms' }, kind: 'service', about: 'policy-change' },
    ],
    minimumAge: 16,
    closure: { kind: 'at-once' },
    childData: { en: 'It is deleted as soon as we learn of it.' },
    retention: { months: 24, text: { en: 'Two years after your last sign-in.' } },
    requests: { answerMonths: 1, extensionMonths: 2, alarmDays: 7, keptMonths: 12 },
    brand: { colour: '#1d4ed8', colourDark: '#93c5fd', mark: name[0]! },
    administrators: [],
    reachablePrivately: ['127.0.0.1', 'localhost'],
    ...overrides,
  }
}

export const anOperator = (overrides: Partial<Operator> = {}): Operator => {
  const { id, name, legalName, country, representatives, authority, contacts, policy, brand } = aCompany({
    id: 'operator',
    name: 'Unified sign-in',
    legalName: 'Example Sign-in AB',
  })
  return {
    ...{ id, name, legalName, country, representatives, authority, contacts, policy, brand },
    names: { sv: 'Samlad inloggning', ja: '統合サインイン' },
    arrangement: { kind: 'joint', text: { en: 'The companies and the operator share the work like this.' } },
    ...overrides,
  }
}

export const aClient = (overrides: Partial<ServiceClient> = {}): ServiceClient => ({
  id: 'client',
  kind: 'web',
  redirectUris: [],
  postLogoutRedirectUris: [],
  scopes: ['openid'],
  secret: { development: true },
  idTokenAlgorithm: 'ES256',
  offline: false,
  retriesRefresh: false,
  requirePushedAuthorizationRequests: false,
  withoutPkce: false,
  requireDpop: false,
  keepsRefreshToken: false,
  ...overrides,
})

/** A service at `url` with one web client of the same id, told of changes at `{url}/events`. */
export const aService = (company: string, id: string, url: string, overrides: Partial<Service> = {}): Service => {
  const scopes = overrides.scopes ?? ['openid', 'profile', 'email', 'address', 'phone', 'offline_access']
  return {
    id,
    company,
    name: id,
    description: { en: `${id}, a service.` },
    url,
    scopes,
    clients: [
      aClient({
        id,
        redirectUris: [`${url}/callback`],
        postLogoutRedirectUris: [`${url}/`],
        backchannelLogoutUri: `${url}/backchannel-logout`,
        scopes,
      }),
    ],
    events: { endpoint: `${url}/events`, audience: url },
    ...overrides,
  }
}

const machine = (company: string): ServiceClient =>
  aClient({
    id: `${company}-machine`,
    kind: 'machine',
    scopes: ['accounts.read', 'accounts.write', 'audience.read', 'audience.write'],
  })

export interface GroupOverrides {
  issuer?: string
  operator?: Operator
  /** Replaces the declared companies as a whole. */
  companies?: CompanyDeclaration[]
  /** Where services stand, by id; `https://{id}.example` otherwise. */
  urls?: Record<string, string>
  /** Services keep their access when the session ends. */
  offline?: boolean
  /** What Games may receive, looked up whenever it is asked: a policy that changes while pages are open. */
  gamesReceives?: () => ClaimName[]
}

/**
 * Mobile (receives all; services `mobile-store`, `mobile-cloud`), Games (name, e-mail, birth date, address; writes name
 * and address; service `games-arcade`, partner `leaderboard`), Pictures (name and e-mail; service `pictures-cinema`).
 * Each service has a client of its own id; each company a machine client `{company}-machine`.
 */
export const aGroup = ({
  issuer = 'http://localhost:3000',
  operator = anOperator(),
  companies,
  urls = {},
  offline = false,
  gamesReceives,
}: GroupOverrides = {}): Group =>
  deepFreeze(assembleGroup({ issuer, operator, companies: companies ?? threeCompanies(urls, offline, gamesReceives) }))

const threeCompanies = (
  urls: Record<string, string>,
  offline: boolean,
  gamesReceives?: () => ClaimName[],
): CompanyDeclaration[] => {
  const at = (id: string) => urls[id] ?? `https://${id}.example`
  const [mobile, games, pictures] = [
    aCompany({ id: 'mobile' }),
    aCompany({ id: 'games' }),
    aCompany({ id: 'pictures' }),
  ]
  games.release = {
    ...games.release,
    receives: ['name', 'email', 'birthdate', 'address'],
    writes: ['name', 'address'],
    scopes: games.release.scopes.filter((scope) => scope !== 'phone'),
  }
  if (!gamesReceives)
    games.release.purposes = [
      {
        id: 'account',
        receives: ['name', 'email', 'birthdate'],
        purpose: { en: 'To run your Games account.' },
        basis: 'contract',
      },
      { id: 'prizes', receives: ['address'], purpose: { en: 'To send prizes.' }, basis: 'consent' },
    ]
  if (gamesReceives) {
    games.release.requires = []
    Object.defineProperty(games.release, 'receives', { get: gamesReceives, enumerable: true })
  }
  pictures.release = {
    ...pictures.release,
    receives: ['name', 'email'],
    writes: [],
    scopes: [
      'openid',
      'profile',
      'email',
      'offline_access',
      'accounts.read',
      'accounts.write',
      'audience.read',
      'audience.write',
    ],
  }
  const first = (id: string, scopes?: string[]) => {
    const service = aService(id.split('-')[0]!, id, at(id), scopes && { scopes })
    return { ...service, clients: service.clients.map((client) => ({ ...client, offline })) }
  }
  return [
    declared(mobile, [first('mobile-store'), first('mobile-cloud')]),
    declared(
      games,
      [first('games-arcade', ['openid', 'profile', 'email', 'address', 'offline_access'])],
      [aPartner('games', 'leaderboard', at('leaderboard'))],
    ),
    declared(pictures, [first('pictures-cinema', ['openid', 'profile', 'email'])]),
  ]
}

export const declared = (
  company: Company,
  services: Service[],
  partners: PartnerApplication[] = [],
): CompanyDeclaration => ({
  company,
  services,
  partners,
  clients: [machine(company.id)],
  apis: [],
})

export const aPartner = (company: string, id: string, url: string): PartnerApplication => ({
  id,
  company,
  name: 'Leaderboard',
  legalName: 'Leaderboard Example Oy',
  country: 'FI',
  policyUrl: `${url}/privacy`,
  url,
  description: { en: 'Shows where you stand among friends.' },
  scopes: ['openid', 'profile', 'email'],
  clients: [
    aClient({
      id,
      redirectUris: [`${url}/callback`],
      postLogoutRedirectUris: [`${url}/`],
      scopes: ['openid', 'profile', 'email'],
    }),
  ],
})

/** Development on port 3000 unless told; `urls` and `companies` shape the group, `group` replaces it. */
export const aConfig = ({
  urls,
  companies,
  offline,
  gamesReceives,
  ...overrides
}: Partial<Config> & Pick<GroupOverrides, 'urls' | 'companies' | 'offline' | 'gamesReceives'> = {}): Config => {
  const port = overrides.port ?? 3000
  const issuer = overrides.issuer ?? `http://localhost:${port}`
  return deepFreeze({
    issuer,
    host: '127.0.0.1',
    port,
    production: false,
    synchronous: 'FULL',
    plainLane: process.env.PLAIN_LANE !== 'off',
    dataDir: join(tmpdir(), 'unified-sign-in-test-data'),
    secretKeys: [new Uint8Array(32).fill(7)],
    configDir: 'config',
    trustedProxies: [],
    logLevel: 'silent',
    keepAlive: 75_000,
    processes: 1,
    passwordMinimum: 10,
    group: overrides.group ?? aGroup({ issuer, urls, companies, offline, gamesReceives }),
    clientSecrets: new Map(),
    ...overrides,
  })
}
