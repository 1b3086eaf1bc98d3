/**
 * A **person** is the human who signs in: one unified sign-in with its identifiers, the credentials that count, and the
 * basic details with the newest value of each source. The person's document decides all of it (model M1); identifiers
 * and credentials are found by key and powerless until it lists them. pending → active → erasing → erased.
 * Serves S4-1, S4-3, S7-b, S11. Knows accounts only as ids in a trail, and no company's rules.
 */

export { ageAt, isUnderAge } from './age.ts'
export { type AgeGate, createAgeGate } from './age-gate.ts'
export { boundPersonOutbox, drainFirst, isFull, longestLog } from './bounded-outbox.ts'
export { changeDetails, type DetailChange, dropSource } from './change-details.ts'
export { createPeople } from './create-people.ts'
export { assertBirthDateChange, birthDateRest } from './detail-guards.ts'
export { createErasePerson, type ErasePerson, tombstone } from './erase-person.ts'
export { journalEntries, type PersonFence } from './journaled-people.ts'
export { createPeopleStore, type PeopleStore, type ReadPeople } from './people-store.ts'
export * from './person.ts'
export {
  createRegistration,
  firstEpoch,
  newPerson,
  type PersonRegistration,
  type Registered,
  type Registration,
} from './register.ts'
export {
  assertNotHeld,
  formerAddressesOf,
  formerAddressFirst,
  type Held,
  heldBy,
  isIn,
  isKeptFor,
  isTakenBack,
  keysOf,
  leaving,
  leftBy,
  mayTakeBack,
  onlyThose,
  openTakeBacks,
  overTakeBacks,
  restoredDetails,
  type Span,
  withoutTakeBack,
  withTakeBack,
} from './take-back.ts'
export {
  type RecordedChange,
  type Restored,
  restoredBy,
  undoWithin,
} from './undo-change.ts'
export { createUndoOffers, type FormerAddress, type UndoOffer, type UndoOffers } from './undo-offer-store.ts'
