/**
 * A failure that somebody can do something about. `code` is stable and names the sentence shown to the one who meets
 * it (views/words); `detail` is for the log and never leaves; HTTP is decided in http/errors.ts, not here.
 */
export class AppError extends Error {
  readonly code: string
  readonly kind: ErrorKind
  /** Values the public sentence may name: never secrets, never personal data of somebody else. */
  readonly values: Record<string, string | number>
  readonly detail: string | undefined

  constructor(
    kind: ErrorKind,
    code: string,
    options: { values?: Record<string, string | number>; detail?: string; cause?: unknown } = {},
  ) {
    super(options.detail ? `${code}: ${options.detail}` : code, { cause: options.cause })
    this.name = 'AppError'
    this.kind = kind
    this.code = code
    this.values = options.values ?? {}
    this.detail = options.detail
  }
}

/**
 * invalid: the input is wrong (400) · unauthenticated (401) · forbidden (403) · not-found, also for what one may not
 * know of (404) · conflict: true a moment ago, not any more (409) · gone: spent or expired (410) · too-large (413) ·
 * limited: too often (429) · unavailable: try again (503).
 */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'gone'
  | 'too-large'
  | 'limited'
  | 'unavailable'

export const isAppError = (error: unknown, code?: string): error is AppError =>
  error instanceof AppError && (code === undefined || error.code === code)

/** What comes of it; where it fails by this code, what comes of `instead`. */
export const unless = async <Done, Instead>(
  code: string,
  act: () => Promise<Done>,
  instead: (error: AppError) => Instead | Promise<Instead>,
): Promise<Done | Instead> => {
  try {
    return await act()
  } catch (error) {
    if (!isAppError(error, code)) throw error
    return instead(error)
  }
}
