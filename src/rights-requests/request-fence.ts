import { type Journal, journalName } from '../lib/journal.ts'
import { dueIn } from '../storage/index.ts'
import type { RequestPart, Said } from './request.ts'

/** What no restored backup may take back of a request (model M15): that it is over, and that what was written in it is gone. */
export interface RequestFence {
  /** Digest of the part's id. */
  request: string
  /** How it ended, by whom, and when in milliseconds since 1970. */
  ended?: NonNullable<RequestPart['ended']>['how']
  what?: Said['what']
  by?: Said['by']
  at?: number
  gone?: true
}

/** Writes it before anybody is answered; once more, by whoever settles what a crash left, does no harm. */
export const createRequestJournal = (journal: Pick<Journal, 'write'>, key: Uint8Array) => {
  const nameOf = (id: string): string => journalName(key, 'request', id)
  return {
    ended: async ({ _id, ended, said }: RequestPart): Promise<void> => {
      const last = said.at(-1)
      if (!ended || !last) return
      const fence: RequestFence = { request: nameOf(_id), ended: ended.how, what: last.what, by: last.by, at: ended.at }
      await journal.write({ ...fence })
    },

    gone: async (id: string): Promise<void> => {
      const fence: RequestFence = { request: nameOf(id), gone: true }
      await journal.write({ ...fence })
    },
  }
}

export type RequestJournal = ReturnType<typeof createRequestJournal>

/**
 * What a part came to since its backup. Pure; undefined: the journal knows no more than it. How it ended is known, and
 * what was written then is not.
 */
export const requestAfterRestore = (
  part: RequestPart,
  fences: readonly RequestFence[],
): Partial<RequestPart> | undefined => {
  const end = part.ended ? undefined : fences.find(({ ended }) => ended !== undefined)
  const isGone = part.forgottenAt === undefined && fences.some(({ gone }) => gone)
  if (!end && !isGone) return undefined
  const { ended: how, what = 'withdrawn', by = 'system', at = part.receivedAt } = end ?? {}
  return {
    ...(how && { ended: { how, at }, said: [...part.said, { at, by, what }], news: [] }),
    // Looked at by the first who starts: what is to be done with it then follows from how it stands.
    due: dueIn(part.company, at),
  }
}
