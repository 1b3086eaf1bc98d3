import { principalKey } from '../accounts/index.ts'
import { createCompanyApi } from '../company-api/index.ts'
import { createConsole } from '../console/index.ts'
import { createDevelopers } from '../developers/index.ts'
import { navigationsOnly, type PageMiddleware } from '../http/index.ts'
import { createPortal } from '../portal/index.ts'
import { createSignInPages } from '../sign-in/index.ts'
import { staffPasswordMinimum } from '../staff/index.ts'
import type { Features } from './features.ts'
import type { Floor } from './floor.ts'

/**
 * Every entry point, each given the features whole and taking what its own `…Deps` names: their tables, every address
 * there is with what it takes and who may, and what answers on them, in the order in which a request meets it.
 */
export const createEntryPoints = (floor: Floor, features: Features, failureFloor: number) => {
  const { oidc, support, strength, erasePerson, verifications } = features
  const given = { ...floor, ...features }
  const companyApi = createCompanyApi({ ...given, verifyToken: oidc.verifyCompanyToken })
  const developers = createDevelopers({ ...given, scimPaths: companyApi.paths, openApi: companyApi.document })
  const console = createConsole({ ...given, requireStrong: strength.ofAtLeast(staffPasswordMinimum), support })
  const portal = createPortal({
    ...given,
    erasePerson: erasePerson.erase,
    stay: erasePerson.stay,
    dropBegun: async (holder, addresses) => {
      await verifications.forget(principalKey(holder), addresses)
      await features.recoveries.stop(holder)
    },
    approvals: support.approvals,
  })
  const signInPages = createSignInPages({ ...given, failureFloor })
  return {
    plainly: companyApi.plainly,
    tables: {
      'company-api': companyApi.table,
      console: console.table,
      developers: developers.table,
      portal: portal.table,
      unsubscribe: portal.unsubscribe.table,
      'sign-in': signInPages.table,
    },
    middleware: [
      ...companyApi.middleware,
      // Before what is for browsers alone: a mail service is none (RFC 8058).
      portal.unsubscribe.middleware,
      navigationsOnly,
      console.middleware,
      portal.middleware,
      signInPages.middleware,
      developers.middleware,
    ] as PageMiddleware[],
  }
}

export type EntryPoints = ReturnType<typeof createEntryPoints>
