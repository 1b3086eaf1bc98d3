import { type Account, holds, type PrincipalId, principalKey } from '../accounts/index.ts'
import type { Journal } from '../lib/journal.ts'
import { isIn, type Span } from '../people/index.ts'
import type { Connection } from '../storage/index.ts'
import { type AskDeps, createAskRequests } from './ask.ts'
import { createAskForTheDead } from './ask-for-the-dead.ts'
import { createRequestDesk, type DeskDeps } from './desk.ts'
import { createDeskPlaces } from './desk-places.ts'
import { createEndPart } from './end-part.ts'
import { createFilesStore } from './files-store.ts'
import { createKeepFiles, fileIn } from './keep-files.ts'
import { createOpenFile } from './open-file.ts'
import { createReadPart } from './read-part.ts'
import { endsWith, type RequestPart } from './request.ts'
import { createRequestJournal } from './request-fence.ts'
import { createRequestsStore } from './requests-store.ts'
import { createSettle, type SettleDeps } from './settle.ts'
import { createWritePart } from './write-part.ts'

export interface RightsRequestsDeps
  extends Pick<AskDeps, 'accounts' | 'company' | 'limits' | 'assertAskerStill'>,
    Pick<DeskDeps, 'audit' | 'recipientsOf' | 'recordRequestRead'>,
    Pick<SettleDeps, 'log' | 'send' | 'writeTo' | 'raiseAlert' | 'tellNotice' | 'issuer'> {
  connection: Connection
  group: Parameters<typeof createReadPart>[0]['group']
  journal: Pick<Journal, 'write'>
  lookupKey: Uint8Array
  staff: DeskDeps['staff'] & SettleDeps['staff']
}

/** The feature as a whole: its stores, and each use case given what it needs. */
export const createRightsRequests = (deps: RightsRequestsDeps) => {
  const { keys } = deps.audit
  const requests = createRequestsStore(deps.connection)
  const files = createFilesStore(deps.connection, keys)
  const sealed = { keys, files, requests }
  const fence = createRequestJournal(deps.journal, deps.lookupKey)
  const write = createWritePart({ ...deps, requests, fence })
  const endPart = createEndPart({ requests, write })
  const settle = createSettle({ ...deps, ...sealed, endPart, fence })
  const given = {
    ...deps,
    ...sealed,
    write,
    settle,
    keepFiles: createKeepFiles(sealed),
    openFile: createOpenFile(sealed),
    readPart: createReadPart({ ...deps, keys }),
  }

  const isNamed = async (id: string, file: string): Promise<boolean> => {
    const part: RequestPart | null = await requests.get(id)
    return part !== null && fileIn(part, file) !== undefined
  }

  return {
    ask: createAskRequests(given),
    desk: createRequestDesk(given),
    askForTheDead: createAskForTheDead({ ...given, places: createDeskPlaces(deps.connection, requests) }),

    /** When an account is closed what was asked about it ends, and what was written and sent goes with it (S10). */
    recordAccount: async (account: Pick<Account, '_id' | 'status' | 'closedAt'>): Promise<void> => {
      if (account.status !== 'closed') return
      for (const part of await requests.ofAccount(account._id)) {
        if (!endsWith(account, part)) continue
        await endPart(part._id, 'account-closed')
        await settle.destroy(part)
      }
    },

    /**
     * What was asked about an account between a change and its being taken back: whoever asked may have been a thief, and
     * no desk answers them any more. Where the account is not theirs now, what was written and sent goes too (H4, T18).
     */
    recordTakenBack: async (holder: PrincipalId, account: Account, span: Span): Promise<void> => {
      // Also what was sent and has not reached its company yet.
      await settle.intakes()
      for (const part of await requests.ofAccount(account._id)) {
        if (part.holder !== principalKey(holder) || !isIn(span, part.receivedAt)) continue
        await endPart(part._id, 'taken-back')
        if (!holds(holder, account)) await settle.destroy(part)
      }
    },

    sweep: async (): Promise<void> => {
      await settle.due()
      await requests.sweep()
      await files.sweep(isNamed)
    },
  }
}

export type RightsRequests = ReturnType<typeof createRightsRequests>
