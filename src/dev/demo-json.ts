import { type Config, clientSecret, type Demonstration } from '../config/index.ts'
import { audienceAddresses, type GroupClient, scimResource } from '../services/index.ts'

/** Where everything is, for programs that try the product from outside. No address ends in a slash. */
export const demoJson = (config: Config, { people, staff, spareClients }: Demonstration) => {
  const { group, issuer } = config
  const clients = [...group.clients.entries()]
  const secretOf = (id: string) => clientSecret(config, id) ?? null
  const machineOf = (company: string) =>
    clients.find(([, { client, company: owner }]) => client.kind === 'machine' && owner === company)?.[0] ?? null
  const spare = (id: string): [string, GroupClient][] => {
    const client = group.clients.get(id)
    return client ? [[id, client]] : []
  }

  return {
    companies: [...group.companies.values()].map(({ id, name, release }) => ({
      id,
      name,
      services: [...group.services.values()]
        .filter(({ company }) => company === id)
        .map((service) => ({ id: service.id, name: service.name, url: service.url })),
      receives: release.receives,
      writes: release.writes,
    })),
    partners: [...group.partners.values()].map(({ name, url, company }) => ({ name, url, company })),
    people: people.map(({ email, password, links, separate }) => ({
      email: email ?? separate[0]?.email ?? null,
      password: password ?? null,
      links,
      separate: separate.map((account) => ({
        company: account.company,
        email: account.email,
        password: account.password,
      })),
    })),
    staff: staff.map(({ company, roles, email, password, totpSecret }) => ({
      company,
      roles,
      email,
      password,
      totpSecret,
    })),
    apis: [...group.companies.keys()].map((company) => {
      const clientId = machineOf(company)
      return {
        company,
        scim: scimResource(issuer, company),
        ssf: null,
        tokenEndpoint: `${issuer}/token`,
        clientId,
        clientSecret: clientId && secretOf(clientId),
      }
    }),
    audience: [...group.companies.keys()].map((company) => {
      const { evaluation, changes } = audienceAddresses(issuer, company)
      return { company, evaluation, changes }
    }),
    clients: spareClients.flatMap(spare).map(([clientId, { client, company }]) => ({
      company,
      clientId,
      clientSecret: secretOf(clientId),
      redirectUri: client.redirectUris[0] ?? null,
      device: client.kind === 'device',
    })),
    /** Every secret that development made up, by client, those of one's own services too. */
    secrets: Object.fromEntries(
      clients.flatMap(([id, { client }]) =>
        client.secret && 'development' in client.secret ? [[id, clientSecret(config, id)]] : [],
      ),
    ),
  }
}
