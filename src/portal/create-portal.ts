import Router from '@koa/router'
import type { DefaultState } from 'koa'
import type { PageExtras } from '../http/index.ts'
import { addAddressChange } from './address-routes.ts'
import { addDetails } from './details-routes.ts'
import { createDoor } from './door.ts'
import { addEndings } from './end-account-routes.ts'
import { addHistories } from './history-routes.ts'
import { addLinkAnother } from './link-another-routes.ts'
import type { PortalDeps } from './portal-deps.ts'
import { addPublicPages } from './public-routes.ts'
import { addSecurity } from './security-routes.ts'
import { addServices } from './services-routes.ts'
import { addSession } from './session-routes.ts'
import { addUndo } from './undo-routes.ts'
import { addWayIn } from './way-in-routes.ts'

export const createPortal = (deps: PortalDeps) => {
  const router = new Router<DefaultState, PageExtras>()
  const door = createDoor(deps)
  const extensions = (deps.extensions ?? []).map((extend) => extend(door))

  addSession(router, door, deps)
  addServices(router, door, deps)
  addLinkAnother(router, door, deps)
  addEndings(router, door, deps)
  addWayIn(router, door, deps)
  const { begin } = addAddressChange(router, door, deps)
  addDetails(router, door, { ...deps, beginAddressChange: begin })
  addSecurity(
    router,
    door,
    deps,
    extensions.filter(({ entry }) => entry === 'security'),
  )
  addHistories(router, door, deps)
  addUndo(router, deps)
  addPublicPages(router, deps)
  for (const { routes } of extensions) routes?.(router)

  return { routes: () => router.routes() }
}

export type Portal = ReturnType<typeof createPortal>
