import assert from 'node:assert/strict'
import { epochSeconds } from '../../src/lib/clock.ts'
import { createArtifactsStore } from '../../src/oidc/artifacts-store.ts'
import { type Authorization, createSessionStore, type SessionStore } from '../../src/oidc/session-store.ts'
import { createSessionTermination } from '../../src/oidc/session-termination.ts'
import type { Database } from '../../src/storage/index.ts'
import { openTestDatabase } from '../world/database.ts'

describe('a service that somebody signs in to anew while their part there is being ended', () => {
  let database: Database
  let sessions: SessionStore
  beforeEach(async () => {
    database = await openTestDatabase()
    sessions = createSessionStore(database.connection, createArtifactsStore(database.connection))
  })
  afterEach(() => database.close())

  const at = (sid: string): Authorization => ({
    sid,
    grantId: `grant-${sid}`,
    sub: 'ada',
    company: 'games',
    account: 'a',
  })
  const signIn = (authorizations: Record<string, Authorization>, begin = false) =>
    sessions.merge(
      'tab',
      {
        set: { principal: 'person:ada', exp: epochSeconds() + 600 },
        unset: [],
        authorizations,
        reauthenticated: false,
      },
      begin,
    )
  /** `meanwhile`: once the service is put down to be told of the end. */
  const ended = (meanwhile: () => Promise<unknown>) =>
    createSessionTermination({
      sessions,
      artifacts: createArtifactsStore(database.connection),
      offlineSessions: { keep: async () => {} },
      logouts: { enqueue: meanwhile } as never,
      takesLogouts: () => true,
      wake: () => {},
      onSignedOut: async () => {},
    }).endIn('tab', (_authorization, client) => client === 'games-arcade')
  const authorizations = async () => (await sessions.get('tab'))?.authorizations

  it('H59: stays in their session as it is by then, to be told of its end; what it is found by stays', async () => {
    await signIn({ 'games-arcade': at('old'), 'mobile-store': at('other') }, true)
    const haveLeft = await ended(() => signIn({ 'games-arcade': at('new') }))
    assert.equal(haveLeft, false)
    assert.deepEqual(await authorizations(), { 'games-arcade': at('new'), 'mobile-store': at('other') })
  })

  it('H59: leaves where nothing began, and no other service does', async () => {
    await signIn({ 'games-arcade': at('old'), 'mobile-store': at('other') }, true)
    assert.equal(await ended(async () => {}), true)
    assert.deepEqual(await authorizations(), { 'mobile-store': at('other') })
    assert.equal(await ended(async () => {}), true, 'and once more, there is nothing to do')
  })
})
