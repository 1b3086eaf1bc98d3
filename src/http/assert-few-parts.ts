import { AppError } from '../lib/errors.ts'

/** Bytes from a part's boundary to the end of its headers, at most: a form of ours has one or two short lines there. */
const longestHead = 4096

/**
 * Before a body of parts is parsed, which costs by part and by line of its headers: no form of ours has so many. AppError
 * `form-malformed` (invalid).
 */
export const assertFewParts = (body: Buffer, contentType: string, most: number): void => {
  const malformed = (detail: string) => new AppError('invalid', 'form-malformed', { detail })
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^\s";]{1,70}))/i.exec(contentType)
  if (!boundary) throw malformed('no boundary')
  const delimiter = `--${boundary[1] ?? boundary[2]}`
  let parts = 0
  for (let at = body.indexOf(delimiter); at >= 0; at = body.indexOf(delimiter, at + delimiter.length)) {
    parts += 1
    // The last boundary ends the form, and has no part behind it.
    if (parts > most + 1) throw malformed('too many fields')
    const head = body.subarray(at, at + longestHead)
    if (head.length === longestHead && !head.includes('\r\n\r\n')) throw malformed('a part whose headers do not end')
  }
}
