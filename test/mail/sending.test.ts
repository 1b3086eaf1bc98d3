import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { createWords } from '../../src/http/index.ts'
import { type AdjustableClock, adjustableClock, minute } from '../../src/lib/clock.ts'
import { createLog, type Log } from '../../src/lib/log.ts'
import { createMailer, type Mailer } from '../../src/mail/index.ts'
import type { Database } from '../../src/storage/index.ts'
import { openTestDatabase } from '../support/database.ts'
import { aConfig } from '../support/group.ts'

const viewsDir = join(import.meta.dirname, '../../views')
const words = createWords(join(viewsDir, 'words'))
const quiet = createLog('silent')
const aCode = (to = 'ada@example.com') => ({
  kind: 'recovery-code' as const,
  to,
  language: 'en' as const,
  values: { code: '012345' },
})
const news = {
  kind: 'closure-done' as const,
  to: 'ada@example.com',
  language: 'en' as const,
  values: { company: 'Games' },
}

describe('letters in development', () => {
  let database: Database
  let mailer: Mailer
  beforeEach(async () => {
    database = await openTestDatabase()
    mailer = createMailer({ config: aConfig(), words, connection: database.connection, log: quiet, viewsDir })
  })
  afterEach(async () => {
    await mailer.stop()
    await database.close()
  })

  it('land in the mailbox, newest first, by address', async () => {
    await mailer.send(aCode())
    await mailer.mailbox!.list()
    await mailer.send({ ...news, to: 'bo@example.com' })
    assert.deepEqual(
      (await mailer.mailbox!.list()).map(({ to }) => to),
      ['bo@example.com', 'ada@example.com'],
    )
    const [letter] = await mailer.mailbox!.list('Ada@Example.com')
    assert.equal(letter!.kind, 'recovery-code')
    assert.match(letter!.text, /012345/)
    assert.match(letter!.headers['Message-ID']!, /^<[\w-]+@localhost>$/)
    assert.equal(letter!.headers['Auto-Submitted'], 'auto-generated')
    assert.equal(letter!.headers['List-Unsubscribe'], undefined)
    await mailer.mailbox!.clear()
    assert.deepEqual(await mailer.mailbox!.list(), [])
  })

  it('lie in the order in which they were asked for, whichever of them was written first', async () => {
    const order = Array.from({ length: 30 }, (_, n) => `reader${n}@example.com`)
    for (const to of order) await mailer.send({ ...news, to })
    assert.deepEqual((await mailer.mailbox!.list()).map(({ to }) => to).reverse(), order)
  })

  it('are sent once however often the same one is asked for', async () => {
    await Promise.all([1, 2, 3].map(() => mailer.send({ ...news, id: 'closure:1' })))
    await mailer.idle()
    await mailer.send({ ...news, id: 'closure:1' })
    assert.equal((await mailer.mailbox!.list()).length, 1)
  })

  it('§8: what waits is sealed, and nothing of it stays when it is sent', async () => {
    await mailer.send(aCode())
    await mailer.send({ ...news, id: 'closure:1' })
    const queue = database.connection.collection('mails')
    assert.equal(await mailer.pending(), 2)
    assert.ok(!/ada|012345|Games/.test(JSON.stringify(await queue.find({}).toArray())))
    await mailer.idle()
    assert.equal(await mailer.pending(), 0)
    const left = await queue.find({}).toArray()
    assert.deepEqual(
      left.map(({ _id, sealed }) => ({ _id: String(_id), sealed })),
      [{ _id: 'closure:1', sealed: undefined }],
    )
  })
})

