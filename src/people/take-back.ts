import { type DetailName, detailNames } from '../details/index.ts'
import { assertSignedInStill } from '../lib/browser-binding.ts'
import { now } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import {
  type Assertion,
  byPerson,
  emailKey,
  inForce,
  type Person,
  type PersonLogEntry,
  signInAddresses,
  type TakeBack,
} from './person.ts'
import { undoWithin } from './undo-change.ts'
import type { FormerAddress } from './undo-offer-store.ts'

/*
 * A change of the address that signs in may be taken back for three days by whoever reads the mailbox that signed in
 * before it (T5). While one is open, whoever is signed in may be a thief who knew the password: what they begin stops
 * things at once, and what cannot be undone waits for its end, or for a code at the former address (H4).
 */

/** Oldest first: whoever had the address first may take back all that followed. */
type Holder = { takeBacks?: readonly FormerAddress[] | undefined }

/** So many at most are open at once: who has more reason to change than that can wait for the oldest to end. */
const mostTakeBacks = 5

export const openTakeBacks = <T extends FormerAddress>(
  holder: { takeBacks?: readonly T[] | undefined },
  at: number,
): T[] => (holder.takeBacks ?? []).filter((each) => at - each.at <= undoWithin)

/** From when until when something was begun; milliseconds since 1970, both included. */
export interface Span {
  since: number
  until: number
}

export const isIn = ({ since, until }: Span, at: number | null | undefined): boolean =>
  typeof at === 'number' && at >= since && at <= until

export interface Held {
  /** Where a code ends it sooner: the address that signed in before any of the changes that are still open. */
  address: string
  /** The first of those changes; milliseconds since 1970, as is the end of the last of them. */
  since: number
  until: number
}

/** undefined: nothing may be taken back any more. */
export const heldBy = (holder: Holder, at: number): Held | undefined => {
  const open = openTakeBacks(holder, at)
  const [first, last] = [open[0], open.at(-1)]
  return first && last && { address: first.address, since: first.at, until: last.at + undoWithin }
}

/** What gives something away waits for a code at the former address; `until` is when it need not any more (H4). */
export const formerAddressFirst = ({ until }: Held): AppError =>
  new AppError('conflict', 'former-address-first', { values: { field: 'form', until: new Date(until).toISOString() } })

/**
 * What gives something away. AppError `former-address-first` (conflict) while a change of their address may be taken back,
 * `interaction-expired` (gone) where whoever asks is signed in under credentials that hold no more.
 */
export const assertNotHeld = (
  holder: (Holder & { _id: string; credentialEpoch: number }) | null | undefined,
  at = now(),
): void => {
  assertSignedInStill(holder)
  const held = holder && heldBy(holder, at)
  if (held) throw formerAddressFirst(held)
}

/** The addresses that signed in before those changes: they are told of everything, and nobody else may have them (H25). */
export const formerAddressesOf = (holder: Holder, at: number): string[] =>
  openTakeBacks(holder, at).map(({ address }) => address)

/** Every address that is told what happens to somebody: each that signs in, and each that may take back that it does not (H4). */
export const notifiedAddresses = (person: Person, at: number): string[] => [
  ...signInAddresses(person),
  ...formerAddressesOf(person, at),
]

/** A key that leads to them, or must lead nowhere else yet. */
export const isKeptFor = (person: Pick<Person, 'identifiers' | 'takeBacks'>, key: string, at = now()): boolean =>
  person.identifiers.includes(key) || formerAddressesOf(person, at).some((address) => emailKey(address) === key)

export const mayTakeBack = (holder: Holder, { op, address }: FormerAddress, at: number): boolean =>
  openTakeBacks(holder, at).some((each) => each.op === op && each.address === address)

/**
 * What was begun by whoever a sign-in was taken back from, also where it was written only after that: it is called off,
 * and never final (H4). `under`: what the holder's credentials stood at when it was begun. Pure.
 */
