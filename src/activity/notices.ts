import { type Account, type AccountLogEntry, principalKey } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { digest } from '../lib/ids.ts'
import type { Mail, MailKind } from '../mail/index.ts'
import {
  type FormerAddress,
  type PeopleStore,
  type Person,
  type PersonLogEntry,
  signInAddresses,
  type UndoOffer,
} from '../people/index.ts'
import type { Holder } from './event.ts'
import { type EventsStore, eventId } from './events-store.ts'
import { personOf } from './from-log.ts'

/** A letter that tells somebody what happened to what is theirs. */
export interface Notice extends Mail {
  /** The same for the same event and address: drained twice it is one mail. */
  id: string
}

export interface NoticeDeps {
  people: Pick<PeopleStore, 'get'>
  events: Pick<EventsStore, 'insert'>
  send: (notice: Notice) => Promise<void>
  /** The token of a link that takes something back; the same for the same `id`, so that a repeated mail is the same. */
  offerUndo: (id: string, offer: UndoOffer) => Promise<string>
  companyName: (id: CompanyId) => string
  issuer: string
}

/**
 * Who is written to about what (T5, T8, T16; ASVS 6.3.5, 6.3.7): every proven address of the person, and the former
 * address where one was replaced. A change by a company or by support, and a new link, carry a way to take it back.
 */
