import {
  type Account,
  type AccountId,
  type AccountsStore,
  type Authentication,
  principalKey,
} from '../accounts/index.ts'
import { type Company, policyInForce } from '../companies/index.ts'
import {
  type Caller,
  codeLifetime,
  isLongUnused,
  type OneTimeCodes,
  type RequireStrong,
  type SignInStore,
  type Verification,
  type VerificationStore,
  type WaitingCode,
} from '../credentials/index.ts'
import type { DetailName, Details } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError, isAppError } from '../lib/errors.ts'
import { digest, randomId } from '../lib/ids.ts'
import {
  assertNotHeld,
  emailKey,
  firstEpoch,
  newPerson,
  type PeopleStore,
  type PersonId,
  type PersonRegistration,
} from '../people/index.ts'
import type { Links } from './create-links.ts'
import { assertOldEnough } from './link-existing.ts'

export interface MakeUnifiedDeps {
  people: PeopleStore
  accounts: AccountsStore
  signIns: SignInStore
  verifications: VerificationStore
  codes: OneTimeCodes
  registration: Pick<PersonRegistration, 'activate' | 'markVoid' | 'claim'>
  authentication: Pick<Authentication, 'holdersOf' | 'reauthenticate'>
  hashPassword: (password: string) => Promise<string>
  requireStrong: RequireStrong
  links: Pick<Links, 'linkExistingAccount' | 'finish'>
  companyOf: (id: Company['id']) => Company | undefined
  /** Its own sign-in, once nobody lists it any more. */
  forgetSignIn: (account: Pick<Account, '_id' | 'company'>, signIn: Account['signIn']) => Promise<void>
  endAccount: (id: AccountId) => Promise<void>
  enqueuePerson: (id: PersonId) => void
  enqueueAccount: (id: AccountId) => void
}

/** What the page showed and its holder filled in; they proved the account a moment ago. */
interface Asked {
  account: Account
  company: Company
  /** What the account lacks for a unified sign-in. */
  details: Details
  /** undefined: the password of the account becomes the unified one; else this one, which may be the same. */
  password?: string | undefined
  policyVersion: string | undefined
  shown: readonly DetailName[]
}

interface Content {
  account: AccountId
  epoch: number
  credentialEpoch: number
  signIn: NonNullable<Account['signIn']>
  details: Details
  /** Another password was chosen: its hash. */
  passwordHash?: string
  policyVersion: string
  shown: readonly DetailName[]
  language: Account['language']
}

const kind = 'make-unified'
const codeKind = 'address-again'

/** A password proves no mailbox: one proven long ago may be another's by now, however often it signed in (T10). */
const isProvenOfLate = ({ provenAt }: NonNullable<Account['signIn']>): boolean => !isLongUnused({ provenAt }, now())

/**
 * The holder of a separate account who has no unified sign-in makes one of it by one click (U4). The commit point is the
 * account, as of any link (M3): until it says so the person is pending and nothing of it counts, from then on the person
 * is rolled forward, whatever stops in between. The account's credential moves: at no moment do both list one.
 */
