import type Router from '@koa/router'
import type { RouterContext } from '@koa/router'
import type { DefaultState } from 'koa'
import type { AccountsStore, OwnSignIns, ProveSignIn } from '../../accounts/index.ts'
import type { Activity } from '../../activity/index.ts'
import type { CompanyId } from '../../companies/index.ts'
import type { Config } from '../../config.ts'
import type { Disclosures } from '../../disclosures/index.ts'
import type { Http, PageContext, PageExtras } from '../../http/index.ts'
import type { Limits } from '../../limits/index.ts'
import type { LinkProofs, Links } from '../../links/index.ts'
import type { CredentialChanges, PeopleStore, PersonRegistration } from '../../people/index.ts'
import type { Consents } from '../../scopes/index.ts'
import type { Oidc } from '../oidc.ts'

export type StepContext = RouterContext<DefaultState, PageExtras>
export type StepRouter = Router<DefaultState, PageExtras>

export interface SignInPagesDeps {
  config: Config
  http: Pick<Http, 'readForm'>
  oidc: Pick<Oidc, 'interaction' | 'finish' | 'switchPerson' | 'session' | 'provenAgain' | 'endAccount'>
  people: PeopleStore
  accounts: AccountsStore
  registration: PersonRegistration
  credentials: CredentialChanges
  prove: ProveSignIn
  ownSignIns: OwnSignIns
  links: Links
  linkProofs: LinkProofs
  consents: Consents
  activity: Pick<Activity, 'record'>
  disclosures: Pick<Disclosures, 'recordPartner'>
  limits: Pick<Limits, 'take' | 'isReached'>
  devices: {
    /** Slows whoever guesses; a browser that the owner signed in with before is never locked out. */
    attempt: <T>(
      ctx: PageContext,
      address: string,
      prove: () => Promise<T | undefined>,
      at?: CompanyId | null,
    ) => Promise<T | undefined>
    /** True when this browser was not known for this address before. */
    remember: (ctx: PageContext, address: string) => boolean
  }
  /** Throws AppError `password-short`, `password-weak` or `password-long`. */
  requireStrong: (password: string, personal: string[]) => Promise<void>
  wakePerson: (person: string) => void
  wakeAccount: (account: string) => void
  /** Milliseconds before which no failed sign-in is answered: its time tells nothing (T19). */
  failureFloor: number
}
