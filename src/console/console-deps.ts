import type Router from '@koa/router'
import type { RouterContext } from '@koa/router'
import type { DefaultState } from 'koa'
import type { Audit } from '../audit/index.ts'
import type { Config } from '../config.ts'
import type { Http, PageExtras } from '../http/index.ts'
import type {
  ActOnAccount,
  CaseStore,
  CorrectDetails,
  LookStore,
  ManageStaff,
  OpenCase,
  ProveCaller,
  SeeCase,
  Staff,
  StaffSignIn,
} from '../support/index.ts'

export type ConsoleContext = RouterContext<DefaultState, PageExtras>
export type ConsoleRouter = Router<DefaultState, PageExtras>

export interface ConsoleDeps {
  config: Config
  http: Pick<Http, 'readForm'>
  signIn: StaffSignIn
  manageStaff: ManageStaff
  audit: Audit
  /** A signed JWT of type `audit-head+jwt`. */
  signHead: (head: { company: string; seq: number; hash: string }) => Promise<string>
  looks: LookStore
  cases: CaseStore
  openCase: OpenCase
  proveCaller: ProveCaller
  seeCase: SeeCase
  corrections: CorrectDetails
  actOnAccount: ActOnAccount
  /** Throws AppError `password-short`, `password-weak` or `password-long`; staff need 15 characters. */
  requireStrong: (password: string, personal: string[], language: 'en' | 'sv' | 'ja') => Promise<void>
}

export type StaffHandler = (ctx: ConsoleContext, staff: Staff) => Promise<void>
