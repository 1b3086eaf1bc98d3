import { errors } from 'oidc-provider'

type Thrown = Error & { status: number }

/**
 * The library makes the error of each of its checks before it knows whether it is needed: two or three for a good request
 * to userinfo, each with the frames that led there, twice, which cost it a tenth of all it took (2026-11-29). What a
 * client did wrong is told by rule (`createRefusals`), so those errors go without frames; failures of ours keep theirs.
 */
export const quietErrors = (): void => {
  if (Object.getPrototypeOf(errors.OIDCProviderError) !== Error) return
  Object.setPrototypeOf(errors.OIDCProviderError, WithoutFrames)
  const { captureStackTrace } = Error
  Error.captureStackTrace = function captureFrames(of: object, upTo: unknown = captureFrames) {
    if (!(of instanceof errors.OIDCProviderError) || (of as Thrown).status >= 500)
      captureStackTrace.call(Error, of, upTo as never)
  }
}

/**
 * A caller that waits for an answer that is there already goes on without frames, up to where it waits again or
 * `framesAgain` comes. The library learns that an opaque token is no JWT by an error that it catches: a twentieth of each
 * introspection (2026-11-29).
 */
export const goOnQuietly = (): void => {
  Promise.resolve().then(withoutFrames).then(framesAgain)
}

let limit: number | undefined
const withoutFrames = (): void => {
  limit ??= Error.stackTraceLimit
  Error.stackTraceLimit = 0
}

export const framesAgain = (): void => {
  if (limit !== undefined) Error.stackTraceLimit = limit
  limit = undefined
}

/**
 * Stands for Error where the library's own class asks for its parent. Derived itself, so that it makes no object of its
 * own: made by two constructors in turn, an object costs V8 several times as much.
 */
class WithoutFrames extends Error {
  constructor(message?: string, options?: ErrorOptions) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    try {
      super(message, options)
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
  }
}
