import { randomInt } from 'node:crypto'
import { anyBrowser, boundHere, isBoundHere } from '../lib/browser-binding.ts'
import { minute, now } from '../lib/clock.ts'
import { AppError, unless } from '../lib/errors.ts'
import { digest, keyedDigest, randomId, sameSecret } from '../lib/ids.ts'
import { type LimitRule, type Limits, limitRules } from '../limits/index.ts'
import type { Mail } from '../mail/index.ts'
import { createSentCodes } from './sent-codes.ts'
import {
  codeLifetime,
  codeStatus,
  isProvenNow,
  isRenewable,
  longestOf,
  readCode,
  triesPerCode,
} from './verification.ts'
import type { Verification, VerificationStore } from './verification-store.ts'

/** Sends a letter; who writes it and when it leaves is not this feature's business. */
type SendMail = (mail: Mail) => Promise<void>

interface BeginProof {
  kind: string
  address: string
  /** Whose code it is, where that is known already. */
  holder?: string
  mail: Omit<Mail, 'to'>
  content: Record<string, unknown>
  /** Asked for from a browser that the address signed in with before: its tries are counted apart from strangers'. */
  knownBrowser?: boolean
  /** Whoever reads the mailbox tells it to somebody else, who types it: it goes on in no browser of its own. */
  isReadOut?: true
  /** Whatever waits of this holder, in any browser, is worth nothing any more once this is sent. */
  isOnlyOne?: true
}

/** Whoever enters a code; `network` is counted where a form brought it. */
export interface Caller {
  network?: string
}

/** What the page that asks for a code says of it. */
export interface WaitingCode {
  /** Where it went. */
  address: string
  /** Begun ones count; 0 when it ran out or has no try left: only another code helps. */
  minutesLeft: number
  /** Whether another may be asked for. */
  mayRenew: boolean
}

/** No code that waits is good any more, nor may another be sent in its place: another way has to be begun. */
export const isOver = (waiting: Pick<WaitingCode, 'minutesLeft' | 'mayRenew'> | undefined): boolean =>
  !waiting || (waiting.minutesLeft === 0 && !waiting.mayRenew)

export interface OneTimeCodesDeps {
  verifications: VerificationStore
  lookupKey: Uint8Array
  sendMail: SendMail
  limits: Pick<Limits, 'consume' | 'refund' | 'judged' | 'isReached'>
  /** Letters to an address arrive. */
  addressProven?: (address: string) => Promise<void>
}

/**
 * Proof of an address by a code of six digits, bound to the browser that asked by a handle of 128 bits, five tries and
 * 15 minutes for each code that was sent, and wrong codes counted per mailbox over all of them (security §3). Only
 * digests are stored. What it proves is the caller's to complete, once; how long it proves anything, and that what is
 * spent proves nothing, is `verification.ts`'s rule, asked here for every door (H1).
 */
