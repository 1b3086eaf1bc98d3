import { wholeName } from '../details/index.ts'
import type { Route } from '../http/index.ts'
import { second } from '../lib/clock.ts'
import { createLinkStatus } from './link-status.ts'
import type { PortalDeps } from './portal-deps.ts'
import { type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import type { ShownStatus } from './present-services.ts'
import { createVisibleAccounts } from './visible-accounts.ts'
import { createWhatWaits } from './what-waits.ts'

type OverviewDeps = Pick<
  PortalDeps,
  'config' | 'accounts' | 'links' | 'oidc' | 'disclosures' | 'approvals' | 'undo' | 'record'
> & {
  /** The new address that they wrote, while its code waits in this browser. */
  addressBefore: (ctx: PortalContext, signed: Signed) => Promise<string | undefined>
}

/** What people come to ask, by its name under `portal.overview.questions`, and the page where the answer stands. */
const questions = [
  { name: 'birth-date', href: '/account/sharing#now' },
  { name: 'arrived', href: '/account/sharing#diary' },
  { name: 'support', href: '/account/sharing#support' },
  { name: 'close', href: '/account/services' },
  { name: 'unlink', href: '/account/services', linked: true },
  { name: 'source', href: '/account/details' },
  { name: 'marketing', href: '/account/messages#choices' },
  { name: 'file', href: '/account/requests#archive' },
  { name: 'policy', href: '/account/sharing#conditions' },
  { name: 'abroad', href: '/account/sharing#conditions' },
  { name: 'signed-in', href: '/account/security#activity' },
  { name: 'analytics', href: '/account/messages#objections' },
  { name: 'responsible', href: '/account/services' },
  { name: 'complain', href: '/account/requests' },
] as const

/** Worst first: what is said at the top of the page, of all companies in that state. */
const states: readonly ShownStatus[] = ['refused', 'on its way', 'paused', 'in step']

/** **Overview**: who they are here, whether all is well, what waits for them, and the way to what people come to ask. */
export const overviewRoutes = (tools: PortalTools, deps: OverviewDeps): Route[] => {
  const { config, oidc, record } = deps
  const { companies } = config.group
  const visible = createVisibleAccounts(deps)
  const { statusOf } = createLinkStatus(deps)
  const whatWaits = createWhatWaits(deps)

  const showOverview = async (ctx: PortalContext, signed: Signed): Promise<void> => {
    const { principal, session } = signed
    const { language } = ctx.page
    const [accounts, sessions, lasting, proving] = await Promise.all([
      visible.all(signed),
      oidc.sessionsOf(principal.id),
      oidc.offlineSessionsOf(principal.id),
      deps.addressBefore(ctx, signed),
    ])
    await Promise.all(accounts.map((account) => record.account(account, account.log)))
    const live = await visible.live(signed)
    const cards = (
      await Promise.all(
        live.map(async (account) => {
          const company = companies.get(account.company)
          return company ? [{ company, linked: account.link !== null, ...(await statusOf(account, principal)) }] : []
        }),
      )
    )
      .flat()
      .sort((a, b) => a.company.name.localeCompare(b.company.name, language))
    const said = states.flatMap((status) => {
      const names = cards.filter((card) => card.status === status).map(({ company }) => company.name)
      return names.length > 0 ? [{ status, names }] : []
    })
    const here = sessions.find(({ uid }) => uid === session.uid)
    tools.show(ctx, signed, 'overview', 'portal/overview', {
      name: principal.details.givenName ?? '',
      whole: wholeName(principal.details) ?? '',
      cards,
      said,
      waits: await whatWaits({ signed, accounts, proving }),
      browser: here ? { device: here.device, signedInAt: here.signedInAt * second } : null,
      others: sessions.length + lasting.length - (here ? 1 : 0),
      questions: questions.filter((each) => !('linked' in each) || cards.some(({ linked }) => linked)),
      mayLinkAnother: principal.person !== undefined && (await visible.linkable(signed)).length > 0,
    })
  }

  return [row({ method: 'GET', path: '/account', right: 'signed in', handler: showOverview })]
}
