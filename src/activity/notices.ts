import {
  type Account,
  type AccountLogEntry,
  asPerson,
  offerOfDetails,
  offerOfRecovery,
  type Principal,
  principalIdOf,
  principalKey,
  principalOfAccount,
  principalOfPerson,
  type ReadPrincipal,
} from '../accounts/index.ts'
import type { CompanyId } from '../companies/index.ts'
import { closesAt } from '../credentials/index.ts'
import { formatList, zonedInstant } from '../i18n/index.ts'
import { iso, now } from '../lib/clock.ts'
import { digest } from '../lib/ids.ts'
import type { Mail, MailKind } from '../mail/index.ts'
import {
  isByHolder,
  openTakeBacks,
  type Person,
  type PersonId,
  type PersonLogEntry,
  type UndoOffer,
  undoWithin,
} from '../people/index.ts'
import { createAddressNotices } from './address-notices.ts'
import type { Bundle, BundledChange, BundlesStore } from './bundles-store.ts'
import type { About } from './event.ts'
import { type EventsStore, eventId } from './events-store.ts'
import { concernedBy } from './from-log.ts'

/** A letter that tells somebody what happened to what is theirs. */
export interface Notice extends Mail {
  /** The same for the same event and address: drained twice it is one mail. */
  id: string
}

export interface NoticeDeps {
  readPrincipal: ReadPrincipal
  events: Pick<EventsStore, 'insert'>
  bundles: BundlesStore
  send: (notice: Notice) => Promise<void>
  /** The token of a link that takes something back; the same for the same `id`, so that a repeated mail is the same. */
  offerUndo: (id: string, offer: UndoOffer, until?: number) => Promise<string>
  /** The addresses that a person's linked accounts had before: who holds one may not be who linked it (T18). */
  addressesBeforeLinks: (person: PersonId) => Promise<string[]>
  /** When each account that a person has was linked. */
  linkedSince: (person: PersonId) => Promise<{ id: string; since: number }[]>
  companyName: (id: CompanyId) => string
  issuer: string
}

/**
 * Who is written to about what (T5, T8, T16; ASVS 6.3.5, 6.3.7): every proven address of the person, and the former
 * address where one was replaced. A change by a company or by support, and a new link, carry a way to take it back.
 */
