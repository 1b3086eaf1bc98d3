import { randomInt } from 'node:crypto'
import { now } from '../lib/clock.ts'
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
  mail: Omit<Mail, 'to'>
  content: Record<string, unknown>
  /** Asked for from a browser that the address signed in with before: its tries are counted apart from strangers'. */
  knownBrowser?: boolean
}

export interface CodeProofsDeps {
  drafts: DraftStore
  sendMail: SendMail
  limits: Pick<Limits, 'take' | 'giveBack'>
}

const triesPerDraft = 5

/**
 * Proof of an address by a code of six digits, bound to the browser that asked by a handle of 128 bits, five tries,
 * 15 minutes, and wrong codes counted per mailbox over all of them (security §3). Only digests are stored. What it
 * proves is the caller's to complete, once.
 */
export const createCodeProofs = ({ drafts, sendMail, limits }: CodeProofsDeps) => {
  const newCode = () => String(randomInt(1_000_000)).padStart(6, '0')

  /** The open draft behind a handle, or what became of it. AppError `code-expired` (gone) when there is none. */
  const find = async (handle: string, kind: string): Promise<Draft> => {
    const draft = await drafts.find(digest(handle), kind)
    if (!draft) throw new AppError('gone', 'code-expired')
    return draft
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
    begin: async ({ kind, address, mail, content, knownBrowser = false }: BeginProof): Promise<string> => {
      const handle = randomId()
      const code = newCode()
      await drafts.insert({
        _id: digest(handle),
        kind,
        state: 'open',
        address,
        codeDigest: keyedDigest(handle, code),
        tries: triesPerDraft,
        content: { ...content, knownBrowser },
        expiresAt: now() + draftLifetime,
      })
      await sendMail({ ...mail, to: address, values: { ...mail.values, code } })
      return handle
    },

    /** A new code for the same draft; it has the tries that were left. */
    sendAgain: async (handle: string, kind: string, mail: Omit<Mail, 'to'>): Promise<void> => {
      const draft = await find(handle, kind)
      if (draft.state !== 'open') throw new AppError('gone', 'code-expired')
      await limits.take('code-sent-address', draft.address)
      const code = newCode()
      await drafts.replaceCode(draft._id, keyedDigest(handle, code))
      await sendMail({ ...mail, to: draft.address, values: { ...mail.values, code } })
    },

    /**
     * The draft, when the code is right. A try is taken before the code is looked at. AppError `code-wrong` (invalid)
     * with the tries left, `code-expired` (gone) when it is too late or was guessed at too often, `too-many-attempts`
     * (limited) when its mailbox was.
     */
    check: async (handle: string, kind: string, code: string): Promise<Draft> => {
      const draft = await find(handle, kind)
      if (draft.state !== 'open') return draft
      const isRight = sameSecret(keyedDigest(handle, asDigits(code)), draft.codeDigest)
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
const asDigits = (typed: string): string => typed.normalize('NFKC').replace(/[\s-]/g, '')

export type CodeProofs = ReturnType<typeof createCodeProofs>
