import Router from '@koa/router'
import type { DefaultState } from 'koa'
import { exactPaths, type PageExtras } from '../http/index.ts'
import { addAddressChange } from './address-routes.ts'
import { addApprovals } from './approval-routes.ts'
import { addDetails } from './details-routes.ts'
import { addEndings } from './end-account-routes.ts'
import { addFormerAddress } from './former-address-routes.ts'
import { addHistories } from './history-routes.ts'
import { addLinkAnother } from './link-another-routes.ts'
import type { PortalDeps } from './portal-deps.ts'
import { addPublicPages } from './public-routes.ts'
import { addSecurity } from './security-routes.ts'
import { addWayIn } from './separate-login-routes.ts'
import { addServices } from './services-routes.ts'
import { createSessionGuard } from './session-guard.ts'
import { addSession } from './session-routes.ts'
import { addUndo } from './undo-routes.ts'

export const createPortal = (deps: PortalDeps) => {
  const router = new Router<DefaultState, PageExtras>(exactPaths)
  const door = createSessionGuard(deps)

  addSession(router, door, deps)
  addServices(router, door, deps)
  addLinkAnother(router, door, deps)
  addEndings(router, door, deps)
  addWayIn(router, door, deps)
  addFormerAddress(router, door, deps)
  const { begin, writtenBefore } = addAddressChange(router, door, deps)
  addDetails(router, door, { ...deps, beginAddressChange: begin, addressBefore: writtenBefore })
  addSecurity(router, door, deps)
  addApprovals(router, door, { ...deps, beginAddressChange: begin })
  addHistories(router, door, deps)
  addUndo(router, deps)
  addPublicPages(router, deps)

  return { routes: () => router.routes() }
}
