import { type Account, asAccount, recoveryWaitsUntil, type WaitingRecoveries } from '../accounts/index.ts'
import type { Company } from '../companies/index.ts'
import type { Caller, OneTimeCodes, Verification, VerificationStore, WaitingCode } from '../credentials/index.ts'
import { normalizeEmail } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { PeopleStore, Person, PersonId } from '../people/index.ts'
import type { FindAlreadyThere } from './already-there.ts'
import type { ProvenSides } from './link-proofs.ts'

export interface ProveByCodeDeps {
  people: Pick<PeopleStore, 'get'>
  verifications: Pick<VerificationStore, 'finish'>
  codes: OneTimeCodes
  recoveries: Pick<WaitingRecoveries, 'gate' | 'begin' | 'spend' | 'codeUsed'>
  ofAddress: FindAlreadyThere['ofAddress']
}

/** Who asks, for which company, and where the code goes. */
interface Asked {
  person: PersonId
  company: Pick<Company, 'id' | 'name'>
  email: string
  language: Person['language']
  knownBrowser?: boolean
}

interface Content {
  person: PersonId
  /** The unified sign-in as it stood: a recovery meanwhile makes the code void (T4). */
  credentialEpoch: number
  company: string
  /** The account that the address opened when the code was sent, as it stood then (T11). */
  account: Pick<Account, '_id' | 'epoch' | 'credentialEpoch'> | null
}

const kind = 'link-account'

/**
 * An account from before is proven by a code to its own address, for being linked and for nothing else (U2, U3): its
 * holder may have lost its password, or it has had none since a link ended. Whoever asks is sent a letter, known or not;
 * what the address opens is learnt by its own mailbox alone (T19).
 */
export const createProveByCode = ({ people, verifications, codes, recoveries, ofAddress }: ProveByCodeDeps) => {
  const epochOf = async (id: PersonId): Promise<number> => {
    const person = await people.get(id)
    if (person?.status !== 'active') throw new AppError('gone', 'code-expired')
    return person.credentialEpoch
  }

  /** An address that nobody has used for long proves nothing yet: it waits as a recovery by it does (H15). */
  const assertNotWaiting = async (account: Account, { address }: Verification): Promise<void> => {
    const holder = asAccount(account._id)
    const gate = await recoveries.gate(holder, address, now())
    if (gate.status.is !== 'free') {
      // The code stays what it was: typed again it is told the same.
      throw recoveryWaitsUntil(await recoveries.begin(holder, address))
    }
    if (!(await recoveries.spend(holder, gate))) throw new AppError('gone', 'code-expired')
    await recoveries.codeUsed(gate)
  }

  return {
    /** The handle that the browser keeps. */
    begin: async ({ person, company, email, language, knownBrowser = false }: Asked): Promise<string> => {
      const address = normalizeEmail(email.trim())
      const [found, credentialEpoch] = await Promise.all([ofAddress(address, company.id), epochOf(person)])
      const account = found && { _id: found._id, epoch: found.epoch, credentialEpoch: found.credentialEpoch }
      return codes.begin({
        kind,
        address,
        knownBrowser,
        content: { person, credentialEpoch, company: company.id, account: account ?? null } satisfies Content,
        mail: { kind: 'link-code', language, values: { company: company.name } },
      })
    },

    waiting: (handle: string): Promise<WaitingCode> => codes.waiting(handle, kind),

    /** The address that this person wrote for this company, for whoever wants to correct it (U5). */
    filledIn: async (handle: string, person: PersonId, company: string): Promise<string | undefined> => {
      const { address, content } = await codes.begun(handle, kind)
      return content.person === person && content.company === company ? address : undefined
    },

    sendAgain: (handle: string, language: Person['language']): Promise<void> => codes.sendAgain(handle, kind, language),

    /**
     * The account that the code proves, once, and what both sides' credentials stood at. AppError as `OneTimeCodes.check`;
     * `no-account-to-link` (invalid) when the address opens none at this company; `code-expired` (gone) when either side
     * was changed since the code was sent; `recovery-waits` (conflict) where its address was not used for long.
     */
    prove: async (
      handle: string,
      code: string,
      person: PersonId,
      company: string,
      caller?: Caller,
    ): Promise<{ account: Account; proven: ProvenSides }> => {
      const verification = await codes.check(handle, kind, code, caller)
      const begun = verification.content as unknown as Content
      const stands = verification.state === 'open' && begun.person === person && begun.company === company
      if (!stands || begun.credentialEpoch !== (await epochOf(person))) throw new AppError('gone', 'code-expired')
      const found = await ofAddress(verification.address, company)
      if (!begun.account && !found) throw new AppError('invalid', 'no-account-to-link', { values: { field: 'form' } })
      const isSame =
        found?._id === begun.account?._id &&
        found?.epoch === begun.account?.epoch &&
        found?.credentialEpoch === begun.account?.credentialEpoch
      if (!found || !isSame) throw new AppError('gone', 'code-expired')
      await assertNotWaiting(found, verification)
      if (!(await verifications.finish(verification._id, 'open', {}))) throw new AppError('gone', 'code-expired')
      return { account: found, proven: { person: begun.credentialEpoch, account: found.credentialEpoch } }
    },
  }
}

export type ProveByCode = ReturnType<typeof createProveByCode>
