/** Runs one operation over and over from several workers at once, and counts. */
export interface Operation<W> {
  name: string
  /** Workers at once. */
  atOnce: number
  /** What a worker needs before it begins: tokens, cookies. */
  prepare: (worker: number) => Promise<W>
  run: (worker: W) => Promise<void>
}

export interface Measured {
  name: string
  atOnce: number
  perSecond: number
  p50: number
  p99: number
  /** Processor time of the measured process for one operation, in milliseconds. */
  cpu: number
  errors: number
  firstError?: string
}

/** `only`: words, one of which is in the name. */
export const isAsked =
  (only: string) =>
  ({ name }: { name: string }): boolean =>
    only.split(',').some((word) => name.includes(word))

const preparedAtOnce = 4

export const prepareWorkers = async <W>({
  atOnce,
  prepare,
}: Pick<Operation<W>, 'atOnce' | 'prepare'>): Promise<W[]> => {
  const workers: W[] = []
  for (let from = 0; from < atOnce; from += preparedAtOnce) {
    const some = Array.from({ length: Math.min(preparedAtOnce, atOnce - from) }, (_, i) => prepare(from + i))
    workers.push(...(await Promise.all(some)))
  }
  return workers
}

export const measure = async <W>(
  { name, atOnce, prepare, run }: Operation<W>,
  { seconds, cpu }: { seconds: number; cpu: () => number },
): Promise<Measured> => {
  const workers = await prepareWorkers({ atOnce, prepare })
  const start = performance.now() + 1000
  const end = start + seconds * 1000
  const times: number[] = []
  const failed: string[] = []
  let cpuBefore = 0
  const warm = setTimeout(() => {
    cpuBefore = cpu()
  }, 1000)
  let cpuAfter = 0
  const done = setTimeout(
    () => {
      cpuAfter = cpu()
    },
    1000 + seconds * 1000,
  )
  await Promise.all(
    workers.map(async (worker) => {
      while (performance.now() < end && failed.length < 20) {
        const from = performance.now()
        try {
          await run(worker)
        } catch (error) {
          failed.push(error instanceof Error ? error.message : String(error))
          continue
        }
        const to = performance.now()
        if (from >= start && to <= end) times.push(to - from)
      }
    }),
  )
  clearTimeout(warm)
  clearTimeout(done)
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? Number.NaN
  return {
    name,
    atOnce,
    perSecond: times.length / seconds,
    p50: at(0.5),
    p99: at(0.99),
    cpu: ((cpuAfter || cpu()) - cpuBefore) / Math.max(times.length, 1),
    errors: failed.length,
    ...(failed[0] !== undefined && { firstError: failed[0] }),
  }
}

/** The round in the middle, by throughput. */
export const median = (rounds: Measured[]): Measured =>
  rounds.toSorted((a, b) => a.perSecond - b.perSecond)[Math.floor(rounds.length / 2)] as Measured
