import { type Account, type AccountLogEntry, principalKey } from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { closesAt } from '../credentials/index.ts'
import type { Details } from '../details/index.ts'
import { now } from '../lib/clock.ts'
import { digest } from '../lib/ids.ts'
import type { Mail, MailKind } from '../mail/index.ts'
import {
  detailsOf,
  type FormerAddress,
  formerAddressesOf,
  type PeopleStore,
  type Person,
  type PersonId,
  type PersonLogEntry,
  signInAddresses,
  type UndoOffer,
} from '../people/index.ts'
import type { Bundle, BundledChange, BundlesStore } from './bundles-store.ts'
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
  accounts: { get: (id: string) => Promise<Account | null> }
  bundles: BundlesStore
  send: (notice: Notice) => Promise<void>
  /** The token of a link that takes something back; the same for the same `id`, so that a repeated mail is the same. */
  offerUndo: (id: string, offer: UndoOffer, until?: number) => Promise<string>
  /** The addresses that a person's linked accounts had before: who holds one may not be who linked it (T18). */
  addressesBeforeLinks: (person: PersonId) => Promise<string[]>
  companyName: (id: CompanyId) => string
  issuer: string
}

/**
 * Who is written to about what (T5, T8, T16; ASVS 6.3.5, 6.3.7): every proven address of the person, and the former
 * address where one was replaced. A change by a company or by support, and a new link, carry a way to take it back.
 */
