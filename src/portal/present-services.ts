import { type Account, type LinkStatus, type Principal, statusOf } from '../accounts/index.ts'
import { type Company, inLanguage, type ShownField, transferFor } from '../companies/index.ts'
import type { DetailName } from '../details/index.ts'
import type { Disclosure } from '../disclosures/index.ts'
import type { Language } from '../i18n/index.ts'
import { type Consent, detailsForScopes } from '../scopes/index.ts'
import type { Group, Service } from '../services/index.ts'

/** An account on its way to closure stands still: nothing is brought to it, nothing told. */
export type ShownStatus = LinkStatus | 'paused'

export interface ShownAccount {
  /** Names it in a form of the page; an id leaves no store. */
  id: string
  /** The one it had before the link, of an account that left. */
  address: string
  company: Company
  status: ShownStatus
  /** Since when it has stood like that. */
  since?: number
  linkedSince?: number
  /** Whether the account was there before its link. */
  how?: 'new' | 'existing'
  closingAt?: number
  /** When its link ends for good (H4). */
  leavesAt?: number
  services: { id: string; name: string; url: string; description: string; lastUsed?: number }[]
  /** Partners' applications that were allowed here, and what each is told. */
  applications: ShownApplication[]
  ownFields: ShownField[]
  /** What its policy, of this version, has come to release since its person linked; waits for their word. */
  more: DetailName[]
  policyVersion: string
  can: {
    withdraw: boolean
    unlink: boolean
    close: boolean
    comeBack: boolean
    giveWayIn: boolean
    link: boolean
    editAttributes: boolean
    takeOff: boolean
  }
}

interface ShownApplication {
  client: string
  name: string
  legalName: string
  since: number
  fields: DetailName[]
  /** Where details go by it, and under what, as far as its entry says (U17). */
  country?: string | undefined
  transfer?: ReturnType<typeof transferFor>
}

interface StatusOf {
  account: Account
  principal: Principal
  recipients: readonly string[]
  /** Newest first. */
  rows: readonly Disclosure[]
}

/** The state's word, and since when: what was told last, or what has been waiting longest. */
export const showStatus = ({
  account,
  principal,
  recipients,
  rows,
}: StatusOf): { status: ShownStatus; since?: number } => {
  const status =
    account.status === 'closing' || account.leaving || account.link?.paused !== undefined
      ? 'paused'
      : statusOf(account, recipients, principal.v ?? account.at.v)
  const deliveries = Object.values(account.told).filter(({ epoch }) => epoch === account.epoch)
  switch (status) {
    case 'paused':
      return { status, since: account.leaving?.since ?? account.closing?.since ?? account.link?.paused }
    case 'in step':
      return { status, since: Math.max(account.link?.since ?? 0, ...deliveries.map(({ at }) => at)) }
    case 'refused':
      return {
        status,
        since: Math.max(...deliveries.filter(({ outcome }) => outcome === 'refused').map(({ at }) => at)),
      }
    case 'on its way': {
      const waiting = rows.filter(({ outcome }) => outcome === 'on-its-way').map(({ at }) => at)
      return waiting.length > 0 ? { status, since: Math.min(...waiting) } : { status }
    }
    default:
      return { status }
  }
}

export const showServices = (
  services: readonly Service[],
  lastUses: Record<string, number>,
  language: Language,
): ShownAccount['services'] =>
  services.map(({ id, name, url, description }) => ({
    id,
    name,
    url,
    description: inLanguage(description, language),
    ...(lastUses[id] !== undefined && { lastUsed: lastUses[id] }),
  }))

/** One that the configuration no longer has can do nothing, and is not named. */
export const showApplications = (
  consents: readonly Consent[],
  clients: Group['clients'],
  livesIn: string | undefined,
): ShownApplication[] =>
  consents.flatMap(({ client, scopes, fields = detailsForScopes(scopes), at }) => {
    const partner = clients.get(client)?.partner
    if (!partner) return []
    const { name, legalName, country } = partner
    return [{ client, name, legalName, since: at, fields, country, transfer: transferFor(partner, livesIn) }]
  })
