/** What a run of three servers in turn says: each figure's middle, and the ratios round by round. Pure. */
import { cpus } from 'node:os'

/** One thing measured: a figure for each server and round, in the order of the rounds. */
export interface Compared {
  name: string
  unit: 'ms' | 'MB'
  ours: number[]
  /** None where the other build has no such operation. */
  other?: number[]
  /** None where the library alone has no such operation. */
  bare?: number[]
}

export interface Ratio {
  median: number
  least: number
  most: number
}

export const medianOf = (figures: readonly number[]): number => {
  const sorted = figures.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2
}

/** Of the same rounds: what burdens the machine for a while burdens both sides of a pair. */
export const ratioOf = (above: readonly number[], below: readonly number[]): Ratio => {
  const each = above.map((figure, round) => figure / (below[round] ?? Number.NaN))
  return { median: medianOf(each), least: Math.min(...each), most: Math.max(...each) }
}

const digits = (n: number): string => n.toFixed(n < 1 ? 3 : n < 10 ? 2 : n < 100 ? 1 : 0)
const figureOf = (figures: readonly number[] | undefined): string => (figures ? digits(medianOf(figures)) : '–')
const said = ({ median, least, most }: Ratio): string => `${median.toFixed(2)} (${least.toFixed(2)}–${most.toFixed(2)})`
const row = (...cells: string[]) => `| ${cells.join(' | ')} |`

export interface Run {
  at: string
  people: number
  otherPeople: number
  seconds: number
  rounds: number
  compared: readonly Compared[]
}

export const comparisonTable = ({ at, people, otherPeople, seconds, rounds, compared }: Run): string =>
  [
    `Seen on ${at} with ${people} people${otherPeople === people ? '' : ` (${otherPeople} in the other)`}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), Node ${process.version}: the servers' processor time over all threads, in turn, median of ${rounds} rounds of ${seconds} s after one that does not count; ratios round by round, in brackets the least and the most.`,
    '',
    row('', 'this', 'other', 'bare library', 'this ÷ other', 'bare ÷ this'),
    row('---', '---', '---', '---', '---', '---'),
    ...compared.map(({ name, unit, ours, other, bare }) =>
      row(
        `${name}, ${unit}`,
        figureOf(ours),
        figureOf(other),
        figureOf(bare),
        other ? said(ratioOf(ours, other)) : '–',
        bare ? said(ratioOf(bare, ours)) : '–',
      ),
    ),
    '',
  ].join('\n')
