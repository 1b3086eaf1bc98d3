import {
  type Account,
  asAccount,
  asPerson,
  holds,
  type PrincipalId,
  principalIdOf,
  principalKey,
  samePrincipal,
} from '../accounts/index.ts'
import { may, type Staff } from '../staff/index.ts'
import type { RequestPart } from './request.ts'

/** Who may do what with requests: plain answers, without I/O. Whoever may not is told that there is none (T19). */
type Asked = Pick<Account, '_id' | 'status' | 'link' | 'signIn' | 'left'>

/** Of an account that is theirs now: the person's by a link, or the separate account's own holder's. */
export const mayAsk = (viewer: PrincipalId, account: Asked): boolean =>
  holds(viewer, account) && (account.status === 'open' || account.status === 'closing')

/** Of one that was theirs last, left or closed: what its company still keeps of them it answers for. */
export const mayAskOfPast = (viewer: PrincipalId, { status, link, left }: Asked): boolean =>
  (status === 'open' || status === 'closed') &&
  link === null &&
  left !== undefined &&
  samePrincipal(viewer, asPerson(left.person))

/** It was there before they linked it, or has a sign-in of its own since: it may be somebody else's (T18). */
export const isPastDoubted = ({ link, left, signIn }: Asked): boolean =>
  link === null && left !== undefined && (left.how !== 'new' || signIn !== null)

/** Whoever asked; and the person to whom that very account came since, with its own sign-in. */
export const maySeeRequest = (
  viewer: PrincipalId,
  { holder, account: id }: Pick<RequestPart, 'holder' | 'account'>,
  account: Asked | null,
): boolean =>
  holder === principalKey(viewer) ||
  (id !== undefined && holder === principalKey(asAccount(id)) && account?._id === id && holds(viewer, account))

/** Whom what becomes of it is told: of those who may see it, whoever holds the account now. */
export const hearsOf = (
  { holder, account: id }: Pick<RequestPart, 'holder' | 'account'>,
  account: Asked | null,
): PrincipalId => {
  const cameAlong = account?._id === id && account?.link && holder === principalKey(asAccount(account._id))
  return cameAlong ? asPerson(account.link!.person) : principalIdOf(holder)
}

/** Its company's own desk, in a role that works there. */
export const mayWorkOn = (
  staff: Pick<Staff, 'company' | 'roles' | 'status'>,
  { company }: Pick<RequestPart, 'company'>,
): boolean => may(staff, 'requests', company)
