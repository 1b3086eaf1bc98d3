import { type Account, principalKey } from '../accounts/index.ts'
import { isOpenRecovery } from '../credentials/index.ts'
import { detailsOfClaims } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { notYetAgreed } from '../links/index.ts'
import { mayGiveWayIn } from './access-rules.ts'
import { showHeld } from './former-address-routes.ts'
import type { PortalDeps } from './portal-deps.ts'
import type { Signed } from './portal-tools.ts'

/** Something that asks for an answer: a sentence under `portal.overview.waits`, and the page where it is given. */
export interface Waiting {
  what: string
  href: string
  /** Names in the sentence. */
  values: Record<string, string>
  /** The instant in it, in milliseconds. */
  at?: number
}

interface Looked {
  signed: Signed
  /** All that may be seen, those that were left as well. */
  accounts: readonly Account[]
  /** The address whose code this browser waits for. */
  proving: string | undefined
}

/** What waits for whoever is signed in, most pressing first; each leads to where it is answered. */
export const createWhatWaits = ({
  config,
  approvals,
  undo,
}: Pick<PortalDeps, 'config' | 'approvals' | 'undo'>): ((looked: Looked) => Promise<Waiting[]>) => {
  const { companies } = config.group
  const nameOf = (id: string): string => companies.get(id)?.name ?? id

  const atAccount = (signed: Signed, account: Account): Waiting[] => {
    const { id } = signed.principal
    const company = nameOf(account.company)
    const there = `/account/services#at-${account.company}`
    const declared = companies.get(account.company)
    if (account.status !== 'closed' && account.leaving)
      return [{ what: 'leaving', href: there, values: { company }, at: account.leaving.until }]
    if (account.status === 'closing' && account.closing?.at)
      return [{ what: 'closing', href: there, values: { company }, at: account.closing.at }]
    if (mayGiveWayIn(id, account) && !account.left?.unlisted)
      return [{ what: 'way-in', href: `/account/services/${account.company}/way-in`, values: { company } }]
    const more = account.link && declared ? notYetAgreed(account, detailsOfClaims(declared.release.receives)) : []
    return more.length > 0 ? [{ what: 'more', href: there, values: { company } }] : []
  }

  return async ({ signed, accounts, proving }) => {
    const { id, recovery, held, deletion, details, addresses } = signed.principal
    const [asked, undone] = await Promise.all([approvals.waitingFor(principalKey(id)), undo.offered(id)])
    const address = showHeld(signed)?.address ?? ''
    const contact = details.email
    return [
      ...[...new Set(asked.map(({ company }) => company))].map((company) => ({
        what: 'approval',
        href: '/account/security#asked',
        values: { company: nameOf(company) },
      })),
      ...(isOpenRecovery(recovery, now())
        ? [{ what: 'recovery', href: '/account/security', values: {}, at: recovery.until }]
        : []),
      ...(proving ? [{ what: 'code', href: '/account/details/address', values: { address: proving } }] : []),
      ...(held ? [{ what: 'held', href: '/account/details/former-address', values: { address }, at: held.until }] : []),
      ...(deletion?.until
        ? [{ what: 'ending', href: '/account/security#ending', values: {}, at: deletion.until }]
        : []),
      ...accounts.flatMap((account) => atAccount(signed, account)),
      ...(contact && addresses.length > 0 && !addresses.includes(contact)
        ? [{ what: 'contact', href: '/account/details', values: { address: contact } }]
        : []),
      ...(undone.size > 0 ? [{ what: 'undo', href: '/account/details#history', values: {} }] : []),
    ]
  }
}
