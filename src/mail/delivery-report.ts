import type { Email } from 'postal-mime'
import { tokenLength } from './bounce-address.ts'

/** Why a message changes nothing; as the command hands it on, and as it says it. */
export const refusals = {
  oversized: 'not taken: larger than 1 MiB',
  malformed: 'not taken: cannot be read as a message',
  'not-a-report': 'not taken: no delivery report (RFC 3464)',
  transient: 'not taken: not for good (no recipient with action failed and status 5.x.x)',
  foreign: 'not taken: came to no address of MAIL_BOUNCES',
} as const
export type Refusal = keyof typeof refusals

export const mostBytes = 1024 * 1024
const reached = ['to', 'delivered-to', 'x-original-to', 'envelope-to']

/**
 * What a delivery report (RFC 3464) says of one of our letters: what stood for the `*` of `pattern` where it came to, when
 * it is for good. Nothing else of it is used. It proves nothing yet: `createBounces` holds its MAC.
 */
export const readReport = async (message: Uint8Array, pattern: string): Promise<string | Refusal> => {
  if (message.length > mostBytes) return 'oversized'
  // Few installations read any.
  const { default: PostalMime } = await import('postal-mime')
  let mail: Email
  try {
    mail = await PostalMime.parse(message, {
      attachmentEncoding: 'utf8',
      forceRfc822Attachments: true,
      maxNestingDepth: 10,
      maxHeadersSize: 64 * 1024,
    })
  } catch {
    return 'malformed'
  }
  const report = mail.attachments.find(({ mimeType }) => mimeType === 'message/delivery-status')
  if (typeof report?.content !== 'string') return 'not-a-report'
  if (!report.content.split(/\r?\n[ \t]*\r?\n/).some(isForGood)) return 'transient'
  const tokens = new Set(
    mail.headers.filter(({ key }) => reached.includes(key)).flatMap(({ value }) => tokensIn(value, pattern)),
  )
  // A letter has one recipient, and so has its sender one letter.
  return tokens.size === 1 ? [...tokens][0]! : 'foreign'
}

const isForGood = (group: string): boolean =>
  /^Action:[ \t]*failed\b/im.test(group) && /^Status:[ \t]*5\.\d{1,3}\.\d{1,3}\b/im.test(group)

const tokensIn = (value: string, pattern: string): string[] => {
  const [before, after] = pattern.toLowerCase().split('*') as [string, string]
  return value
    .toLowerCase()
    .split(/[\s<>,;"()]+/)
    .filter((part) => part.startsWith(before) && part.endsWith(after))
    .map((part) => part.slice(before.length, part.length - after.length))
    .filter((part) => part.length === tokenLength)
}

/** One message, or several as an mbox keeps them (RFC 4155). */
export const messagesIn = (input: Buffer): Buffer[] => {
  const text = input.toString('latin1')
  if (!text.startsWith('From ')) return text.trim() === '' ? [] : [input]
  return text
    .split(/(?:^|\r?\n\r?\n)From [^\r\n]*\r?\n/)
    .filter((each) => each.trim() !== '')
    .map((each) => Buffer.from(each, 'latin1'))
}
