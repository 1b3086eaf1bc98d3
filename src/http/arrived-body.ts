import type { IncomingMessage } from 'node:http'

/**
 * The text of a body that has arrived whole, of the length that was announced; undefined where it has not. It is put back
 * before its end is told: whoever reads next has all of it.
 */
export const arrivedBody = async (request: IncomingMessage): Promise<string | undefined> => {
  const length = Number(request.headers['content-length'])
  // It mostly comes with its headers. One that does not is waited for by whoever answers.
  if (request.readableLength < length) await new Promise((resolve) => setImmediate(resolve))
  const read = request.readableLength === length ? (request.read() as Buffer | null) : null
  if (read) request.unshift(read)
  return read?.toString()
}
