/**
 * The product's one clock. Everything reads `now()`; nothing else reads `Date` (the engines below us do, so
 * development shifts the process's global `Date` with them instead of only shifting our own reading).
 */

const RealDate = globalThis.Date
let offset = 0

/** Milliseconds since 1970-01-01T00:00:00Z. */
export const now = (): number => Date.now()

/** Seconds since 1970, as tokens carry them. */
export const epochSeconds = (at = now()): number => Math.floor(at / 1000)

/** What claims to be later than now by more than this is from before a clock was set right, and is not waited for. */
export const clockTolerance = 10_000

/** Whether something from `at` still counts for so many milliseconds; nothing that is not yet, does. */
export const isWithin = (span: number, at: number): boolean => at <= now() + clockTolerance && now() - at < span

export const iso = (at: number): string => new Date(at).toISOString()
export const isoNow = (): string => iso(now())

export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

/**
 * Development only: replaces the global `Date` by one that can be moved forward, so that tokens, sessions and grace
 * periods of every library in the process age together. Timers and monotonic deadlines stay real.
 */
export const adjustableClock = (initialOffset = 0) => {
  offset = initialOffset
  class ShiftedDate extends RealDate {
    constructor(...parts: ConstructorParameters<DateConstructor> | []) {
      if (parts.length === 0) super(RealDate.now() + offset)
      else super(...(parts as [number]))
    }
    static override now(): number {
      return RealDate.now() + offset
    }
  }
  globalThis.Date = ShiftedDate as DateConstructor
  return {
    offset: () => offset,
    /** Moves every clock of this process; forward only, in milliseconds. */
    advance: (milliseconds: number) => {
      if (milliseconds < 0) throw new RangeError('the clock only moves forward')
      offset += milliseconds
    },
    /** Sets the offset a parent process told us of. */
    follow: (milliseconds: number) => {
      offset = milliseconds
    },
    reset: () => {
      offset = 0
    },
  }
}

export type AdjustableClock = ReturnType<typeof adjustableClock>
