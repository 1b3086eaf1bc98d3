import Koa from 'koa'
import { principalKey } from '../accounts/index.ts'
import { createCompanyApi } from '../company-api/index.ts'
import { createConsole } from '../console/index.ts'
import { createDevelopers } from '../developers/index.ts'
import { health, metricsPage, navigationsOnly } from '../http/index.ts'
import type { Metrics } from '../lib/metrics.ts'
import { createPortal } from '../portal/index.ts'
import { createSignInPages } from '../sign-in/index.ts'
import { staffPasswordMinimum } from '../staff/index.ts'
import type { Features } from './features.ts'
import type { Floor } from './floor.ts'
import type { DevDoor } from './jobs.ts'

/** Every entry point, each given the features whole and taking what its own `…Deps` names. */
export const createEntryPoints = (floor: Floor, features: Features, failureFloor: number) => {
  const { oidc, support, strength, erasePerson, verifications } = features
  const given = { ...floor, ...features }
  const companyApi = createCompanyApi({ ...given, verifyToken: oidc.verifyCompanyToken })
  return {
    oidc,
    companyApi,
    developers: createDevelopers({ ...given, scimPaths: companyApi.paths, openApi: companyApi.document }),
    console: createConsole({ ...given, requireStrong: strength.ofAtLeast(staffPasswordMinimum), support }),
    portal: createPortal({
      ...given,
      erasePerson: erasePerson.erase,
      stay: erasePerson.stay,
      dropBegun: async (holder, addresses) => {
        await verifications.forget(principalKey(holder), addresses)
        await features.recoveries.stop(holder)
      },
      approvals: support.approvals,
    }),
    signInPages: createSignInPages({ ...given, failureFloor }),
  }
}

/** The table of each entry point: every address there is, what it takes, and who may. */
export const tablesOf = (
  { console, companyApi, developers, portal, signInPages }: ReturnType<typeof createEntryPoints>,
  dev: DevDoor | undefined,
) => ({
  'company-api': companyApi.table,
  console: console.table,
  developers: developers.table,
  portal: portal.table,
  unsubscribe: portal.unsubscribe.table,
  'sign-in': signInPages.table,
  dev: dev?.table ?? [],
})

/** All of them on their paths, in the order in which a request meets them. */
export const createServer = (
  { database, http, log, config }: Floor,
  { oidc, companyApi, console, developers, portal, signInPages }: ReturnType<typeof createEntryPoints>,
  metrics: Metrics,
  dev: DevDoor | undefined,
  isReady: () => boolean,
): Koa => {
  // It believes the headers of a proxy, which are the issuer's own by then (Z2).
  const koa = new Koa({ proxy: true })
  koa.on('error', (error: unknown) => log.error({ error }, 'a request failed beyond its answer'))
  const use = (...middleware: unknown[]) => {
    for (const each of middleware) koa.use(each as Koa.Middleware)
  }
  use(health(database, isReady))
  // Where there are several, this one's alone would be a lie.
  if (!config.production && config.processes === 1) use(metricsPage(metrics))
  use(...http.middleware, ...(dev?.middleware ?? []))
  // The provider first: it knows its few paths at a glance, and tokens are shown far more often than pages.
  use(oidc.middleware, ...companyApi.middleware)
  // Before what is for browsers alone: a mail service is none (RFC 8058).
  use(portal.unsubscribe.middleware)
  use(navigationsOnly, console.middleware, portal.middleware, signInPages.middleware, developers.middleware)
  return koa
}
