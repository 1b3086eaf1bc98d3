import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createAuditStore, verifyAudit } from '../../src/audit/index.ts'
import { listenForCommands } from '../../src/lib/command-socket.ts'
import { openDatabase } from '../../src/storage/index.ts'

const run = promisify(execFile)

describe('the command that verifies the audit', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'audit-'))
  after(() => rmSync(dataDir, { recursive: true, force: true }))

  const verify = (...words: string[]) =>
    run(process.execPath, [join(import.meta.dirname, '../../scripts/verify-audit.ts'), ...words], {
      cwd: join(import.meta.dirname, '../..'),
      env: { ...process.env, DATA_DIR: dataDir, MONGODB_URI: '', LOG_LEVEL: 'silent' },
    })

  it('looks through the stored chain, or has the server that owns the data do it, and ends with 1 at a broken entry', async () => {
    const database = await openDatabase({ dataDir })
    const audit = createAuditStore(database.connection)
    for (const action of ['one', 'two'])
      await audit.append({ company: 'games', agent: 'agent@games.example', role: 'support', action })
    const commands = await listenForCommands(dataDir, {
      'verify-audit': ([company = '', ...heads]) => verifyAudit(audit, [company], heads),
    })
    assert.match((await verify('games')).stdout, /^games: 2 entries hold/)
    await commands.close()
    await database.connection.collection('audit').updateOne({ action: 'one' }, { $set: { agent: 'somebody else' } })
    await database.close()

    const failed = await verify('games').catch((error: { code: number; stderr: string }) => error)
    assert.ok('code' in failed && failed.code === 1)
    assert.match(failed.stderr, /entry 1 was changed/)
    await assert.rejects(() => verify('nobody'), /There is no company nobody/)
  }).timeout(60_000)
})
