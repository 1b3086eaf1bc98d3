import type { AccountsStore, ReadHolder } from '../accounts/index.ts'
import { keyedDigest } from '../lib/ids.ts'
import { createSecretBox } from '../lib/secret-box.ts'
import type { Connection } from '../storage/index.ts'
import { createAsksStore } from './asks-store.ts'
import { createAudience } from './audience.ts'
import { createChangeRows } from './change-rows-store.ts'
import { type ChooseDeps, createChoose } from './choose.ts'
import { createPreferencesStore } from './preferences-store.ts'
import { createShare, type ShareDeps } from './share.ts'
import { createUnsubscribe } from './unsubscribe.ts'
import { createUnsubscribeTokens } from './unsubscribe-token.ts'

export interface PreferencesDeps
  extends Omit<ChooseDeps, 'preferences' | 'changes' | 'accounts'>,
    Pick<ShareDeps, 'afterLeaving' | 'enqueueAccount'> {
  connection: Connection
  accounts: AccountsStore
  lookupKey: Uint8Array
  readHolder: ReadHolder
  issuer: string
}

export const createPreferences = ({ connection, lookupKey, ...deps }: PreferencesDeps) => {
  const changes = createChangeRows(connection)
  const asks = createAsksStore(connection)
  const choose = createChoose({ ...deps, preferences: createPreferencesStore(connection), changes })
  const tokens = createUnsubscribeTokens(createSecretBox([lookupKey]))
  return {
    choose,
    share: createShare(deps),
    changes,
    unsubscribe: createUnsubscribe({ ...deps, tokens, choose }),
    audience: createAudience({
      ...deps,
      choose,
      changes,
      asks,
      tokens,
      digestOf: (phone) => keyedDigest(lookupKey, 'confirmed-number', phone),
    }),
    purgeAudience: async (): Promise<void> => {
      await changes.purge()
      await asks.purge()
    },
  }
}
