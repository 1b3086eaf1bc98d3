/** What somebody wrote in their own words, on one line: composed (NFC), without control or invisible characters. */
export const plainText = (written: string): string => written.normalize('NFC').replace(/\p{C}/gu, ' ').trim()