export const createMakeUnified = (deps: MakeUnifiedDeps) => {
  const { people, accounts, signIns, verifications, codes, registration, authentication, links } = deps

  const isSame = (account: Account | null, seen: Pick<Content, 'epoch' | 'credentialEpoch'>): boolean =>
    account?.status === 'open' &&
    account.link === null &&
    account.signIn !== null &&
    account.epoch === seen.epoch &&
    account.credentialEpoch === seen.credentialEpoch

  /** From wherever it stopped. undefined: the account is another by now, or the address somebody else's. */
  const rollForward = async (verification: Verification): Promise<PersonId | undefined> => {
    const id = verification.becomes as PersonId
    const content = verification.content as unknown as Content
    const [key, credential] = [emailKey(verification.address), `person:${id}:password:1`]
    const made = (await join(id, key, credential, content)) || !(await fence(id, content))
    if (made) {
      await registration.activate(id, key, credential)
      const account = await accounts.get(content.account)
      if (account) await deps.forgetSignIn(account, content.signIn)
    } else {
      await registration.markVoid(id, undefined)
      await signIns.dropCredential(credential)
      await signIns.release(key, id)
    }
    await verifications.done(verification._id, `person:${id}`, made ? { person: id } : undefined)
    return made ? id : undefined
  }

  /** Whoever paused inside the link can't finish it from now on (M3); false: it was finished. */
  const fence = async (id: PersonId, { account, epoch }: Content): Promise<boolean> => {
    await accounts.change(account, (seen) =>
      seen.epoch === epoch && !seen.link ? { set: { epoch: epoch + 1 } } : undefined,
    )
    return (await accounts.get(account))?.link?.person !== id
  }

  /** Everything up to the commit; true once the account says that it is linked. */
  const join = async (id: PersonId, key: string, credential: string, content: Content): Promise<boolean> => {
    const account = await accounts.get(content.account)
    const company = account && deps.companyOf(account.company)
    if (account?.link?.person === id) {
      await links.finish(account._id, id, account.company)
      return true
    }
    if (!company || !isSame(account, content)) return false
    await people.insert(newPerson(id, content.details, content.language))
    const secret = content.passwordHash ?? (await signIns.credential(content.signIn.credential))?.secret
    if (!secret) return false
    await signIns.addCredential({ _id: credential, kind: 'password', secret, createdAt: now() })
    if ((await registration.claim(key, id)) === 'taken') return false
    const { epoch, credentialEpoch, policyVersion, shown } = content
    const proven = { person: firstEpoch, account: credentialEpoch }
    const of = { account: account._id, epoch, proven, keep: [], isNew: true }
    try {
      await links.linkExistingAccount(id, { company, actor: { kind: 'person', id }, policyVersion, shown, ...of })
    } catch (error) {
      if (!isAppError(error)) throw error
    }
    return (await accounts.get(content.account))?.link?.person === id
  }

  return {
    /**
     * taken: a unified sign-in has its address, and proves itself by its password · stale: the address was proven too
     * long ago, or never here, so a code comes first and nothing is said of others (T10, T19) · free.
     */
    addressStatus: async ({ signIn }: Pick<Account, 'signIn'>): Promise<'free' | 'taken' | 'stale'> => {
      if (!signIn || !isProvenOfLate(signIn)) return 'stale'
      return (await authentication.holdersOf(signIn.address, null)).length > 0 ? 'taken' : 'free'
    },

    /** Sends a code to the account's own address, in the page's language; the handle that the browser keeps. */
    beginAddress: (
      { _id, signIn, epoch, credentialEpoch }: Account,
      company: Company,
      language: Account['language'],
    ): Promise<string> =>
      codes.begin({
        kind: codeKind,
        address: signIn?.address ?? '',
        holder: principalKey({ kind: 'account', account: _id }),
        content: { account: _id, epoch, credentialEpoch },
        mail: { kind: 'link-code', language, values: { company: company.name } },
      }),

    waiting: (handle: string): Promise<WaitingCode> => codes.waiting(handle, codeKind),
    sendAgain: (handle: string, language: Account['language']): Promise<void> =>
      codes.sendAgain(handle, codeKind, language),

    /** The address is proven from now on. AppError as `CodeProofs.check`; `code-expired` (gone) when it is another's. */
    proveAddress: async (id: AccountId, handle: string, code: string, caller?: Caller): Promise<void> => {
      const verification = await codes.check(handle, codeKind, code, caller)
      const seen = verification.content as unknown as Pick<Content, 'account' | 'epoch' | 'credentialEpoch'>
      const proven = await accounts.change(id, (account) =>
        verification.state === 'open' && seen.account === id && isSame(account, seen)
          ? { set: { 'signIn.provenAt': now() } }
          : undefined,
      )
      if (!proven || !(await verifications.finish(verification._id, 'open', {})))
        throw new AppError('gone', 'code-expired')
    },

    /**
     * Makes it, once: of two tabs both are answered the same person. undefined: the policy changed while the page was
     * open. AppError `former-address-first` (conflict), `too-young-there` (forbidden), `address-taken` or `link-not-possible-now` (conflict), or
     * as `RequireStrong` of a password that today's rules refuse.
     */
    make: async (asked: Asked): Promise<{ person: PersonId; credentialEpoch: number } | undefined> => {
      const { account, company, password, shown } = asked
      const { _id, epoch, credentialEpoch, signIn, language } = account
      assertNotHeld(account)
      if (!signIn || !isProvenOfLate(signIn))
        throw new AppError('conflict', 'link-not-possible-now', { values: { field: 'form' } })
      const details = { ...account.copy, ...asked.details, email: signIn.address }
      assertOldEnough(company, details, {})
      if (asked.policyVersion !== policyInForce(company).version) return undefined
      if ((await authentication.holdersOf(signIn.address, null)).length > 0)
        throw new AppError('conflict', 'address-taken', { values: { field: 'form' } })
      const moves = !password || (await authentication.reauthenticate({ kind: 'account', account: _id }, password))
      if (password)
        await deps.requireStrong(
          password,
          Object.values(details).filter((value) => value !== null),
        )
      // One at a time for the account as it stands: two tabs make the same person.
      const verification = digest(`${kind}:${_id}:${epoch}:${credentialEpoch}`)
      if ((await verifications.find(verification, kind))?.state === 'open') await verifications.drop(verification)
      const content: Content = {
        account: _id,
        epoch,
        credentialEpoch,
        signIn,
        details,
        ...(!moves && { passwordHash: await deps.hashPassword(password) }),
        policyVersion: asked.policyVersion,
        shown,
        language,
      }
      await verifications.insert({
        _id: verification,
        kind,
        state: 'open',
        address: signIn.address,
        of: principalKey({ kind: 'account', account: _id }),
        codeDigest: '',
        tries: 0,
        content: { ...content },
        expiresAt: now() + codeLifetime,
      })
      await verifications.complete(verification, randomId())
      const moved = await verifications.find(verification, kind)
      const person =
        moved?.state === 'completing' ? await rollForward(moved) : (moved?.outcome?.person as PersonId | undefined)
      if (!person || (await accounts.get(_id))?.link?.person !== person)
        throw new AppError('conflict', 'link-not-possible-now', { values: { field: 'form' } })
      await deps.endAccount(_id)
      deps.enqueuePerson(person)
      deps.enqueueAccount(_id)
      return { person, credentialEpoch: firstEpoch }
    },

    /** What a crash left between two steps. */
    settleDue: async (): Promise<number> => {
      const due = await verifications.due(kind, now())
      for (const verification of due) {
        const person = await rollForward(verification)
        if (!person) continue
        const { account } = verification.content as unknown as Content
        await deps.endAccount(account)
        deps.enqueuePerson(person)
        deps.enqueueAccount(account)
      }
      return due.length
    },
  }
}

export type MakeUnified = ReturnType<typeof createMakeUnified>
