import { type Account, mayChange, type Principal } from '../accounts/index.ts'

/**
 * Who may do what on the account pages: plain answers from the two documents that decide, without I/O. A viewer is the
 * person or the holder of one separate account; nobody else has a way in here, and whoever may not see an account is
 * told that there is none (T19).
 */
type Seen = Pick<Account, '_id' | 'status' | 'link' | 'left' | 'signIn' | 'leaving'>

/** Theirs now: linked to the person, or the very account whose own sign-in was proven. */
export const holds = (viewer: Principal, account: Seen): boolean =>
  viewer.kind === 'person'
    ? account.link?.person === viewer.person
    : account._id === viewer.account && account.link === null && account.signIn !== null

const isLive = (account: Seen): boolean => account.status === 'open' || account.status === 'closing'

/** That it is there: whose it is, and the person who left it, until it is linked with somebody again. */
export const maySee = (viewer: Principal, account: Seen): boolean => holds(viewer, account) || hasLeft(viewer, account)

export const mayEditOwnFields = (viewer: Principal, account: Seen): boolean =>
  holds(viewer, account) && mayChange(account)

export const mayUnlink = (viewer: Principal, account: Seen): boolean =>
  viewer.kind === 'person' && holds(viewer, account) && isLive(account) && !account.leaving

export const mayAgree = (viewer: Principal, account: Seen): boolean =>
  viewer.kind === 'person' && holds(viewer, account) && mayChange(account)

/** What was allowed at an account is taken back by whoever holds it, for as long as it is there. */
export const mayWithdraw = (viewer: Principal, account: Seen): boolean => holds(viewer, account) && isLive(account)

export const mayClose = (viewer: Principal, account: Seen): boolean =>
  holds(viewer, account) && account.status === 'open'

export const mayReopen = (viewer: Principal, account: Seen): boolean =>
  holds(viewer, account) && (account.status === 'closing' || account.leaving !== undefined)

/** A separate account is linked by its own holder, who then proves the unified sign-in as well (T8). */
export const mayOfferForLinking = (viewer: Principal, account: Seen): boolean =>
  viewer.kind === 'account' && holds(viewer, account) && account.status === 'open'

/** Linking ended its own credentials: the person who left it lets it have a way in again, as long as it has none. */
export const mayGiveWayIn = (viewer: Principal, account: Seen): boolean =>
  viewer.kind === 'person' &&
  account.status === 'open' &&
  account.link === null &&
  account.signIn === null &&
  account.left?.person === viewer.person

/** Only off their own list: the account stays where it is, and comes back to the list when it is linked again. */
export const mayTakeOff = (viewer: Principal, account: Seen): boolean =>
  hasLeft(viewer, account) && !account.left?.unlisted

export const hasLeft = (viewer: Principal, account: Seen): boolean =>
  viewer.kind === 'person' && account.link === null && account.left?.person === viewer.person
