import type { Account, AccountId, AccountsStore } from '../accounts/index.ts'
import { askAt, type Company, policyInForce } from '../companies/index.ts'
import { type DetailName, type Details, detailsOfClaims } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { detailsOf, isUnderAge, type PeopleStore, type Person, type PersonId } from '../people/index.ts'
import type { Links } from './create-links.ts'
import type { LinkProofs, ProvenSides } from './link-proofs.ts'
import { type Difference, differences, mayBeSomebodyElse } from './link-rules.ts'

interface LinkExistingDeps {
  people: Pick<PeopleStore, 'get'>
  accounts: Pick<AccountsStore, 'get'>
  links: Pick<Links, 'linkExistingAccount' | 'linkNewAccount' | 'alreadyThere'>
  linkProofs: Pick<LinkProofs, 'begin' | 'find' | 'spend'>
  forgetSignIn: (account: Account, signIn: Account['signIn']) => Promise<void>
  endAccount: (id: AccountId) => Promise<void>
  enqueuePerson: (id: PersonId) => void
  enqueueAccount: (id: AccountId) => void
}

/** Both sides as they were proven a moment ago. */
interface Principal {
  person: PersonId
  account: Account
  company: Company
  proven: ProvenSides
}

/** What *Link and continue* is pressed below, whichever page that is. */
interface LinkPreview {
  differences: Difference[]
  /** The two may be two people (T18): warned of before anything is joined. */
  doubtful: boolean
  /** What the company then gets. */
  receives: DetailName[]
  policyVersion: string
}

type Holder = { person: PersonId } | { account: AccountId }

/** What the page of *Link and continue* sends, and who sends it. */
interface ProvenLink {
  handle: string
  holder: Holder
  company: Company
  policyVersion: string | undefined
  /** What the page said that the company gets (U1). */
  shown: readonly DetailName[]
  keep: DetailName[]
}

/**
 * An account from before is linked with a unified sign-in (S4-2), whichever entry point it is asked at: both sides are
 * proven, both are looked at side by side, nobody too young for the company is linked there (S11), and whoever may be
 * joining two humans is warned (T18). What was proven is linked once, and the account's own way in ends.
 */
export const createLinkExisting = (deps: LinkExistingDeps) => {
  const { people, accounts, links, linkProofs, forgetSignIn, endAccount, enqueuePerson, enqueueAccount } = deps

  const linking = async (id: PersonId): Promise<Person> => {
    const person = await people.get(id)
    if (person?.status !== 'active') throw new AppError('gone', 'link-proof-expired')
    return person
  }

  return {
    /** Begins the link: answers the handle of what was proven. */
    begin: ({ person, account, company, proven }: Principal): Promise<string> =>
      linkProofs.begin({ person, account: account._id, epoch: account.epoch, proven, company: company.id }),

    /**
     * What the page of *Link and continue* shows; writes nothing. AppError `too-young-there` (forbidden) with the company's
     * `age` and whom to ask, the `contact`; `link-proof-expired` (gone) when the unified sign-in is no more.
     */
    preview: async ({ person, account, company }: Omit<Principal, 'proven'>): Promise<LinkPreview> => {
      const details = detailsOf(await linking(person))
      assertOldEnough(company, details, account.copy)
      const receives = detailsOfClaims(company.release.receives)
      return {
        differences: differences(details, account.copy, receives),
        doubtful: mayBeSomebodyElse(details, account.copy),
        receives,
        policyVersion: policyInForce(company).version,
      }
    },

    /**
     * What the handle stands for, for its page to be shown: while both sides are as they were proven, for whoever proved
     * one by a stolen password reads nothing more of it (T2, T11). AppError as `LinkProofs.spend`.
     */
    proven: async (handle: string, holder: Holder, company: Company): Promise<Principal> => {
      const { person, account: id, epoch, proven } = await linkProofs.find(handle, { ...holder, company: company.id })
      const [account, { credentialEpoch }] = [await accounts.get(id), await linking(person)]
      const isAsProven = account?.epoch === epoch && account.credentialEpoch === proven.account
      if (!isAsProven || credentialEpoch !== proven.person) throw new AppError('gone', 'link-proof-expired')
      return { person, account, company, proven }
    },

    /**
     * An account that this person's link had made, and to which nobody has had a way in since they left: it goes on
     * where it stopped, without a proof of its own (U2). False: the policy changed while the page was open. AppError
     * `too-young-there` (forbidden), `link-not-possible-now` (conflict) when it is another by now.
     */
    takeUpAgain: async (
      person: PersonId,
      {
        company,
        policyVersion,
        shown,
      }: { company: Company; policyVersion: string | undefined; shown: readonly DetailName[] },
    ): Promise<boolean> => {
      assertOldEnough(company, detailsOf(await linking(person)), {})
      const { version } = policyInForce(company)
      if (policyVersion !== version) return false
      if ((await links.alreadyThere(person, company.id))?.how !== 'again')
        throw new AppError('conflict', 'link-not-possible-now')
      const actor = { kind: 'person' as const, id: person }
      const account = await links.linkNewAccount(person, { company, actor, policyVersion: version, shown })
      enqueuePerson(person)
      enqueueAccount(account._id)
      return true
    },

    /**
     * *Link and continue*. `linked: false`: the policy changed while the page was open, so what was agreed to is not
     * what holds now; the account is as it was, and the proof still good. AppError as `preview`, `LinkProofs.spend` and
     * `Links.linkExistingAccount`.
     */
    link: async (asked: ProvenLink): Promise<{ linked: boolean } & Omit<Principal, 'company'>> => {
      const { company, keep } = asked
      const of = { ...asked.holder, company: company.id }
      const { version } = policyInForce(company)
      const proof = await linkProofs.find(asked.handle, of)
      const before = await accounts.get(proof.account)
      const { person, proven } = proof
      if (before && asked.policyVersion !== version) return { linked: false, person, account: before, proven }
      await linkProofs.spend(asked.handle, of)
      // Corrected while the page was open, the date would go round the page's own look at it.
      assertOldEnough(company, detailsOf(await linking(person)), before?.copy ?? {})
      const account = await links.linkExistingAccount(person, {
        company,
        actor: { kind: 'person', id: person },
        policyVersion: version,
        shown: asked.shown,
        account: proof.account,
        epoch: proof.epoch,
        proven,
        keep,
      })
      // Powerless since the commit (M1); after a crash it is taken away from the account's log.
      if (before) await forgetSignIn(before, before.signIn)
      await endAccount(account._id)
      enqueuePerson(person)
      enqueueAccount(account._id)
      return { linked: true, person, account, proven }
    },
  }
}

export type LinkExisting = ReturnType<typeof createLinkExisting>

/** By the person's own date; by the account's, where the unified sign-in knows none. */
export const assertOldEnough = ({ minimumAge, contacts }: Company, mine: Details, theirs: Details): void => {
  const birthDate = mine.birthDate ?? theirs.birthDate
  if (birthDate && isUnderAge(birthDate, minimumAge, now()))
    throw new AppError('forbidden', 'too-young-there', {
      values: { age: minimumAge, contact: askAt(contacts.support) },
    })
}
