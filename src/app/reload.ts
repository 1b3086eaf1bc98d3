import { assertNoCompanyRemoved } from '../companies/index.ts'
import { type Config, clientSecret } from '../config/index.ts'
import type { DetailName } from '../details/index.ts'
import { type GroupChanges, groupChanges, type Named } from '../services/index.ts'
import type { Running } from './running.ts'

export interface ReloadDeps {
  running: Pick<Running, 'app' | 'config' | 'replace'>
  /** As a start reads it: a `ConfigurationError` with everything that is wrong. */
  read: () => Config
}

const atOnce = 200

/**
 * Takes the configuration as it is in its files now, without a restart and after the check of a start; `--dry-run` says
 * what would change and who is affected, and writes nothing. Answers lines for whoever runs it. Throws what is wrong with
 * it, and what ran goes on.
 */
export const createReload =
  ({ running, read }: ReloadDeps) =>
  async (words: readonly string[]): Promise<string> => {
    const [before, after] = [running.config(), read()]
    const changes = changesBetween(before, after)
    if (words.includes('--dry-run')) {
      await assertLeavesNobodyBehind(running, after)
      const counted = await countAffected(running, changes)
      return said(linesOf(changes, counted), 'Nothing would change.', 'This would change; nothing was written:')
    }
    await running.replace(after)
    return said(linesOf(changes), 'Taken; nothing of it is another than before.', 'Taken:')
  }

const changesBetween = (before: Config, after: Config): GroupChanges =>
  groupChanges(before.group, after.group, (id) => clientSecret(before, id) !== clientSecret(after, id))

/** As a start refuses it. */
const assertLeavesNobodyBehind = async ({ app }: ReloadDeps['running'], { group }: Config): Promise<void> => {
  const { revisions, accounts } = app().features
  const known = await revisions.knownCompanies()
  await assertNoCompanyRemoved({ known, companies: group.companies, hasAccounts: accounts.areAt })
}

/** How many accounts a change reaches: by `company`, `company detail`, `service`. */
type Affected = ReadonlyMap<string, number>

/** Of the companies that something changes for, each account once, in pages: nothing is held and nothing written. */
const countAffected = async ({ app, config }: ReloadDeps['running'], changes: GroupChanges): Promise<Affected> => {
  const { accounts } = app().features
  const { services } = config().group
  const withdrawn = new Map(changes.releases.map(({ company, withdrawn: details }) => [company, details]))
  const gone = changes.services.removed.map((id) => ({ id, company: services.get(id)?.company ?? '' }))
  const companies = new Set([
    ...changes.policies.map(({ company }) => company),
    ...withdrawn.keys(),
    ...gone.map(({ company }) => company),
  ])
  const counted = new Map<string, number>()
  const count = (key: string): void => void counted.set(key, (counted.get(key) ?? 0) + 1)

  for (const company of companies)
    for (let after = ''; ; ) {
      const page = await accounts.ofCompany(company, after, atOnce)
      for (const { status, link, copy, told } of page) {
        if (status !== 'open' && status !== 'closing') continue
        count(company)
        if (link)
          for (const detail of withdrawn.get(company) ?? [])
            if (copy[detail] !== undefined && copy[detail] !== null) count(heldBy(company, detail))
        for (const { id } of gone) if (told[id]) count(id)
      }
      const last = page.at(-1)
      if (!last) break
      after = last._id
    }
  return counted
}

const heldBy = (company: string, detail: DetailName): string => `${company} ${detail}`

/** A sentence each; with numbers where they were counted. */
const linesOf = (changes: GroupChanges, counted?: Affected): string[] => {
  const of = (key: string): string => (counted ? `, ${accountsIn(counted.get(key) ?? 0)}` : '')
  const kind = (name: string, { added, removed, changed }: Named): string[] => [
    ...added.map((id) => `${name} ${id} is new`),
    ...removed.map((id) => `${name} ${id} is gone${name === 'service' && counted ? `${of(id)} told of there` : ''}`),
    ...changed.map((id) => `${name} ${id} is changed`),
  ]
  return [
    ...(changes.isOperatorChanged ? ['the operator’s own part is changed'] : []),
    ...kind('company', changes.companies),
    ...kind('service', changes.services),
    ...kind('partner', changes.partners),
    ...kind('client', changes.clients),
    ...changes.releases.flatMap(({ company, withdrawn, added }) => [
      ...withdrawn.map((detail) => `${company} receives ${detail} no more: withdrawn${of(heldBy(company, detail))}`),
      ...added.map((detail) => `${company} may receive ${detail}: from whoever agrees to it`),
    ]),
    ...changes.policies.map(
      ({ company, version, isMaterial }) =>
        `the policy of ${company} is version ${version}${isMaterial ? ', a material change' : ''}${of(company)}`,
    ),
  ]
}

const accountsIn = (number: number): string => `${number} ${number === 1 ? 'account' : 'accounts'}`

const said = (lines: string[], nothing: string, something: string): string =>
  lines.length === 0 ? nothing : [something, ...lines].join('\n')
