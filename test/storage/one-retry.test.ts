import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const src = join(import.meta.dirname, '../../src')

/** A loop without an end of its own that is no second way to write: each waits, or goes through what is due. */
const others = [
  'dev/dev-routes.ts',
  'lib/dispatcher.ts',
  'limits/create-limits.ts',
  'oidc/end-sessions.ts',
  'oidc/retried-refresh.ts',
  'profile-sync/change-together.ts',
  'profile-sync/sync-copies.ts',
  'rights-requests/files-store.ts',
  'storage/purge.ts',
]

describe('a write that somebody else was faster than', () => {
  it('is read, decided and written again in one way, by `retryOnConflict`', () => {
    const loops = globSync('**/*.ts', { cwd: src }).filter((file) =>
      /for \(;;\)|while \(true\)/.test(readFileSync(join(src, file), 'utf8')),
    )
    assert.deepEqual(loops.sort(), [...others, 'storage/retry-on-conflict.ts'].sort())
  })
})
