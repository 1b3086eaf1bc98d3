import assert from 'node:assert/strict'
import { createPreferencesStore } from '../../src/preferences/preferences-store.ts'
import { openTestDatabase } from '../world/database.ts'

describe('a number that a company confirmed', () => {
  it('H58: stays where it was confirmed while the one before it is forgotten, be it the same number anew', async () => {
    const database = await openTestDatabase()
    try {
      const store = createPreferencesStore(database.connection)
      for (const since of [
        { digest: 'new', at: 1 },
        { digest: 'old', at: 2 },
      ]) {
        const before = { digest: 'old', at: 1 }
        await store.noteNumber('games:ada', before)
        await store.noteNumber('games:ada', since)
        await store.forgetNumber('games:ada', before)
        assert.deepEqual((await store.get('games:ada'))?.number, since)
        await store.forgetNumber('games:ada', since)
        assert.equal((await store.get('games:ada'))?.number, undefined)
      }
    } finally {
      await database.close()
    }
  })
})
