import { now } from '../lib/clock.ts'
import { isAppError } from '../lib/errors.ts'
import { conflict, retryOnConflict } from '../storage/index.ts'
import type { RequestsStore } from './requests-store.ts'
import type { WritePart } from './write-part.ts'

/** Ends a part that nobody is left to be answered in, whoever wrote in it meanwhile; what is over stays as it is. */
export const createEndPart =
  ({ requests, write }: { requests: RequestsStore; write: WritePart }) =>
  async (id: string, what: 'account-closed' | 'taken-back'): Promise<unknown> =>
    retryOnConflict(async () => {
      const part = await requests.get(id)
      if (!part || part.ended) return undefined
      // Deletion is what was done; of the rest nobody is left to be answered.
      const how = what === 'account-closed' && part.kind === 'deletion' ? 'answered' : 'withdrawn'
      try {
        const ended = { how, at: now() } as const
        return await write(part, {
          set: { ended },
          unset: ['proofAskedAt'],
          said: { by: 'system', what },
        })
      } catch (error) {
        if (isAppError(error, 'request-changed-meanwhile')) return conflict
        throw error
      }
    })

export type EndPart = ReturnType<typeof createEndPart>
