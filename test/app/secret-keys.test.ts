import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../src/storage/index.ts'
import { aTestApp, type TestApp } from '../support/app.ts'
import { aDesk, staffPassword, totpNow } from '../support/desk.ts'

const [old, fresh] = [new Uint8Array(32).fill(5), new Uint8Array(32).fill(6)]

describe('secret keys, the newest first (§8) @embedded', () => {
  let dataDir: string
  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'secret-keys-'))
  })
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

  const running = async <T>(secretKeys: Uint8Array[], what: (app: TestApp) => Promise<T>): Promise<T> => {
    const database = await openDatabase({ dataDir })
    const app = await aTestApp({ database, config: { secretKeys } })
    try {
      return await what(app)
    } finally {
      await app.close()
      await database.close()
    }
  }

  it('may be replaced: once everything was used under the new one, the old one can go', async () => {
    const staffSignsIn = async (app: TestApp, id: string) => {
      const half = await app.features.support.signIn.password(id, staffPassword, { network: '127.0.0.1/32' })
      assert.ok(await app.features.support.signIn.code(half, totpNow()))
    }
    const { agent, person, reason } = await running([old], async (app) => {
      const desk = aDesk(app)
      const agent = await desk.aMember('games', 'support')
      const person = await app.aPerson({ links: ['games'] })
      const reason = (await desk.cases.get(await desk.aCase(agent, person.email)))?.reason
      return { agent: agent._id, person, reason }
    })
    await running([fresh, old], async (app) => {
      await staffSignsIn(app, agent)
      assert.equal((await app.features.support.audit.search('games', { kind: 'agent', value: agent }, 1)).length, 1)
      await app.features.support.audit.newest('games', 100)
    })
    await running([fresh], async (app) => {
      const proven = await app.features.authentication.authenticate(person.email, person.password, 'games')
      assert.deepEqual(proven, { kind: 'person', person: person.id, epoch: 1 })
      // A secret that no key opens would throw; this code was spent a moment ago.
      const half = await app.features.support.signIn.password(agent, staffPassword, { network: '127.0.0.1/32' })
      assert.equal(await app.features.support.signIn.code(half, totpNow()), undefined)
      const entries = await app.features.support.audit.search('games', { kind: 'agent', value: agent }, 100)
      assert.ok(entries.some((entry) => entry.reason === reason))
    })
  })

  it('that are needed still are missed in a sentence', async () => {
    await running([old], async () => {})
    await assert.rejects(
      running([fresh], async () => {}),
      /not among the secret keys/,
    )
  })
})
