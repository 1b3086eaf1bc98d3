import { randomInt } from 'node:crypto'
import { anyBrowser, boundHere, isBoundHere } from '../lib/browser-binding.ts'
import { now } from '../lib/clock.ts'
import { composed } from '../lib/composed.ts'
import { AppError } from '../lib/errors.ts'
import { digest, keyedDigest, randomId, sameSecret } from '../lib/ids.ts'
import type { Limits } from '../limits/index.ts'
import type { Mail } from '../mail/index.ts'
import { type Draft, type DraftStore, draftLifetime } from './draft-store.ts'

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
  isToldOn?: true
}

export interface CodeProofsDeps {
  drafts: DraftStore
  lookupKey: Uint8Array
  sendMail: SendMail
  limits: Pick<Limits, 'take' | 'giveBack'>
}

const triesPerDraft = 5
/** Six digits with whatever a mail or a keyboard puts between and around them. */
const longestCode = 40

/**
 * Proof of an address by a code of six digits, bound to the browser that asked by a handle of 128 bits, five tries,
 * 15 minutes, and wrong codes counted per mailbox over all of them (security §3). Only digests are stored. What it
 * proves is the caller's to complete, once.
 */
export const createCodeProofs = ({ drafts, lookupKey, sendMail, limits }: CodeProofsDeps) => {
  const newCode = () => String(randomInt(1_000_000)).padStart(6, '0')
  const digestOf = (draft: string, code: string) => keyedDigest(lookupKey, 'code', draft, code)

  /**
   * The open draft behind a handle, or what became of it. AppError `code-expired` (gone) when there is none, or when it
   * was begun in another browser (H2).
   */
  const find = async (handle: string, kind: string): Promise<Draft> => {
    const draft = await drafts.find(digest(handle), kind)
    if (!draft || !isBoundHere(draft)) throw new AppError('gone', 'code-expired')
    return draft
  }

  /** A new code, in the letter of before; it has the tries that were left, and counts where the first one did. */
  const renew = async ({ _id, address, of, letter, content }: Draft, language = letter?.language): Promise<void> => {
    if (!letter || !language) throw new AppError('gone', 'code-expired')
    await limits.take(content.knownBrowser ? 'code-sent-device' : 'code-sent-address', address)
    const code = newCode()
    await drafts.replaceCode(_id, digestOf(_id, code))
    const whose = of !== address && { of }
    await sendMail({ ...letter, ...whose, language, to: address, values: { ...letter.values, code } })
  }

  return {
    find,

    /** The address that the code went to; AppError `code-expired` once there is nothing left to prove with it. */
    sentTo: async (handle: string, kind: string): Promise<string> => {
      const { state, address } = await find(handle, kind)
      if (state !== 'open') throw new AppError('gone', 'code-expired')
      return address
    },

    /** Sends a code and answers the handle that the browser keeps. */
    begin: async (begun: BeginProof): Promise<string> => {
      const { kind, address, holder, mail, content, knownBrowser = false, isToldOn } = begun
      const handle = randomId()
      const _id = digest(handle)
      const code = newCode()
      await drafts.insert({
        _id,
        kind,
        state: 'open',
        address,
        of: holder ?? address,
        letter: mail,
        codeDigest: digestOf(_id, code),
        tries: triesPerDraft,
        content: { ...content, knownBrowser },
        ...(isToldOn ? { browser: anyBrowser } : boundHere()),
        expiresAt: now() + draftLifetime,
      })
      await sendMail({ ...mail, to: address, ...(holder && { of: holder }), values: { ...mail.values, code } })
      return handle
    },

    /** A new code to the browser that holds the handle, which is told in its language. */
    sendAgain: async (handle: string, kind: string, language: Mail['language']): Promise<void> => {
      const draft = await find(handle, kind)
      if (draft.state !== 'open') throw new AppError('gone', 'code-expired')
      await renew(draft, language)
    },

    /** For whoever helps them: sends what `of` waits for to where it went before, and tells nobody the code. */
    sendWaiting: (draft: Draft): Promise<void> => renew(draft),

    /**
     * The draft, when the code is right. A try is taken before the code is looked at. AppError `code-wrong` (invalid)
     * with the tries left, `code-expired` (gone) when it is too late or was guessed at too often, `too-many-attempts`
     * (limited) when its mailbox was.
     */
    check: async (handle: string, kind: string, code: string): Promise<Draft> => {
      const draft = await find(handle, kind)
      if (draft.state !== 'open') return draft
      const isRight = sameSecret(digestOf(draft._id, asDigits(code)), draft.codeDigest)
      if (!(await drafts.takeTry(draft._id))) {
        const moved = await find(handle, kind)
        // The other click of two was first: what it completed is this one's answer too.
        if (moved.state !== 'open' && isRight) return moved
        throw new AppError('gone', 'code-expired')
      }
      const rule = draft.content.knownBrowser ? 'code-tried-device' : 'code-tried-address'
      await limits.take(rule, draft.address)
      if (!isRight) {
        const left = draft.tries - 1
        if (left <= 0) throw new AppError('gone', 'code-expired')
        throw new AppError('invalid', 'code-wrong', { values: { left } })
      }
      await limits.giveBack(rule, draft.address)
      return draft
    },
  }
}

/** As mails and keyboards write it: in two groups, with a space at the end, in the wide digits of a Japanese keyboard. */
const asDigits = (typed: string): string =>
  composed(typed, { most: longestCode, form: 'NFKC', field: 'code' }).replace(/[\s-]/g, '')

export type CodeProofs = ReturnType<typeof createCodeProofs>
