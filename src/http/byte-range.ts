/** The first and the last byte that are asked for. */
export interface ByteRange {
  from: number
  to: number
}

/** More digits than any length has. */
const written = /^bytes=(\d{0,15})-(\d{0,15})$/

/**
 * The one range of bytes that is asked for (RFC 9110 §14.1.2); `beyond` where nothing of it is there. undefined: the whole,
 * also for several ranges, another unit and what is none, as a server may.
 */
export const rangeIn = (header: string, size: number): ByteRange | 'beyond' | undefined => {
  const [, first = '', last = ''] = written.exec(header) ?? []
  if (first === '' && last === '') return undefined
  // "-5": the last five.
  if (first === '') return Number(last) === 0 ? 'beyond' : { from: Math.max(0, size - Number(last)), to: size - 1 }
  const [from, to] = [Number(first), last === '' ? size - 1 : Math.min(Number(last), size - 1)]
  if (last !== '' && Number(last) < from) return undefined
  return from >= size ? 'beyond' : { from, to }
}
