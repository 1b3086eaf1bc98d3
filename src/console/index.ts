/**
 * The **console** is support's door (S4-5, S4-9): a staff sign-in of its own, and the pages of cases, staff and audit.
 * Thin: what may be seen and done in a case is the support feature's to decide, and to record.
 */
import { clientNetwork, mount } from '../http/index.ts'
import { auditRoutes } from './audit-routes.ts'
import { caseRoutes } from './cases-routes.ts'
import type { ConsoleDeps } from './console-deps.ts'
import { joinRoutes } from './join-routes.ts'
import { requestRoutes } from './requests-routes.ts'
import { signInRoutes } from './sign-in-routes.ts'
import { createStaffGuard } from './staff-guard.ts'
import { staffRoutes } from './staff-routes.ts'
import { statisticsRoutes } from './statistics-routes.ts'

export const createConsole = (deps: ConsoleDeps) => {
  const guard = createStaffGuard(deps)
  const table = [
    ...signInRoutes(guard, deps),
    ...joinRoutes(deps),
    ...caseRoutes(guard, deps),
    ...requestRoutes(guard, deps),
    ...staffRoutes(guard, deps),
    ...auditRoutes(guard, deps),
    ...statisticsRoutes(guard, deps),
  ]
  const middleware = mount(table, {
    enter: guard.enter,
    readForm: deps.http.readForm,
    readFormWithFiles: deps.http.readFormWithFiles,
    keptForms: deps.http.keptForms,
    toldPages: deps.http.toldPages,
    whose: guard.whose,
    signInFirst: guard.signInFirst,
    take: (limit, ctx) => deps.limits.consume(limit, clientNetwork(ctx)),
  })
  return { table, middleware }
}
