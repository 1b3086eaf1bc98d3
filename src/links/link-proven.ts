import type { Account, AccountId, AccountsStore } from '../accounts/index.ts'
import { type Company, policyInForce } from '../companies/index.ts'
import type { DetailName } from '../details/index.ts'
import type { PersonId } from '../people/index.ts'
import type { Links } from './create-links.ts'
import type { LinkProofs } from './link-proofs.ts'

interface LinkProvenDeps {
  accounts: Pick<AccountsStore, 'get'>
  links: Pick<Links, 'linkExistingAccount'>
  linkProofs: Pick<LinkProofs, 'spend'>
  forgetSignIn: (account: Account, signIn: Account['signIn']) => Promise<void>
  endAccount: (id: AccountId) => Promise<void>
  wakePerson: (id: PersonId) => void
  wakeAccount: (id: AccountId) => void
}

/** What the page of *Link and continue* sends, and who sends it from which browser. */
interface ProvenLink {
  handle: string
  browser: string
  holder: { person: PersonId } | { account: AccountId }
  company: Company
  policyVersion: string | undefined
  keep: DetailName[]
}

/**
 * *Link and continue* on an account from before (S4-2), whichever door it is asked at: what was proven is linked, once,
 * and its own way in ends. `linked: false`: the policy changed while the page was open, so what was agreed to is not
 * what holds now; the account is as it was. AppError as `LinkProofs.spend` and `Links.linkExistingAccount`.
 */
export const createLinkProven =
  ({ accounts, links, linkProofs, forgetSignIn, endAccount, wakePerson, wakeAccount }: LinkProvenDeps) =>
  async (asked: ProvenLink): Promise<{ linked: boolean; person: PersonId; account: Account }> => {
    const { company, keep } = asked
    const proof = await linkProofs.spend(asked.handle, asked.browser, { ...asked.holder, company: company.id })
    const { person } = proof
    const { version } = policyInForce(company)
    const before = await accounts.get(proof.account)
    if (before && asked.policyVersion !== version) return { linked: false, person, account: before }
    const account = await links.linkExistingAccount(person, {
      company,
      actor: { kind: 'person', id: person },
      policyVersion: version,
      account: proof.account,
      epoch: proof.epoch,
      keep,
    })
    // Done at once for whoever looks next; a crash before it is mended from the account's log.
    if (before) await forgetSignIn(before, before.signIn)
    await endAccount(account._id)
    wakePerson(person)
    wakeAccount(account._id)
    return { linked: true, person, account }
  }

export type LinkProven = ReturnType<typeof createLinkProven>
