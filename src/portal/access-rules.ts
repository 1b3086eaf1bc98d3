import { type Account, asPerson, holds, mayChange, type PrincipalId, samePrincipal } from '../accounts/index.ts'

/**
 * Who may do what on the account pages: plain answers from the two documents that decide, without I/O. A viewer is the
 * person or the holder of one separate account; nobody else has a way in here, and whoever may not see an account is
 * told that there is none (T19).
 */
type Seen = Pick<Account, '_id' | 'status' | 'link' | 'left' | 'signIn' | 'leaving'>

const isLive = (account: Seen): boolean => account.status === 'open' || account.status === 'closing'

/** That it is there: whose it is, and the person who left it, until it is linked with somebody again. */
export const maySee = (viewer: PrincipalId, account: Seen): boolean =>
  holds(viewer, account) || hasLeft(viewer, account)

export const mayEditAttributes = (viewer: PrincipalId, account: Seen): boolean =>
  holds(viewer, account) && mayChange(account)

export const mayUnlink = (viewer: PrincipalId, account: Seen): boolean =>
  account.link !== null && holds(viewer, account) && isLive(account) && !account.leaving

export const mayAgree = (viewer: PrincipalId, account: Seen): boolean =>
  account.link !== null && holds(viewer, account) && mayChange(account)

/** What was allowed at an account is taken back by whoever holds it, for as long as it is there. */
export const mayWithdraw = (viewer: PrincipalId, account: Seen): boolean => holds(viewer, account) && isLive(account)

/** Who may write to them goes on being theirs to say while it stands still. */
export const mayChooseMessages = mayWithdraw

export const mayClose = (viewer: PrincipalId, account: Seen): boolean =>
  holds(viewer, account) && account.status === 'open'

export const mayReopen = (viewer: PrincipalId, account: Seen): boolean =>
  holds(viewer, account) && (account.status === 'closing' || account.leaving !== undefined)

/** A separate account is linked by its own holder, who then proves the unified sign-in as well (T8). */
export const mayOfferForLinking = (viewer: PrincipalId, account: Seen): boolean =>
  account.link === null && holds(viewer, account) && account.status === 'open'

/** Linking ended its own credentials: the person who left it lets it have a way in again, as long as it has none. */
export const mayGiveWayIn = (viewer: PrincipalId, account: Seen): boolean =>
  account.status === 'open' && account.signIn === null && hasLeft(viewer, account)

/** Only off their own list: the account stays where it is, and comes back to the list when it is linked again. */
export const mayTakeOff = (viewer: PrincipalId, account: Seen): boolean =>
  hasLeft(viewer, account) && !account.left?.unlisted

export const hasLeft = (viewer: PrincipalId, account: Seen): boolean =>
  account.link === null && account.left !== undefined && samePrincipal(viewer, asPerson(account.left.person))
