import type { FormerAddress, UndoOffer } from '../people/index.ts'
import { asAccount, asPerson, type PrincipalId, rawIdOf } from './principal.ts'

interface Changes {
  op: string
  /** Others in the same letter. */
  also?: string[]
}

/** What a letter's link takes back, as it is stored of each kind. */
const offers = {
  person: {
    details: (person: string, changes: Changes): UndoOffer => ({ kind: 'details', person, ...changes }),
    address: (person: string, former: FormerAddress): UndoOffer => ({ kind: 'address', person, former }),
    recovery: (person: string, op: string): UndoOffer => ({ kind: 'recovery', person, op }),
  },
  account: {
    details: (account: string, changes: Changes): UndoOffer => ({ kind: 'own-details', account, ...changes }),
    address: (account: string, former: FormerAddress): UndoOffer => ({ kind: 'own-address', account, former }),
    recovery: (account: string, op: string): UndoOffer => ({ kind: 'own-recovery', account, op }),
  },
}

export const offerOfDetails = (id: PrincipalId, changes: Changes): UndoOffer =>
  offers[id.kind].details(rawIdOf(id), changes)

export const offerOfAddress = (id: PrincipalId, former: FormerAddress): UndoOffer =>
  offers[id.kind].address(rawIdOf(id), former)

export const offerOfRecovery = (id: PrincipalId, op: string): UndoOffer => offers[id.kind].recovery(rawIdOf(id), op)

/** Whose it is to take back. */
export const offeredTo = (offer: UndoOffer): PrincipalId =>
  'person' in offer ? asPerson(offer.person) : asAccount(offer.account)
