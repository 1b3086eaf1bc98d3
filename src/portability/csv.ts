import { type Row, type SectionName, sections } from './archive-schema.ts'

type Value = string | readonly string[] | undefined

/**
 * A cell that a spreadsheet reads as text (OWASP, CSV injection): what begins as a formula gets an apostrophe before it,
 * but a phone number, which is nothing but its digits, stays one.
 */
const cell = (value: Value): string => {
  const text = typeof value === 'string' ? value : (value ?? []).join('; ')
  const safe = /^[=+\-@\t\r\n]/.test(text) && !/^\+[0-9 ]+$/.test(text) ? `'${text}` : text
  return `"${safe.replaceAll('"', '""')}"`
}

const line = (values: readonly Value[]): string => `${values.map(cell).join(',')}\r\n`

const columnsOf = (section: SectionName): string[] => Object.keys(sections[section].shape)

/** With the mark by which spreadsheets know UTF-8. */
export const csvHead = (section: SectionName): string => `\ufeff${line(columnsOf(section))}`

export const csvLines = (section: SectionName, rows: readonly Row[]): string =>
  rows.map((row) => line(columnsOf(section).map((column) => (row as Record<string, Value>)[column]))).join('')
