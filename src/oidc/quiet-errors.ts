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