export const createOneTimeCodes = ({
  verifications,
  lookupKey,
  sendMail,
  limits,
  addressProven = async () => {},
}: OneTimeCodesDeps) => {
  const sent = createSentCodes(limits)
  const newCode = () => String(randomInt(1_000_000)).padStart(6, '0')
  const digestOf = (verification: string, code: string) => keyedDigest(lookupKey, 'code', verification, code)
  const expired = () => new AppError('gone', 'code-expired')

  /**
   * What a handle began. AppError `code-expired` (gone) when there is none, or when it was begun in another browser (H2).
   */
  const find = async (handle: string, kind: string): Promise<Verification> => {
    const verification = await verifications.find(digest(handle), kind)
    if (!verification || !isBoundHere(verification)) throw expired()
    return verification
  }

  /** As long as another code may be sent for it, something begun can be gone on with. */
  const begun = async (handle: string, kind: string): Promise<Verification> => {
    const verification = await find(handle, kind)
    if (verification.state !== 'open' || (verification.endsAt ?? 0) <= now()) throw expired()
    return verification
  }

  /**
   * `act`, of which one waits at a time for a holder (`isOnlyOne`). AppError `code-overtaken` (gone) instead of
   * `code-expired` where another was begun after what this handle began: that is stored no more, the other is.
   */
  const unlessOvertaken = <Done>(handle: string, kind: string, of: string, act: () => Promise<Done>): Promise<Done> =>
    unless('code-expired', act, async (error) => {
      const isKept = (await verifications.find(digest(handle), kind)) !== undefined
      throw !isKept && (await verifications.hasAny(of, kind)) ? new AppError('gone', 'code-overtaken') : error
    })

  const triedBy = ({ content }: Verification) => (content.knownBrowser ? 'code-tried-device' : 'code-tried-address')

  /**
   * A new code, in the letter of before, counted where the first one was. AppError `code-no-more` (gone), and
   * `too-many-attempts` (limited) where its mailbox could not prove anything with it today.
   */
  const renew = async (verification: Verification, language = verification.letter?.language): Promise<void> => {
    const { _id, kind, address, of, letter, content } = verification
    if (!letter || !language || !isRenewable(verification, now())) throw new AppError('gone', 'code-no-more')
    const rule = triedBy(verification)
    if (await limits.isReached(rule, address))
      throw new AppError('limited', 'too-many-attempts', { values: { minutes: limitRules[rule].within / minute } })
    await sent.count({ kind, address, knownBrowser: content.knownBrowser === true })
    const code = newCode()
    // Of two who ask at once, one sends: the other's would never be good.
    if (!(await verifications.renew(verification, digestOf(_id, code)))) return
    const whose = of !== address && { of }
    await sendMail({ ...letter, ...whose, language, to: address, values: { ...letter.values, code } })
  }

  const check = async (
    verification: Verification,
    typed: string,
    network: string | undefined,
  ): Promise<Verification> => {
    const status = codeStatus(verification, now())
    if (status === 'spent') throw expired()
    const isRight = sameSecret(digestOf(verification._id, typed), verification.codeDigest)
    const rules: [LimitRule, string][] = [
      ...(network ? [['code-tried-network', network] as [LimitRule, string]] : []),
      ...(status === 'open' ? [[triedBy(verification), verification.address] as [LimitRule, string]] : []),
    ]
    const { found } = await limits.judged(rules, async () => {
      if (!(await verifications.takeAttempt(verification))) return 'late'
      return isRight ? verification : undefined
    })
    if (found === 'late') {
      const moved = await verifications.find(verification._id, verification.kind)
      // The other click of two was first, or another code went out meanwhile.
      if (!moved || (moved.state === verification.state && moved.codeDigest === verification.codeDigest))
        throw expired()
      return check(moved, typed, network)
    }
    if (found) {
      await addressProven(found.address)
      return found
    }
    const left = verification.tries - 1
    if (status === 'again' || left <= 0) throw expired()
    throw new AppError('invalid', 'code-wrong', { values: { left } })
  }

  return {
    begun,
    unlessOvertaken,

    /**
     * What the page about it says; `of`: to its holder alone, whoever sits at this browser by now. AppError `code-expired`
     * once nothing can be proven with it any more.
     */
    waiting: async (handle: string, kind: string, of?: string): Promise<WaitingCode> => {
      const verification = await begun(handle, kind)
      if (of !== undefined && verification.of !== of) throw expired()
      const { address, expiresAt, tries } = verification
      const left = tries > 0 ? Math.max(0, expiresAt - now()) : 0
      return { address, minutesLeft: Math.ceil(left / minute), mayRenew: isRenewable(verification, now()) }
    },

    /** What the right code opened, to be done once. AppError `code-expired` before the code, or when it is too late. */
    proven: async (handle: string, kind: string): Promise<Verification> => {
      const verification = await find(handle, kind)
      if (!isProvenNow(verification, now())) throw expired()
      return verification
    },

    /** As `begin` would refuse it: for whoever writes down that a code goes out before it does. */
    assertLeft: sent.assertLeft,

    /** For a letter without a code that somebody has sent to an address: under the same rules. AppError as `begin`. */
    countLetter: sent.count,

    /**
     * Sends a code and answers the handle that the browser keeps. AppError `too-many-attempts` (limited) when its address
     * was sent too many for this purpose, and nothing is begun (H11).
     */
    begin: async (begun: BeginProof): Promise<string> => {
      const { kind, address, holder, mail, content, knownBrowser = false, isReadOut, isOnlyOne } = begun
      await sent.count({ kind, address, knownBrowser })
      if (holder && isOnlyOne) await verifications.dropWaiting(holder, kind)
      const handle = randomId()
      const _id = digest(handle)
      const code = newCode()
      const at = now()
      await verifications.insert({
        _id,
        kind,
        state: 'open',
        address,
        of: holder ?? address,
        letter: mail,
        codeDigest: digestOf(_id, code),
        tries: triesPerCode,
        content: { ...content, knownBrowser },
        ...(isReadOut ? { browser: anyBrowser } : boundHere()),
        expiresAt: at + codeLifetime,
        endsAt: at + longestOf(kind),
        renewals: 0,
      })
      await sendMail({ ...mail, to: address, ...(holder && { of: holder }), values: { ...mail.values, code } })
      return handle
    },

    /** A new code to the browser that holds the handle, which is told in its language. */
    sendAgain: async (handle: string, kind: string, language: Mail['language']): Promise<void> => {
      await renew(await begun(handle, kind), language)
    },

    /** For whoever helps them: sends what `of` waits for to where it went before, and tells nobody the code. */
    sendWaiting: (verification: Verification): Promise<void> => renew(verification),

    /**
     * The one door of every code. Answers what it proves while that is `open`; in any other state it is the second click
     * of one that proved, which may be told what came of it and nothing else (H1). A try is taken before the code is
     * looked at; what cannot be right costs none. AppError `code-malformed`, `code-wrong` (invalid) with the tries left,
     * `code-expired` (gone) when it is too late, spent or was guessed at too often, `too-many-attempts` (limited) when
     * its mailbox was.
     */
    check: async (handle: string, kind: string, code: string, { network }: Caller = {}): Promise<Verification> => {
      const typed = readCode(code)
      return check(await find(handle, kind), typed, network)
    },
  }
}

export type OneTimeCodes = ReturnType<typeof createOneTimeCodes>
