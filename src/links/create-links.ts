import { type Account, type AccountId, accountIdOf, isLinkedTo } from '../accounts/index.ts'
import { type Company, type CompanyId, policyInForce } from '../companies/index.ts'
import type { DetailName } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import { randomId } from '../lib/ids.ts'
import { type Actor, assertNotHeld, detailsOf, type Person, type PersonId } from '../people/index.ts'
import { createAccountsHeld } from './accounts-held.ts'
import { agreedTo } from './agreement.ts'
import { type AlreadyThereDeps, createAlreadyThere, mayTakeUpAgain } from './already-there.ts'
import { createEndLink, type EndLinkDeps } from './end-link.ts'
import type { LinkEntry } from './link-index.ts'
import type { ProvenSides } from './link-proofs.ts'
import { agreeToMore, type Joining, joinExisting, newLinkedAccount, putOffMore } from './link-rules.ts'
import { reserve, settleReservation } from './reserve.ts'

export interface LinksDeps extends EndLinkDeps {
  holdersOf: AlreadyThereDeps['holdersOf']
  /** Revision of a company's release policy as this process knows it (model M8). */
  revisionOf: (company: CompanyId) => number
}

interface LinkRequest {
  company: Company
  actor: Actor
  policyVersion: string
  /** What the page that was answered said this company gets. */
  shown: readonly DetailName[]
  ownData?: Record<string, string>
  /** The person is being made with this very link, and becomes active by it (U4). */
  isNew?: boolean
}

