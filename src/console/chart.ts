import { scaleBand, scaleLinear, scalePoint } from 'd3-scale'
import { line } from 'd3-shape'

/** In units of its own: the page stretches it. Letters of 13 units are read on a phone as well. */
const width = 340
const rowHeight = 44
const axisHeight = 24
const fewTicks = 4
/** A digit's, at most. */
const digit = 8

interface Tick {
  at: number
  label: string
}

/** Bars from left to right, each under its name: names are long, and phones are narrow. */
export interface BarChart {
  kind: 'bars'
  width: number
  height: number
  /** Where the axis stands. */
  floor: number
  ticks: Tick[]
  bars: { y: number; height: number; width: number; nameAt: number; name: string; people: string; peopleAt: number }[]
}

/** People by month; where nothing is told of a month the line has a gap. */
export interface LineChart {
  kind: 'line'
  width: number
  height: number
  left: number
  ticks: Tick[]
  months: Tick[]
  path: string
  points: { x: number; y: number }[]
}

/** `written`: as the language writes how many. */
export const barChart = (
  figures: readonly { name: string; people: number }[],
  written: (people: number) => string,
): BarChart => {
  const floor = figures.length * rowHeight
  const most = Math.max(...figures.map(({ people }) => people))
  const along = scaleLinear([0, most], [0, width - 20 - digit * written(most).length]).nice(fewTicks)
  const rows = scaleBand(
    figures.map((_, n) => String(n)),
    [0, floor],
  ).paddingInner(0.2)
  return {
    kind: 'bars',
    width,
    height: floor + axisHeight,
    floor,
    ticks: along.ticks(fewTicks).map((value) => ({ at: along(value), label: written(value) })),
    bars: figures.map(({ name, people }, n) => {
      const top = rows(String(n)) ?? 0
      const half = rows.bandwidth() / 2
      return {
        y: top + half,
        height: half,
        width: along(people),
        nameAt: top + half - 5,
        name,
        people: written(people),
        peopleAt: along(people) + 6,
      }
    }),
  }
}

/** `label`: of a month, as short as it can be said. */
export const lineChart = (
  months: readonly { month: string; label: string; people: number | undefined }[],
  written: (people: number) => string,
): LineChart => {
  const [height, top] = [200, 12]
  const floor = height - axisHeight
  const most = Math.max(10, ...months.map(({ people = 0 }) => people))
  const up = scaleLinear([0, most], [floor, top]).nice(fewTicks)
  const ticks = up.ticks(fewTicks).map((value) => ({ at: up(value), label: written(value) }))
  const left = 16 + digit * Math.max(...ticks.map(({ label }) => label.length))
  const across = scalePoint(
    months.map(({ month }) => month),
    [left + 12, width - 36],
  )
  const told = months.map(({ month, people }) => ({ x: across(month) ?? left, people }))
  const drawn = line<(typeof told)[number]>(
    ({ x }) => x,
    ({ people = 0 }) => up(people),
  ).defined(({ people }) => people !== undefined)
  // So many names as there is room for, the newest among them.
  const every = Math.ceil(months.length / 4)
  return {
    kind: 'line',
    width,
    height,
    left,
    ticks,
    months: months
      .map(({ month, label }) => ({ at: across(month) ?? left, label }))
      .filter((_, n) => (months.length - 1 - n) % every === 0),
    path: drawn(told) ?? '',
    points: told.flatMap(({ x, people }) => (people === undefined ? [] : [{ x, y: up(people) }])),
  }
}
