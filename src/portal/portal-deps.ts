import type {
  Account,
  AccountId,
  AccountLogEntry,
  AddressChanges,
  Authentication,
  ChangeDetails,
  CloseAccount,
  ConfirmAddress,
  CurrentPrincipal,
  HolderChoices,
  PrincipalId,
  ReadAccounts,
  ReadPrincipal,
  SeparateLogins,
  SetPassword,
  WaitingRecoveries,
} from '../accounts/index.ts'
import type { Activity, Undo } from '../activity/index.ts'
import type { Config } from '../config/index.ts'
import type { RequireStrong } from '../credentials/index.ts'
import type { Disclosures } from '../disclosures/index.ts'
import type { Http } from '../http/index.ts'
import type { SecretBox } from '../lib/secret-box.ts'
import type { Limits } from '../limits/index.ts'
import type {
  LinkExisting,
  Links,
  MakeUnified,
  ProveByCode,
  TakeBackAddress,
  TakeBackLink,
  UndoOpening,
  UnifiedOffer,
  Unlink,
} from '../links/index.ts'
import type { Bounces } from '../mail/index.ts'
import type { Oidc, TrustedDevices } from '../oidc/index.ts'
import type { PersonId, ReadPeople, UndoOffers } from '../people/index.ts'
import type { Portability } from '../portability/index.ts'
import type { Audience, Choose, Share, Unsubscribe } from '../preferences/index.ts'
import type { RightsRequests } from '../rights-requests/index.ts'
import type { Consents } from '../scopes/index.ts'
import type { AnswerApproval } from '../support/index.ts'

export interface PortalDeps {
  config: Config
  http: Pick<Http, 'readForm' | 'readFormWithFiles' | 'keptForms' | 'toldPages'>
  box: Pick<SecretBox, 'seal' | 'open'>
  oidc: Pick<
    Oidc,
    | 'session'
    | 'begin'
    | 'provenAgain'
    | 'sessionsOf'
    | 'offlineSessionsOf'
    | 'endSession'
    | 'endOfflineSession'
    | 'endOthers'
    | 'endOutdated'
    | 'endAccount'
    | 'endClient'
    | 'signOut'
  >
  people: ReadPeople
  accounts: ReadAccounts
  holderChoices: HolderChoices
  choose: Choose
  share: Share
  audience: Pick<Audience, 'askedAbout' | 'unlistedUntil'>
  unsubscribe: Unsubscribe
  links: Links
  linkExisting: LinkExisting
  unlink: Unlink
  takeBackLink: TakeBackLink
  undoOpening: UndoOpening
  takeBackAddress: TakeBackAddress
  confirmAddress: ConfirmAddress
  closeAccount: CloseAccount
  makeUnified: MakeUnified
  unifiedOffer: UnifiedOffer
  proveByCode: ProveByCode
  separateLogins: SeparateLogins
  readPrincipal: ReadPrincipal
  /** As `readPrincipal`, where they may act; what happened until now is in their trail. */
  currentPrincipal: CurrentPrincipal
  changeDetails: ChangeDetails
  addressChanges: AddressChanges
  setPassword: SetPassword
  /** What waits by an address that nobody has used for long. */
  recoveries: Pick<WaitingRecoveries, 'gate' | 'stop'>
  authentication: Authentication
  activity: Activity
  bounces: Pick<Bounces, 'since'>
  consents: Pick<Consents, 'ofAccount' | 'withdraw'>
  disclosures: Disclosures
  /** Copies log entries to where people read them (model M4); done before a page is shown, so that it is current. */
  record: {
    account: (account: Account, entries: AccountLogEntry[]) => Promise<void>
  }
  enqueue: (id: PrincipalId) => void
  enqueueAccount: (id: AccountId) => void
  trustedDevices: Pick<TrustedDevices, 'attempt' | 'trust'>
  requireStrong: RequireStrong
  limits: Pick<Limits, 'consume'>
  undo: Undo
  /** What the link in a mail takes back. */
  undoOffers: Pick<UndoOffers, 'find' | 'spend'>
  /** Ends what waits for a code of theirs, or for a new password by one. */
  dropBegun: (holder: PrincipalId, addresses: readonly string[]) => Promise<void>
  /** Ends a unified sign-in that has no account any more. AppError `accounts-left` (conflict). */
  erasePerson: (id: PersonId) => Promise<boolean>
  /** Calls that off, as long as it waits. */
  stay: (id: PersonId) => Promise<void>
  rightsRequests: Pick<RightsRequests, 'ask' | 'askForTheDead'>
  portability: Pick<Portability, 'begin' | 'list' | 'open' | 'handOver' | 'take'>
  /** What support of a company asked this person, and what they answer. */
  approvals: Pick<
    AnswerApproval,
    'waitingFor' | 'approve' | 'decline' | 'hasStandingApproval' | 'setStandingApproval' | 'object' | 'caseOf'
  >
}