export const createNotices = (deps: NoticeDeps) => {
  const { people, accounts, events, bundles, send, offerUndo, companyName, issuer } = deps

  const undoUrl = async (id: string, offer: UndoOffer, until?: number) =>
    `${issuer}/undo/${await offerUndo(id, offer, until)}`

  /** The mail's id holds no address: the queue remembers ids longer than letters. */
  const sendTo = async (addresses: readonly string[], notice: Omit<Notice, 'to' | 'id'>, about: About) => {
    const { kind } = notice
    const of = principalKey(about.holder)
    for (const to of new Set(addresses)) await send({ ...notice, to, of, id: digest(`${about.event}:${kind}:${to}`) })
    if (addresses.length === 0) return
    const _id = eventId(about.holder, about.at, `m${digest(`${about.event}:${kind}`)}`)
    await events.insert({ _id, at: about.at, kind: 'written-to', actor: { kind: 'system' }, mail: kind })
  }

  /** One letter about one change, or about several that came soon after another (H9). */
  const tellOfChanges = async (holder: Holder, changes: readonly BundledChange[], about: About): Promise<void> => {
    const { addresses, language, company } = await reachedAs(holder)
    const [first, ...also] = changes.map(({ op }) => op)
    if (first === undefined) return
    const ops = { op: first, ...(also.length > 0 && { also }) }
    const offer: UndoOffer =
      holder.kind === 'person'
        ? { kind: 'details', person: holder.person, ...ops }
        : { kind: 'own-details', account: holder.account, ...ops }
    const by = [...new Set(changes.map((change) => change.by))].join(', ')
    const [reason, another] = new Set(changes.map((change) => change.reason))
    const values = {
      fields: [...new Set(changes.flatMap(({ fields }) => fields))].join(','),
      ...(holder.kind === 'person' ? { by } : { company }),
      ...(reason && another === undefined && { reason }),
      undoUrl: await undoUrl(about.event, offer),
    }
    const kind = holder.kind === 'person' ? 'details-changed' : 'account-details-changed'
    await sendTo(addresses, { kind, language, values }, about)
    const noted = changes.findLast(({ address }) => address !== undefined)
    if (!noted?.address || (holder.kind === 'account' && addresses.includes(noted.address))) return
    const offered = { company: noted.by, address: noted.address, url: `${issuer}/account/details` }
    await sendTo(addresses, { kind: 'address-offered', language, values: offered }, about)
  }

  const reachedAs = async (holder: Holder) => {
    if (holder.kind === 'person') {
      const person = await people.get(holder.person)
      return { addresses: person ? signInAddresses(person) : [], language: person?.language ?? 'en', company: '' }
    }
    const account = await accounts.get(holder.account)
    return {
      addresses: account?.signIn ? [account.signIn.address] : [],
      language: account?.language ?? 'en',
      company: account ? companyName(account.company) : '',
    }
  }

  /** A company or its support changed something: the first letter leaves at once, the others wait for one another. */
  const changedByOthers = async (
    { actor, changes = {}, op, reason }: Pick<PersonLogEntry, 'actor' | 'changes' | 'op' | 'reason'>,
    about: About,
  ): Promise<void> => {
    if (actor.kind === 'person' || actor.kind === 'account') await bundles.answered(principalKey(about.holder))
    if (actor.kind !== 'company' && actor.kind !== 'support') return
    const fields = Object.keys(changes)
    if (fields.length === 0) return
    const address = changes.email?.after
    const change: BundledChange = {
      event: about.event,
      op,
      fields,
      by: companyName(actor.company),
      ...(reason && { reason }),
      ...(address && { address }),
    }
    if (await bundles.add(principalKey(about.holder), change)) await tellOfChanges(about.holder, [change], about)
  }

  /** What waited for its letter; asked for twice at one moment it is one. */
  const sendBundles = async (): Promise<void> => {
    for (let due = await bundles.due(bundlesAtOnce); due.length > 0; due = await bundles.due(bundlesAtOnce))
      for (const each of due) await sendBundle(each)
  }

  const sendBundle = async (due: Bundle): Promise<void> => {
    const taken = await bundles.take(due)
    if (!taken) return
    const holder = holderOfKey(due._id)
    const event = digest(taken.changes.map((change) => change.event).join(' '))
    await tellOfChanges(holder, taken.changes, { holder, at: now(), event: `${due._id}:${event}` })
    await bundles.sent(due._id)
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

  /** Everybody who could have a word in it, also where an address was never proven: it stops something, and no more. */
  const recoveryWaits = async (
    { recovery }: Pick<PersonLogEntry, 'recovery'>,
    { company, ...who }: { addresses: string[]; language: Person['language']; company: string },
    about: About,
    offer: UndoOffer,
  ): Promise<void> => {
    if (!recovery) return
    const { address, until } = recovery
    const values = {
      address,
      company,
      when: iso(until),
      undoUrl: await undoUrl(about.event, offer, closesAt(recovery)),
    }
    const kind = offer.kind === 'recovery' ? 'recovery-waits' : 'account-recovery-waits'
    await sendTo([address, ...who.addresses], { kind, language: who.language, values }, about)
  }

  const aboutPerson = async (person: Person, entry: PersonLogEntry): Promise<void> => {
    const holder: Holder = { kind: 'person', person: person._id }
    const about: About = { holder, at: entry.at, event: eventId(holder, entry.at, `p${entry.n}`) }
    const [own, { language }] = [toldAt(person), person]
    switch (entry.kind) {
      case 'details-changed':
        return changedByOthers(entry, about)
      case 'password-changed':
      case 'password-recovered':
        return sendTo(own, { kind: 'password-changed', language, values: { when: iso(entry.at) } }, about)
      case 'address-changed':
        return addressChanged(entry, { own, former: entry.formerAddresses ?? [], language }, about, (former) => ({
          kind: 'address',
          person: person._id,
          former,
        }))
      case 'recovery-waits': {
        const addresses = [...own, ...contactOf(detailsOf(person)), ...(await deps.addressesBeforeLinks(person._id))]
        const offer = { kind: 'recovery', person: person._id, op: entry.op } as const
        return recoveryWaits(entry, { addresses, language, company: '' }, about, offer)
      }
      case 'address-confirmed': {
        const to = [...own, ...(entry.formerAddresses ?? [])]
        return sendTo(to, { kind: 'address-confirmed', language, values: { when: iso(entry.at) } }, about)
      }
      case 'deletion-begun': {
        const until = iso(person.ending?.until ?? entry.at).slice(0, 10)
        return sendTo(
          own,
          { kind: 'deletion-started', language, values: { until, url: `${issuer}/account/security` } },
          about,
        )
      }
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
    const addresses = person ? toldAt(person) : [...(own ? [own] : []), ...formerAddressesOf(account, now())]
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
        const offer = { kind: 'link' as const, person: person._id, company: account.company, account: account._id }
        return tell('account-linked', { company, undoUrl: await undoUrl(event, offer) }, formerAddressOf(account))
      }
      case 'details-changed':
        return changedByOthers(entry, { holder: own, at: entry.at, event })
      case 'company-wrote':
        // Of a linked account the person's own log tells, once the change is made there.
        return changedByOthers(entry, { holder: own, at: entry.at, event })
      case 'address-changed': {
        const { signIn, language } = account
        const who = { own: signIn ? [signIn.address] : [], former: entry.address ? [entry.address] : [], language }
        return addressChanged(entry, who, { holder: own, at: entry.at, event }, (former) => ({
          kind: 'own-address',
          account: account._id,
          former,
        }))
      }
      case 'unlinking': {
        const until = iso(account.leaving?.until ?? entry.at).slice(0, 10)
        return tell('unlink-started', { company, until, url: `${issuer}/account/services` })
      }
      case 'unlinked':
        return tell('account-unlinked', { company }, formerAddressOf(account))
      case 'closing': {
        const until = iso(account.closing?.at ?? entry.at).slice(0, 10)
        return tell('closure-started', { company, until, url: `${issuer}/account/services` })
      }
      case 'closed':
        return tell('closure-done', { company })
      case 'recovery-waits': {
        const left = account.left && (await people.get(account.left.person))
        const channels = [...addresses, ...contactOf(account.copy), ...(left ? toldAt(left) : [])]
        const offer = { kind: 'own-recovery', account: account._id, op: entry.op } as const
        return recoveryWaits(entry, { addresses: channels, language, company }, { holder, at: entry.at, event }, offer)
      }
      case 'own-sign-in-made':
        // A first way in was asked for by the code in the mail; one that replaces another is told of.
        return entry.op === account.signIn?.credential ? tell('password-changed', { when: iso(entry.at) }) : undefined
      default:
        return undefined
    }
  }

  return { aboutPerson, aboutAccount, sendTo, sendBundles }
}

interface About {
  holder: Holder
  at: number
  event: string
}

export type Notices = ReturnType<typeof createNotices>

const bundlesAtOnce = 50

const holderOfKey = (key: string): Holder => {
  const id = key.slice(key.indexOf(':') + 1)
  return key.startsWith('person:') ? { kind: 'person', person: id } : { kind: 'account', account: id }
}

const contactOf = ({ email }: Details): string[] => (email ? [email] : [])

const iso = (at: number) => new Date(at).toISOString()

/** Every address that signs in, and every one that may still take back that it does not: that one is told of all (H4). */
const toldAt = (person: Person): string[] => [...signInAddresses(person), ...formerAddressesOf(person, now())]

/** An old mailbox does not learn the new address; whose it is recognises it (T5). */
const masked = (address: string): string => address.replace(/^(.)[^@]*@/, '$1…@')

/** The holder of the account may not be the one who linked it (T18): the address it had is told as well. */
const formerAddressOf = (account: Account): string[] => {
  const former = account.link?.formerAddress ?? account.left?.formerAddress
  return former ? [former] : []
}
