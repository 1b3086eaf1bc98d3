/**
 * The **console** is support's door (S4-5, S4-9): a staff sign-in of its own, and the pages of cases, staff and audit.
 * Thin: what may be seen and done in a case is the support feature's to decide, and to record.
 */
import Router from '@koa/router'
import type { DefaultState } from 'koa'
import { exactPaths, type PageExtras } from '../http/index.ts'
import { addAudit } from './audit-routes.ts'
import { addCases } from './cases-routes.ts'
import type { ConsoleDeps } from './console-deps.ts'
import { addRequests } from './requests-routes.ts'
import { addSignIn } from './sign-in-routes.ts'
import { createStaffGuard } from './staff-guard.ts'
import { addStaff } from './staff-routes.ts'

export const createConsole = (deps: ConsoleDeps) => {
  const router = new Router<DefaultState, PageExtras>(exactPaths)
  const door = createStaffGuard(deps)
  addSignIn(router, door, deps)
  addCases(router, door, deps)
  addRequests(router, door, deps)
  addStaff(router, door, deps)
  addAudit(router, door, deps)
  return { routes: () => router.routes() }
}
