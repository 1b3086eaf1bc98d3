import type { Analytics } from '../analytics/index.ts'
import type { Config } from '../config/index.ts'
import type { RequireStrong } from '../credentials/index.ts'
import { type Http, type RouteContext, rowsOf } from '../http/index.ts'
import type { Limits } from '../limits/index.ts'
import type { Oidc } from '../oidc/index.ts'
import type { RightsRequests } from '../rights-requests/index.ts'
import type { Action, Staff } from '../staff/index.ts'
import type { Support } from '../support/index.ts'

export type ConsoleContext = RouteContext

export interface ConsoleDeps {
  config: Config
  http: Pick<Http, 'readForm' | 'readFormWithFiles' | 'keptForms' | 'toldPages'>
  oidc: Pick<Oidc, 'sign'>
  limits: Pick<Limits, 'consume'>
  support: Pick<
    Support,
    | 'signIn'
    | 'manageStaff'
    | 'joinStaff'
    | 'audit'
    | 'looks'
    | 'closeAlarm'
    | 'cases'
    | 'openCase'
    | 'proveCaller'
    | 'seeCase'
    | 'corrections'
    | 'actOnAccount'
    | 'resendCode'
  >
  rightsRequests: Pick<RightsRequests, 'desk'>
  analytics: Pick<Analytics, 'statisticsFor'>
  /** Staff's: longer than people's. */
  requireStrong: RequireStrong
}

/** Anyone at all, whoever is on staff, or whose role lets them do that at their company; the roles are `staff`'s. */
export type ConsoleRight = 'anyone' | 'staff member' | Action

export const row = rowsOf<Record<Exclude<ConsoleRight, 'anyone'>, Staff> & { anyone: undefined }>()