export const createNotices = ({ people, events, send, offerUndo, companyName, issuer }: NoticeDeps) => {
  const undoUrl = async (id: string, offer: UndoOffer) => `${issuer}/undo/${await offerUndo(id, offer)}`

  /** The mail's id holds no address: the queue remembers ids longer than letters. */
  const sendTo = async (addresses: readonly string[], notice: Omit<Notice, 'to' | 'id'>, about: About) => {
    const { kind } = notice
    const of = principalKey(about.holder)
    for (const to of new Set(addresses)) await send({ ...notice, to, of, id: digest(`${about.event}:${kind}:${to}`) })
    if (addresses.length === 0) return
    const _id = eventId(about.holder, about.at, `m${digest(`${about.event}:${kind}`)}`)
    await events.insert({ _id, at: about.at, kind: 'written-to', actor: { kind: 'system' }, mail: kind })
  }

  const detailsChanged = async (person: Person, entry: PersonLogEntry, about: About): Promise<void> => {
    const { actor, changes = {}, op, reason } = entry
    if (actor.kind !== 'company' && actor.kind !== 'support') return
    const fields = Object.keys(changes)
    if (fields.length === 0) return
    const [own, { language }, company] = [signInAddresses(person), person, companyName(actor.company)]
    const values = {
      fields: fields.join(','),
      by: company,
      ...(reason && { reason }),
      undoUrl: await undoUrl(about.event, { kind: 'details', person: person._id, op }),
    }
    await sendTo(own, { kind: 'details-changed', language, values }, about)
    const address = changes.email?.after
    if (!address) return
    const offered = { company, address, url: `${issuer}/account/details` }
    await sendTo(own, { kind: 'address-offered', language, values: offered }, about)
  }

  /** Who lost the address learns of it there, and can take it back once; whoever is taken back from can not (T5). */
  const addressChanged = async (
    { op, at, undoes, changes }: Pick<PersonLogEntry, 'op' | 'at' | 'undoes' | 'changes'>,
    { own, former, language }: { own: string[]; former: string[]; language: Person['language'] },
    about: About,
    offer: (former: FormerAddress) => UndoOffer,
  ): Promise<void> => {
    const values = { address: masked(changes?.email?.after ?? own[0] ?? '') }
    if (undoes) return sendTo([...former, ...own], { kind: 'address-taken-back', language, values }, about)
    for (const address of former) {
      const undo = await undoUrl(`${about.event}:${digest(address)}`, offer({ address, op, at }))
      await sendTo([address], { kind: 'address-changed', language, values: { ...values, undoUrl: undo } }, about)
    }
  }

  /** A company or its support changed what only it holds; told and taken back like a change of a person's details. */
  const ownDetailsChanged = async (
    account: Account,
    { actor, changes = {}, op, reason }: AccountLogEntry,
    about: About,
  ): Promise<void> => {
    const { signIn, language } = account
    if (!signIn || (actor.kind !== 'company' && actor.kind !== 'support')) return
    const company = companyName(account.company)
    const values = {
      company,
      fields: Object.keys(changes).join(','),
      ...(reason && { reason }),
      undoUrl: await undoUrl(about.event, { kind: 'own-details', account: account._id, op }),
    }
    await sendTo([signIn.address], { kind: 'account-details-changed', language, values }, about)
    const address = changes.email?.after
    if (!address || address === signIn.address) return
    const offered = { company, address, url: `${issuer}/account/details` }
    await sendTo([signIn.address], { kind: 'address-offered', language, values: offered }, about)
  }

  const aboutPerson = async (person: Person, entry: PersonLogEntry): Promise<void> => {
    const holder: Holder = { kind: 'person', person: person._id }
    const about: About = { holder, at: entry.at, event: eventId(holder, entry.at, `p${entry.n}`) }
    const [own, { language }] = [signInAddresses(person), person]
    switch (entry.kind) {
      case 'details-changed':
        return detailsChanged(person, entry, about)
      case 'password-changed':
      case 'password-recovered':
        return sendTo(own, { kind: 'password-changed', language, values: { when: iso(entry.at) } }, about)
      case 'address-changed':
        return addressChanged(entry, { own, former: entry.formerAddresses ?? [], language }, about, (former) => ({
          kind: 'address',
          person: person._id,
          former,
        }))
      case 'erased':
        return sendTo(
          entry.formerAddresses ?? [],
          { kind: 'sign-in-deleted', language, values: { when: iso(entry.at) } },
          about,
        )
      default:
        return undefined
    }
  }

  /** Where the holder of an account is reached: as the person they are, or at the account's own address. */
  const reachedAt = async (account: Account, entry: AccountLogEntry) => {
    const id = personOf(account, entry)
    const person = id ? await people.get(id) : null
    const own = account.signIn?.address ?? entry.address
    const addresses = person ? signInAddresses(person) : own ? [own] : []
    return { person, addresses, language: person?.language ?? account.language }
  }

  const aboutAccount = async (account: Account, entry: AccountLogEntry): Promise<void> => {
    const own: Holder = { kind: 'account', account: account._id }
    const event = eventId(own, entry.at, `a${entry.n}`)
    const { person, addresses, language } = await reachedAt(account, entry)
    const holder: Holder = person ? { kind: 'person', person: person._id } : own
    const company = companyName(account.company)
    const tell = (kind: MailKind, values: Record<string, string>, also: string[] = []) =>
      sendTo([...addresses, ...also], { kind, language, values }, { holder, at: entry.at, event })
    switch (entry.kind) {
      case 'linked': {
        if (!person) return undefined
        const offer = { kind: 'link' as const, person: person._id, company: account.company, epoch: entry.epoch }
        return tell('account-linked', { company, undoUrl: await undoUrl(event, offer) }, formerAddressOf(account))
      }
      case 'company-wrote':
        // Of a linked account the person's own log tells, once the change is made there.
        return entry.changes && ownDetailsChanged(account, entry, { holder: own, at: entry.at, event })
      case 'address-changed': {
        const { signIn, language } = account
        const who = { own: signIn ? [signIn.address] : [], former: entry.address ? [entry.address] : [], language }
        return addressChanged(entry, who, { holder: own, at: entry.at, event }, (former) => ({
          kind: 'own-address',
          account: account._id,
          former,
        }))
      }
      case 'unlinked':
        return tell('account-unlinked', { company }, formerAddressOf(account))
      case 'closing': {
        const until = iso(account.closing?.at ?? entry.at).slice(0, 10)
        return tell('closure-started', { company, until, url: `${issuer}/account/services` })
      }
      case 'closed':
        return tell('closure-done', { company })
      case 'own-sign-in-made':
        // A first way in was asked for by the code in the mail; one that replaces another is told of.
        return entry.op === account.signIn?.credential ? tell('password-changed', { when: iso(entry.at) }) : undefined
      default:
        return undefined
    }
  }

  return { aboutPerson, aboutAccount, sendTo }
}

interface About {
  holder: Holder
  at: number
  event: string
}

export type Notices = ReturnType<typeof createNotices>

const iso = (at: number) => new Date(at).toISOString()

/** An old mailbox does not learn the new address; whose it is recognises it (T5). */
const masked = (address: string): string => address.replace(/^(.)[^@]*@/, '$1…@')

/** The holder of the account may not be the one who linked it (T18): the address it had is told as well. */
const formerAddressOf = (account: Account): string[] => {
  const former = account.link?.formerAddress ?? account.left?.formerAddress
  return former ? [former] : []
}
