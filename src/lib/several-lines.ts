import { composed } from './composed.ts'

/** What somebody wrote in several lines: composed, without control or invisible characters but the end of a line. */
export const severalLines = (written: string, most: number): string =>
  composed(written, { most })
    .replace(/[^\P{C}\n]/gu, ' ')
    .trim()
