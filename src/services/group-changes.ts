import { isDeepStrictEqual } from 'node:util'
import { type CompanyId, policyInForce } from '../companies/index.ts'
import { type DetailName, detailsOfClaims } from '../details/index.ts'
import type { Group } from './group.ts'

/** What of one kind came, went or is another, by id. */
export interface Named {
  added: string[]
  removed: string[]
  changed: string[]
}

/** What differs between two configurations of a group, as far as somebody is affected by it. Pure. */
export interface GroupChanges {
  isOperatorChanged: boolean
  companies: Named
  services: Named
  partners: Named
  clients: Named
  /** Details that a company receives no more, or newly. */
  releases: { company: CompanyId; withdrawn: DetailName[]; added: DetailName[] }[]
  /** Policies whose version in force is another. */
  policies: { company: CompanyId; version: string; isMaterial: boolean }[]
}

const noSecretsChanged = (): boolean => false

export const groupChanges = (
  before: Group,
  after: Group,
  /** Secrets come from elsewhere than the files. */
  isSecretChanged: (client: string) => boolean = noSecretsChanged,
): GroupChanges => {
  const stayed = [...after.companies.values()].flatMap((company) => {
    const was = before.companies.get(company.id)
    return was ? [{ was, is: company }] : []
  })
  return {
    isOperatorChanged: !isDeepStrictEqual(before.operator, after.operator),
    companies: named(before.companies, after.companies, same),
    services: named(before.services, after.services, ({ clients: _, ...was }, { clients: __, ...is }) => same(was, is)),
    partners: named(before.partners, after.partners, ({ clients: _, ...was }, { clients: __, ...is }) => same(was, is)),
    clients: named(
      before.clients,
      after.clients,
      (was, is) => same(was.client, is.client) && was.company === is.company && !isSecretChanged(is.client.id),
    ),
    releases: stayed.flatMap(({ was, is }) => {
      const [had, has] = [detailsOfClaims(was.release.receives), detailsOfClaims(is.release.receives)]
      const withdrawn = had.filter((detail) => !has.includes(detail))
      const added = has.filter((detail) => !had.includes(detail))
      return withdrawn.length + added.length > 0 ? [{ company: is.id, withdrawn, added }] : []
    }),
    policies: stayed.flatMap(({ was, is }) => {
      const { version, material } = policyInForce(is)
      return version === policyInForce(was).version ? [] : [{ company: is.id, version, isMaterial: material }]
    }),
  }
}

const same: (was: unknown, is: unknown) => boolean = isDeepStrictEqual

const named = <T>(
  before: ReadonlyMap<string, T>,
  after: ReadonlyMap<string, T>,
  isSame: (was: T, is: T) => boolean,
): Named => ({
  added: [...after.keys()].filter((id) => !before.has(id)),
  removed: [...before.keys()].filter((id) => !after.has(id)),
  changed: [...after].flatMap(([id, is]) => {
    const was = before.get(id)
    return was !== undefined && !isSame(was, is) ? [id] : []
  }),
})
