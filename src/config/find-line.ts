import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { EVENT_ID, type Event, getScalarValue, parseEvents } from 'js-yaml'
import type { ConfigIssue } from '../lib/config-issues.ts'

/**
 * Where an issue stands, `companies/mobile.yaml:12`: a file is read once more, by its positions, only when there is
 * something wrong in it. The nearest part above counts for what is missing; an issue without a path has its file alone.
 */
export const createFindLine = (configDir: string) => {
  const files = new Map<string, Map<string, number>>()
  return ({ where, path }: ConfigIssue): string => {
    if (!path || !where.endsWith('.yaml')) return where
    const known = files.get(where) ?? linesOf(readFileSync(join(configDir, where), 'utf8'))
    files.set(where, known)
    for (let part = path; part !== ''; part = part.replace(/(^|\.)[^.[\]]+$|\[\d+\]$/, '')) {
      const line = known.get(part)
      if (line !== undefined) return `${where}:${line}`
    }
    return where
  }
}

interface Open {
  path: string
  /** Of a list: which item is next. Of settings: the key whose value is next. */
  at: number
  key: string | undefined
  isList: boolean
}

/** The line of each part by its path, such as `services[0].clients[1]`. */
const linesOf = (text: string): Map<string, number> => {
  const lines = new Map<string, number>()
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  const lineAt = (offset: number) => starts.findLastIndex((start) => start <= offset) + 1
  const open: Open[] = []

  /** The path of the value that begins here. */
  const enter = (offset: number): string => {
    const within = open.at(-1)
    if (!within) return ''
    const path = within.isList
      ? `${within.path}[${within.at++}]`
      : within.path
        ? `${within.path}.${within.key}`
        : `${within.key}`
    within.key = undefined
    if (within.isList) lines.set(path, lineAt(offset))
    return path
  }
  const begin = (offset: number, isList: boolean): void => {
    open.push({ path: enter(offset), at: 0, key: undefined, isList })
  }
  const meet: Partial<Record<number, (event: never) => void>> = {
    [EVENT_ID.SEQUENCE]: ({ start }: Extract<Event, { start: number }>) => begin(start, true),
    [EVENT_ID.MAPPING]: ({ start }: Extract<Event, { start: number }>) => begin(start, false),
    [EVENT_ID.ALIAS]: ({ anchorStart }: Extract<Event, { anchorStart: number }>) => void enter(anchorStart),
    [EVENT_ID.POP]: () => void open.pop(),
    [EVENT_ID.SCALAR]: (scalar: Extract<Event, { valueStart: number }>) => {
      const within = open.at(-1)
      if (!within || within.isList || within.key !== undefined) return void enter(scalar.valueStart)
      within.key = getScalarValue(text, scalar)
      lines.set(within.path ? `${within.path}.${within.key}` : within.key, lineAt(scalar.valueStart))
    },
  }
  for (const event of parseEvents(text, {})) meet[event.type]?.(event as never)
  return lines
}
