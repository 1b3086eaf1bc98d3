import type { Route } from '../http/index.ts'
import { nameOf } from '../support/index.ts'
import { pathOf } from './case-page.ts'
import { type ConsoleDeps, row } from './console-deps.ts'
import type { StaffGuard } from './staff-guard.ts'

/** The request desk: what support has handed on, to go on from there (S4-9). */
export const requestRoutes = (guard: StaffGuard, { support }: ConsoleDeps): Route[] => [
  row({
    method: 'GET',
    path: '/console/requests',
    right: 'requests',
    handler: async (ctx, staff) => {
      const handed = (await support.openCase.handedOn(staff)).map(({ case: id, account, by, at, from }) => ({
        href: pathOf(id),
        name: from ? nameOf(from) : id,
        reason: from?.reason ?? '',
        askedBy: from?.askedBy ?? 'person',
        account: account.slice(account.indexOf(':') + 1),
        by,
        at,
      }))
      guard.show(ctx, staff, 'requests', 'console/requests', { handed })
    },
  }),
]
