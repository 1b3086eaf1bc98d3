import type { Details } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import {
  detailsOf,
  formerAddressesOf,
  heldBy,
  inForce,
  type PeopleStore,
  type Person,
  type PersonLogEntry,
  signInAddresses,
  versionsOf,
} from '../people/index.ts'
import type { Account, AccountLogEntry } from './account.ts'
import type { AccountsStore } from './accounts-store.ts'
import { actorOf, asAccount, asPerson, holderOf, type Principal, type PrincipalId, rawIdOf } from './principal.ts'

/** What the two kinds do not share. */
type Own = Pick<
  Principal,
  'id' | 'person' | 'company' | 'isActive' | 'isGone' | 'signInKey' | 'credential' | 'v' | 'sourceOf'
> &
  Pick<Principal, 'standsStill' | 'deletion' | 'isOfferedLink'> & {
    addresses: () => string[]
    details: () => Details
    versions: () => Principal['versions']
  }

/** Each part is worked out when it is asked: most who look ask for one, and tokens are looked at often. */
const from = (document: Person | Account, { addresses, details, versions, ...own }: Own): Principal => ({
  ...own,
  actor: actorOf(own.id),
  language: document.language,
  createdAt: document.createdAt,
  credentialEpoch: document.credentialEpoch,
  takeBacks: document.takeBacks ?? [],
  recovery: document.recovery,
  log: document.log,
  get country() {
    return details().country ?? undefined
  },
  get address() {
    return addresses()[0] ?? ''
  },
  get addresses() {
    return addresses()
  },
  get formerAddresses() {
    return formerAddressesOf(document, now())
  },
  get wayInAddress() {
    return heldBy(document, now())?.address ?? addresses()[0] ?? details().email ?? ''
  },
  get held() {
    return heldBy(document, now())
  },
  get details() {
    return details()
  },
  get versions() {
    return versions()
  },
})

export const principalOfPerson = (person: Person): Principal =>
  from(person, {
    id: asPerson(person._id),
    person: person._id,
    company: null,
    isActive: person.status === 'active',
    isGone: person.status === 'erased',
    signInKey: person.identifiers[0],
    credential: person.credentials?.[0],
    addresses: () => signInAddresses(person),
    details: () => detailsOf(person),
    versions: () => versionsOf(person),
    v: person.v,
    sourceOf: (detail) => inForce(person.fields, detail)?.source,
    standsStill: person.status !== 'active',
    deletion: { until: person.ending?.until },
    isOfferedLink: false,
  })

export const principalOfAccount = (account: Account): Principal =>
  from(account, {
    id: asAccount(account._id),
    person: undefined,
    company: account.company,
    // A closing account has the account pages left to it: the way back is there.
    isActive:
      (account.status === 'open' || account.status === 'closing') && account.link === null && account.signIn !== null,
    isGone: account.status === 'closed',
    signInKey: account.signIn?.key,
    credential: account.signIn?.credential,
    addresses: () => (account.signIn ? [account.signIn.address] : []),
    details: () => account.copy,
    versions: () => ({}),
    v: undefined,
    sourceOf: () => undefined,
    standsStill: account.link !== null || account.status !== 'open',
    deletion: undefined,
    isOfferedLink: account.link === null && account.offeredLinkAt === undefined,
  })

interface RecordLogs {
  person: (person: Person, entries: PersonLogEntry[]) => Promise<void>
  account: (account: Account, entries: AccountLogEntry[]) => Promise<void>
}

export interface PrincipalDocuments {
  people: Pick<PeopleStore, 'get'>
  accounts: Pick<AccountsStore, 'get'>
}

/** A principal, and what copies its document's log to where people read it (model M4). */
type Seen = { principal: Principal; record: () => Promise<void> }

/** A document is what one read answered, and never changed: whoever reads the same one again meets the same principal. */
const principals = new WeakMap<object, Principal>()
const known = <Document extends object>(document: Document, of: (document: Document) => Principal): Principal => {
  const made = principals.get(document) ?? of(document)
  principals.set(document, made)
  return made
}

const lookAt = ({ people, accounts }: PrincipalDocuments, record: Partial<RecordLogs>) => {
  const kinds = {
    person: async (id: string): Promise<Seen | undefined> => {
      const person = await people.get(id)
      if (!person) return undefined
      return { principal: known(person, principalOfPerson), record: async () => record.person?.(person, person.log) }
    },
    account: async (id: string): Promise<Seen | undefined> => {
      const account = await accounts.get(id)
      if (!account) return undefined
      return {
        principal: known(account, principalOfAccount),
        record: async () => record.account?.(account, account.log),
      }
    },
  }
  return (id: PrincipalId) => kinds[id.kind](rawIdOf(id))
}

/** Reads a principal as it stands, whatever became of it; undefined: there never was one. */
export const createReadPrincipal = (documents: PrincipalDocuments) => {
  const look = lookAt(documents, {})
  return async (id: PrincipalId): Promise<Principal | undefined> => (await look(id))?.principal
}

export type ReadPrincipal = ReturnType<typeof createReadPrincipal>

/** Whose an account is, as they stand. */
export const createReadHolder =
  (readPrincipal: ReadPrincipal) =>
  async (account: Account): Promise<Principal> =>
    (await readPrincipal(holderOf(account._id, account.link?.person))) ?? principalOfAccount(account)

export type ReadHolder = ReturnType<typeof createReadHolder>

/**
 * A principal that may act, with what happened until now in the trail before a page shows it; undefined: it signs in no
 * more.
 */
export const createCurrentPrincipal = ({ record, ...documents }: PrincipalDocuments & { record: RecordLogs }) => {
  const look = lookAt(documents, record)
  return async (id: PrincipalId): Promise<Principal | undefined> => {
    const seen = await look(id)
    if (!seen?.principal.isActive) return undefined
    await seen.record()
    return seen.principal
  }
}

export type CurrentPrincipal = ReturnType<typeof createCurrentPrincipal>
