import { minute, now, second } from './clock.ts'
import { isStill, pauseAfter } from './delivery-rules.ts'

export interface CircuitsDeps {
  /** How many may be under way at once at a receiver of which nothing is known, or that has just come back. */
  first: number
  /** How many at the very most; each that is taken promptly makes room for one more. */
  most?: number
  /** Milliseconds beyond which an answer is slow: whoever is slow has one place until it is prompt again. */
  prompt?: number
  /** The longest pause between two probes, in milliseconds. */
  longestPause?: number
  onUnwell?: (receiver: string) => void
  /** A receiver that had failed, or of which nothing was known, is well: whoever waited for it may go. */
  onWell?: (receiver: string) => void
}

/** A place at a receiver, taken before anything is awaited. One word about how it went, then `leave`. */
export interface Pass {
  /** It goes alone, to find out whether the receiver is well again. */
  readonly isProbe: boolean
  /** What is timed begins now, where a place was had before there was use for it. */
  begin(): void
  /** The receiver answered, whatever it said of this delivery. */
  answered(): void
  /** The receiver gave no answer, or one that says that it is not well. */
  failed(): void
  /** Gives the place back. Without a word before, it says nothing about the receiver: what we broke off ourselves. */
  leave(): void
}

interface Circuit {
  underWay: number
  limit: number
  /** In a row, a burst counted once; 0: it is well. */
  failures: number
  pausedUntil: number
  probing: boolean
  /** Rises with every word about the receiver: a failure counts only if nothing was heard since it began. */
  heard: number
  /** When it was last found well after a failure, or for the first time. */
  wellSince: number
  waiting: ((pass: Pass | undefined) => void)[]
}

/** More wait elsewhere, in the store. */
const mostWaiting = 200
/** As many receivers are remembered that are well and have nothing under way. */
const mostRemembered = 10_000

/**
 * Circuit breakers with a limit: how many deliveries may be under way at each receiver, and when. Places are counted
 * before the wait. Those that fail together are one failure; after it nothing begins for a pause (1, 2, 4 … seconds, with
 * jitter), then one goes alone as a probe. Its answer opens the receiver for all at once. Kept in memory: a restart asks
 * anew, and of several processes each finds out for itself.
 */
export const createCircuits = ({
  first,
  most = first,
  prompt,
  longestPause = minute,
  onUnwell,
  onWell,
}: CircuitsDeps) => {
  const circuits = new Map<string, Circuit>()

  const circuitOf = (receiver: string): Circuit => {
    const known = circuits.get(receiver)
    if (known) return known
    const fresh: Circuit = {
      underWay: 0,
      limit: first,
      failures: 0,
      pausedUntil: 0,
      probing: false,
      heard: 0,
      wellSince: 0,
      waiting: [],
    }
    circuits.set(receiver, fresh)
    return fresh
  }

  /** A clock that went back makes no pause longer than it was. */
  const isPaused = ({ failures, pausedUntil }: Circuit): boolean =>
    failures > 0 && isStill(pausedUntil, longestPause, now())

  const isOpen = (circuit: Circuit): boolean =>
    circuit.failures > 0 ? !isPaused(circuit) && !circuit.probing : circuit.underWay < circuit.limit

  const serve = (receiver: string, circuit: Circuit): void => {
    if (circuit.failures > 0) for (const resolve of circuit.waiting.splice(0)) resolve(undefined)
    while (circuit.waiting.length > 0 && isOpen(circuit)) circuit.waiting.shift()?.(take(receiver, circuit))
  }

  const take = (receiver: string, circuit: Circuit): Pass => {
    const isProbe = circuit.failures > 0
    const { heard } = circuit
    let began = performance.now()
    let left = false
    circuit.underWay++
    if (isProbe) circuit.probing = true

    return {
      isProbe,
      begin: () => {
        began = performance.now()
      },
      answered: () => {
        circuit.heard++
        const wasUnwell = circuit.failures > 0 || circuit.wellSince === 0
        const isSlow = prompt !== undefined && performance.now() - began > prompt
        if (circuit.failures > 0 || isSlow) circuit.limit = first
        else circuit.limit = Math.min(most, circuit.limit + 1)
        circuit.failures = 0
        if (!wasUnwell) return
        circuit.wellSince = now()
        onWell?.(receiver)
      },
      failed: () => {
        if (circuit.heard !== heard) {
          // Of one burst with a failure that counted already, or more at once than it takes beside what it took.
          circuit.limit = Math.max(first, Math.floor(circuit.limit / 2))
          return
        }
        circuit.heard++
        circuit.failures++
        if (circuit.failures === 1) onUnwell?.(receiver)
        circuit.pausedUntil = now() + pauseAfter(circuit.failures, longestPause)
      },
      leave: () => {
        if (left) return
        left = true
        circuit.underWay--
        if (isProbe) circuit.probing = false
        serve(receiver, circuit)
        const isIdle = circuit.underWay === 0 && circuit.failures === 0
        if (isIdle && circuits.size > mostRemembered) circuits.delete(receiver)
      },
    }
  }

  const enter = (receiver: string): Pass | undefined => {
    const circuit = circuitOf(receiver)
    return isOpen(circuit) ? take(receiver, circuit) : undefined
  }

  return {
    /** A place, or undefined when there is none just now. */
    enter,

    /** A place as soon as one is free; undefined while the receiver is not well, or when too many wait already. */
    whenFree: async (receiver: string): Promise<Pass | undefined> => {
      const circuit = circuitOf(receiver)
      if (circuit.failures > 0 || circuit.waiting.length === 0) {
        const pass = enter(receiver)
        if (pass || circuit.failures > 0) return pass
      }
      if (circuit.waiting.length >= mostWaiting) return undefined
      return new Promise((resolve) => circuit.waiting.push(resolve))
    },

    /** When the next may begin; 0: now, or as soon as a place is free. */
    opensAt: (receiver: string): number => {
      const circuit = circuits.get(receiver)
      if (!circuit || circuit.failures === 0) return 0
      if (isPaused(circuit)) return circuit.pausedUntil
      return circuit.probing ? now() + second : 0
    },

    wellSince: (receiver: string): number => circuits.get(receiver)?.wellSince ?? 0,

    /** A receiver that is known to be well again is not made to wait out its pause. */
    forgive: (receiver: string): void => {
      const circuit = circuits.get(receiver)
      if (circuit) circuit.pausedUntil = 0
    },
  }
}

export type Circuits = ReturnType<typeof createCircuits>
