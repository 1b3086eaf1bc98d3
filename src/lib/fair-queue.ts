import { askingNow } from './browser-binding.ts'
import { AppError } from './errors.ts'

export interface FairQueueDeps {
  /** Done at one time. */
  concurrency: number
  /** How many may wait, of them only half from one network, and a quarter kept for whoever is signed in. */
  most: number
}

/**
 * Work that costs too much to be done for everybody at once (H5): those signed in come first, then one of each network in
 * turn, so that a flood from one keeps nobody else waiting. AppError `busy` (unavailable) at once, with the seconds to
 * wait, where there is no place left.
 */
export const createFairQueue = ({ concurrency, most }: FairQueueDeps) => {
  const signedIn: (() => void)[] = []
  const lines = new Map<string, (() => void)[]>()
  let working = 0
  let strangers = 0

  const busy = () => new AppError('unavailable', 'busy', { values: { seconds: 2 } })

  const line = (): (() => void)[] => {
    const asking = askingNow()
    if (asking?.isSignedIn()) {
      if (signedIn.length + strangers >= most) throw busy()
      return signedIn
    }
    const name = asking?.network() ?? ''
    const waiting = lines.get(name) ?? []
    // What no request asks for (commands, workers) comes from no network.
    const [all, own] = asking ? [most * 0.75, most / 2] : [most, most]
    if (signedIn.length + strangers >= most || strangers >= all || waiting.length >= own) throw busy()
    // Behind the others from where they come from, and their line behind those that were served less lately.
    lines.set(name, waiting)
    return waiting
  }

  const begin = async (): Promise<void> => {
    if (working < concurrency) {
      working += 1
      return
    }
    const waiting = line()
    if (waiting !== signedIn) strangers += 1
    await new Promise<void>((resolve) => waiting.push(resolve))
  }

  const nextStranger = (): (() => void) | undefined => {
    const [first] = lines
    if (!first) return undefined
    const [name, waiting] = first
    lines.delete(name)
    const next = waiting.shift()
    if (waiting.length > 0) lines.set(name, waiting)
    if (next) strangers -= 1
    return next
  }

  const end = (): void => {
    const next = signedIn.shift() ?? nextStranger()
    if (next) next()
    else working -= 1
  }

  const turn = async <T>(work: () => Promise<T>): Promise<T> => {
    await begin()
    try {
      return await work()
    } finally {
      end()
    }
  }
  return Object.assign(turn, { depth: () => working + signedIn.length + strangers })
}