export const createNotices = (deps: NoticeDeps) => {
  const { readPrincipal, events, bundles, send, offerUndo, companyName, issuer } = deps

  const undoUrl = async (id: string, offer: UndoOffer, until?: number) =>
    `${issuer}/undo/${await offerUndo(id, offer, until)}`

  /** The mail's id holds no address: the queue remembers ids longer than letters. */
  const sendTo = async (addresses: readonly string[], notice: Omit<Notice, 'to' | 'id'>, about: About) => {
    const { kind } = notice
    const of = principalKey(about.holder)
    for (const to of new Set(addresses)) await send({ ...notice, to, of, id: digest(`${about.event}:${kind}:${to}`) })
    if (addresses.length === 0) return
    const { company, by, service } = notice.values
    const _id = eventId(about.holder, about.at, `m${digest(`${about.event}:${kind}`)}`)
    const event = { _id, at: about.at, kind: 'written-to', actor: { kind: 'system' }, mail: kind } as const
    await events.insert({ ...event, about: company || by || service })
  }

  const addressChanged = createAddressNotices({ sendTo, undoUrl })

  /** One letter about one change, or about several that came soon after another (H9). */
  const tellOfChanges = async (changes: readonly BundledChange[], about: About): Promise<void> => {
    const principal = await readPrincipal(about.holder)
    const [first, ...also] = changes.map(({ op }) => op)
    if (!principal || first === undefined) return
    const { addresses, language, company } = principal
    const offer = offerOfDetails(about.holder, { op: first, ...(also.length > 0 && { also }) })
    const by = formatList(language, [...new Set(changes.map((change) => change.by))])
    const [reason, another] = new Set(changes.map((change) => change.reason))
    const values = {
      fields: [...new Set(changes.flatMap(({ fields }) => fields))].join(','),
      ...(reason && another === undefined && { reason }),
      undoUrl: await undoUrl(about.event, offer),
    }
    // Whoever signs in at one company alone is told of its account; anybody else, which of their companies it was.
    const notice =
      company === null
        ? ({ kind: 'details-changed', language, values: { ...values, by } } as const)
        : ({ kind: 'account-details-changed', language, values: { ...values, company: companyName(company) } } as const)
    await sendTo(addresses, notice, about)
    const noted = changes.findLast(({ address }) => address !== undefined)
    if (!noted?.address || addresses.includes(noted.address)) return
    const offered = { company: noted.by, address: noted.address, url: `${issuer}/account/details` }
    await sendTo(addresses, { kind: 'address-offered', language, values: offered }, about)
  }

  /** A company or its support changed something: the first letter leaves at once, the others wait for one another. */
  const changedByOthers = async (
    { actor, changes = {}, op, reason }: Pick<PersonLogEntry, 'actor' | 'changes' | 'op' | 'reason'>,
    about: About,
  ): Promise<void> => {
    if (isByHolder(actor)) await bundles.answered(principalKey(about.holder))
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
    if (await bundles.add(principalKey(about.holder), change)) await tellOfChanges([change], about)
  }

  /** What waited for its letter; asked for twice at one moment it is one. */
  const sendBundles = async (): Promise<void> => {
    for (let due = await bundles.due(bundlesAtOnce); due.length > 0; due = await bundles.due(bundlesAtOnce))
      for (const each of due) await sendBundle(each)
  }

  const sendBundle = async (due: Bundle): Promise<void> => {
    const taken = await bundles.take(due)
    if (!taken) return
    const event = digest(taken.changes.map((change) => change.event).join(' '))
    const about = { holder: principalIdOf(due._id), at: now(), event: `${due._id}:${event}` }
    await tellOfChanges(taken.changes, about)
    await bundles.sent(due._id)
  }

  /** Everybody who could have a word in it, also where an address was never proven: it stops something, and no more. */
  const recoveryWaits = async (
    { op, recovery }: Pick<PersonLogEntry, 'op' | 'recovery'>,
    principal: Principal,
    known: readonly string[],
    about: About,
  ): Promise<void> => {
    if (!recovery) return
    const { id, company, language } = principal
    const { address, until } = recovery
    const values = {
      address,
      company: company === null ? '' : companyName(company),
      // In UTC: whose address it is by now is not known, and where they live is not for everybody.
      when: iso(until),
      undoUrl: await undoUrl(about.event, offerOfRecovery(id, op), closesAt(recovery)),
    }
    const kind = company === null ? 'recovery-waits' : 'account-recovery-waits'
    await sendTo([address, ...known, ...contactOf(principal)], { kind, language, values }, about)
  }

  const aboutPerson = async (person: Person, entry: PersonLogEntry): Promise<void> => {
    const principal = principalOfPerson(person)
    const { id: holder, language, country } = principal
    const when = zonedInstant(entry.at, country)
    const about: About = { holder, at: entry.at, event: eventId(holder, entry.at, `p${entry.n}`) }
    const own = writtenTo(principal, entry.at)
    switch (entry.kind) {
      case 'details-changed':
        return changedByOthers(entry, about)
      case 'password-changed':
      case 'password-recovered':
        return sendTo(own, { kind: 'password-changed', language, values: { when } }, about)
      case 'address-changed':
        return addressChanged(entry, principal, entry.formerAddresses ?? [], about)
      case 'recovery-waits':
        return recoveryWaits(entry, principal, [...own, ...(await deps.addressesBeforeLinks(person._id))], about)
      case 'address-confirmed': {
        const to = [...own, ...(entry.formerAddresses ?? [])]
        return sendTo(to, { kind: 'address-confirmed', language, values: { when } }, about)
      }
      case 'deletion-begun': {
        const until = iso(person.ending?.until ?? entry.at).slice(0, 10)
        const values = { until, url: `${issuer}/account/security` }
        return sendTo(own, { kind: 'deletion-started', language, values }, about)
      }
      case 'erased':
        return sendTo(entry.formerAddresses ?? [], { kind: 'sign-in-deleted', language, values: { when } }, about)
      default:
        return undefined
    }
  }

  /** Whose an account was when this was recorded, the person it was linked to or its own holder, and where they are told. */
  const reachedAt = async (account: Account, entry: AccountLogEntry) => {
    const person = concernedBy(account, entry)
    const own = principalOfAccount(account)
    const principal = (person && (await readPrincipal(asPerson(person)))) || own
    // What was closed keeps no address of its own: its last is in the record.
    const kept = principal === own && own.addresses.length === 0 && entry.address ? [entry.address] : []
    return { own, principal, addresses: [...kept, ...writtenTo(principal, entry.at)] }
  }

  /** A link that made its account is undone by closing it: nobody could enter it any more (U16). */
  const joinedBy = async (
    { _id, link, left }: Account,
    { epoch, at, person = '' }: AccountLogEntry,
    { createdAt }: Principal,
  ): Promise<'link' | 'opened' | 'registration'> => {
    if ((link ?? left)?.how !== 'new' || epoch > 1) return 'link'
    // Of two of one moment one is the first, whoever asks.
    const isFirst = (await deps.linkedSince(person)).every(({ id, since }) => since > at || (since === at && id <= _id))
    return isFirst && at - createdAt <= undoWithin ? 'registration' : 'opened'
  }

  const aboutAccount = async (account: Account, entry: AccountLogEntry): Promise<void> => {
    // Most of a log, and no letter: nobody is looked up for it.
    if (entry.kind === 'shared' || entry.kind === 'told') return
    const { own, principal, addresses } = await reachedAt(account, entry)
    const { id: holder, person, language, country } = principal
    const when = zonedInstant(entry.at, country)
    const event = eventId(own.id, entry.at, `a${entry.n}`)
    const aboutItself = { holder: own.id, at: entry.at, event }
    const company = companyName(account.company)
    const tell = (kind: MailKind, values: Record<string, string>, also: string[] = []) =>
      sendTo([...addresses, ...also], { kind, language, values }, { holder, at: entry.at, event })
    switch (entry.kind) {
      case 'linked': {
        if (person === undefined) return undefined
        const kind = await joinedBy(account, entry, principal)
        const offer = { kind, person, company: account.company, account: account._id }
        return tell(lettersOf[kind], { company, undoUrl: await undoUrl(event, offer) }, formerAddressOf(account))
      }
      case 'details-changed':
        return changedByOthers(entry, aboutItself)
      case 'company-wrote':
        // Of a linked account the person's own log tells, once the change is made there.
        return changedByOthers(entry, aboutItself)
      case 'address-changed':
        return addressChanged(
          entry,
          own,
          [...(entry.address ? [entry.address] : []), ...(entry.endedAddresses ?? [])],
          aboutItself,
        )
      case 'address-confirmed':
        return tell('address-confirmed', { when }, entry.endedAddresses)
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
        const left = account.left && (await readPrincipal(asPerson(account.left.person)))
        const known = [...addresses, ...(left ? writtenTo(left, entry.at) : [])]
        return recoveryWaits(entry, own, known, { holder, at: entry.at, event })
      }
      case 'own-sign-in-made':
        // A first way in was asked for by the code in the mail; one that replaces another is told of.
        return entry.op === account.signIn?.credential ? tell('password-changed', { when }) : undefined
      default:
        return undefined
    }
  }

  return { aboutPerson, aboutAccount, sendTo, sendBundles }
}

export type Notices = ReturnType<typeof createNotices>

const bundlesAtOnce = 50

const lettersOf = { link: 'account-linked', opened: 'account-opened', registration: 'welcome' } as const

const contactOf = ({ details: { email } }: Principal): string[] => (email ? [email] : [])

/** Every address that signs in, and every one that may still take back that it does not: that one is told of all (H4). */
const writtenTo = ({ addresses, takeBacks }: Principal, at: number): string[] => [
  ...addresses,
  ...openTakeBacks({ takeBacks }, at).map(({ address }) => address),
]

/** The holder of the account may not be the one who linked it (T18): the address it had is told as well. */
const formerAddressOf = (account: Account): string[] => {
  const former = account.link?.formerAddress ?? account.left?.formerAddress
  return former ? [former] : []
}
