/**
 * What is begun in a browser goes on in that browser alone (H2). It is stored with the digest of a secret that the
 * browser holds in a `__Host-` cookie, which no sister domain can plant, and whoever finds it again asks `isBoundHere`.
 * The browser comes with the request by itself: a door can't forget to hand it on, nor hand on another.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { AppError } from './errors.ts'

/** Whose session it is, and what their credentials stood at when it was proven. */
export interface SignedInAs {
  /** Of the document that decides about them. */
  id: string
  credentialEpoch: number
}

export interface AskingBrowser {
  /** Digest of its secret; leaves it one where it has none. */
  key: () => string
  /** Whether it holds the secret of this digest: two answers at once to a new browser each left one. */
  holds: (key: string) => boolean
  /** Where it asks from. */
  network: () => string
  /** Whether somebody is known to be signed in there. */
  isSignedIn: () => boolean
  signedIn: (as?: SignedInAs) => void
  signedInAs: () => SignedInAs | undefined
}

/** Stored with what is begun; absent where no browser asked (commands, workers). */
export interface Bound {
  browser?: string
}

const asking = new AsyncLocalStorage<AskingBrowser>()

/** Of what is begun in one browser to be finished at another's: a code that is told to support. */
export const anyBrowser = 'any'

export const askedFrom = <T>(browser: AskingBrowser, act: () => T): T => asking.run(browser, act)

/** What a request sets off, and does for nobody who asked: begun and finished as a worker would. */
export const askedByNobody = <T>(act: () => T): T => asking.exit(act)

export const askingNow = (): AskingBrowser | undefined => asking.getStore()

/** Whoever asks now proved themselves before: their places are kept where there are few (H5). */
export const askedBySignedIn = (as?: SignedInAs): void => asking.getStore()?.signedIn(as)

/**
 * What somebody who is signed in does is bound to the credentials that they signed in under (T11), asked of the very
 * document that is written, or of its holder's: what was taken back since then does nothing more, however far the request
 * had come (H4). AppError `interaction-expired` (gone).
 */
export const assertSignedInStill = (holder: { _id: string; credentialEpoch: number } | null | undefined): void => {
  const as = asking.getStore()?.signedInAs()
  if (holder && as?.id === holder._id && as.credentialEpoch !== holder.credentialEpoch)
    throw new AppError('gone', 'interaction-expired')
}

/** What binds something that begins now. */
export const boundHere = (): Bound => {
  const browser = asking.getStore()
  return browser ? { browser: browser.key() } : {}
}

/** Whether it was begun where it is asked for now; what was begun in no browser goes on in none. */
export const isBoundHere = ({ browser: bound }: Bound): boolean => {
  const browser = asking.getStore()
  if (bound === anyBrowser) return true
  return browser ? bound !== undefined && browser.holds(bound) : bound === undefined
}
