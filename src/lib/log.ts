/**
 * Structured logs: ids, codes and counts. Personal data and secrets are never handed to it; the redaction below is
 * the second line, not the first.
 */
import { pino } from 'pino'
import { isoNow } from './clock.ts'

export type Log = Pick<ReturnType<typeof pino>, 'info' | 'warn' | 'error' | 'debug'>

export const createLog = (level: string): Log =>
  pino({
    level,
    base: null,
    timestamp: () => `,"time":"${isoNow()}"`,
    redact: {
      paths: ['*.password', '*.token', '*.secret', '*.email', '*.cookie', '*.authorization', 'req', 'res'],
      censor: '[redacted]',
    },
    serializers: { error: describeError },
  })

/** What of an error may be logged: name, code, detail and stack; not the values libraries attach to it. */
const describeError = (error: unknown) =>
  error instanceof Error
    ? {
        name: error.name,
        message: error.message,
        code: (error as { code?: unknown }).code,
        stack: error.stack,
        cause: error.cause instanceof Error ? error.cause.message : undefined,
      }
    : { name: typeof error }
