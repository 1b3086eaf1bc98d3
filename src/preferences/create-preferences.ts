import type { Connection } from '../storage/index.ts'
import { createChangeRows } from './change-rows-store.ts'
import { type ChooseDeps, createChoose } from './choose.ts'
import { createPreferencesStore } from './preferences-store.ts'

export interface PreferencesDeps extends Omit<ChooseDeps, 'preferences' | 'changes'> {
  connection: Connection
}

export const createPreferences = ({ connection, ...deps }: PreferencesDeps) => {
  const preferences = createPreferencesStore(connection)
  const changes = createChangeRows(connection)
  return { choose: createChoose({ ...deps, preferences, changes }), changes, preferences }
}
