import { AppError } from '../lib/errors.ts'

/** A file as it was sent. */
export interface Upload {
  name: string
  bytes: Uint8Array
}

export const longestFile = 10 * 1024 * 1024
const longestName = 120

/** What may be sent, known by what is in it; the name has to say the same. An archive comes from a desk alone. */
const types = {
  pdf: { mime: 'application/pdf', names: ['pdf'], isIn: beginsWith('%PDF-') },
  png: { mime: 'image/png', names: ['png'], isIn: beginsWith('\x89PNG\r\n\x1a\n') },
  jpeg: { mime: 'image/jpeg', names: ['jpg', 'jpeg'], isIn: beginsWith('\xff\xd8\xff') },
  text: { mime: 'text/plain; charset=utf-8', names: ['txt', 'csv', 'json'], isIn: isText },
  zip: { mime: 'application/zip', names: ['zip'], isIn: beginsWith('PK\x03\x04') },
} as const

export type FileType = keyof typeof types

export const mimeOf = (type: FileType): string => types[type].mime

/**
 * The type of a file that may be kept. AppError (invalid, at the field `file`, with the file's `name`) `file-name`,
 * `file-empty`, `file-type`, `file-too-large`.
 */
export const typeOfFile = ({ name, bytes }: Upload, from: 'person' | 'desk'): FileType => {
  const refused = (code: string) => new AppError('invalid', code, { values: { field: 'file', name: shown(name) } })
  if (name.length > longestName || !/^[^/\\\p{Cc}\p{Cf}\p{Zl}\p{Zp}:*?"<>|]+$/u.test(name) || name.startsWith('.'))
    throw refused('file-name')
  if (bytes.length === 0) throw refused('file-empty')
  if (bytes.length > longestFile) throw refused('file-too-large')
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  const found = (Object.keys(types) as FileType[]).find((type) => types[type].isIn(bytes))
  if (!found || !(types[found].names as readonly string[]).includes(ending) || (found === 'zip' && from === 'person'))
    throw refused('file-type')
  return found
}

/** One of several: its sender is told which. */
function shown(name: string): string {
  const plain = name.slice(0, longestName).replace(/\p{C}/gu, '\u{FFFD}')
  return name.length > longestName ? `${plain}…` : plain
}

function beginsWith(magic: string) {
  return (bytes: Uint8Array): boolean =>
    Buffer.from(bytes.subarray(0, magic.length)).equals(Buffer.from(magic, 'latin1'))
}

function isText(bytes: Uint8Array): boolean {
  if (bytes.some((byte) => byte < 9 || (byte > 13 && byte < 32) || byte === 127)) return false
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return true
  } catch {
    return false
  }
}
