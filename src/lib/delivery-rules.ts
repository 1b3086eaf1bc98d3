/**
 * What is the same for whatever is sent to others: letters, sign-outs, events (docs/decisions/0008). Pure. That a receiver
 * which failed is asked by one probe after a pause is `circuits.ts`'s.
 */
import { second } from './clock.ts'

/**
 * How long nobody comes back after failure n (1 at first): half a second to a second, one to two, two to four …, never
 * above the longest. With jitter, so that many who failed together do not come back together.
 */
export const pauseAfter = (failures: number, longest: number): number =>
  Math.min(longest, second * 2 ** Math.min(failures - 1, 20)) * (0.5 + Math.random() / 2)

/**
 * Whether a lease or a pause until then still counts. What is later than any can be was written before the clock was set
 * back, and has run out (Q11).
 */
export const isStill = (until: number, longest: number, now: number): boolean => until > now && until <= now + longest

/** How often, and for how long, what was not taken is tried again. */
export interface Patience {
  /** Milliseconds after the first try, the second … */
  waits: readonly number[]
  /** Once they are through: the last again and again; else it is given up. */
  repeats?: boolean
  /** Milliseconds since it was asked for; what could come only later is given up. */
  lasts?: number
}

/** When it is tried again; undefined: it is given up. `tries`: those before this one; `at`: when it was asked for. */
export const nextTry = (
  { waits, repeats = false, lasts = Number.POSITIVE_INFINITY }: Patience,
  { tries, at }: { tries: number; at: number },
  now: number,
): number | undefined => {
  const wait = waits[tries] ?? (repeats ? waits.at(-1) : undefined)
  return wait === undefined || now + wait > at + lasts ? undefined : now + wait
}

/** 408 and 429 ask for patience; every other 4xx is an answer, and stands (model C4). */
export const isRefusal = (status: number): boolean => status >= 400 && status < 500 && status !== 408 && status !== 429
