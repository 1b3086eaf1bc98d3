/** A letter's DKIM signature, looked at as whoever receives it does (RFC 6376, relaxed/relaxed, rsa-sha256). */
import { createHash, type KeyObject, verify } from 'node:crypto'

interface Header {
  name: string
  line: string
}

const headersOf = (head: string): Header[] =>
  head.split(/\r\n(?![ \t])/).map((line) => ({ name: line.slice(0, line.indexOf(':')).trim().toLowerCase(), line }))

const relaxed = ({ name, line }: Header): string =>
  `${name}:${line
    .slice(line.indexOf(':') + 1)
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .trim()}`

const relaxedBody = (body: string): string => {
  const lines = body.split('\r\n').map((line) => line.replace(/[ \t]+/g, ' ').trimEnd())
  const text = lines.join('\r\n').replace(/(\r\n)*$/, '')
  return text === '' ? '' : `${text}\r\n`
}

/** Whether the signature is good, and which headers it covers. */
export const dkimOf = (letter: string, publicKey: KeyObject): { isGood: boolean; covered: string[] } => {
  const at = letter.indexOf('\r\n\r\n')
  const headers = headersOf(letter.slice(0, at))
  const signed = headers.find(({ name }) => name === 'dkim-signature')
  if (!signed) return { isGood: false, covered: [] }
  const tags = new Map(
    relaxed(signed)
      .slice('dkim-signature:'.length)
      .split(';')
      .map((tag) => [tag.slice(0, tag.indexOf('=')).trim(), tag.slice(tag.indexOf('=') + 1).replaceAll(' ', '')]),
  )
  const covered = (tags.get('h') ?? '').toLowerCase().split(':')
  // From the last of a name upwards; what is named and not there covers that there is none.
  const left = headers.filter((each) => each !== signed)
  const lines = covered.flatMap((name) => {
    const last = left.findLastIndex((each) => each.name === name)
    return last < 0 ? [] : left.splice(last, 1).map(relaxed)
  })
  const own = relaxed(signed).replace(/(;|: ?| )b=[^;]*/, '$1b=')
  const bodyHash = createHash('sha256')
    .update(relaxedBody(letter.slice(at + 4)))
    .digest('base64')
  const isGood =
    bodyHash === tags.get('bh') &&
    verify('sha256', Buffer.from([...lines, own].join('\r\n')), publicKey, Buffer.from(tags.get('b') ?? '', 'base64'))
  return { isGood, covered }
}
