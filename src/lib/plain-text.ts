import { composed } from './composed.ts'

/** What somebody wrote in their own words, on one line: composed (NFC), without control or invisible characters. */
export const plainText = (written: string, most: number, field?: string): string =>
  composed(written, { most, field }).replace(/\p{C}/gu, ' ').trim()
