import type { CompanyId } from '../companies/index.ts'
import {
  codeLifetime,
  type Identifier,
  type SignInStore,
  separateLoginKey,
  separateLoginPrefix,
  separateLoginSlot,
} from '../credentials/index.ts'
import { now } from '../lib/clock.ts'
import { formerAddressesOf } from '../people/index.ts'
import type { Account, AccountId } from './account.ts'
import type { AccountsStore } from './accounts-store.ts'

export interface OwnAddressDeps {
  accounts: Pick<AccountsStore, 'get'>
  signIns: SignInStore
  lookupKey: Uint8Array
}

const subjectOf = (company: CompanyId, id: AccountId): string => decodeURIComponent(id.slice(company.length + 1))

/** Which address signs in to which account of a company: one address has one account there at most (S4-1). */
export const createSeparateIdentifiers = ({ accounts, signIns, lookupKey }: OwnAddressDeps) => {
  const keyOf = (company: CompanyId, address: string, id: AccountId): string =>
    separateLoginKey(lookupKey, company, address, subjectOf(company, id))

  const isOrphan = async (holder: Identifier): Promise<boolean> =>
    !isKeptFor(await accounts.get(holder.owner), holder._id)

  /** Its address, or one that may be given back to it and that nobody else may have until then (H25). */
  const isKeptFor = (account: Account | null, key: string): boolean =>
    account !== null &&
    (account.signIn?.key === key ||
      formerAddressesOf(account, now()).some((address) => keyOf(account.company, address, account._id) === key))

  const ownerOf = async (company: CompanyId, address: string, except: AccountId): Promise<AccountId | undefined> => {
    const held = await signIns.separateLogins(separateLoginPrefix(lookupKey, company, address))
    for (const each of held) if (each.owner !== except && !(await isOrphan(each))) return each.owner
    return undefined
  }

  /**
   * Takes an address for an account that is about to list it: its key, or the account that has it. What is being taken
   * this moment counts as taken, so that of two who prove it at once one gets it; what came to nothing is free again
   * once no code for it can be good any more.
   */
  const claim = async (
    id: AccountId,
    company: CompanyId,
    address: string,
  ): Promise<{ key: string } | { takenBy: AccountId }> => {
    const slot = separateLoginSlot(lookupKey, company, address)
    const isFree = async ({ owner, provenAt }: Identifier): Promise<boolean> =>
      provenAt < now() - codeLifetime && !isKeptFor(await accounts.get(owner), keyOf(company, address, owner))
    if ((await signIns.claim(slot, id, isFree)) === 'taken')
      return { takenBy: (await signIns.identifier(slot))?.owner ?? id }
    const takenBy = await ownerOf(company, address, id)
    if (takenBy) {
      await signIns.release(slot, id)
      return { takenBy }
    }
    const key = keyOf(company, address, id)
    await signIns.claim(key, id, isOrphan)
    return { key }
  }

  return {
    claim,

    /** The address leads to this account no more, unless it is kept for it. Idempotent. */
    release: async ({ _id, company }: Pick<Account, '_id' | 'company'>, address: string): Promise<void> => {
      if (isKeptFor(await accounts.get(_id), keyOf(company, address, _id))) return
      await signIns.release(keyOf(company, address, _id), _id)
      await signIns.release(separateLoginSlot(lookupKey, company, address), _id)
    },
  }
}

export type SeparateIdentifiers = ReturnType<typeof createSeparateIdentifiers>
