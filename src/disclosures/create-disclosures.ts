import {
  type Account,
  type AccountId,
  type AccountLogEntry,
  holderOf,
  isNotice,
  type NoticeKind,
  type PrincipalId,
  rawIdOf,
} from '../accounts/index.ts'
import type { Company, CompanyId } from '../companies/index.ts'
import type { DetailName } from '../details/index.ts'
import { allEnded } from '../lib/all-ended.ts'
import type { PersonId } from '../people/index.ts'
import type { Disclosure, Outcome } from './disclosure.ts'
import { type DisclosuresStore, disclosureId } from './disclosures-store.ts'

export interface DisclosuresDeps {
  disclosures: DisclosuresStore
  company: (id: CompanyId) => Company | undefined
  /** The services that are told of this company's accounts. */
  recipientsOf: (company: CompanyId) => readonly { id: string }[]
}

/** A company that nobody tells for reads the copy at the next sign-in; the sharing is in the history all the same. */
const noRecipient = '-'

export const createDisclosures = ({ disclosures, company, recipientsOf }: DisclosuresDeps) => {
  const rowOf = (
    account: Account,
    entry: Pick<AccountLogEntry, 'epoch' | 'at' | 'policyVersion'> & { person: PersonId; seq: number },
    sent: {
      recipient: string
      notice?: NoticeKind
      fields: DetailName[]
      withdrawn?: DetailName[]
      outcome: Outcome
    },
  ): Disclosure => {
    const { epoch, seq, at, person, policyVersion } = entry
    const release = company(account.company)?.release
    return {
      _id: disclosureId(account._id, epoch, seq, sent.recipient),
      account: account._id,
      company: account.company,
      person,
      epoch,
      seq,
      at,
      policyVersion,
      purpose: release?.purpose,
      basis: release?.basis,
      withdrawn: [],
      ...sent,
    }
  }

  const sharedRows = (account: Account, entry: AccountLogEntry, person: PersonId): Disclosure[] => {
    const { seq = 0, fields = [], withdrawn = [] } = entry
    const recipients = recipientsOf(account.company).map(({ id }) => id)
    const row = (recipient: string, outcome: Outcome) =>
      rowOf(account, { ...entry, seq, person }, { fields, withdrawn, recipient, outcome })
    return recipients.length > 0
      ? recipients.map((recipient) => row(recipient, 'on-its-way'))
      : [row(noRecipient, 'held')]
  }

  /** Each service is told that its company did what was asked of it, and there are no details in that. */
  const noticed = async (account: Account, entry: AccountLogEntry, notice: NoticeKind): Promise<void> => {
    const { seq = 0 } = entry
    const person = rawIdOf(holderOf(account._id, entry.person))
    await Promise.all(
      recipientsOf(account.company).map(({ id: recipient }) =>
        disclosures.insert(
          rowOf(account, { ...entry, seq, person }, { recipient, notice, fields: [], outcome: 'on-its-way' }),
        ),
      ),
    )
  }

  const answeredId = (account: Account, { epoch, seq = 0, recipient = noRecipient }: AccountLogEntry): string =>
    disclosureId(account._id, epoch, seq, recipient)

  /** Told without a change: a recipient that is new, or the way back from a closure. All that is released went out. */
  const unsharedRow = (account: Account, entry: AccountLogEntry): Disclosure | undefined => {
    const { seq = 0, recipient = noRecipient, notice } = entry
    // Of a notice there is a row since it was decided on.
    const person = notice ? undefined : (account.link?.person ?? account.left?.person)
    if (!person) return undefined
    const fields = Object.keys(account.copy) as DetailName[]
    return rowOf(
      account,
      { ...entry, seq, person, policyVersion: account.link?.policyVersion },
      { recipient, fields, outcome: 'on-its-way' },
    )
  }

  const recordOutcome = async (account: Account, entry: AccountLogEntry, unsaid?: Disclosure): Promise<void> => {
    const { recipient = noRecipient, at, outcome, reason, notice, isNext } = entry
    const endsEarlier = !notice && !isNext
    await disclosures.answered(
      { _id: answeredId(account, entry), account: account._id, recipient, endsEarlier },
      { outcome: outcome === 'refused' ? 'refused' : 'acknowledged', outcomeAt: at, ...(reason && { why: reason }) },
      unsaid,
    )
  }

  return {
    /** What an account's log says was shared and told, into the ledger; drained twice it is recorded once. */
    recordAccount: async (account: Account, entries: readonly AccountLogEntry[]): Promise<void> => {
      // What was shared and answered since is written once, with its answer.
      const answered = new Set(entries.flatMap((entry) => (entry.kind === 'told' ? [answeredId(account, entry)] : [])))
      const unsaid = new Map<string, Disclosure>()
      /** Touch one row each, and are written at once. */
      const alone: (() => Promise<void>)[] = []
      for (const entry of entries) {
        const person = entry.person ?? account.link?.person
        if (entry.kind === 'shared' && person)
          for (const row of sharedRows(account, entry, person))
            if (answered.has(row._id)) unsaid.set(row._id, row)
            else await disclosures.insert(row)
        if (isNotice(entry.kind)) await noticed(account, entry, entry.kind)
        if (entry.kind === 'told') {
          const record = () =>
            recordOutcome(account, entry, unsaid.get(answeredId(account, entry)) ?? unsharedRow(account, entry))
          if (entry.isNext) alone.push(record)
          else await record()
        }
        if (entry.kind === 'unlinked' || entry.kind === 'closing' || entry.kind === 'closed')
          await disclosures.cancel(account._id, entry.epoch, entry.at)
      }
      await allEnded(alone.map((record) => record()))
    },

    /** A person let a partner application have details of an account (S3-c): its own row, under its own name. */
    recordPartner: async (
      account: Account,
      given: { partner: string; fields: DetailName[]; policyVersion?: string; at: number },
    ): Promise<void> => {
      const { partner, fields, policyVersion, at } = given
      if (!account.link) return
      const row = rowOf(
        account,
        { epoch: account.epoch, seq: account.seq, at, person: account.link.person, policyVersion },
        { recipient: partner, fields, outcome: 'held' },
      )
      await disclosures.insert({ ...row, _id: `${row._id}:${at}`, partner: true })
    },

    /**
     * A page of somebody's sharing history over the accounts that ever were theirs, newest first; rows made under
     * somebody else's link of the same account, or while it was separate, are not theirs (T18). `older`: where the next page goes on, if there is
     * one: nothing is left out between two pages.
     */
    ofHolder: async (
      holder: PrincipalId,
      accounts: readonly AccountId[],
      { limit, before }: { limit: number; before?: string },
    ): Promise<{ rows: Disclosure[]; older?: string }> => {
      const person = rawIdOf(holder)
      const after = before === undefined ? undefined : readCursor(before)
      const found = await Promise.all(
        accounts.map((account) => disclosures.pageOf({ account, person }, after, limit + 1)),
      )
      const rows = found.flat().sort((a, b) => b.at - a.at || (a._id < b._id ? 1 : -1))
      const last = rows[limit - 1]
      return rows.length > limit && last ? { rows: rows.slice(0, limit), older: `${last.at}~${last._id}` } : { rows }
    },

    /** A page of one account's rows that are this holder's, newest first; `before` is the last row of the page before. */
    rowsOf: async (
      holder: PrincipalId,
      account: AccountId,
      page: { limit: number; before?: string },
    ): Promise<Disclosure[]> => disclosures.rowsOf({ account, person: rawIdOf(holder) }, page),

    /** Since when a company holds each detail it was told under the present link; a withdrawn one begins anew. */
    heldSince: async (account: Account): Promise<Partial<Record<DetailName, number>>> => {
      const { _id, link } = account
      if (!link) return {}
      const since: Partial<Record<DetailName, number>> = {}
      for (const row of await disclosures.since({ account: _id, person: link.person, at: link.since })) {
        if (row.partner) continue
        for (const field of row.fields) since[field] ??= row.at
        for (const field of row.withdrawn) delete since[field]
      }
      return since
    },

    ofAccount: disclosures.ofAccount,

    /** What partners' applications were let have of an account, by whoever held it then. */
    letPartnersHave: disclosures.toPartners,
  }
}

export type Disclosures = ReturnType<typeof createDisclosures>

const readCursor = (cursor: string): { at: number; _id: string } => {
  const end = cursor.indexOf('~')
  return { at: Number(cursor.slice(0, Math.max(end, 0))) || 0, _id: cursor.slice(end + 1) }
}