export const isTakenBack = (
  { takenBack }: Pick<Person, 'takenBack'>,
  begun: { since: number; under?: number } | undefined,
): boolean =>
  takenBack !== undefined &&
  begun?.under !== undefined &&
  begun.under < takenBack.epoch &&
  begun.since >= takenBack.since

/** What drops those that have run out; undefined when there is none. */
export const overTakeBacks = (holder: Holder, at: number) => {
  const [all, open] = [holder.takeBacks ?? [], openTakeBacks(holder, at)]
  if (all.length === open.length) return undefined
  return onlyThose(open)
}

export const onlyThose = (kept: readonly FormerAddress[]) =>
  kept.length > 0 ? { set: { takeBacks: kept } } : { unset: ['takeBacks'] }

/** With one more change. AppError `address-changed-too-often` (conflict). */
export const withTakeBack = <T extends FormerAddress>(
  holder: { takeBacks?: readonly T[] | undefined },
  more: readonly T[],
  at: number,
): T[] => {
  const open = openTakeBacks(holder, at)
  if (open.length + more.length > mostTakeBacks)
    throw new AppError('conflict', 'address-changed-too-often', { values: { field: 'code' } })
  return [...open, ...more]
}

/**
 * After one was taken back: what came before it can still be, what came after it went with it. So whoever took the
 * sign-in over takes nothing back from whoever had it before them, however often they changed the address.
 */
export const withoutTakeBack = <T extends FormerAddress>(
  holder: { takeBacks?: readonly T[] | undefined },
  { op }: FormerAddress,
  at: number,
): T[] => {
  const open = openTakeBacks(holder, at)
  return open.slice(
    0,
    open.findIndex((each) => each.op === op),
  )
}

/**
 * The details as they were before a change that is taken back: what the person said since is said no more. What a
 * company said since stays in force, above what the person had said then. The address itself moves apart from it.
 */
export const restoredDetails = (
  person: Pick<Person, 'fields'>,
  { before }: Pick<TakeBack, 'before'>,
  { v, at, op }: Pick<Assertion, 'v' | 'at' | 'op'>,
) => {
  const set: Record<string, unknown> = {}
  const unset: string[] = []
  const changes: NonNullable<PersonLogEntry['changes']> = {}
  for (const field of detailNames.filter((each): each is DetailName => each !== 'email')) {
    const [said, then] = [person.fields[field]?.[byPerson], before.fields[field]?.[byPerson]]
    if (!said || said.v === then?.v) continue
    const path = `fields.${field}.${byPerson}`
    const current = inForce(person.fields, field)
    if (current?.source !== byPerson) {
      if (then) set[path] = then
      else unset.push(path)
      continue
    }
    const value = inForce(before.fields, field)?.value ?? null
    set[path] = { value, v, at, op } satisfies Assertion
    if (current.value !== value) changes[field] = { before: current.value, after: value }
  }
  if (before.birthDateCorrectedAt === undefined) unset.push('birthDateCorrectedAt')
  else set.birthDateCorrectedAt = before.birthDateCorrectedAt
  return { set, unset, changes }
}

/** Who is told that it signs in no more; and, of what is taken back, each that could have taken anything back until then. */
export const leftBy = (person: Person, to: string, { at, isUndone }: { at: number; isUndone: boolean }): string[] => [
  ...new Set((isUndone ? notifiedAddresses(person, at) : signInAddresses(person)).filter((each) => each !== to)),
]

/** The addresses that sign in no more by a change to another, with all that stood beside them. */
export const leaving = (person: Person, to: string, { op, at }: { op: string; at: number }): TakeBack[] => {
  const { fields, birthDateCorrectedAt } = person
  const before = { fields, ...(birthDateCorrectedAt !== undefined && { birthDateCorrectedAt }) }
  return signInAddresses(person).flatMap((address) => (address === to ? [] : [{ address, op, at, before }]))
}

/** Everything that an address may have led to them by. */
export const keysOf = (person: Person): string[] => [
  ...new Set([...person.identifiers, ...(person.takeBacks ?? []).map(({ address }) => emailKey(address))]),
]
