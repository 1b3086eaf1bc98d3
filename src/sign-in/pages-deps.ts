import type {
  AccountId,
  Authentication,
  ChangeDetails,
  HolderChoices,
  PrincipalId,
  ReadAccounts,
  ReadPrincipal,
  Recovery,
  SeparateLogins,
} from '../accounts/index.ts'
import type { Activity } from '../activity/index.ts'
import type { Config } from '../config/index.ts'
import type { RequireStrong } from '../credentials/index.ts'
import type { Disclosures } from '../disclosures/index.ts'
import type { Http, RouteContext } from '../http/index.ts'
import type { Limits } from '../limits/index.ts'
import type { AllowApplication, LinkExisting, Links, MakeUnified, ProveByCode, UnifiedOffer } from '../links/index.ts'
import type { Oidc, TrustedDevices } from '../oidc/index.ts'
import type { AgeGate, PersonId, PersonRegistration } from '../people/index.ts'

export type StepContext = RouteContext

export interface SignInPagesDeps {
  config: Config
  http: Pick<Http, 'readForm' | 'keptForms'>
  oidc: Pick<
    Oidc,
    'interaction' | 'nameTheService' | 'note' | 'finish' | 'chooseAnother' | 'switchPerson' | 'session' | 'provenAgain'
  >
  readPrincipal: ReadPrincipal
  changeDetails: ChangeDetails
  accounts: ReadAccounts
  holderChoices: Pick<HolderChoices, 'noteLinkOffered'>
  registration: PersonRegistration
  ageGate: AgeGate
  recovery: Recovery
  authentication: Authentication
  separateLogins: SeparateLogins
  links: Links
  linkExisting: LinkExisting
  makeUnified: MakeUnified
  unifiedOffer: UnifiedOffer
  proveByCode: ProveByCode
  allowApplication: AllowApplication
  activity: Pick<Activity, 'record'>
  disclosures: Pick<Disclosures, 'recordPartner'>
  limits: Pick<Limits, 'consume'>
  trustedDevices: TrustedDevices
  requireStrong: RequireStrong
  enqueue: (id: PrincipalId) => void
  enqueuePerson: (person: PersonId) => void
  enqueueAccount: (account: AccountId) => void
  /** Milliseconds before which no failed sign-in is answered: its time tells nothing (T19). */
  failureFloor: number
}
