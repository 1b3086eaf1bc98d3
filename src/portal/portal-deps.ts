import type { Account, AccountLogEntry, AccountsStore, Closures, OwnSignIns, ProveSignIn } from '../accounts/index.ts'
import type { Activity, UndoOffer } from '../activity/index.ts'
import type { CompanyId } from '../companies/index.ts'
import type { Config } from '../config.ts'
import type { Disclosures } from '../disclosures/index.ts'
import type { Http, PageContext } from '../http/index.ts'
import type { Limits } from '../limits/index.ts'
import type { LinkProofs, Links } from '../links/index.ts'
import type { Oidc } from '../oidc/index.ts'
import type { CredentialChanges, PeopleStore, Person, PersonLogEntry } from '../people/index.ts'
import type { AnswerApproval } from '../support/index.ts'

export interface PortalDeps {
  config: Config
  http: Pick<Http, 'readForm'>
  oidc: Pick<Oidc, 'session' | 'provenAgain' | 'sessionsOf' | 'endSession' | 'endOthers' | 'endAccount' | 'signOut'>
  people: PeopleStore
  accounts: AccountsStore
  links: Links
  linkProofs: LinkProofs
  closures: Closures
  ownSignIns: OwnSignIns
  credentials: CredentialChanges
  prove: ProveSignIn
  activity: Activity
  disclosures: Disclosures
  /** Copies log entries to where people read them (model M4); done before a page is shown, so that it is current. */
  record: {
    person: (person: Person, entries: PersonLogEntry[]) => Promise<void>
    account: (account: Account, entries: AccountLogEntry[]) => Promise<void>
  }
  wakePerson: (id: string) => void
  wakeAccount: (id: string) => void
  /** Slows whoever guesses; a browser that the owner signed in with before is never locked out. */
  attempt: <T>(
    ctx: PageContext,
    address: string,
    prove: () => Promise<T | undefined>,
    at?: CompanyId | null,
  ) => Promise<T | undefined>
  /** Throws AppError `password-short`, `password-weak` or `password-long`. */
  requireStrong: (password: string, personal: string[], language: Person['language']) => Promise<void>
  limits: Pick<Limits, 'take'>
  undo: {
    /** Takes one change of a company or of support back, as a new change by the person; AppError when it is too late. */
    takeBack: (person: string, op: string) => Promise<void>
    /** Which of these operations may still be taken back. */
    offered: (person: Person, ops: readonly string[]) => Promise<readonly string[]>
    /** What a mail's link takes back; undefined when it is spent, too old or never was. */
    find: (token: string) => Promise<UndoOffer | undefined>
    /** True for the first who asks. */
    spend: (token: string) => Promise<boolean>
  }
  /** Ends a unified sign-in that has no account any more. AppError `accounts-left` (conflict). */
  erasePerson: (id: string) => Promise<void>
  /** What support of a company asked this person, and what they answer. */
  approvals: Pick<AnswerApproval, 'waitingFor' | 'approve' | 'decline' | 'standing' | 'chooseStanding' | 'object'>
}
