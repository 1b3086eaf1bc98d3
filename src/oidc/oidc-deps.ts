import type { Account, AccountsStore, PrincipalId, ReadPrincipal } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { Config } from '../config/index.ts'
import type { Log } from '../lib/log.ts'
import type { Outbound } from '../lib/outbound.ts'
import type { Limits } from '../limits/index.ts'
import type { Consents } from '../scopes/index.ts'
import type { Connection, Lease } from '../storage/index.ts'
import type { ProofMethod } from './interaction-policy.ts'

/** A person reached a service: what activity keeps of it. */
export interface ServiceUse {
  principal: PrincipalId
  account: string
  company: string
  /** One of the company's own services, or a partner's application. */
  service?: string
  partner?: string
  /** The browser in which it was allowed. */
  device?: string
  /** A proof was given for it, or the session was enough. */
  how: 'signed-in' | 'session' | 'device'
  /** Of `signed-in`: what let them in. */
  method?: ProofMethod
  /** Digest of that browser's own id. */
  browser?: string
  /** The browser asks so with every request (Sec-GPC, DNT). */
  asksNotToBeTracked: boolean
}

export interface OidcDeps {
  config: Config
  connection: Connection
  /** Whoever holds it looks for what falls due. */
  lease: Pick<Lease, 'isHeld'>
  accounts: AccountsStore
  readPrincipal: ReadPrincipal
  /** The account of a principal at a company (`links.accountOf`). */
  accountOf: (id: PrincipalId, company: CompanyId) => Promise<Account | undefined>
  consents: Consents
  outbound: Outbound
  limits: Pick<Limits, 'judged' | 'consume' | 'refund'>
  /** Whether a company holds this browser for misused. */
  isMarked?: (company: CompanyId, browser: string) => Promise<boolean>
  onUse?: (use: ServiceUse) => void | Promise<void>
  /** A spent code or refresh token was presented: somebody copied it, and all that came of it has ended. */
  onReuse?: (reuse: { principal: PrincipalId; account?: string; service?: string }) => void | Promise<void>
  /** One session too many began: the one that was not used for longest ended for it. */
  /** Somebody signed out themselves, at a service or in their account pages. */
  onSignedOut?: (ended: { principal: PrincipalId; device?: string }) => void | Promise<void>
  onSessionEvicted?: (ended: { principal: PrincipalId; device?: string }) => void | Promise<void>
  log: Log
}
