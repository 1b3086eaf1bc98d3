import { type Account, asAccount, holderOf, type PrincipalId, principalKey, samePrincipal } from '../accounts/index.ts'
import { may, type Staff } from '../staff/index.ts'
import type { RequestPart } from './request.ts'

/** Who may do what with requests: plain answers, without I/O. Whoever may not is told that there is none (T19). */
type Asked = Pick<Account, '_id' | 'status' | 'link' | 'signIn'>

export const holds = (viewer: PrincipalId, { _id, link, signIn }: Asked): boolean =>
  (link !== null || signIn !== null) && samePrincipal(viewer, holderOf(_id, link?.person))

/** Of an account that is theirs now: the person's by a link, or the separate account's own holder's. */
export const mayAsk = (viewer: PrincipalId, account: Asked): boolean =>
  holds(viewer, account) && (account.status === 'open' || account.status === 'closing')

/** Whoever asked; and the person to whom that very account came since, with its own sign-in. */
export const maySeeRequest = (
  viewer: PrincipalId,
  { holder, account: id }: Pick<RequestPart, 'holder' | 'account'>,
  account: Asked | null,
): boolean =>
  holder === principalKey(viewer) ||
  (id !== undefined && holder === principalKey(asAccount(id)) && account?._id === id && holds(viewer, account))

/** Its company's own desk, in a role that works there. */
export const mayWorkOn = (
  staff: Pick<Staff, 'company' | 'roles' | 'status'>,
  { company }: Pick<RequestPart, 'company'>,
): boolean => may(staff, 'requests', company)