describe('letters by a mail server', () => {
  let clock: AdjustableClock
  let database: Database
  let server: MailServer
  let mailer: Mailer
  let log: string[]
  before(() => {
    clock = adjustableClock()
  })
  beforeEach(async () => {
    database = await openTestDatabase()
    server = await openMailServer()
    log = []
    const write = (...parts: unknown[]) => log.push(JSON.stringify(parts))
    mailer = createMailer({
      config: aConfig({ smtpUrl: `smtp://127.0.0.1:${server.port}` }),
      words,
      connection: database.connection,
      log: { info: write, warn: write, error: write, debug: write } as unknown as Log,
      viewsDir,
    })
  })
  afterEach(async () => {
    await mailer.stop()
    await server.close()
    await database.close()
  })
  after(() => clock.reset())

  it('arrive, with the headers of a letter that nobody answers', async () => {
    await mailer.send(news)
    await mailer.idle()
    const [letter] = server.letters
    assert.deepEqual(letter!.to, ['<ada@example.com>'])
    assert.match(letter!.content, /^Auto-Submitted: auto-generated\r$/m)
    assert.match(letter!.content, /^Message-ID: <[\w-]+@localhost>\r$/m)
    assert.match(letter!.content, /multipart\/alternative/)
    assert.equal(mailer.mailbox, undefined)
  })

  it('§6: an address can’t bring a second one or a header', async () => {
    for (const to of ['ada@example.com, eve@example.com', 'ada@example.com\r\nBcc: eve@example.com']) {
      await mailer.send({ ...news, to })
      await mailer.idle()
    }
    await mailer.send(news)
    await mailer.idle()
    assert.ok(server.letters.length >= 1)
    for (const { to, content } of server.letters) {
      assert.equal(to.length, 1)
      assert.notEqual(to[0], '<eve@example.com>')
      assert.ok(!/^Bcc:/im.test(content))
    }
  })

  it('wait for a server that is busy, and are not lost', async () => {
    server.answerRecipients = '451 later'
    await mailer.send(news)
    await mailer.idle()
    assert.equal(server.letters.length, 0)
    assert.equal(await mailer.pending(), 0, 'waiting for another time is not pending')
    server.answerRecipients = '250 ok'
    clock.advance(minute)
    await mailer.idle()
    assert.equal(server.letters.length, 1)
    assert.ok(!log.join().includes('ada'), 'the log has no address')
  })

  it('are given up when the server never takes them, or when their code has run out', async () => {
    server.answerRecipients = '550 nobody'
    await mailer.send(news)
    await mailer.idle()
    assert.equal(await database.connection.collection('mails').countDocuments({}), 0)
    server.answerRecipients = '451 later'
    await mailer.send(aCode())
    for (let tries = 0; tries < 6; tries++) {
      await mailer.idle()
      clock.advance(10 * minute)
    }
    assert.equal(await database.connection.collection('mails').countDocuments({}), 0)
  })

  it('T19: asking for one never waits for the server', async () => {
    await server.close()
    await mailer.send(aCode())
    assert.equal(await mailer.pending(), 1)
  })
})

interface MailServer {
  port: number
  letters: { to: string[]; content: string }[]
  answerRecipients: string
  close(): Promise<void>
}

/** As much of RFC 5321 as a letter needs. */
const openMailServer = async (): Promise<MailServer> => {
  const sockets = new Set<Socket>()
  const state: MailServer = { port: 0, letters: [], answerRecipients: '250 ok', close: async () => {} }
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    let to: string[] = []
    let content: string | undefined
    let rest = ''
    const say = (line: string) => socket.write(`${line}\r\n`)
    const hear = (line: string) => {
      if (content !== undefined) {
        if (line !== '.') content += `${line}\r\n`
        else {
          state.letters.push({ to, content })
          content = undefined
          to = []
          say('250 taken')
        }
      } else if (/^(EHLO|HELO)/i.test(line)) say('250 localhost')
      else if (/^RCPT TO:/i.test(line)) {
        if (state.answerRecipients.startsWith('250')) to.push(line.slice('RCPT TO:'.length).trim())
        say(state.answerRecipients)
      } else if (/^DATA/i.test(line)) {
        content = ''
        say('354 go on')
      } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n')
      else say('250 ok')
    }
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      rest += chunk.toString()
      const lines = rest.split('\r\n')
      rest = lines.pop()!
      for (const line of lines) hear(line)
    })
    say('220 localhost')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  state.port = (server.address() as AddressInfo).port
  state.close = () =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy()
      server.close(() => resolve())
    })
  return state
}
