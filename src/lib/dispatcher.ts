import { type Circuits, createCircuits, type Pass } from './circuits.ts'
import { now, second } from './clock.ts'
import type { Log } from './log.ts'

/** A stored queue in lanes, one for each receiver; `due` keys are `lane|time`, so a lane is a range of them. */
export interface Outbox<Row> {
  /** The lane after this one in which anything waits, and when its first falls due. */
  nextLane(after: string): Promise<{ lane: string; at: number } | undefined>
  /** What is due now in a lane, oldest first. */
  due(lane: string, limit: number): Promise<Row[]>
  countDue(lane: string): Promise<number>
}

/**
 * What a delivery shows of whom it went to: answered · silent (this one, though perhaps it alone) · down (whatever lies
 * between us and every lane) · untried (ours to blame, or another process has it).
 */
export type Heard = 'answered' | 'silent' | 'down' | 'untried'

export interface DispatcherDeps<Row> {
  /** In the log. */
  name: string
  outbox: Outbox<Row>
  lanes: Circuits
  /** What every lane goes through; without it, there are 64 places. */
  gate?: Circuits
  /**
   * Claims one, sends it and writes down what became of it. Ends soon after the signal; then it puts back what it has, due
   * now.
   */
  deliver: (row: Row, signal: AbortSignal) => Promise<Heard>
  log: Log
}

/** The one receiver that a gate knows. */
export const everybody = ''
const mostLanes = 128
const pageSize = 32
/** What is on the wire at a stop may end by itself within this; then it is broken off. */
const stopGrace = 2 * second

/** The lane of a `due` key, and its time; what is none is a lane by itself, in which nothing is ever found. */
export const laneOf = (due: string): { lane: string; at: number } => {
  const bar = due.lastIndexOf('|')
  if (bar === -1) return { lane: due, at: Number.POSITIVE_INFINITY }
  return { lane: due.slice(0, bar), at: Number(due.slice(bar + 1)) }
}

/**
 * Sends what waits in an outbox: a place for each lane, so that whoever hangs holds up nobody else, and no more at once
 * than the receiver takes. What stays in the outbox is sent after the next start.
 */
export const createDispatcher = <Row>({ name, outbox, lanes, gate, deliver, log }: DispatcherDeps<Row>) => {
  const places = gate ?? createCircuits({ first: 64 })
  const stopped = new AbortController()
  const running = new Map<string, Promise<void>>()
  let isStopping = false
  let round: Promise<void> | undefined
  let again = false
  let underWay = 0

  const isOpen = (lane: string): boolean => places.opensAt(everybody) <= now() && lanes.opensAt(lane) <= now()

  const send = async (row: Row, pass: Pass, place: Pass): Promise<void> => {
    underWay++
    pass.begin()
    try {
      const heard = await deliver(row, stopped.signal)
      if (heard === 'answered') pass.answered()
      if (heard === 'silent') pass.failed()
      if (gate && heard === 'answered') place.answered()
      if (gate && (heard === 'silent' || heard === 'down')) place.failed()
    } catch (error) {
      log.error({ error }, `${name}: a delivery could not be made; it is made later`)
      pass.failed()
    } finally {
      underWay--
      place.leave()
      pass.leave()
    }
  }

  /** The place in the lane first: one that waits for a slow lane must not stand in everybody's way. */
  const runLane = async (lane: string): Promise<void> => {
    for (;;) {
      const rows = await outbox.due(lane, pageSize)
      const sent: Promise<void>[] = []
      for (const row of rows) {
        const pass = isStopping ? undefined : await lanes.whenFree(lane)
        const place = pass && (await places.whenFree(everybody))
        if (pass && place && !isStopping) sent.push(send(row, pass, place))
        else {
          place?.leave()
          pass?.leave()
          await Promise.all(sent)
          return
        }
      }
      await Promise.all(sent)
      if (rows.length === 0) return
    }
  }

  const look = async (): Promise<void> => {
    try {
      while (again && !isStopping) {
        again = false
        let next = await outbox.nextLane('')
        while (next && !isStopping && places.opensAt(everybody) <= now()) {
          const { lane, at } = next
          if (at <= now() && !running.has(lane) && isOpen(lane)) {
            while (running.size >= mostLanes) await Promise.race(running.values())
            const ran = runLane(lane)
              .catch((error: unknown) => log.error({ error }, `${name}: a lane could not be looked at`))
              .finally(() => running.delete(lane))
            running.set(lane, ran)
          }
          next = await outbox.nextLane(lane)
        }
      }
    } catch (error) {
      log.error({ error }, `${name}: what waits could not be looked at`)
    } finally {
      // In the same breath as the last look at `again`: whoever comes in between would be looked at by nobody.
      round = undefined
    }
  }

  /** One look at a time; whoever comes while it runs has it look once more. Waits for nothing that is sent. */
  const wake = (): void => {
    again = true
    round ??= look()
  }

  return {
    wake,

    /** Settles when nothing is left to be sent now. */
    idle: async (): Promise<void> => {
      do {
        wake()
        await round
        await Promise.all(running.values())
      } while (again || round)
    },

    /** How many are on the wire, or could be; what waits for its time, or for its receiver's pause, does not count. */
    pending: async (): Promise<number> => {
      let pending = underWay
      for (let next = await outbox.nextLane(''); next; next = await outbox.nextLane(next.lane))
        if (next.at <= now() && isOpen(next.lane)) pending += await outbox.countDue(next.lane)
      return pending
    },

    /** Ends within seconds, whoever hangs. */
    stop: async (): Promise<void> => {
      isStopping = true
      const timer = setTimeout(() => stopped.abort(), stopGrace)
      await round
      await Promise.all(running.values())
      clearTimeout(timer)
    },
  }
}

export type Dispatcher = ReturnType<typeof createDispatcher>
