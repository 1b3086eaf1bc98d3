/**
 * Structured logs: ids, codes and counts. Personal data and secrets are never handed to it; the redaction below is
 * the second line, not the first.
 */
import { type DestinationStream, pino } from 'pino'
import { isoNow } from './clock.ts'

export type Log = Pick<ReturnType<typeof pino>, 'info' | 'warn' | 'error' | 'debug'>

/** `base`: what every line carries. */
export const createLog = (
  level: string,
  destination: DestinationStream = pino.destination(),
  base: { process: number | 'primary' } | null = null,
): Log =>
  pino(
    {
      level,
      base,
      timestamp: () => `,"time":"${isoNow()}"`,
      redact: {
        paths: ['*.password', '*.token', '*.secret', '*.email', '*.cookie', '*.authorization', 'req', 'res'],
        censor: '[redacted]',
      },
      serializers: { error: describeError },
    },
    destination,
  )

/** Their messages quote what was sent or stored: a duplicate key is an address, a broken JSON the JSON itself. */
const quoting = new Set([
  'MongoServerError',
  'MongoBulkWriteError',
  'CastError',
  'ValidationError',
  'StrictModeError',
  'SyntaxError',
])

/** What of an error may be logged: name, code, detail and stack; not the values libraries attach to it or quote. */
const describeError = (error: unknown) => {
  if (!(error instanceof Error)) return { name: typeof error }
  const { name, message, stack = '', cause } = error
  const quotes = quoting.has(name)
  return {
    name,
    message: quotes ? undefined : message,
    code: (error as { code?: unknown }).code,
    stack: quotes
      ? stack
          .split('\n')
          .filter((line) => line.startsWith('    at '))
          .join('\n')
      : stack,
    cause: cause instanceof Error ? (quoting.has(cause.name) ? cause.name : cause.message) : undefined,
  }
}
