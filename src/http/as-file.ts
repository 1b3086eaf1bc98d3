import type { RouteContext } from './route.ts'

/** A text to take along. */
export const asFile = (ctx: RouteContext, type: string, name: string, body: string): void => {
  ctx.set('Content-Disposition', `attachment; filename="${name}"`)
  ctx.type = type
  ctx.body = body
}

/** RFC 4180, by hand: nothing in it is a formula to a spreadsheet, whoever wrote the text. */
export const csvOf = <Column extends string>(
  names: readonly Column[],
  rows: readonly Record<Column, string | readonly string[]>[],
): string => {
  const cell = (value: string | readonly string[]): string => {
    const text = typeof value === 'string' ? value : value.join(' ')
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  return [names, ...rows.map((each) => names.map((name) => each[name]))]
    .map((line) => `${line.map(cell).join(',')}\r\n`)
    .join('')
}
