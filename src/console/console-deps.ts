import type Router from '@koa/router'
import type { RouterContext } from '@koa/router'
import type { DefaultState } from 'koa'
import type { Config } from '../config/index.ts'
import type { RequireStrong } from '../credentials/index.ts'
import type { Http, PageExtras } from '../http/index.ts'
import type { Limits } from '../limits/index.ts'
import type { Oidc } from '../oidc/index.ts'
import type { Staff } from '../staff/index.ts'
import type { Support } from '../support/index.ts'

export type ConsoleContext = RouterContext<DefaultState, PageExtras>
export type ConsoleRouter = Router<DefaultState, PageExtras>

export interface ConsoleDeps {
  config: Config
  http: Pick<Http, 'readForm'>
  oidc: Pick<Oidc, 'sign'>
  limits: Pick<Limits, 'consume'>
  support: Pick<
    Support,
    | 'signIn'
    | 'manageStaff'
    | 'joinStaff'
    | 'audit'
    | 'looks'
    | 'cases'
    | 'openCase'
    | 'proveCaller'
    | 'seeCase'
    | 'corrections'
    | 'actOnAccount'
    | 'resendCode'
  >
  /** Staff's: longer than people's. */
  requireStrong: RequireStrong
}

export type StaffHandler = (ctx: ConsoleContext, staff: Staff) => Promise<void>
