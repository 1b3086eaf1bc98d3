import { nameOf } from '../support/index.ts'
import { pathOf } from './case-page.ts'
import type { ConsoleDeps, ConsoleRouter } from './console-deps.ts'
import type { StaffGuard } from './staff-guard.ts'

/** The request desk: what support has handed on, to go on from there (S4-9). */
export const addRequests = (router: ConsoleRouter, door: StaffGuard, { support }: ConsoleDeps): void => {
  router.get(
    '/console/requests',
    door.staffOnly('requests', async (ctx, staff) => {
      const handed = (await support.openCase.handedOn(staff)).map(({ case: id, account, by, at, from }) => ({
        href: pathOf(id),
        name: from ? nameOf(from) : id,
        reason: from?.reason ?? '',
        askedBy: from?.askedBy ?? 'person',
        account: account.slice(account.indexOf(':') + 1),
        by,
        at,
      }))
      door.show(ctx, staff, 'requests', 'console/requests', { handed })
    }),
  )
}
