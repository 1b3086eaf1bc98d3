import { clientNetwork, mount, type Route } from '../http/index.ts'
import { addressRoutes } from './address-routes.ts'
import { approvalRoutes } from './approval-routes.ts'
import { archiveRoutes } from './archive-routes.ts'
import { deleteRoutes } from './delete-routes.ts'
import { detailsRoutes } from './details-routes.ts'
import { endAccountRoutes } from './end-account-routes.ts'
import { endSessionsRoutes } from './end-sessions-routes.ts'
import { executorRoutes } from './executor-routes.ts'
import { formerAddressRoutes } from './former-address-routes.ts'
import { historyRoutes } from './history-routes.ts'
import { linkAnotherRoutes } from './link-another-routes.ts'
import { messagesRoutes } from './messages-routes.ts'
import { overviewRoutes } from './overview-routes.ts'
import { passwordRoutes } from './password-routes.ts'
import type { PortalDeps } from './portal-deps.ts'
import { publicRoutes } from './public-routes.ts'
import { requestsRoutes } from './requests-routes.ts'
import { securityRoutes } from './security-routes.ts'
import { separateLoginRoutes } from './separate-login-routes.ts'
import { servicesRoutes } from './services-routes.ts'
import { createSessionGuard, refused } from './session-guard.ts'
import { sessionRoutes } from './session-routes.ts'
import { sharingRoutes } from './sharing-routes.ts'
import { undoRoutes } from './undo-routes.ts'
import { createUnsubscribePages } from './unsubscribe-routes.ts'

export const createPortal = (deps: PortalDeps) => {
  const guard = createSessionGuard(deps)
  const address = addressRoutes(guard, deps)
  const { begin: beginAddressChange, writtenBefore: addressBefore } = address
  const table: Route[] = [
    ...sessionRoutes(deps),
    ...overviewRoutes(guard, { ...deps, addressBefore }),
    ...servicesRoutes(guard, deps),
    ...linkAnotherRoutes(guard, deps),
    ...endAccountRoutes(guard, deps),
    ...separateLoginRoutes(guard, deps),
    ...formerAddressRoutes(guard, deps),
    ...address.table,
    ...detailsRoutes(guard, { ...deps, beginAddressChange, addressBefore }),
    ...securityRoutes(guard, deps),
    ...passwordRoutes(guard, deps),
    ...endSessionsRoutes(deps),
    ...deleteRoutes(guard, deps),
    ...approvalRoutes({ ...deps, beginAddressChange }),
    ...historyRoutes(guard, deps),
    ...messagesRoutes(guard, deps),
    ...archiveRoutes(guard, deps),
    ...sharingRoutes(guard, deps),
    ...requestsRoutes(guard, deps),
    ...executorRoutes(deps),
    ...undoRoutes(deps),
    ...publicRoutes(deps),
  ]
  const middleware = mount(table, {
    enter: guard.enter,
    readForm: guard.readForm,
    readFormWithFiles: deps.http.readFormWithFiles,
    keptForms: deps.http.keptForms,
    toldPages: deps.http.toldPages,
    whose: guard.whose,
    againFor: guard.againFor,
    signInFirst: guard.signInFirst,
    admit: guard.admit,
    take: (limit, ctx) => deps.limits.consume(limit, clientNetwork(ctx)),
    refusal: refused,
  })
  return { table, middleware, unsubscribe: createUnsubscribePages(deps) }
}
