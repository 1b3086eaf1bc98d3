import type { Account, Principal } from '../accounts/index.ts'
import { type Company, inLanguage, type Mechanism, transferFor } from '../companies/index.ts'
import { type DetailName, detailNames } from '../details/index.ts'
import type { Language } from '../i18n/index.ts'
import type { PortalDeps } from './portal-deps.ts'
import { showApplications } from './present-services.ts'

/** Who said the value that is in force: shown by name where it was a company or its support. */
export interface From {
  who: 'you' | 'company' | 'support'
  company: string
}

interface Held {
  since?: number
  from: From
}

/** One column of *what each holds now*: a company, or a partner's application that was allowed there. */
export interface Holdings {
  id: string
  name: string
  legalName: string
  partner: boolean
  held: Partial<Record<DetailName, Held>>
  since?: number
  /** `agreedAt`: when they agreed to it last. */
  policy: { version: string; href: string; agreedAt?: number | undefined }
  purpose: string
  basis: Company['release']['basis']
  country: string
  transfer: Mechanism | undefined
}

interface HoldingsOf extends Pick<PortalDeps, 'config' | 'consents' | 'disclosures'> {
  account: Account
  company: Company
  principal: Principal
  language: Language
  agreedAt: number | undefined
}

/** What a company holds of somebody now, by its own account's copy; beside it, what each application gets of that. */
export const holdings = async (asked: HoldingsOf): Promise<Holdings[]> => {
  const { account, company, principal, language, agreedAt, config, consents, disclosures } = asked
  const { companies, clients } = config.group
  const since = await disclosures.heldSince(account)
  const held: Holdings['held'] = {}
  for (const field of detailNames)
    if (account.copy[field]) {
      const from = fromWhom(principal.sourceOf(field), (id) => companies.get(id)?.name ?? id)
      held[field] = { since: since[field] ?? account.link?.since ?? account.createdAt, from }
    }
  const applications = showApplications(await consents.ofAccount(account._id), clients, principal.country)
  return [
    {
      id: company.id,
      name: company.name,
      legalName: company.legalName,
      partner: false,
      held,
      since: account.link?.since,
      policy: { version: account.link?.policyVersion ?? '', href: `/privacy/${company.id}`, agreedAt },
      purpose: inLanguage(company.release.purpose, language),
      basis: company.release.basis,
      country: company.country,
      transfer: transferFor(company, principal.country),
    },
    ...applications.map((each) => ({
      id: each.client,
      name: each.name,
      legalName: each.legalName,
      partner: true,
      held: Object.fromEntries(
        each.fields.flatMap((field) => (held[field] ? [[field, { ...held[field], since: each.since }]] : [])),
      ),
      since: each.since,
      policy: { version: '', href: clients.get(each.client)?.partner?.policyUrl ?? '', agreedAt: each.since },
      purpose: inLanguage(clients.get(each.client)?.partner?.description ?? { en: '' }, language),
      basis: 'consent' as const,
      country: each.country ?? '',
      transfer: each.transfer,
    })),
  ]
}

/** Of a source as the details name it (M7). */
export const fromWhom = (source: string | undefined, nameOf: (id: string) => string): From => {
  const said = /^(support:)?([a-z0-9-]+)#/.exec(source ?? '')
  return said ? { who: said[1] ? 'support' : 'company', company: nameOf(said[2] ?? '') } : { who: 'you', company: '' }
}
