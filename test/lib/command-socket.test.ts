import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { handOver, listenForCommands } from '../../src/lib/command-socket.ts'

describe('commands beside a running server', () => {
  let dataDir = ''
  let listening: Awaited<ReturnType<typeof listenForCommands>>
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'commands-'))
    listening = await listenForCommands(dataDir, {
      greet: async ([name]) => `Hello, ${name}.`,
      fail: async () => {
        throw new Error('It could not be done.')
      },
    })
  })
  after(async () => {
    await listening.close()
    await rm(dataDir, { recursive: true })
  })

  it('are done by the server that owns the data, and its answer is printed', async () => {
    assert.equal(await handOver(dataDir, 'greet', ['Ada']), 'Hello, Ada.')
  })
  it('say what went wrong there, and which the server does not know', async () => {
    await assert.rejects(handOver(dataDir, 'fail'), /It could not be done/)
    for (const name of ['no-such', 'constructor', '__proto__'])
      await assert.rejects(handOver(dataDir, name), /does not know this command/)
  })
  it('are for the owner of the data alone', async () => {
    assert.equal((await stat(join(dataDir, 'commands.sock'))).mode & 0o777, 0o600)
  })
  it('are done by themselves when no server runs', async () => {
    assert.equal(await handOver(join(dataDir, 'elsewhere'), 'greet'), undefined)
  })
})
