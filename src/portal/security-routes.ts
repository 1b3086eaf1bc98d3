import { z } from 'zod'
import { principalKey } from '../accounts/index.ts'
import { coarseNetwork, kindsOn } from '../activity/index.ts'
import { isOpenRecovery } from '../credentials/index.ts'
import { clientNetwork, fields, type Route } from '../http/index.ts'
import { now, second } from '../lib/clock.ts'
import { showApproval } from './approval-routes.ts'
import { isHeldBack } from './delete-routes.ts'
import type { PortalDeps } from './portal-deps.ts'
import { outcomeIn, type PortalContext, type PortalTools, row, type Signed } from './portal-tools.ts'
import { createSupportCases } from './support-cases.ts'
import { createVisibleAccounts } from './visible-accounts.ts'

type SecurityDeps = Pick<PortalDeps, 'config' | 'accounts' | 'links' | 'oidc' | 'activity' | 'approvals' | 'bounces'>

const shownEvents = 30

/** **Security**: the sessions, what happened to the sign-in, and what waits to be decided. */
export const securityRoutes = (tools: PortalTools, deps: SecurityDeps): Route[] => {
  const { config, oidc, activity, approvals } = deps
  const { companies, services, partners } = config.group
  const visible = createVisibleAccounts(deps)
  const byCase = createSupportCases(deps)

  const showSecurity = async (
    ctx: PortalContext,
    signed: Signed,
    { before, done }: { before?: string | undefined; done?: string | undefined },
  ): Promise<void> => {
    const { principal, session } = signed
    const { id, deletion, recovery } = principal
    const key = principalKey(id)
    const [sessions, offlineSessions, events, waiting, standing, cameBackSince] = await Promise.all([
      oidc.sessionsOf(id),
      oidc.offlineSessionsOf(id),
      activity.listFor(id, { limit: shownEvents + 1, kinds: kindsOn('security'), before }),
      approvals.waitingFor(key),
      approvals.hasStandingApproval(key),
      deps.bounces.since(principal.addresses),
    ])
    tools.show(ctx, signed, 'security', 'portal/security', {
      addresses: principal.addresses,
      cameBackSince,
      sessions: sessions
        .map((each) => ({
          ...each,
          // The engine counts seconds.
          signedInAt: each.signedInAt * second,
          lastUsedAt: each.lastUsedAt * second,
          here: each.uid === session.uid,
        }))
        .sort((a, b) => Number(b.here) - Number(a.here) || b.lastUsedAt - a.lastUsedAt),
      offlineSessions: offlineSessions.map((each) => ({ ...each, signedInAt: each.signedInAt * second })),
      events: (await byCase(signed, events.slice(0, shownEvents))).map((event) => ({
        ...event,
        place: event.kind !== 'support-case' && event.network ? placeOf(ctx, event.network) : '',
        companyName: (event.company && companies.get(event.company)?.name) ?? '',
        serviceName:
          event.kind === 'support-case'
            ? ''
            : (services.get(event.service ?? '')?.name ?? partners.get(event.partner ?? '')?.name ?? ''),
      })),
      older: events.length > shownEvents ? events[shownEvents - 1]?.id : null,
      recovery: isOpenRecovery(recovery, now()) ? { address: recovery.address, until: recovery.until } : null,
      waiting: waiting.map((each) => showApproval(each, companies)),
      standing,
      mayDelete:
        deletion !== undefined &&
        deletion.until === undefined &&
        (await visible.live(signed)).every((account) => isHeldBack(signed, account)),
      endsAt: deletion?.until ?? null,
      done: outcomeIn('security', done),
    })
  }

  return [
    row({
      method: 'GET',
      path: '/account/security',
      right: 'signed in',
      query: z.object({ before: fields.word(400), done: fields.word(30) }),
      handler: (ctx, signed, { query }) => showSecurity(ctx, signed, query),
    }),
  ]
}

/** Where something was done from, as somebody can tell it: the network they are on now, or another one by its numbers. */
const placeOf = (ctx: PortalContext, network: string): string =>
  network === coarseNetwork(clientNetwork(ctx))
    ? ctx.page.t('portal.security.this-network')
    : ctx.page.t('portal.security.network', { network })
