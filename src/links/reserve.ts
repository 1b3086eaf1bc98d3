import { type Account, type AccountId, type AccountsStore, blankAccount } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { AppError } from '../lib/errors.ts'
import type { PersonId } from '../people/index.ts'
import { conflict, retryOnConflict } from '../storage/index.ts'
import type { LinkEntry, LinkIndex } from './link-index.ts'

interface Stores {
  accounts: AccountsStore
  index: LinkIndex
}

/**
 * Settles a reservation that is still open: forward if the account says it was linked, else the named account is
 * fenced first, so that whoever paused inside the link can't finish it, and only then is the reservation void (M3).
 */
export const settleReservation = async ({ accounts, index }: Stores, entry: LinkEntry): Promise<void> => {
  const account = await accounts.get(entry.account)
  if (account?.link?.person === entry.person) {
    await index.settle(entry, 'active')
    return
  }
  if (!account) await accounts.insert(tombstone(entry))
  else await accounts.change(entry.account, (seen) => fence(seen, entry))
  const fenced = await accounts.get(entry.account)
  await index.settle(entry, fenced?.link?.person === entry.person ? 'active' : 'ended')
}

const fence = (account: Account, entry: LinkEntry) =>
  account.epoch === entry.epoch - 1 && !account.link ? { set: { epoch: entry.epoch } } : undefined

/** Stands where a new account would have been, so that a late insert of it fails. */
const tombstone = ({ account, company, epoch }: LinkEntry): Account =>
  blankAccount({ _id: account, company, subject: '', status: 'void', epoch, language: 'en', createdAt: 0 })

/**
 * Reserves a company for one account of a person. Whoever finds a reservation for the same account shares it; one for
 * another account is settled first. AppError `already-linked` when the person has an account there.
 */
export const reserve = async (
  stores: Stores,
  person: PersonId,
  company: CompanyId,
  choose: (entry: LinkEntry | null) => Promise<{ account: AccountId; epoch: number; share: boolean }>,
): Promise<LinkEntry> =>
  retryOnConflict(async () => {
    const entry = await stores.index.find(person, company)
    if (entry?.state === 'active' && (await isLive(stores, entry))) throw new AppError('conflict', 'already-linked')
    const { account, epoch, share } = await choose(entry)
    if (entry?.state === 'joining') {
      if (share || (entry.account === account && entry.epoch === epoch)) return entry
      await settleReservation(stores, entry)
      return conflict
    }
    const reserved = await stores.index.reserve({ person, company, account, epoch }, entry)
    return reserved ?? conflict
  })

const isLive = async ({ accounts }: Stores, entry: LinkEntry): Promise<boolean> =>
  (await accounts.get(entry.account))?.link?.person === entry.person
