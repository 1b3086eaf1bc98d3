import { createHmac } from 'node:crypto'
import { day, minute, now, second } from '../lib/clock.ts'
import { sameSecret } from '../lib/ids.ts'

/**
 * The envelope sender of one letter (VERP): a bounce names its letter by it, and it tells nobody anything. When it was
 * asked for, whose it is and where it went, both as keyed digests, under a MAC. Lower case and digits alone: servers on
 * the way may change the case of a local part.
 */
export interface BouncedLetter {
  /** Milliseconds since 1970, in whole seconds. */
  sentAt: number
  whose: string
  address: string
}

const [timeChars, digestChars, macChars] = [7, 12, 20]
/** What stands for the `*` of the pattern; a local part has 64 at most (RFC 5321 §4.5.3.1.1). */
export const tokenLength = timeChars + 2 * digestChars + macChars
/** A server gives up within five days (RFC 5321 §4.5.4.1); some tell later. */
export const bouncesFor = 30 * day
/** Clocks of two processes. */
const early = 5 * minute

const wellFormed = /^[a-z2-7]+$/
const letters = 'abcdefghijklmnopqrstuvwxyz234567'

export const createBounceAddress = (key: Uint8Array) => {
  /** 5 bits a character: 60 of each digest, 100 of the MAC. */
  const digestOf = (what: 'bounced-whose' | 'bounced-address' | 'bounce', value: string, chars: number): string => {
    const mac = createHmac('sha256', key).update(`${what}:${value}`).digest()
    return [...mac.subarray(0, chars)].map((byte) => letters[byte & 31]).join('')
  }
  const whoseOf = (of: string) => digestOf('bounced-whose', of, digestChars)
  const addressOf = (address: string) => digestOf('bounced-address', address.toLowerCase(), digestChars)

  return {
    whoseOf,
    addressOf,

    issue: (of: string, to: string, sentAt: number): string => {
      const named = `${writeTime(sentAt)}${whoseOf(of)}${addressOf(to)}`
      return `${named}${digestOf('bounce', named, macChars)}`
    },

    /** `forged`: not of ours, or altered. `expired`: older than any server keeps a letter. */
    read: (token: string): BouncedLetter | 'forged' | 'expired' => {
      if (token.length !== tokenLength || !wellFormed.test(token)) return 'forged'
      const named = token.slice(0, -macChars)
      if (!sameSecret(token.slice(-macChars), digestOf('bounce', named, macChars))) return 'forged'
      const sentAt = readTime(named.slice(0, timeChars))
      if (sentAt < now() - bouncesFor || sentAt > now() + early) return 'expired'
      return { sentAt, whose: named.slice(timeChars, timeChars + digestChars), address: named.slice(-digestChars) }
    },
  }
}

const writeTime = (at: number): string => {
  let [left, text] = [Math.floor(at / second), '']
  for (let place = 0; place < timeChars; place++) {
    text = `${letters[left % 32]}${text}`
    left = Math.floor(left / 32)
  }
  return text
}

const readTime = (text: string): number =>
  [...text].reduce((sum, letter) => sum * 32 + letters.indexOf(letter), 0) * second