export const createLinks = (deps: LinksDeps) => {
  const { people, accounts, index } = deps
  const there = createAlreadyThere(deps)
  const held = createAccountsHeld(deps)
  const ending = createEndLink(deps, held)
  const { accountAt } = held

  const livePerson = async (id: PersonId, isNew = false): Promise<Person> => {
    const person = await people.get(id)
    if (person?.status !== (isNew ? 'pending' : 'active')) throw new AppError('not-found', 'person-not-found')
    return person
  }

  /** While a change of their address may be taken back, nobody links or allows in their name without a code there (H4). */
  const assertMayLink = async (id: PersonId, isNew = false): Promise<Person> => {
    const person = await livePerson(id, isNew)
    assertNotHeld(person)
    return person
  }

  /** `provenAs`: what the person's credentials stood at when they were proven for this. */
  const joiningOf = async (person: PersonId, request: LinkRequest, provenAs?: number): Promise<Joining> => {
    const { company, actor, policyVersion, shown, isNew } = request
    const { v, ...rest } = await assertMayLink(person, isNew)
    if (provenAs !== undefined && provenAs !== rest.credentialEpoch) throw new AppError('gone', 'link-proof-expired')
    const agreed = agreedTo(shown, company)
    return {
      op: randomId(),
      person,
      v,
      details: detailsOf(rest),
      r: deps.revisionOf(company.id),
      agreed,
      released: agreed,
      policyVersion,
      at: now(),
      actor,
    }
  }

  /**
   * Links a company with a new account (S4-2, S4-4); asked twice, or by two tabs at once, it is one account. One that this
   * person's link made and that nobody has had a way into since is taken up again under its old subject. Beside any
   * other that is there already (`already-there.ts`) a second one is made at their word alone (U2, U3): without `second`
   * AppError `account-there` (conflict). `proven`: the address that a code proved in this sign-in.
   */
  const linkNewAccount = async (
    person: PersonId,
    request: LinkRequest & { proven?: string | undefined; second?: boolean },
  ): Promise<Account> => {
    const { company, ownData = {}, proven, second = false } = request
    const linked = await accountAt(person, company.id)
    if (linked && !isLinkedTo(linked, person))
      throw new AppError('conflict', 'account-stands-still', { values: { field: 'form' } })
    if (linked) return linked
    const { language } = await assertMayLink(person)
    const found = second ? undefined : await there.find(person, company.id, proven)
    if (found && found.how !== 'again') throw new AppError('conflict', 'account-there')
    const entry = await reserveNew(person, company.id, second)
    if (!entry) return finish(await accountIdAt(person, company.id), person, company.id)
    // Only now is the person read: a change made before this is in the copy, one made after finds the reservation (M3).
    const joining = await joiningOf(person, request)
    const subject = decodeURIComponent(entry.account.slice(company.id.length + 1))
    const fresh = newLinkedAccount(
      { _id: entry.account, company: company.id, subject, epoch: entry.epoch, language, ownData },
      joining,
    )
    const inserted = await accounts.insert(fresh)
    if (!inserted)
      await accounts.change(entry.account, (account) =>
        mayTakeUpAgain(account, person)
          ? joinExisting(account, { ...joining, epoch: entry.epoch, keep: [], proven: account.credentialEpoch })
          : undefined,
      )
    return finish(entry.account, person, company.id)
  }

  /**
   * Links an account that was there before (S4-2); the caller has had both sides proven (threats T8, T11). `keep` names
   * the details whose value at the account the person wants to have everywhere; `proven`, what the credentials of both
   * stood at when they were proven (H12). Its own way in ends here.
   */
  const linkExistingAccount = async (
    person: PersonId,
    request: LinkRequest & { account: AccountId; epoch: number; keep: DetailName[]; proven: ProvenSides },
  ): Promise<Account> => {
    const { company, account: id, epoch, keep, proven } = request
    await assertMayLink(person, request.isNew)
    assertNotHeld(await accounts.get(id))
    await reserve({ accounts, index }, person, company.id, async () => ({
      account: id,
      epoch: epoch + 1,
      share: false,
    }))
    const joining = await joiningOf(person, request, proven.person).catch(async (error) => {
      await settleOf(id, person, company.id)
      throw error
    })
    await accounts.change(id, (account) =>
      joinExisting(account, { ...joining, epoch: epoch + 1, keep, proven: proven.account }),
    )
    const account = await finish(id, person, company.id)
    await deps.applyIntents(account)
    return (await accounts.get(id)) ?? account
  }

  /** undefined: another tab has finished the link between the look and the reservation. */
  const reserveNew = async (person: PersonId, company: CompanyId, second: boolean): Promise<LinkEntry | undefined> => {
    try {
      return await reserve({ accounts, index }, person, company, async () => {
        const [left] = second ? [] : await there.leftBy(person, company)
        if (left && mayTakeUpAgain(left, person)) return { account: left._id, epoch: left.epoch + 1, share: true }
        return { account: accountIdOf(company, randomId()), epoch: 1, share: true }
      })
    } catch (error) {
      if (isAppError(error, 'already-linked')) return undefined
      throw error
    }
  }

  const accountIdAt = async (person: PersonId, company: CompanyId): Promise<AccountId> =>
    (await index.find(person, company))?.account ?? 'none'

  /** A reservation is rolled forward where the account says that it was made, else it is no more. */
  const settleOf = async (id: AccountId, person: PersonId, company: CompanyId): Promise<void> => {
    const entry = await index.find(person, company)
    if (entry?.state === 'joining' && entry.account === id) await settleReservation({ accounts, index }, entry)
  }

  const finish = async (id: AccountId, person: PersonId, company: CompanyId): Promise<Account> => {
    const account = await accounts.get(id)
    await settleOf(id, person, company)
    if (!account || !isLinkedTo(account, person)) throw new AppError('conflict', 'link-not-possible-now')
    return account
  }

  /**
   * The person lets a company have details that its policy came to release after they linked; what they agreed to before
   * stays so. AppError `link-page-stale` (conflict): the policy changed while the page was open, so what was agreed to is
   * not what holds now.
   */
  const agree = async (person: PersonId, { company, actor, policyVersion, shown }: LinkRequest): Promise<void> => {
    const stale = () => new AppError('conflict', 'link-page-stale', { values: { field: 'form' } })
    await assertMayLink(person)
    const account = await accountAt(person, company.id)
    if (!account) throw stale()
    const isAgreed = (field: DetailName) => account.link?.agreed.includes(field)
    if (shown.length > 0 && shown.every(isAgreed)) return
    if (policyVersion !== policyInForce(company).version) throw stale()
    const agreement = { op: randomId(), person, agreed: agreedTo(shown, company), policyVersion, at: now(), actor }
    if (!(await accounts.change(account._id, (seen) => agreeToMore(seen, agreement)))) throw stale()
  }

  /** *Not now* to what a company asks for beyond what was agreed; the page showed `shown`. */
  const putOff = async (person: PersonId, company: CompanyId, shown: readonly DetailName[]): Promise<void> => {
    const account = await accountAt(person, company)
    if (account) await accounts.change(account._id, (seen) => putOffMore(seen, { person, fields: shown }))
  }

  return {
    ...held,
    ...ending,
    linkNewAccount,
    linkExistingAccount,
    finish,
    agree,
    putOff,
    assertMayLink,

    /** What a person may have meant to go on with at a company, before anything is made there (U2, U3). */
    alreadyThere: there.find,
    ofAddress: there.ofAddress,

    /** Reservations that nobody finished. */
    settleDue: async (): Promise<number> => {
      const due = await index.due(now())
      for (const entry of due) await settleReservation({ accounts, index }, entry)
      return due.length
    },
  }
}

export type Links = ReturnType<typeof createLinks>
