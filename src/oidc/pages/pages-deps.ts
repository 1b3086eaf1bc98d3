import type Router from '@koa/router'
import type { RouterContext } from '@koa/router'
import type { DefaultState } from 'koa'
import type { AccountId, AccountsStore, OwnSignIns, ProveSignIn, Recovery } from '../../accounts/index.ts'
import type { Activity } from '../../activity/index.ts'
import type { Config } from '../../config.ts'
import type { Disclosures } from '../../disclosures/index.ts'
import type { Http, PageExtras } from '../../http/index.ts'
import type { Limits } from '../../limits/index.ts'
import type { AllowApplication, LinkExisting, Links, MakeUnified, ProveByCode } from '../../links/index.ts'
import type { PeopleStore, PersonId, PersonRegistration, RequireStrong } from '../../people/index.ts'
import type { Oidc } from '../oidc.ts'
import type { Devices } from './devices.ts'

export type StepContext = RouterContext<DefaultState, PageExtras>
export type StepRouter = Router<DefaultState, PageExtras>

export interface SignInPagesDeps {
  config: Config
  http: Pick<Http, 'readForm'>
  oidc: Pick<Oidc, 'interaction' | 'note' | 'finish' | 'chooseAnother' | 'switchPerson' | 'session' | 'provenAgain'>
  people: PeopleStore
  accounts: AccountsStore
  registration: PersonRegistration
  recovery: Recovery
  prove: ProveSignIn
  ownSignIns: OwnSignIns
  links: Links
  linkExisting: LinkExisting
  makeUnified: MakeUnified
  proveByCode: ProveByCode
  allowApplication: AllowApplication
  activity: Pick<Activity, 'record'>
  disclosures: Pick<Disclosures, 'recordPartner'>
  limits: Pick<Limits, 'take' | 'isReached'>
  devices: Devices
  requireStrong: RequireStrong
  wakePerson: (person: PersonId) => void
  wakeAccount: (account: AccountId) => void
  /** Milliseconds before which no failed sign-in is answered: its time tells nothing (T19). */
  failureFloor: number
}
