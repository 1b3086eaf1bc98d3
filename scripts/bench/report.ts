import { cpus } from 'node:os'
import type { Measured } from './measure.ts'

export interface Report {
  at: string
  people: number
  seconds: number
  rounds: number
  fillSeconds: number
  startMilliseconds: number
  memory: { idle: number; loaded: number }
  bounds: Measured[]
  operations: Measured[]
}

const figure = (n: number): string => (Number.isFinite(n) ? n.toFixed(n < 10 ? 2 : n < 100 ? 1 : 0) : '–')
const row = (...cells: string[]) => `| ${cells.join(' | ')} |`

export const tableOf = (report: Report): string => {
  const { at, people, seconds, rounds, bounds, operations, memory } = report
  const [hashes, , hello] = bounds
  const against = ({ name, perSecond }: Measured) =>
    name.includes('password')
      ? `${figure(perSecond / (hashes?.perSecond ?? Number.NaN))} of the hashes`
      : `${figure(perSecond / (hello?.perSecond ?? Number.NaN))} of "hello"`
  return [
    `Seen on ${at} with ${people} people, one process, embedded database (FULL): ${cpus().length} cores (${cpus()[0]?.model.trim()}), Node ${process.version}; median of ${rounds} rounds of ${seconds} s. The load generator runs on the same cores.`,
    '',
    row('operation', 'at once', 'per second', 'p50 ms', 'p99 ms', 'CPU ms each', 'against the bound', 'errors'),
    row('---', '---', '---', '---', '---', '---', '---', '---'),
    ...operations.map((each) =>
      row(
        each.name,
        String(each.atOnce),
        figure(each.perSecond),
        figure(each.p50),
        figure(each.p99),
        figure(each.cpu),
        against(each),
        String(each.errors),
      ),
    ),
    '',
    row('bound of the machine, same run', 'per second'),
    row('---', '---'),
    ...bounds.map((each) => row(each.name, figure(each.perSecond))),
    '',
    row('', ''),
    row('---', '---'),
    row('start to the first answer, from the second start on', `${figure(report.startMilliseconds)} ms`),
    row('memory after the start', `${figure(memory.idle)} MB`),
    row('memory after the run', `${figure(memory.loaded)} MB`),
    row('filling the database', `${figure(report.fillSeconds)} s`),
    '',
  ].join('\n')
}
