import {
  type Account,
  type AccountId,
  type AccountsStore,
  type Decide,
  releasedTo,
  syncCopy,
} from '../accounts/index.ts'
import type { Company, CompanyId } from '../companies/index.ts'
import { allEnded } from '../lib/all-ended.ts'
import { now } from '../lib/clock.ts'
import {
  changeDetails,
  detailsOf,
  isRecoverable,
  type PeopleStore,
  type Person,
  type PersonId,
} from '../people/index.ts'

export interface SyncDeps {
  people: PeopleStore
  accounts: AccountsStore
  company: (id: CompanyId) => Company | undefined
  revisionOf: (company: CompanyId) => number
}

/**
 * Carries a person's newest details to the accounts that they hold (S4-3). Level-triggered: reads what is, writes what
 * should be, and may be run by anybody at any time. Whose copy was written just now; the others stand at the version that
 * was read.
 */
export const syncCopies = async (deps: SyncDeps, person: Person, held: readonly Account[]): Promise<AccountId[]> => {
  if (person.status !== 'active') return []
  const made = await allEnded(held.map((account) => syncAccount(deps, account, person)))
  return made.flatMap((after) => after?._id ?? [])
}

/** The account after it; undefined where there was nothing to do. */
export const syncAccount = async (deps: SyncDeps, account: Account, person: Person): Promise<Account | undefined> =>
  deps.accounts.change(account._id, inStepWith(deps, account, person), account)

/** The rule that brings an account to a person's details, as far as its company may have them. */
const inStepWith = (deps: SyncDeps, account: Account, person: Person): Decide => {
  const company = deps.company(account.company)
  if (!company) return () => undefined
  const newest = {
    person: person._id,
    v: person.v,
    details: detailsOf(person),
    r: deps.revisionOf(company.id),
    at: now(),
  }
  return (seen) => syncCopy(seen, { ...newest, released: releasedTo(seen, company) })
}

/**
 * Makes on the person what was decided on one of their accounts (model M11): in the order it was decided, each once,
 * then takes the intent away. A company's write on a link that ended meanwhile is superseded. The account after it.
 * `handed`: the account as it was just read or written, with an intent; each is taken away by a compare-and-set, so that
 * what came since is found as well. `following`: what else the person as they are then makes of the account, in that same
 * write.
 */
export const applyIntents = async (
  deps: Pick<SyncDeps, 'people' | 'accounts'>,
  { _id }: Pick<Account, '_id'>,
  handed?: Account,
  following?: (account: Account, person: Person) => Decide,
): Promise<Account | null> => {
  let account = handed ?? (await deps.accounts.get(_id))
  for (;;) {
    const [op, intent] = Object.entries(account?.intents ?? {}).sort(([, a], [, b]) => a.n - b.n)[0] ?? []
    if (!account || !op || !intent) return account
    const person = account.link && (await applyTo(deps.people, account.link.person, account, op, intent))
    const follows = person && following?.(account, person)
    const done: Decide = (seen) => {
      const mutation = follows?.(seen)
      return seen.intents[op] ? { ...mutation, unset: [...(mutation?.unset ?? []), `intents.${op}`] } : mutation
    }
    account = (await deps.accounts.change(_id, done, account)) ?? (await deps.accounts.get(_id))
  }
}

/** As `applyIntents`, and the account's own copy follows in the same write. */
export const applyToOwnCopy = (deps: SyncDeps, written: Account): Promise<Account | null> =>
  applyIntents(deps, written, written, (account, person) => inStepWith(deps, account, person))

/** The person after it; undefined where it is made on nobody any more. */
const applyTo = async (
  people: PeopleStore,
  person: PersonId,
  account: Account,
  op: string,
  { n, changes, actor, source, reason }: Account['intents'][string],
): Promise<Person | undefined> => {
  const seen = await people.get(person)
  if (!seen || !isRecoverable(seen)) return undefined
  const once = { account: account._id, n }
  return (await changeDetails(people, person, { op, source, actor, changes, reason, once, seen })).person
}
